//! `filter` and `range` behind anything but a bucket.

use std::sync::Arc;

use datafusion::common::Result as DfResult;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder};
use datafusion::prelude::when;
use flux::FluxError;
use flux::plan::{Bounds, Node, RowExpr, RowFunction, Scalar, ScalarType};

use super::build;
use crate::error::runtime;
use crate::lane::{Lane, LaneColumn, Poison, Stream, column};
use crate::row::{Place, RowScope, compile_predicate, may_fail};
use crate::run::{Barrier, RunNode};
use crate::scalar::time_value;

/// Keeps the rows for which the predicate is true; a table left without rows goes unless `keep_empty`.
pub(super) fn filter(
    node: &Node,
    input: Stream,
    predicate: &RowFunction,
    keep_empty: bool,
) -> Result<Stream, FluxError> {
    if matches!(predicate.body, RowExpr::Literal(Scalar::Bool(true))) {
        return Ok(input);
    }
    input.try_map(|lane| {
        let columns = lane.typed_columns();
        let place = Place::new(node, predicate);
        let scope = RowScope::new(&columns).at(&place);
        let expr = match compile_predicate(&predicate.body, &scope) {
            Ok(expr) => expr,
            Err(e) => {
                let poison = Poison { error: with_place(node, e), held_back: false };
                return Ok(Lane { poison: Some(poison), ..lane });
            }
        };
        let lane = build(lane.settle())?;
        let empty = if keep_empty { Some(build(lane.all_keys_plan())?) } else { None };
        let lane = if may_fail(&expr) { build(behind_barrier(lane))? } else { lane };
        let mut lane = build(lane.filter(expr))?;
        lane.empty = empty;
        Ok(lane)
    })
}

/// What may fail on a row must not see the rows that filters below take away.
fn behind_barrier(mut lane: Lane) -> DfResult<Lane> {
    lane.plan = RunNode::plan(lane.plan, Vec::new(), Vec::new(), Arc::new(Barrier))?;
    Ok(lane)
}

/// Adds the place of the procedure to a bare message of a row function.
pub(super) fn with_place(node: &Node, error: FluxError) -> FluxError {
    if error.span.is_some() {
        return error;
    }
    let code = error.code;
    runtime(node, error.message).with_code(code)
}

/// `range` in memory: rows outside go, their tables stay; `_start` and `_stop` join the key, cut by what they were.
pub(super) fn range(node: &Node, input: Stream, bounds: Bounds, names: [&String; 3]) -> Result<Stream, FluxError> {
    let [time, start, stop] = names;
    input.try_map(|lane| {
        match lane.column(time) {
            None => return Err(runtime(node, format!("range error: supplied time column {time} doesn't exist"))),
            Some(c) if c.data_type != ScalarType::Time => {
                return Err(runtime(node, format!("range error: provided time column {time} is not of type time")));
            }
            Some(_) => {}
        }
        for (side, name) in [("start", start), ("stop", stop)] {
            if lane.column(name).is_some_and(|c| c.data_type != ScalarType::Time) {
                let text = format!("range error: provided {side} column {time} is not of type time");
                return Err(runtime(node, text));
            }
        }
        build(bounded(lane, bounds, [time, start, stop]))
    })
}

/// The bounds of a range behind other ranges; where they share no moment, those of no time at all.
fn shared(old: Option<Bounds>, new: Bounds) -> Bounds {
    let Some(old) = old else { return new };
    let both = Bounds { start: old.start.max(new.start), stop: old.stop.min(new.stop) };
    if both.start < both.stop { both } else { Bounds { start: 0, stop: 0 } }
}

/// The bounds that a table gets: those of the range, cut by those in its key where the two overlap.
fn bounds_of_table(lane: &Lane, bounds: Bounds, [start, stop]: [&String; 2]) -> DfResult<[Expr; 2]> {
    let (low, high) = (Expr::Literal(time_value(bounds.start), None), Expr::Literal(time_value(bounds.stop), None));
    let [of_key, to_key] = [start, stop].map(|name| lane.in_key(name).then(|| column(name)));
    let (Some(from), Some(to)) = (of_key.clone(), to_key.clone()) else {
        return Ok([of_key.unwrap_or(low), to_key.unwrap_or(high)]);
    };
    let overlap = from.clone().lt(high.clone()).and(to.clone().gt(low.clone()));
    let later = when(from.clone().gt(low.clone()), from).otherwise(low.clone())?;
    let earlier = when(to.clone().lt(high.clone()), to).otherwise(high.clone())?;
    Ok([when(overlap.clone(), later).otherwise(low)?, when(overlap, earlier).otherwise(high)?])
}

fn bounded(lane: Lane, bounds: Bounds, names: [&String; 3]) -> DfResult<Lane> {
    let lane = lane.settle()?;
    let [time, start, stop] = names;
    let bounds = shared(lane.bounds, bounds);
    let [from, to] = bounds_of_table(&lane, bounds, [start, stop])?;
    let change = |plan: datafusion::logical_expr::LogicalPlan, key: &[String]| {
        let mut exprs: Vec<Expr> = vec![from.clone().alias(start), to.clone().alias(stop)];
        exprs.extend(key.iter().filter(|k| *k != start && *k != stop).map(|k| column(k)));
        exprs.extend(lane.variants.is_some().then(|| column(crate::lane::VARIANT)));
        LogicalPlanBuilder::from(plan).project(exprs)?.build()
    };
    let empty = change(lane.all_keys_plan()?, &lane.key)?;
    // Bounds that the tables have already keep their places, new ones come first.
    let mut visible = Vec::new();
    for (name, value) in [(start, &from), (stop, &to)] {
        if !lane.has(name) {
            visible.push((LaneColumn { name: name.clone(), data_type: ScalarType::Time }, value.clone()));
        }
    }
    visible.extend(lane.visible().into_iter().map(|(c, value)| match &c.name {
        name if name == start => (c, from.clone()),
        name if name == stop => (c, to.clone()),
        _ => (c, value),
    }));
    let keyed = |name: &String| name == start || name == stop || lane.in_key(name);
    let key: Vec<String> = visible.iter().map(|(c, _)| c.name.clone()).filter(keyed).collect();
    let mut lane = lane.select(visible)?;
    lane.update_variants(|columns| {
        for name in [stop, start] {
            if !columns.contains(name) {
                columns.insert(0, name.clone());
            }
        }
    });
    lane.key = key;
    lane.bounds = Some(bounds);
    lane.empty = Some(empty);
    let (low, high) = (Expr::Literal(time_value(bounds.start), None), Expr::Literal(time_value(bounds.stop), None));
    lane.filter(column(time).gt_eq(low).and(column(time).lt(high)))
}
