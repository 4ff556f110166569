from(bucket: "first")
    |> range(start: 2024-03-20T00:00:00Z, stop: 2024-03-20T06:00:00Z)
    |> filter(fn: (r) => r._measurement == "cpu")
    |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
