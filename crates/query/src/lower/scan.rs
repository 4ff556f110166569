//! Procedures that carry a state from row to row: kernels over runs in the order of rows.

use std::sync::Arc;

use datafusion::prelude::lit;
use flux::FluxError;
use flux::plan::{Node, RowFunction, ScalarType, Scan};

use super::filter::with_place;
use super::{Lowering, build, oscillator};
use crate::error::runtime;
use crate::lane::{HIDDEN, Lane, LaneColumn, OrderKey, Poison, Stream};
use crate::row::{Place, RowScope, compile_predicate};
use crate::run::{
    CumulativeSum, Derivative, Difference, DifferenceRule, Elapsed, Kernel, MovingAverage, RunNode, StateDuration,
    StateTracking, Until,
};

/// See the module's text.
pub(super) fn scan(lowering: &mut Lowering<'_>, node: &Node, input: Stream, scan: &Scan) -> Result<Stream, FluxError> {
    input.try_map(|lane| match scan {
        Scan::CumulativeSum { columns } => cumulative_sum(lane, columns),
        Scan::Difference { columns, non_negative, keep_first, initial_zero } => {
            let (non_negative, initial_zero, keep_first) = (*non_negative, *initial_zero, *keep_first);
            difference(node, lane, columns, DifferenceRule { non_negative, initial_zero, keep_first })
        }
        Scan::Increase { columns } => {
            let rule = DifferenceRule { non_negative: true, initial_zero: true, keep_first: true };
            let lane = difference(node, lane, columns, rule)?;
            if lane.poison.is_some() { Ok(lane) } else { cumulative_sum(lane, columns) }
        }
        Scan::Derivative { unit, columns, time_column, non_negative, initial_zero } => {
            let kernel = Derivative {
                columns: columns.iter().filter(|c| lane.has(c) && !lane.in_key(c)).cloned().collect(),
                time: time_column.clone(),
                unit: unit.approximate_nanos(),
                non_negative: *non_negative,
                initial_zero: *initial_zero,
                node: node.clone(),
            };
            derivative(node, lane, kernel)
        }
        Scan::Elapsed { unit, time_column, column } => {
            match lane.column(time_column).map(|c| c.data_type) {
                Some(ScalarType::Time) => {}
                None => return Err(runtime(node, format!("column {time_column:?} does not exist"))),
                // Nothing elapses between values that are no times: the tables are left without rows.
                Some(_) => return build(losing_rows(lane)?.filter(lit(false))),
            }
            let kernel = Elapsed {
                time: time_column.clone(),
                column: column.clone(),
                unit: unit.approximate_nanos(),
                node: node.clone(),
            };
            let mut lane = in_order(losing_rows(lane)?, kernel)?;
            add_column(&mut lane, column, ScalarType::Int);
            Ok(lane)
        }
        Scan::MovingAverage { n } => average(node, lane, *n, false),
        Scan::ExponentialMovingAverage { n } => average(node, lane, *n, true),
        Scan::Oscillator { kind, columns, n } => oscillator::oscillate(node, lane, *kind, columns, *n),
        Scan::Until { unit, time_column, column, stop_column, stop } => {
            let stop_column = stop.is_none().then(|| stop_column.clone());
            for name in stop_column.iter().chain([time_column]) {
                need_time(node, &lane, name)?;
            }
            let unit = unit.approximate_nanos().max(1);
            let (time, stop) = (time_column.clone(), stop.unwrap_or_default());
            let kernel = Until { time, column: column.clone(), unit, stop_column, stop };
            let mut lane = in_order(build(lane.settle())?, kernel)?;
            add_column(&mut lane, column, ScalarType::Int);
            Ok(lane)
        }
        Scan::StateTracking { predicate, count_column, duration_column, duration_unit, time_column } => {
            let unit = duration_unit.approximate_nanos();
            let duration = |column: &String| StateDuration { column: column.clone(), time: time_column.clone(), unit };
            let kernel = StateTracking {
                condition: format!("{HIDDEN}state{}", lowering.fresh()),
                count: count_column.clone(),
                duration: duration_column.as_ref().map(duration),
                node: node.clone(),
            };
            state_tracking(node, lane, predicate, kernel)
        }
    })
}

pub(super) fn is_number(data_type: ScalarType) -> bool {
    matches!(data_type, ScalarType::Int | ScalarType::UInt | ScalarType::Float)
}

fn cumulative_sum(lane: Lane, columns: &[String]) -> Result<Lane, FluxError> {
    // Other columns pass through as they are.
    let number = |name: &String| lane.column(name).is_some_and(|c| is_number(c.data_type)) && !lane.in_key(name);
    let columns: Vec<String> = columns.iter().filter(|c| number(c)).cloned().collect();
    if columns.is_empty() { Ok(lane) } else { in_order(lane, CumulativeSum { columns }) }
}

fn difference(node: &Node, lane: Lane, columns: &[String], rule: DifferenceRule) -> Result<Lane, FluxError> {
    let columns: Vec<String> = columns.iter().filter(|c| lane.has(c) && !lane.in_key(c)).cloned().collect();
    for name in &columns {
        if let Some(found) = lane.column(name).map(|c| c.data_type).filter(|t| !is_number(*t)) {
            let text = match found {
                ScalarType::Time => "difference does not support time columns. Try the elapsed function".to_owned(),
                other => format!("difference does not support column {name:?} of type {:?}", other.name()),
            };
            return Ok(poisoned(lane, runtime(node, text), true));
        }
    }
    let mut lane = if rule.keep_first { lane } else { losing_rows(lane)? };
    for c in lane.columns.iter_mut().filter(|c| columns.contains(&c.name)) {
        if c.data_type == ScalarType::UInt {
            c.data_type = ScalarType::Int;
        }
    }
    in_order(lane, Difference { columns, rule })
}

fn derivative(node: &Node, lane: Lane, kernel: Derivative) -> Result<Lane, FluxError> {
    match lane.column(&kernel.time).map(|c| c.data_type) {
        Some(ScalarType::Time) => {}
        None => return Err(runtime(node, format!("no column {:?} exists", kernel.time))),
        Some(other) => {
            let text = format!("time column {:?} is type {} and not time", kernel.time, other.name());
            return Err(runtime(node, text));
        }
    }
    for name in &kernel.columns {
        if let Some(found) = lane.column(name).map(|c| c.data_type).filter(|t| !is_number(*t)) {
            let text = format!("unsupported derivative column type {name}:{}", found.name());
            return Ok(poisoned(lane, runtime(node, text), false));
        }
    }
    let mut lane = losing_rows(lane)?;
    for c in lane.columns.iter_mut().filter(|c| kernel.columns.contains(&c.name)) {
        c.data_type = ScalarType::Float;
    }
    in_order(lane, kernel)
}

fn average(node: &Node, lane: Lane, n: i64, exponential: bool) -> Result<Lane, FluxError> {
    let column = "_value".to_owned();
    let Some(found) = lane.column(&column).map(|c| c.data_type) else {
        return Err(runtime(node, format!("cannot find {column} column")));
    };
    if !is_number(found) || lane.in_key(&column) {
        let kind = if exponential { "exponential moving" } else { "moving" };
        let text = format!("cannot take {kind} average of column {column} (type {})", found.name());
        return Ok(poisoned(lane, runtime(node, text), false));
    }
    let mut lane = build(lane.settle())?;
    for c in lane.columns.iter_mut().filter(|c| c.name == column) {
        c.data_type = ScalarType::Float;
    }
    in_order(lane, MovingAverage { column, n: usize::try_from(n).unwrap_or(1), exponential })
}

fn state_tracking(node: &Node, lane: Lane, predicate: &RowFunction, kernel: StateTracking) -> Result<Lane, FluxError> {
    if let Some(duration) = &kernel.duration {
        need_time(node, &lane, &duration.time)?;
    }
    let columns = lane.typed_columns();
    let place = Place::new(node, predicate);
    let scope = RowScope::new(&columns).at(&place);
    let condition = compile_predicate(&predicate.body, &scope).map_err(|e| with_place(node, e))?;
    let lane = build(lane.with_hidden(&kernel.condition, condition))?;
    let added: Vec<String> = kernel.count.iter().chain(kernel.duration.iter().map(|d| &d.column)).cloned().collect();
    let mut lane = in_order(lane, kernel)?;
    for name in &added {
        add_column(&mut lane, name, ScalarType::Int);
    }
    Ok(lane)
}

fn need_time(node: &Node, lane: &Lane, name: &str) -> Result<(), FluxError> {
    match lane.column(name).map(|c| c.data_type) {
        Some(ScalarType::Time) => Ok(()),
        Some(other) => Err(runtime(node, format!("column {name:?} must be of type time, it is {}", other.name()))),
        None => Err(runtime(node, format!("column {name:?} does not exist"))),
    }
}

pub(super) fn poisoned(lane: Lane, error: FluxError, held_back: bool) -> Lane {
    Lane { poison: Some(Poison { error, held_back }), ..lane }
}

/// A lane whose tables stay when all of their rows go.
pub(super) fn losing_rows(lane: Lane) -> Result<Lane, FluxError> {
    let mut lane = build(lane.settle())?;
    lane.empty = Some(build(lane.all_keys_plan())?);
    Ok(lane)
}

/// Tells of a column that a kernel adds or overwrites.
fn add_column(lane: &mut Lane, name: &str, data_type: ScalarType) {
    match lane.columns.iter_mut().find(|c| c.name == name) {
        Some(c) => c.data_type = data_type,
        None => lane.columns.push(LaneColumn { name: name.to_owned(), data_type }),
    }
    lane.update_variants(|columns| {
        if !columns.iter().any(|c| c == name) {
            columns.push(name.to_owned());
        }
    });
}

/// Runs a kernel over the tables of a lane, rows in order.
pub(super) fn in_order(lane: Lane, kernel: impl Kernel + 'static) -> Result<Lane, FluxError> {
    let partition = lane.key_by_label();
    let order: Vec<OrderKey> = lane.order.iter().filter(|k| !partition.contains(&k.column)).cloned().collect();
    let mut lane = lane;
    lane.plan = build(RunNode::plan(lane.plan, partition, order, Arc::new(kernel)))?;
    Ok(lane)
}
