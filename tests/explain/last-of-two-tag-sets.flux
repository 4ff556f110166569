// One scan; each row says which columns its series has.
from(bucket: "first")
    |> range(start: 2024-03-04T00:00:00Z, stop: 2024-04-01T00:00:00Z)
    |> filter(fn: (r) => r._measurement == "job" and r._field == "done")
    |> group(columns: ["queue"])
    |> last()
