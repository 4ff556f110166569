// oracle: the source of Flux 0.200.0, stdlib/universe/range.go
import "array"

array.from(rows: [{_start: "early", _time: 2025-01-01T00:30:00Z, _value: 1}])
    |> range(start: 2025-01-01T00:00:00Z, stop: 2025-01-02T00:00:00Z)
