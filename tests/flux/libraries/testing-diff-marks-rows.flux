// oracle: T experimental/diff_test.flux
import "array"
import "testing"

want = array.from(rows: [{k: "a", _value: 1.0}, {k: "a", _value: 2.0}, {k: "b", _value: 3.0}]) |> group(columns: ["k"])
got = array.from(rows: [{k: "a", _value: 1.0000001}, {k: "a", _value: 2.5}, {k: "b", _value: 3.0}]) |> group(columns: ["k"])

testing.diff(want: want, got: got)
