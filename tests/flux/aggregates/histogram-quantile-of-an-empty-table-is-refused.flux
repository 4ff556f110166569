// oracle: the source of Flux 0.200.0, stdlib/universe/histogram_quantile.go
import "array"

array.from(rows: [{k: "a", le: 1.0, _value: 10.0}])
    |> group(columns: ["k"])
    |> filter(fn: (r) => r.le > 5.0, onEmpty: "keep")
    |> histogramQuantile(quantile: 0.5)
