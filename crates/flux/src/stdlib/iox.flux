// Durations as the intervals of SQL.
package iox

import "regexp"
import "strings"

_named = (unit, name, text=<-) => strings.replaceAll(v: text, t: " " + unit + " ", u: " " + name + " ")

sqlInterval = (d) => {
    apart = regexp.replaceAllString(v: string(v: d), r: /([^0-9]+)/, t: " $1 ")
    named =
        apart
            |> _named(unit: "y", name: "years")
            |> _named(unit: "mo", name: "months")
            |> _named(unit: "w", name: "weeks")
            |> _named(unit: "d", name: "days")
            |> _named(unit: "h", name: "hours")
            |> _named(unit: "m", name: "minutes")
            |> _named(unit: "s", name: "seconds")
            |> _named(unit: "ms", name: "milliseconds")
            |> _named(unit: "us", name: "microseconds")
            |> _named(unit: "ns", name: "nanoseconds")

    return strings.trimSpace(v: named)
}
