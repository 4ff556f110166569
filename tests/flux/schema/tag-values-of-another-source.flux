// oracle: T influxdata/influxdb/schema/schema_test.flux
import "array"
import "influxdata/influxdb/schema"

option schema._from = (bucket) =>
    array.from(rows: [
        {_time: 2025-01-01T00:00:00Z, _measurement: "cpu", host: "b", _field: "f", _value: 1.0},
        {_time: 2025-01-01T00:00:00Z, _measurement: "cpu", host: "a", _field: "f", _value: 2.0},
        {_time: 2025-01-01T00:00:00Z, _measurement: "mem", host: "c", _field: "g", _value: 3.0},
    ])
        |> group(columns: ["_measurement", "host", "_field"])

schema.measurementTagValues(bucket: "any", measurement: "cpu", tag: "host", start: 2025-01-01T00:00:00Z, stop: 2025-01-02T00:00:00Z)
