// Overall equipment effectiveness.
package oee

import "contrib/tomhollingworth/events"
import "experimental"

_total = (column, tables=<-) =>
    tables
        |> difference(columns: [column], nonNegative: true)
        |> sum(column: column)
        |> duplicate(column: "_stop", as: "_time")

// Availability, performance and quality, and their product.
computeAPQ = (productionEvents, partEvents, runningState, plannedTime, idealCycleTime) => {
    available =
        productionEvents
            |> events.duration(unit: 1ns, columnName: "runTime")
            |> filter(fn: (r) => r.state == runningState)
            |> sum(column: "runTime")
            |> map(
                fn: (r) =>
                    ({r with _time: r._stop, availability: float(v: r.runTime) / float(v: int(v: plannedTime))}),
            )
    made = partEvents |> _total(column: "partCount")
    bad = partEvents |> _total(column: "badCount")
    performing =
        experimental.join(
            left: available,
            right: made,
            fn: (left, right) =>
                ({left with performance:
                        float(v: right.partCount) * float(v: int(v: idealCycleTime)) / float(v: left.runTime),
                }),
        )
    good =
        experimental.join(
            left: bad,
            right: made,
            fn: (left, right) =>
                ({left with quality:
                        (float(v: right.partCount) - float(v: left.badCount)) / float(v: right.partCount),
                }),
        )

    return
        experimental.join(
            left: performing,
            right: good,
            fn: (left, right) =>
                ({left with quality: right.quality, oee: left.availability * left.performance * right.quality}),
        )
}

APQ = (runningState, plannedTime, idealCycleTime, tables=<-) =>
    computeAPQ(
        productionEvents: tables,
        partEvents: tables,
        runningState: runningState,
        plannedTime: plannedTime,
        idealCycleTime: idealCycleTime,
    )
