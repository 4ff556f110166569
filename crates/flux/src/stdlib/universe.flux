// Functions that need no import and can be said in Flux.
package universe

import "date"
import "math"

// The zone in which days, weeks and months are counted.
option location = {zone: "UTC", offset: 0h}

// Windows, the function, one row for each empty window, the window's bound as time, and the range's bounds again.
aggregateWindow = (
    every,
    fn,
    period=0s,
    offset=0s,
    location=location,
    column="_value",
    timeSrc="_stop",
    timeDst="_time",
    createEmpty=true,
    tables=<-,
) => {
    cut = tables |> window(every: every, period: period, offset: offset, location: location, createEmpty: createEmpty)
    answered = cut |> fn(column: column)
    complete = if createEmpty then answered |> _fillEmpty() else answered

    return complete |> duplicate(column: timeSrc, as: timeDst) |> window(every: inf, timeColumn: timeDst)
}

median = (column="_value", method="estimate_tdigest", compression=0.0, tables=<-) =>
    tables |> quantile(column: column, q: 0.5, method: method, compression: compression)

stateCount = (fn, column="stateCount", tables=<-) => tables |> stateTracking(fn: fn, countColumn: column)

stateDuration = (fn, column="stateDuration", timeColumn="_time", unit=1s, tables=<-) =>
    tables |> stateTracking(fn: fn, durationColumn: column, durationUnit: unit, timeColumn: timeColumn)

top = (n, columns=["_value"], tables=<-) => tables |> sort(columns: columns, desc: true) |> limit(n: n)

bottom = (n, columns=["_value"], tables=<-) => tables |> sort(columns: columns) |> limit(n: n)

// One value a group, then the n largest or smallest of them in one table.
_best = (n, pick, reducer, column, groupColumns, tables=<-) =>
    tables
        |> group(columns: groupColumns)
        |> reducer(column: column)
        |> group(columns: [])
        |> pick(n: n, columns: [column])

highestMax = (n, column="_value", groupColumns=[], tables=<-) =>
    tables |> _best(n: n, pick: top, reducer: max, column: column, groupColumns: groupColumns)

highestAverage = (n, column="_value", groupColumns=[], tables=<-) =>
    tables |> _best(n: n, pick: top, reducer: mean, column: column, groupColumns: groupColumns)

highestCurrent = (n, column="_value", groupColumns=[], tables=<-) =>
    tables |> _best(n: n, pick: top, reducer: last, column: column, groupColumns: groupColumns)

lowestMin = (n, column="_value", groupColumns=[], tables=<-) =>
    tables |> _best(n: n, pick: bottom, reducer: min, column: column, groupColumns: groupColumns)

lowestAverage = (n, column="_value", groupColumns=[], tables=<-) =>
    tables |> _best(n: n, pick: bottom, reducer: mean, column: column, groupColumns: groupColumns)

lowestCurrent = (n, column="_value", groupColumns=[], tables=<-) =>
    tables |> _best(n: n, pick: bottom, reducer: last, column: column, groupColumns: groupColumns)

cov = (x, y, on, pearsonr=false) =>
    join(tables: {x: x, y: y}, on: on) |> covariance(pearsonr: pearsonr, columns: ["_value_x", "_value_y"])

pearsonr = (x, y, on) => cov(x: x, y: y, on: on, pearsonr: true)

toString = (tables=<-) => tables |> map(fn: (r) => ({r with _value: string(v: r._value)}))

toInt = (tables=<-) => tables |> map(fn: (r) => ({r with _value: int(v: r._value)}))

toUInt = (tables=<-) => tables |> map(fn: (r) => ({r with _value: uint(v: r._value)}))

toFloat = (tables=<-) => tables |> map(fn: (r) => ({r with _value: float(v: r._value)}))

toBool = (tables=<-) => tables |> map(fn: (r) => ({r with _value: bool(v: r._value)}))

toTime = (tables=<-) => tables |> map(fn: (r) => ({r with _value: time(v: r._value)}))

timedMovingAverage = (every, period, column="_value", tables=<-) =>
    tables
        |> window(every: every, period: period)
        |> mean(column: column)
        |> duplicate(column: "_stop", as: "_time")
        |> window(every: inf)

timeWeightedAvg = (unit, tables=<-) =>
    tables
        |> integral(unit: unit, interpolate: "linear")
        |> map(
            fn: (r) =>
                ({r with _value: r._value * float(v: int(v: unit)) / float(v: int(v: r._stop) - int(v: r._start))}),
        )

doubleEMA = (n, tables=<-) =>
    tables
        |> exponentialMovingAverage(n: n)
        |> duplicate(column: "_value", as: "__once")
        |> exponentialMovingAverage(n: n)
        |> map(fn: (r) => ({r with _value: 2.0 * r.__once - r._value}))
        |> drop(columns: ["__once"])

tripleEMA = (n, tables=<-) =>
    tables
        |> exponentialMovingAverage(n: n)
        |> duplicate(column: "_value", as: "__once")
        |> exponentialMovingAverage(n: n)
        |> duplicate(column: "_value", as: "__twice")
        |> exponentialMovingAverage(n: n)
        |> map(fn: (r) => ({r with _value: 3.0 * r.__once - 3.0 * r.__twice + r._value}))
        |> drop(columns: ["__once", "__twice"])

// Rows whose local hour lies between two hours, both included; over midnight if the first is greater.
hourSelection = (start, stop, location=location, timeColumn="_time", tables=<-) => {
    sound = _hours(start: start, stop: stop)
    hour = (r) => date.hour(t: r[timeColumn], location: location)
    inside = if start <= stop then (r) => hour(r: r) >= start and hour(r: r) <= stop else (r) => hour(r: r) >= start or hour(r: r) <= stop

    return tables |> filter(fn: inside)
}

kaufmansER = (n, tables=<-) =>
    tables
        |> chandeMomentumOscillator(n: n)
        |> map(fn: (r) => ({r with _value: math.abs(x: r._value) / 100.0}))
