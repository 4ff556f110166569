data = from(bucket: "first")
    |> range(start: 2024-03-20T00:00:00Z, stop: 2024-03-20T06:00:00Z)
    |> filter(fn: (r) => r._measurement == "cpu" and r._field == "usage")

data |> mean() |> yield(name: "mean")
data |> max() |> yield(name: "max")
