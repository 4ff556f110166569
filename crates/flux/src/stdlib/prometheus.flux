// Histograms as Prometheus writes them.
package prometheus

import "experimental"
import "universe"

// The bounds stand in a column `le` of texts, or, in the first version of the format, are the names of the fields.
histogramQuantile = (quantile, metricVersion=2, onNonmonotonic="error", tables=<-) => {
    answer = (apart, tables=<-) =>
        tables
            |> group(mode: "except", columns: apart)
            |> universe.histogramQuantile(quantile: quantile, onNonmonotonic: onNonmonotonic)
            |> group(mode: "except", columns: ["_time", "_value", "le"])
            |> set(key: "quantile", value: string(v: quantile))
            |> experimental.group(mode: "extend", columns: ["quantile"])
    second = () =>
        tables
            |> group(mode: "except", columns: ["_value", "le"])
            |> map(fn: (r) => ({r with le: float(v: r.le)}))
            |> answer(apart: ["_value", "le"])
    first = () =>
        tables
            |> filter(fn: (r) => r._field != "count" and r._field != "sum")
            |> map(fn: (r) => ({r with le: float(v: r._field)}))
            |> answer(apart: ["_field", "_value", "le"])

    return
        if metricVersion == 2 then
            second()
        else if metricVersion == 1 then
            first()
        else
            die(msg: "Invalid metricVersion. Available versions are 1 and 2.")
}
