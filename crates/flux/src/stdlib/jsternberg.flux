// A bucket asked in one call.
package influxdb

import "influxdata/influxdb"
import "influxdata/influxdb/v1"

from = (bucket, start, stop=now()) => influxdb.from(bucket: bucket) |> range(start: start, stop: stop)

_bucketRange = from

// Columns out of sight, tables as they are.
_mask = (columns, tables=<-) => tables |> drop(columns: columns)

select = (from, start, stop=now(), m, fields=[], where=(r) => true) => {
    bucket = from
    named = if length(arr: fields) == 0 then (r) => true else (r) => contains(value: r._field, set: fields)

    return
        _bucketRange(bucket: bucket, start: start, stop: stop)
            |> filter(fn: (r) => r._measurement == m)
            |> filter(fn: where)
            |> filter(fn: named)
            |> v1.fieldsAsCols()
            |> _mask(columns: ["_measurement", "_start", "_stop"])
}
