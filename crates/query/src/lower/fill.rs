//! `fill` with a value or with the previous one, and `truncateTimeColumn`.

use std::sync::Arc;

use datafusion::logical_expr::Expr;
use datafusion::prelude::when;
use flux::FluxError;
use flux::calendar::{Windows, Zone};
use flux::plan::{Bounds, FillValue, Location, Node, Scalar, ScalarType};
use model::FluxDuration;

use super::build;
use super::columns::assign;
use super::window::bound_of;
use crate::error::runtime;
use crate::lane::{Lane, OrderKey, Poison, Stream, column};
use crate::run::{Previous, RunNode};
use crate::scalar::to_scalar_value;

/// `fill`: nulls of one column become a value, or the last value before them in their table.
pub(super) fn fill(node: &Node, input: Stream, name: &str, value: &FillValue) -> Result<Stream, FluxError> {
    input.try_map(|lane| match value {
        FillValue::Previous => previous(lane, name),
        FillValue::Literal(value) => literal(node, lane, name, value),
    })
}

fn literal(node: &Node, lane: Lane, name: &str, value: &Scalar) -> Result<Lane, FluxError> {
    let (Some(data_type), Some(scalar)) = (value.column_type(), to_scalar_value(value)) else {
        return Err(runtime(node, "fill value must be a value that a column can hold"));
    };
    let value = Expr::Literal(scalar, None);
    let filled = match lane.column(name) {
        None => value,
        Some(c) if c.data_type != data_type => {
            let text = format!("fill column type mismatch: {}/{}", c.data_type.name(), data_type.name());
            let poison = Poison { error: runtime(node, text), held_back: false };
            return Ok(Lane { poison: Some(poison), ..lane });
        }
        Some(_) => build(when(column(name).is_null(), value).otherwise(column(name)))?,
    };
    build(assign(lane, name, data_type, filled))
}

fn previous(lane: Lane, name: &str) -> Result<Lane, FluxError> {
    if !lane.has(name) || lane.in_key(name) {
        return Ok(lane);
    }
    let mut lane = lane;
    let partition = lane.key_by_label();
    let order: Vec<OrderKey> = lane.order.iter().filter(|k| !partition.contains(&k.column)).cloned().collect();
    let kernel = Arc::new(Previous { column: name.to_owned() });
    lane.plan = build(RunNode::plan(lane.plan, partition, order, kernel))?;
    Ok(lane)
}

/// `truncateTimeColumn`: `_time` cut to a unit in a location. It is a `map`: columns come by name.
pub(super) fn truncate(
    node: &Node,
    input: Stream,
    unit: FluxDuration,
    location: &Location,
) -> Result<Vec<Lane>, FluxError> {
    let zone = Zone::new(location).map_err(|e| runtime(node, e))?;
    let windows = Windows::new(unit, unit, FluxDuration::default(), zone).map_err(|e| runtime(node, e))?;
    let windows = Arc::new(windows);
    let all = Bounds { start: i64::MIN, stop: i64::MAX };
    input
        .lanes
        .into_iter()
        .map(|lane| {
            let is_time = lane.column("_time").is_some_and(|c| c.data_type == ScalarType::Time);
            if !is_time {
                return Err(runtime(node, "truncateTimeColumn needs a column _time of type time"));
            }
            let mut lane = Lane { empty: None, ..lane };
            lane = build(assign(lane, "_time", ScalarType::Time, bound_of(&windows, all, false, column("_time"))))?;
            let mut visible = lane.visible();
            visible.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
            build(lane.select(visible))
        })
        .collect()
}
