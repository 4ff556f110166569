from(bucket: "first")
    |> range(start: 2024-03-04T00:00:00Z, stop: 2024-04-01T00:00:00Z)
    |> filter(fn: (r) => r._measurement == "cpu" and true)
    |> last()
