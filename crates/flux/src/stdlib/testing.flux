// Checks that a script makes of what it computes. What they find leaves as the result `errorOutput`.
package testing

import "array"
import "experimental"

option tags = []

option load = (tables=<-) => tables

diff = (want, verbose=false, epsilon=0.000001, nansEqual=false, got=<-) =>
    experimental.diff(want: want, got: got) |> yield(name: "errorOutput")

assertEqualValues = (got, want) => diff(got: array.from(rows: [{v: got}]), want: array.from(rows: [{v: want}]))

shouldError = (fn, want) => {
    caught = experimental.catch(fn: fn)

    return
        if exists caught.msg then
            array.from(rows: [{v: caught.msg}]) |> filter(fn: (r) => r.v !~ want) |> yield(name: "errorOutput")
        else
            die(msg: "shouldError expected an error")
}
