// oracle: the source of Flux 0.200.0, stdlib/universe/range.go and T universe/window_null_test.flux: bounds in the key are cut, rows are not
import "array"

array.from(rows: [
    {_start: 2025-01-01T00:00:00Z, _stop: 2025-01-01T01:00:00Z, _time: 2025-01-01T00:30:00Z, _value: 1},
    {_start: 2025-01-01T00:00:00Z, _stop: 2025-01-01T01:00:00Z, _time: 2025-01-01T01:30:00Z, _value: 2},
])
    |> group(columns: ["_start", "_stop"])
    |> range(start: 2025-01-01T00:10:00Z, stop: 2025-01-01T02:00:00Z)
