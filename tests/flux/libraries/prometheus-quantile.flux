// oracle: T experimental/prometheus/prometheus_histogramQuantile_test.flux
import "array"
import "experimental/prometheus"

array.from(rows: [{le: "1", _value: 10.0}, {le: "2", _value: 15.0}, {le: "+Inf", _value: 20.0}])
    |> prometheus.histogramQuantile(quantile: 0.6)
