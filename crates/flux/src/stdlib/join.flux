// Joins by name of the method.
package join

inner = (left=<-, right, on, as) => left |> tables(right: right, on: on, as: as, method: "inner")

left = (left=<-, right, on, as) => left |> tables(right: right, on: on, as: as, method: "left")

right = (left=<-, right, on, as) => left |> tables(right: right, on: on, as: as, method: "right")

full = (left=<-, right, on, as) => left |> tables(right: right, on: on, as: as, method: "full")

time = (left=<-, right, as, method="inner") =>
    left |> tables(right: right, on: (l, r) => l._time == r._time, as: as, method: method)
