// Newer forms of functions, and times moved by durations.
package experimental

import "date"

addDuration = (d, to, location=location) => date.add(d: d, to: to, location: location)

subDuration = (d, from, location=location) => date.sub(d: d, from: from, location: location)

// Every table begins at the same time.
alignTime = (tables=<-, alignTo=time(v: 0)) =>
    tables
        |> stateDuration(fn: (r) => true, column: "__since", unit: 1ns)
        |> map(fn: (r) => ({r with _time: time(v: int(v: alignTo) + r.__since)}))
        |> drop(columns: ["__since"])
