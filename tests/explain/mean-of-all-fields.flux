// All fields are aggregated in one pass over whole rows; what comes out is put in the long form.
from(bucket: "first")
    |> range(start: 2024-03-04T00:00:00Z, stop: 2024-04-01T00:00:00Z)
    |> filter(fn: (r) => r._measurement == "load")
    |> aggregateWindow(every: 1w, fn: mean, createEmpty: false)
