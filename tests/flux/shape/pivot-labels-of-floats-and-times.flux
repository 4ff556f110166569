// oracle: the source of Flux 0.200.0, stdlib/universe/pivot.go: floats with an exponent, times with nine decimals
import "array"
import "internal/debug"

array.from(rows: [
    {id: 1, x: 0.25, at: 2025-01-01T00:00:00Z, _value: 1},
    {id: 1, x: 1500.0, at: 2025-01-01T00:00:01.5Z, _value: 2},
    {id: 2, x: debug.null(type: "float"), at: 2025-01-01T00:00:00Z, _value: 3},
])
    |> pivot(rowKey: ["id"], columnKey: ["x", "at"], valueColumn: "_value")
