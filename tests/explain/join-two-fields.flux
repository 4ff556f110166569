data = from(bucket: "first")
    |> range(start: 2024-03-04T00:00:00Z, stop: 2024-04-01T00:00:00Z)
    |> filter(fn: (r) => r._measurement == "cpu" and r.host == "h2")
usage = data |> filter(fn: (r) => r._field == "usage")
procs = data |> filter(fn: (r) => r._field == "procs")

join(tables: {usage: usage, procs: procs}, on: ["_time", "host"])
