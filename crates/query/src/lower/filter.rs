//! `filter` and `range` behind anything but a bucket.

use std::sync::Arc;

use datafusion::common::Result as DfResult;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder};
use datafusion::prelude::lit;
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
                return Err(runtime(node, format!("range error: provided column {time} is not of type time")));
            }
            Some(_) => {}
        }
        build(bounded(lane, bounds, [time, start, stop]))
    })
}

fn bounded(lane: Lane, bounds: Bounds, names: [&String; 3]) -> DfResult<Lane> {
    let lane = lane.settle()?;
    let [time, start, stop] = names;
    let (low, high) = (Expr::Literal(time_value(bounds.start), None), Expr::Literal(time_value(bounds.stop), None));
    let both = lane.in_key(start) && lane.in_key(stop);
    let epoch = Expr::Literal(time_value(0), None);
    let (from, to) = if both {
        let (a, b) = (column(start), column(stop));
        let later = datafusion::prelude::when(a.clone().gt(low.clone()), a).otherwise(low)?;
        let earlier = datafusion::prelude::when(b.clone().lt(high.clone()), b).otherwise(high)?;
        let apart = later.clone().gt_eq(earlier.clone());
        let cut = |side: Expr| datafusion::prelude::when(apart.clone(), epoch.clone()).otherwise(side);
        (cut(later.clone())?, cut(earlier.clone())?)
    } else {
        (low, high)
    };
    let change = |plan: datafusion::logical_expr::LogicalPlan, key: &[String]| {
        let mut exprs: Vec<Expr> = vec![from.clone().alias(start), to.clone().alias(stop)];
        exprs.extend(key.iter().filter(|k| *k != start && *k != stop).map(|k| column(k)));
        exprs.extend(lane.variants.is_some().then(|| column(crate::lane::VARIANT)));
        LogicalPlanBuilder::from(plan).project(exprs)?.build()
    };
    let empty = change(lane.all_keys_plan()?, &lane.key)?;
    let mut visible = vec![
        (LaneColumn { name: start.clone(), data_type: ScalarType::Time }, from.clone()),
        (LaneColumn { name: stop.clone(), data_type: ScalarType::Time }, to.clone()),
    ];
    visible.extend(lane.visible().into_iter().filter(|(c, _)| c.name != *start && c.name != *stop));
    let mut key = vec![start.clone(), stop.clone()];
    key.extend(lane.key.iter().filter(|k| *k != start && *k != stop).cloned());
    let mut lane = lane.select(visible)?;
    lane.update_variants(|columns| {
        for name in [stop, start] {
            if !columns.contains(name) {
                columns.insert(0, name.clone());
            }
        }
    });
    lane.key = key;
    lane.bounds = Some(match lane.bounds {
        Some(old) => Bounds { start: old.start.max(bounds.start), stop: old.stop.min(bounds.stop) },
        None => bounds,
    });
    lane.empty = Some(empty);
    let inside = column(time).gt_eq(column(start)).and(column(time).lt(column(stop)));
    lane.filter(inside.and(lit(true)))
}
