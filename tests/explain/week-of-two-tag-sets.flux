// Rows leave their series for weeks: each brings the columns of its table, which needs no look at the other rows.
from(bucket: "first")
    |> range(start: 2024-03-04T00:00:00Z, stop: 2024-04-01T00:00:00Z)
    |> filter(fn: (r) => r._measurement == "job" and r._field == "done")
    |> truncateTimeColumn(unit: 1w)
    |> group(columns: ["_time"])
    |> count()
    |> group()
