// More checks of the kind of `testing`.
package testing

import "array"
import "experimental"
import "regexp"
import checks "testing"

shouldErrorWithCode = (fn, want, code) => {
    caught = experimental.catch(fn: fn)

    return
        if exists caught.msg then
            checks.diff(
                got: array.from(rows: [{code: caught.code, match: caught.msg =~ want}]),
                want: array.from(rows: [{code: code, match: true}]),
            )
        else
            die(msg: "shouldErrorWithCode expected an error")
}

assertMatches = (got, want) =>
    if got =~ want then
        checks.assertEqualValues(got: "", want: "")
    else
        die(msg: "Regex `${regexp.getString(r: want)}` does not match `${got}`")
