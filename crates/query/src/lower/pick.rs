//! Selectors by place: `sample`, and `quantile(method: "exact_selector")`.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::Arc;

use flux::FluxError;
use flux::plan::{Node, Selector};

use super::build;
use super::select::without_nulls;
use crate::error::runtime;
use crate::lane::{Lane, OrderKey, Stream};
use crate::run::{Kernel, QuantileRow, RunNode, Sample};

/// The rows that the selector picks from each table; tables stay.
pub(super) fn pick(node: &Node, input: Stream, selector: &Selector, name: &str) -> Result<Stream, FluxError> {
    match selector {
        Selector::Quantile { q } => input.try_map(|lane| quantile_row(node, lane, *q, name)),
        Selector::Sample { n, pos } => input.try_map(|lane| sample(node, lane, *n, *pos, name)),
        Selector::First | Selector::Last | Selector::Min | Selector::Max => {
            super::select::select(node, input, selector, name)
        }
    }
}

fn quantile_row(node: &Node, lane: Lane, q: f64, name: &str) -> Result<Lane, FluxError> {
    need(node, &lane, name)?;
    let lane = build(lane.settle())?;
    let lane = build(without_nulls(lane, name))?;
    let order = std::iter::once(OrderKey::ascending(name)).chain(lane.order.clone()).collect();
    by_place(lane, order, QuantileRow { q })
}

fn sample(node: &Node, lane: Lane, n: i64, pos: i64, name: &str) -> Result<Lane, FluxError> {
    need(node, &lane, name)?;
    let n = u64::try_from(n).unwrap_or(1).max(1);
    let position = u64::try_from(pos).unwrap_or_else(|_| RandomState::new().hash_one(n) % n);
    let mut lane = build(lane.settle())?;
    lane.empty = Some(build(lane.all_keys_plan())?);
    let order = lane.order.clone();
    by_place(lane, order, Sample { n, position })
}

fn need(node: &Node, lane: &Lane, name: &str) -> Result<(), FluxError> {
    if lane.has(name) { Ok(()) } else { Err(runtime(node, format!("no column {name:?} exists"))) }
}

fn by_place(lane: Lane, order: Vec<OrderKey>, kernel: impl Kernel + 'static) -> Result<Lane, FluxError> {
    let partition = lane.key_by_label();
    let order = order.into_iter().filter(|k| !partition.contains(&k.column)).collect();
    let mut lane = lane;
    lane.plan = build(RunNode::plan(lane.plan, partition, order, Arc::new(kernel)))?;
    Ok(lane)
}
