// Straight lines through points.
package statsmodels

// The line of least squares through the values, numbered from 1: each row with its place on it, and the sums behind it.
linearRegression = (tables=<-) => {
    points =
        tables
            |> rename(columns: {_value: "y"})
            |> map(fn: (r) => ({r with x: 1.0}))
            |> cumulativeSum(columns: ["x"])
    sums =
        points
            |> reduce(
                identity: {N: 0.0, sx: 0.0, sy: 0.0, sxx: 0.0, sxy: 0.0},
                fn: (r, accumulator) =>
                    ({
                        N: accumulator.N + 1.0,
                        sx: accumulator.sx + r.x,
                        sy: accumulator.sy + r.y,
                        sxx: accumulator.sxx + r.x * r.x,
                        sxy: accumulator.sxy + r.x * r.y,
                    }),
            )
            |> findRecord(fn: (key) => true, idx: 0)
    middleX = sums.sx / sums.N
    middleY = sums.sy / sums.N
    slope = (sums.sxy - middleX * middleY * sums.N) / (sums.sxx - sums.N * middleX * middleX)
    start = middleY - slope * middleX

    return
        points
            |> map(
                fn: (r) =>
                    ({r with
                        N: sums.N,
                        slope: slope,
                        sx: sums.sx,
                        sxx: sums.sxx,
                        sxy: sums.sxy,
                        sy: sums.sy,
                        y_hat: slope * r.x + start,
                    }),
            )
            |> map(fn: (r) => ({r with errors: (r.y - r.y_hat) ^ 2.0}))
}
