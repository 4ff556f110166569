// oracle: the source of Flux 0.200.0, stdlib/universe/histogram_quantile.go: the last bin that the rank passes
import "array"

array.from(rows: [{le: 1.0, _value: 10.0}, {le: 2.0, _value: 10.0}, {le: 4.0, _value: 20.0}])
    |> histogramQuantile(quantile: 0.5)
