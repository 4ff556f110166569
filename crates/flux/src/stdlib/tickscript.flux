// Help for scripts that come from Kapacitor.
package tickscript

import "array"
import "experimental"
import "influxdata/influxdb/monitor"
import "influxdata/influxdb/schema"
import "universe"

defineCheck = (id, name, type="custom") => ({_check_id: id, _check_name: name, _type: type, tags: {}})

_topic = (topic, tables=<-) =>
    if topic == "" then
        tables
    else
        tables |> set(key: "_topic", value: topic) |> experimental.group(mode: "extend", columns: ["_topic"])

alert = (
    check,
    id=(r) => "${r._check_id}",
    details=(r) => "",
    message=(r) => "Threshold Check: ${r._check_name} is: ${r._level}",
    crit=(r) => false,
    warn=(r) => false,
    info=(r) => false,
    ok=(r) => true,
    topic="",
    tables=<-,
) =>
    tables
        |> drop(fn: (column) => column =~ /_start.*/ or column =~ /_stop.*/)
        |> map(fn: (r) => ({r with _check_id: check._check_id, _check_name: check._check_name}))
        |> map(fn: (r) => ({r with id: id(r: r)}))
        |> map(fn: (r) => ({r with details: details(r: r)}))
        |> _topic(topic: topic)
        |> monitor.check(crit: crit, warn: warn, info: info, ok: ok, messageFn: message, data: check)

// An alert when too few rows came: a stream without tables counts as an empty table.
deadman = (
    check,
    measurement,
    threshold=0,
    id=(r) => "${r._check_id}",
    message=(r) => "Deadman Check: ${r._check_name} is: " + (if r.dead then "dead" else "alive"),
    topic="",
    tables=<-,
) => {
    nothing =
        array.from(rows: [{_time: 2000-01-01T00:00:00Z, _field: "unknown", _value: 0}])
            |> set(key: "_measurement", value: measurement)
            |> experimental.group(mode: "extend", columns: ["_measurement"])
            |> schema.fieldsAsCols()
    counts =
        union(tables: [nothing, tables])
            |> keep(columns: ["_measurement", "_time"])
            |> duplicate(column: "_measurement", as: "__rows")
            |> count(column: "__rows")
            |> findColumn(fn: (key) => key._measurement == measurement, column: "__rows")
    counted = if counts[0] == 1 then nothing |> drop(columns: ["unknown"]) |> limit(n: 0) else tables

    return
        counted
            |> duplicate(column: "_measurement", as: "__rows")
            |> count(column: "__rows")
            |> map(fn: (r) => ({r with _time: now()}))
            |> map(fn: (r) => ({r with dead: r.__rows <= threshold}))
            |> drop(columns: ["__rows"])
            |> alert(check: check, id: id, message: message, crit: (r) => r.dead, topic: topic)
}

_named = (from, to, tables=<-) => tables |> rename(fn: (column) => if column == from then to else column)

select = (column="_value", fn=(column, tables=<-) => tables, as, tables=<-) => {
    picked = column
    name = as

    return tables |> fn(column: picked) |> _named(from: picked, to: name)
}

compute = select

selectWindow = (column="_value", fn, as, every, defaultValue, tables=<-) => {
    picked = column
    name = as

    return
        tables
            |> aggregateWindow(every: every, fn: fn, column: picked, createEmpty: true)
            |> fill(column: picked, value: defaultValue)
            |> _named(from: picked, to: name)
}

groupBy = (columns, tables=<-) =>
    tables |> group(columns: columns) |> experimental.group(mode: "extend", columns: ["_measurement"])

join = (tables, on=["_time"], measurement) =>
    universe.join(tables: tables, on: on)
        |> map(fn: (r) => ({r with _measurement: measurement}))
        |> experimental.group(mode: "extend", columns: ["_measurement"])
