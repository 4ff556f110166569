// Values that lie far from the others of their time.
package anomalydetection

import "math"

// Makes the median of the distances comparable with a standard deviation.
_consistency = 1.4826

// How many medians of all distances from the median a value is away from it.
mad = (threshold=3.0, table=<-) => {
    values = table |> group(columns: ["_time"])
    centre = values |> median(column: "_value")
    distance =
        join(tables: {values: values, centre: centre}, on: ["_time"])
            |> map(fn: (r) => ({r with _value: math.abs(x: r._value_values - r._value_centre)}))
            |> drop(columns: ["_start", "_stop", "_value_values", "_value_centre"])
    deviation =
        distance
            |> median(column: "_value")
            |> map(fn: (r) => ({r with MAD: _consistency * r._value}))
            |> filter(fn: (r) => r.MAD > 0.0)

    return
        join(tables: {diff: distance, diff_med: deviation}, on: ["_time"])
            |> map(fn: (r) => ({r with _value: r._value_diff / r._value_diff_med}))
            |> map(fn: (r) => ({r with level: if r._value >= threshold then "anomaly" else "normal"}))
}
