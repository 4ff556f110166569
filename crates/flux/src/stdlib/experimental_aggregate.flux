// Rates of counters.
package aggregate

import "experimental"

// The mean rate of each series in each window, summed over the series of a group.
rate = (every, groupColumns=[], unit=1s, tables=<-) => {
    together = (column, tables=<-) =>
        tables
            |> mean(column: column)
            |> group(columns: groupColumns)
            |> experimental.group(columns: ["_start", "_stop"], mode: "extend")
            |> sum()

    return tables |> derivative(nonNegative: true, unit: unit) |> aggregateWindow(every: every, fn: together)
}
