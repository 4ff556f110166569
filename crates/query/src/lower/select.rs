//! Selectors, `limit`, `tail`, `sort`, `distinct`, `unique`: rows of a table, chosen by an order.
//!
//! `sort` only says what the order is; whoever needs rows in order asks for it. `first`, `last`, `min`, `max`, `distinct`
//! and `unique` are all "the first row of each group" under an order of their own, which needs no sorting.

use std::sync::Arc;

use datafusion::common::Result as DfResult;
use datafusion::prelude::lit;
use flux::FluxError;
use flux::plan::{Node, ScalarType, Selector};

use super::group::{order_by_time, remember_table_order};
use super::{Lowering, build, unsupported};
use crate::error::runtime;
use crate::lane::{Lane, LaneColumn, OrderKey, Poison, Stream, column};
use crate::run::{Best, Limit, RunNode};
use crate::source::{SERIES, text};

/// `first`, `last`, `min`, `max`: the row of each table.
pub(super) fn select(node: &Node, input: Stream, selector: &Selector, name: &str) -> Result<Stream, FluxError> {
    input.try_map(|lane| select_lane(node, lane, selector, name))
}

fn select_lane(node: &Node, lane: Lane, selector: &Selector, name: &str) -> Result<Lane, FluxError> {
    let Some(c) = lane.column(name).cloned() else {
        return Err(runtime(node, format!("no column {name:?} exists")));
    };
    let ordered = matches!(selector, Selector::Min | Selector::Max);
    if ordered && matches!(c.data_type, ScalarType::Bool | ScalarType::String) {
        let operation = if matches!(selector, Selector::Min) { "Min" } else { "Max" };
        let error = runtime(
            node,
            format!(
                "invalid use of function: *universe.{operation}Selector has no implementation for type {}",
                c.data_type.name()
            ),
        );
        return Ok(Lane { poison: Some(Poison { error, held_back: true }), ..lane });
    }
    let by_time = if node.pushed { order_by_time(&lane) } else { None };
    let order = by_time.unwrap_or_else(|| lane.order.clone());
    let value = |descending| OrderKey { column: name.to_owned(), descending };
    let order = match selector {
        Selector::First => order,
        Selector::Last => reversed(&order),
        Selector::Min => std::iter::once(value(false)).chain(order).collect(),
        Selector::Max => std::iter::once(value(true)).chain(order).collect(),
        Selector::Quantile { .. } | Selector::Sample { .. } => return Err(unsupported(node, &node.name)),
    };
    let lane = build(without_nulls(lane, name))?;
    build(first_rows(lane, &[], order, 0, 1))
}

/// The rows that have a value in a column. Tables stay, also those that lose all their rows; points of a bucket always have
/// a value, so their tables lose none.
pub(super) fn without_nulls(lane: Lane, name: &str) -> DfResult<Lane> {
    let stored = name == "_value" && lane.hidden().iter().any(|h| h == SERIES);
    let empty = if lane.empty.is_some() || !stored { Some(lane.all_keys_plan()?) } else { None };
    let mut lane = lane.filter(column(name).is_not_null())?;
    lane.empty = empty;
    Ok(lane)
}

fn reversed(order: &[OrderKey]) -> Vec<OrderKey> {
    order.iter().map(|k| OrderKey { column: k.column.clone(), descending: !k.descending }).collect()
}

/// The rows `offset .. offset + fetch` of each table (and of each value of `more`), in `order`.
fn first_rows(lane: Lane, more: &[&str], order: Vec<OrderKey>, offset: usize, fetch: usize) -> DfResult<Lane> {
    let mut partition = lane.key_by_label();
    partition.extend(more.iter().filter(|m| !lane.in_key(m)).map(|m| (*m).to_owned()));
    let order = order.into_iter().filter(|k| !partition.contains(&k.column)).collect();
    let mut lane = lane;
    lane.plan = if (offset, fetch) == (0, 1) {
        RunNode::plan(lane.plan, Vec::new(), Vec::new(), Arc::new(Best { groups: partition, order }))?
    } else {
        RunNode::plan(lane.plan, partition, order, Arc::new(Limit { offset, fetch }))?
    };
    Ok(lane)
}

/// `limit` and `tail`.
pub(super) fn limit(input: Stream, n: i64, offset: i64, tail: bool) -> Result<Stream, FluxError> {
    let (fetch, offset) = (usize::try_from(n).unwrap_or(0), usize::try_from(offset).unwrap_or(0));
    input.try_map(|lane| {
        let lane = build(lane.settle())?;
        if fetch == 0 {
            let empty = build(lane.all_keys_plan())?;
            let mut lane = build(lane.filter(lit(false)))?;
            lane.empty = Some(empty);
            return Ok(lane);
        }
        let order = if tail { reversed(&lane.order) } else { lane.order.clone() };
        build(first_rows(lane, &[], order, offset, fetch))
    })
}

/// `sort`: a new order of rows; equal rows keep theirs.
pub(super) fn sort(
    lowering: &mut Lowering<'_>,
    input: Stream,
    columns: &[String],
    descending: bool,
) -> Result<Stream, FluxError> {
    input.try_map(|lane| {
        let present: Vec<String> = columns.iter().filter(|c| lane.has(c) && !lane.in_key(c)).cloned().collect();
        let (mut lane, names) = build(lowering.hide(lane, &present))?;
        let mut order: Vec<OrderKey> = names.into_iter().map(|column| OrderKey { column, descending }).collect();
        order.append(&mut lane.order);
        lane.order = order;
        Ok(lane)
    })
}

/// `unique`: the first row of each value.
pub(super) fn unique(node: &Node, input: Stream, name: &str) -> Result<Stream, FluxError> {
    input.try_map(|lane| {
        if !lane.has(name) {
            return Err(runtime(node, format!("no column {name:?} exists")));
        }
        let lane = build(lane.settle())?;
        let order = lane.order.clone();
        build(first_rows(lane, &[name], order, 0, 1))
    })
}

/// `distinct`: the values of a column in the order in which they are first seen, as `_value`.
pub(super) fn distinct(
    lowering: &mut Lowering<'_>,
    _node: &Node,
    input: Stream,
    name: &str,
) -> Result<Vec<Lane>, FluxError> {
    input.lanes.into_iter().map(|lane| build(distinct_lane(lowering, lane, name))).collect()
}

fn distinct_lane(lowering: &mut Lowering<'_>, lane: Lane, name: &str) -> DfResult<Lane> {
    let order = lane.order.clone();
    let (value, lane) = match lane.column(name).cloned() {
        None => ((ScalarType::String, text("")), first_rows(lane, &[], order, 0, 1)?),
        Some(c) => ((c.data_type, column(name)), first_rows(lane, &[name], order, 0, 1)?),
    };
    let lane = if lane.in_key("_value") { remember_table_order(lowering, lane, &[])? } else { lane };
    let mut visible: Vec<_> =
        lane.visible().into_iter().filter(|(c, _)| lane.in_key(&c.name) && c.name != "_value").collect();
    visible.push((LaneColumn { name: "_value".to_owned(), data_type: value.0 }, value.1));
    let mut lane = lane;
    lane.key.retain(|k| k != "_value");
    if name == "_field" || !lane.in_key("_field") {
        lane.fields.clear();
    }
    let names: Vec<String> = visible.iter().map(|(c, _)| c.name.clone()).collect();
    let mut lane = lane.select(visible)?;
    lane.update_variants(|columns| columns.clone_from(&names));
    Ok(lane)
}
