// Checks of values, the statuses they make, and changes of those.
package monitor

import "experimental"
import "influxdata/influxdb"
import "influxdata/influxdb/v1"

bucket = "_monitoring"

// Where statuses go.
option write = (tables=<-) => tables |> experimental.to(bucket: bucket)

// Where notifications go.
option log = (tables=<-) => tables |> experimental.to(bucket: bucket)

levelCrit = "crit"
levelWarn = "warn"
levelInfo = "info"
levelOK = "ok"
levelUnknown = "unknown"

_kept = (measurement, start, stop, fn) =>
    influxdb.from(bucket: bucket)
        |> range(start: start, stop: stop)
        |> filter(fn: (r) => r._measurement == measurement)
        |> filter(fn: fn)
        |> v1.fieldsAsCols()

logs = (start, stop=now(), fn) => _kept(measurement: "notifications", start: start, stop: stop, fn: fn)

from = (start, stop=now(), fn=(r) => true) => _kept(measurement: "statuses", start: start, stop: stop, fn: fn)

// Each row with the level that its values mean, as a status.
check = (
    data,
    messageFn,
    crit=(r) => false,
    warn=(r) => false,
    info=(r) => false,
    ok=(r) => true,
    tables=<-,
) => {
    level = (r) =>
        if crit(r: r) then
            levelCrit
        else if warn(r: r) then
            levelWarn
        else if info(r: r) then
            levelInfo
        else if ok(r: r) then
            levelOK
        else
            levelUnknown

    return
        tables
            |> experimental.set(o: data.tags)
            |> experimental.group(mode: "extend", columns: experimental.objectKeys(o: data.tags))
            |> map(
                fn: (r) =>
                    ({r with
                        _check_id: data._check_id,
                        _check_name: data._check_name,
                        _level: level(r: r),
                        _measurement: "statuses",
                        _source_measurement: r._measurement,
                        _source_timestamp: int(v: r._time),
                        _time: now(),
                        _type: data._type,
                    }),
            )
            |> map(fn: (r) => ({r with _message: messageFn(r: r)}))
            |> experimental.group(
                mode: "extend",
                columns: ["_source_measurement", "_type", "_check_id", "_check_name", "_level"],
            )
            |> write()
}

// Whether the last row of each table is older than a time.
deadman = (t, tables=<-) => tables |> max(column: "_time") |> map(fn: (r) => ({r with dead: r._time < t}))

// Rows whose rank, a number, differs from that of the row before as `keep` wants it.
_changes = (rank, keep, tables=<-) =>
    tables
        |> map(fn: (r) => ({r with level_value: rank(r: r)}))
        |> _outOfKey(column: "_level")
        |> sort(columns: ["_source_timestamp", "_time"])
        |> difference(columns: ["level_value"])
        |> filter(fn: keep)
        |> drop(columns: ["level_value"])
        |> experimental.group(mode: "extend", columns: ["_level"])

_outOfKey = (column, tables=<-) =>
    tables
        |> duplicate(column: column, as: "__outside")
        |> drop(columns: [column])
        |> rename(fn: (column) => if column == "__outside" then "_level" else column)

stateChangesOnly = (tables=<-) => {
    rank = (r) =>
        if r._level == levelCrit then
            4
        else if r._level == levelWarn then
            3
        else if r._level == levelInfo then
            2
        else if r._level == levelOK then
            1
        else
            0

    return tables |> _changes(rank: rank, keep: (r) => r.level_value != 0)
}

_between = (fromLevel, toLevel, tables=<-) => {
    reached = (r) => if toLevel == "any" then r._level != fromLevel and exists r._level else r._level == toLevel
    left = (r) => if fromLevel == "any" then r._level != toLevel and exists r._level else r._level == fromLevel
    rank = (r) => if reached(r: r) then 1 else if left(r: r) then 0 else -10

    return tables |> _changes(rank: rank, keep: (r) => r.level_value == 1)
}

stateChanges = (fromLevel="any", toLevel="any", tables=<-) =>
    if fromLevel == "any" and toLevel == "any" then
        tables |> stateChangesOnly()
    else
        tables |> _between(fromLevel: fromLevel, toLevel: toLevel)

// Statuses through an endpoint, and what became of them into the log.
notify = (endpoint, data, tables=<-) =>
    tables
        |> experimental.set(o: data)
        |> experimental.group(mode: "extend", columns: experimental.objectKeys(o: data))
        |> map(
            fn: (r) =>
                ({r with _measurement: "notifications", _status_timestamp: int(v: r._time), _time: now()}),
        )
        |> endpoint()
        |> experimental.group(mode: "extend", columns: ["_sent"])
        |> log()
