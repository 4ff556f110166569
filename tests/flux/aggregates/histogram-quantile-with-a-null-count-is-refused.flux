// oracle: the source of Flux 0.200.0, stdlib/universe/histogram_quantile.go
import "array"
import "internal/debug"

array.from(rows: [{le: 1.0, _value: 10.0}, {le: 2.0, _value: debug.null(type: "float")}])
    |> histogramQuantile(quantile: 0.5)
