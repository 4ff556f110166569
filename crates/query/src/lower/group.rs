//! `group`, and the merging of lanes whose tables come to share keys.

use datafusion::logical_expr::{JoinType, LogicalPlanBuilder};
use flux::FluxError;
use flux::plan::{GroupMode, Node, Op};

use super::{Lowering, build};
use crate::error::runtime;
use crate::lane::{HIDDEN, Lane, LaneColumn, OrderKey, Stream, concatenate};
use crate::source::{SERIES, STORED_TIME, text};
use crate::whole;

/// New keys for each lane. Lanes are not merged yet.
pub(crate) fn group(
    lowering: &mut Lowering<'_>,
    node: &Node,
    input: Stream,
    columns: &[String],
    mode: GroupMode,
) -> Result<Vec<Lane>, FluxError> {
    input.lanes.into_iter().map(|lane| regroup(lowering, node, lane, columns, mode)).collect()
}

fn regroup(
    lowering: &mut Lowering<'_>,
    node: &Node,
    lane: Lane,
    columns: &[String],
    mode: GroupMode,
) -> Result<Lane, FluxError> {
    let key: Vec<String> = match mode {
        GroupMode::By => {
            let pushed_bounds = |c: &LaneColumn| node.pushed && (c.name == "_start" || c.name == "_stop");
            let wanted = |c: &&LaneColumn| columns.contains(&c.name) || pushed_bounds(c);
            lane.columns.iter().filter(wanted).map(|c| c.name.clone()).collect()
        }
        GroupMode::Except => {
            lane.columns.iter().filter(|c| !columns.contains(&c.name)).map(|c| c.name.clone()).collect()
        }
        GroupMode::Extend => {
            if let Some(unknown) = columns.iter().find(|c| !lane.has(c)) {
                return Err(runtime(node, format!("unknown column {unknown:?}")));
            }
            let wanted = |c: &&LaneColumn| columns.contains(&c.name) || lane.in_key(&c.name);
            lane.columns.iter().filter(wanted).map(|c| c.name.clone()).collect()
        }
    };
    build(set_key(lowering, lane, key))
}

/// Changes the key. Rows of tables that become one keep the order of the tables.
pub(crate) fn set_key(lowering: &mut Lowering<'_>, lane: Lane, key: Vec<String>) -> datafusion::common::Result<Lane> {
    if lane.key.iter().all(|k| key.contains(k)) && key.iter().all(|k| lane.key.contains(k)) {
        return Ok(Lane { key, ..lane });
    }
    // A row of a table that is taken apart brings all columns of that table.
    let apart = !key.iter().all(|k| lane.key.contains(k));
    let lane = if apart { lane.settle()? } else { lane };
    let before = lane.clone();
    let mut lane = remember_table_order(lowering, lane, &key)?;
    // A table without rows survives only if its new key is known without them.
    if !key.iter().all(|k| lane.key.contains(k)) {
        lane.empty = None;
    }
    // Tables that are put together have rows of several variants.
    lane.settled &= lane.key.iter().all(|k| key.contains(k));
    lane.key = key;
    whole::regrouped(&before, &mut lane);
    Ok(lane)
}

/// The hidden columns that tell tables apart which were put together, begin with this.
const TABLES: &str = "table";

/// The leading part of the order of a lane's rows that says from which tables they come: each is a buffer in the original.
pub(super) fn buffers(lane: &Lane) -> Vec<String> {
    let of_tables = |name: &str| {
        let kinds = [TABLES, "rank", "union", "absent ", "of "];
        name == SERIES || name.strip_prefix(HIDDEN).is_some_and(|rest| kinds.iter().any(|kind| rest.starts_with(kind)))
    };
    lane.order.iter().map(|k| k.column.clone()).take_while(|name| of_tables(name)).collect()
}

/// Puts the order of tables before the order of rows, so that the tables may be taken apart or put together. Columns that
/// `stay` in the key are equal within the new tables and say nothing.
pub(crate) fn remember_table_order(
    lowering: &mut Lowering<'_>,
    lane: Lane,
    stay: &[String],
) -> datafusion::common::Result<Lane> {
    let mut lane = lane;
    let mut order = lane.table_order.clone();
    if order.is_empty() && !lane.key.is_empty() {
        let labels: Vec<String> = lane.key_by_label().into_iter().filter(|k| !stay.contains(k)).collect();
        let (with, names) = lowering.hide_as(TABLES, lane, &labels)?;
        lane = with;
        order = names.into_iter().map(OrderKey::ascending).collect();
    }
    for key in &lane.order {
        if !order.contains(key) {
            order.push(key.clone());
        }
    }
    lane.order = order;
    lane.table_order = Vec::new();
    Ok(lane)
}

/// Merges lanes whose keys have the same columns, unless a column has two types: those stay apart, and it is an error if
/// two of their tables share a key.
pub(crate) async fn merge(lowering: &mut Lowering<'_>, node: &Node, lanes: Vec<Lane>) -> Result<Stream, FluxError> {
    let mut sets: Vec<Vec<Lane>> = Vec::new();
    for lane in lanes {
        let fits = |set: &&mut Vec<Lane>| {
            set.iter().all(|l| {
                l.key_by_label() == lane.key_by_label()
                    && conflict(l, &lane).is_none()
                    && l.poison.is_none() == lane.poison.is_none()
            })
        };
        match sets.iter_mut().find(fits) {
            Some(set) => set.push(lane),
            None => sets.push(vec![lane]),
        }
    }
    let mut merged: Vec<Lane> = Vec::new();
    for set in sets {
        let lane = build(concatenate(set, &mut || lowering.fresh()))?;
        if !node.pushed && lane.poison.is_none() {
            for other in merged.iter().filter(|l| l.poison.is_none()) {
                refuse_collision(lowering, node, other, &lane).await?;
            }
        }
        merged.push(lane);
    }
    Ok(Stream { lanes: merged })
}

/// Refuses two tables of one key and different types, which a pushed `group` lets pass until they leave.
pub(super) async fn refuse_collisions(lowering: &Lowering<'_>, node: &Node, lanes: &[Lane]) -> Result<(), FluxError> {
    for (i, a) in lanes.iter().enumerate() {
        for b in lanes.iter().skip(i + 1).filter(|b| b.poison.is_none() && a.poison.is_none()) {
            refuse_collision(lowering, node, a, b).await?;
        }
    }
    Ok(())
}

/// A column that has one type here and another there.
pub(super) fn conflict<'a>(a: &'a Lane, b: &'a Lane) -> Option<(&'a LaneColumn, &'a LaneColumn)> {
    a.columns.iter().find_map(|x| b.column(&x.name).filter(|y| y.data_type != x.data_type).map(|y| (x, y)))
}

/// Looks whether tables of two lanes with conflicting types share a key.
async fn refuse_collision(lowering: &Lowering<'_>, node: &Node, a: &Lane, b: &Lane) -> Result<(), FluxError> {
    let Some((x, y)) = conflict(a, b) else { return Ok(()) };
    if a.key_by_label() != b.key_by_label() || disjoint(a, b) {
        return Ok(());
    }
    let text = format!(
        "schema collision detected: column {:?} is both of type {} and {}",
        x.name,
        x.data_type.name(),
        y.data_type.name()
    );
    let (left, right) = (build(a.keys_plan())?, build(b.keys_plan())?);
    if a.key.is_empty() {
        let both = lowering.has_rows(&left).await? && lowering.has_rows(&right).await?;
        return if both { Err(runtime(node, text)) } else { Ok(()) };
    }
    let key = a.key_by_label();
    let on = |side: &str| key.iter().map(|k| datafusion::common::Column::new(Some(side), k)).collect::<Vec<_>>();
    let join = LogicalPlanBuilder::from(alias_named(left, "a")?).join_detailed(
        alias_named(right, "b")?,
        JoinType::LeftSemi,
        (on("a"), on("b")),
        None,
        datafusion::common::NullEquality::NullEqualsNull,
    );
    let both = build(join.and_then(LogicalPlanBuilder::build))?;
    if lowering.has_rows(&both).await? {
        return Err(runtime(node, text));
    }
    Ok(())
}

fn alias_named(
    plan: datafusion::logical_expr::LogicalPlan,
    name: &str,
) -> Result<datafusion::logical_expr::LogicalPlan, FluxError> {
    build(LogicalPlanBuilder::from(plan).alias(name).and_then(LogicalPlanBuilder::build))
}

/// Whether `_field` keeps the keys of two lanes apart.
fn disjoint(a: &Lane, b: &Lane) -> bool {
    let known = !a.fields.is_empty() && !b.fields.is_empty();
    known && a.in_key("_field") && !a.fields.iter().any(|f| b.fields.contains(f))
}

/// Rows by time across series, as InfluxDB's storage orders a pushed group for `first` and `last`.
pub(crate) fn order_by_time(lane: &Lane) -> Option<Vec<OrderKey>> {
    let hidden = lane.hidden();
    let has = |name: &str| hidden.iter().any(|h| h == name);
    if !has(STORED_TIME) || !has(SERIES) {
        return None;
    }
    // A table that is still one series has one row a time.
    let series = lane.table_order.is_empty().then(|| OrderKey::ascending(SERIES));
    Some(std::iter::once(OrderKey::ascending(STORED_TIME)).chain(series).collect())
}

/// The columns that a pushed `group` right below a node lists; none if there is no such group.
pub(crate) fn pushed_columns<'a>(lowering: &Lowering<'a>, node: &Node) -> &'a [String] {
    let group = node.inputs.first().map(|i| lowering.plan.node(*i)).filter(|n| n.pushed);
    match group.map(|n| &n.op) {
        Some(Op::Group { columns, mode: GroupMode::By }) => columns.as_slice(),
        _ => &[],
    }
}

/// A pushed `group` before an aggregate names each of its columns in the key, with an empty text where a series lacks the
/// tag (InfluxDB 2.9.1); raw rows and selectors leave such columns out.
pub(crate) fn complete_pushed_key(lane: Lane, columns: &[String]) -> datafusion::common::Result<Lane> {
    let missing: Vec<&String> = columns.iter().filter(|c| !lane.has(c)).collect();
    if missing.is_empty() {
        return Ok(lane);
    }
    let mut visible = lane.visible();
    let mut key = lane.key.clone();
    for name in missing {
        visible.push((LaneColumn { name: name.clone(), data_type: flux::plan::ScalarType::String }, text("")));
        key.push(name.clone());
    }
    let mut lane = lane.select(visible)?;
    lane.key = key;
    Ok(lane)
}
