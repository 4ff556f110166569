// oracle: the source of Flux 0.200.0, stdlib/execute/selector.go: tables stay
import "array"
import "internal/debug"

array.from(rows: [{k: "a", _value: 1.0}, {k: "b", _value: debug.null(type: "float")}])
    |> group(columns: ["k"])
    |> first()
