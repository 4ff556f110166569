// oracle: the source of Flux 0.200.0, stdlib/universe/fill.go
import "array"

data = array.from(rows: [
    {k: "a", _time: 2025-01-01T00:00:00Z, n: 1, x: 1.5, t: "one", b: true},
    {k: "a", _time: 2025-01-01T00:00:10Z, n: 4, x: 2.5, t: "two", b: false},
    {k: "b", _time: 2025-01-01T00:00:20Z, n: 9, x: 8.5, t: "one", b: true},
])
    |> group(columns: ["k"])

data |> fill(column: "x", value: 1h)
