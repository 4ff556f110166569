//! Oscillators and adaptive averages, `holtWinters` and `interpolate.linear`.

use std::sync::Arc;

use flux::FluxError;
use flux::calendar::{Windows, Zone};
use flux::plan::{Aggregate, Node, Oscillator as Kind, ScalarType};

use super::build;
use super::fold::fold_lane;
use super::scan::{in_order, is_number, losing_rows, poisoned};
use crate::error::runtime;
use crate::lane::{Lane, Stream};
use crate::run::Oscillator;
use crate::run::fold::{Forecast, Interpolate};

/// What messages call the kinds.
fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::Momentum => "chande momentum oscillator",
        Kind::Strength => "relative strength index",
        Kind::AdaptiveAverage => "KAMA",
        Kind::TripleDerivative => "exponential moving average",
    }
}

/// Runs an oscillator over the columns that the tables have.
pub(super) fn oscillate(node: &Node, lane: Lane, kind: Kind, columns: &[String], n: i64) -> Result<Lane, FluxError> {
    let columns: Vec<String> = columns.iter().filter(|c| lane.has(c) && !lane.in_key(c)).cloned().collect();
    if columns.is_empty() && kind == Kind::TripleDerivative {
        return Err(runtime(node, "cannot find _value column"));
    }
    for name in &columns {
        if let Some(found) = lane.column(name).map(|c| c.data_type).filter(|t| !is_number(*t)) {
            let text = format!("cannot take {} of column {name} (type {})", title(kind), found.name());
            return Ok(poisoned(lane, runtime(node, text), true));
        }
    }
    let mut lane = losing_rows(lane)?;
    for c in lane.columns.iter_mut().filter(|c| columns.contains(&c.name)) {
        c.data_type = ScalarType::Float;
    }
    in_order(lane, Oscillator { kind, columns, n: usize::try_from(n).unwrap_or(1).max(1) })
}

/// The aggregates that give many rows a table.
pub(super) fn fold(node: &Node, input: Stream, aggregate: &Aggregate, column: &str) -> Result<Vec<Lane>, FluxError> {
    let lanes = input.lanes.into_iter().map(|lane| match aggregate {
        Aggregate::Forecast { n, interval, season, with_fit, with_error, time_column } => {
            let fold = Forecast {
                column: column.to_owned(),
                time: time_column.clone(),
                n: usize::try_from(*n).unwrap_or(0),
                interval: interval.approximate_nanos().max(1),
                season: usize::try_from(*season).unwrap_or(0),
                with_fit: *with_fit,
                with_error: *with_error,
            };
            forecast(node, lane, fold)
        }
        Aggregate::Interpolate { every } => {
            let windows = Windows::new(*every, *every, model::FluxDuration::default(), Zone::UTC);
            let windows = windows.map_err(|e| runtime(node, e))?;
            interpolate(node, lane, Interpolate { windows: Arc::new(windows) })
        }
        _ => Ok(lane),
    });
    lanes.collect()
}

fn forecast(node: &Node, lane: Lane, fold: Forecast) -> Result<Lane, FluxError> {
    if lane.column(&fold.time).is_none_or(|c| c.data_type != ScalarType::Time) {
        return Err(runtime(node, format!("cannot find time column {}", fold.time)));
    }
    let Some(found) = lane.column(&fold.column).map(|c| c.data_type) else {
        return Err(runtime(node, format!("cannot find column {}", fold.column)));
    };
    if !is_number(found) {
        let text = format!("holtWinters can work only on numerical types, got {}", found.name());
        return Ok(poisoned(lane, runtime(node, text), true));
    }
    let error = fold.with_error.then_some(("minSSE", ScalarType::Float));
    let mut results = vec![("_time", ScalarType::Time), ("_value", ScalarType::Float)];
    results.extend(error);
    build(fold_lane(lane, Arc::new(fold), &results))
}

fn interpolate(node: &Node, lane: Lane, fold: Interpolate) -> Result<Lane, FluxError> {
    let own = ["_time", "_value"];
    if let Some(other) = lane.columns.iter().find(|c| !lane.in_key(&c.name) && !own.contains(&c.name.as_str())) {
        let text = format!("interpolate.linear requires column {:?} to be in group key", other.name);
        return Err(runtime(node, text));
    }
    if let Some(missing) = own.iter().find(|c| !lane.has(c)) {
        return Err(runtime(node, format!("{missing} column does not exist")));
    }
    match lane.column("_value").map(|c| c.data_type) {
        Some(ScalarType::Float) | None => {}
        Some(other) => {
            let text = format!("cannot interpolate {} values; expected float values", other.name());
            return Ok(poisoned(lane, runtime(node, text), true));
        }
    }
    build(fold_lane(lane, Arc::new(fold), &[("_time", ScalarType::Time), ("_value", ScalarType::Float)]))
}
