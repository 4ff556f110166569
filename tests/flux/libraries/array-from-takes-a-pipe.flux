// oracle: T array/from_test.flux from_pipe
import "array"

[{x: 1}, {x: 2}] |> array.from()
