// oracle: the source of Flux 0.200.0, stdlib/universe/range.go: bounds that do not overlap give way to the range
import "array"

array.from(rows: [
    {_start: 2024-01-01T00:00:00Z, _stop: 2024-01-02T00:00:00Z, _time: 2025-01-01T00:30:00Z, _value: 1},
])
    |> group(columns: ["_start", "_stop"])
    |> range(start: 2025-01-01T00:00:00Z, stop: 2025-01-02T00:00:00Z)
