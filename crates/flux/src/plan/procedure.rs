//! Arguments of procedures that come in families: aggregates, selectors, fills, and scans with a state.

use model::FluxDuration;

use super::{RowFunction, Scalar};

/// Aggregates: one row a table, the group key and the aggregated column.
#[derive(Debug, Clone, PartialEq)]
pub enum Aggregate {
    Sum,
    Count,
    Mean,
    Spread,
    /// `mode`: `sample` or `population`.
    Stddev {
        population: bool,
    },
    Skew,
    /// Exact or estimated quantile with the method's name (`estimate_tdigest`, `exact_mean`).
    Quantile {
        q: f64,
        compression: f64,
        exact: bool,
    },
    Mode,
    Integral {
        unit: FluxDuration,
        time_column: String,
        linear: bool,
    },
    /// `holtWinters`: a forecast of `n` values, `interval` apart, by the damped method with seasons of `season` values.
    Forecast {
        n: i64,
        interval: FluxDuration,
        season: i64,
        with_fit: bool,
        with_error: bool,
        time_column: String,
    },
    /// `interpolate.linear`: the rows, and a row at each bound of a window between them.
    Interpolate {
        every: FluxDuration,
    },
    /// Covariance of two columns, Pearson's r if asked.
    Covariance {
        columns: [String; 2],
        pearson: bool,
        value_dst: String,
    },
}

/// Selectors: whole rows of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Selector {
    First,
    Last,
    Min,
    Max,
    /// Exact selector form of quantile.
    Quantile {
        q: f64,
    },
    /// Every n-th row from `pos` (negative: random).
    Sample {
        n: i64,
        pos: i64,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub enum FillValue {
    Literal(Scalar),
    Previous,
}

/// Row-by-row transformations that carry a small state through each table.
#[derive(Debug, Clone, PartialEq)]
pub enum Scan {
    CumulativeSum {
        columns: Vec<String>,
    },
    Difference {
        columns: Vec<String>,
        non_negative: bool,
        keep_first: bool,
        initial_zero: bool,
    },
    Derivative {
        unit: FluxDuration,
        columns: Vec<String>,
        time_column: String,
        non_negative: bool,
        initial_zero: bool,
    },
    Elapsed {
        unit: FluxDuration,
        time_column: String,
        column: String,
    },
    MovingAverage {
        n: i64,
    },
    ExponentialMovingAverage {
        n: i64,
    },
    /// `stateTracking`: count and/or duration of consecutive rows for which the predicate holds.
    StateTracking {
        predicate: RowFunction,
        count_column: Option<String>,
        duration_column: Option<String>,
        duration_unit: FluxDuration,
        time_column: String,
    },
    Increase {
        columns: Vec<String>,
    },
    /// Oscillators and adaptive averages over `n` rows.
    Oscillator {
        kind: Oscillator,
        columns: Vec<String>,
        n: i64,
    },
    /// `events.duration`: the time until the next row, for the last row until `stop` or what `stop_column` says.
    Until {
        unit: FluxDuration,
        time_column: String,
        column: String,
        stop_column: String,
        stop: Option<i64>,
    },
}

/// What [`Scan::Oscillator`] computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Oscillator {
    /// `chandeMomentumOscillator`
    Momentum,
    /// `relativeStrengthIndex`
    Strength,
    /// `kaufmansAMA`
    AdaptiveAverage,
    /// `tripleExponentialDerivative`
    TripleDerivative,
}
