//! Joins of two streams: rows of both sides under names of their own, joined by DataFusion.

mod package;

use std::sync::Arc;

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::UInt64Type;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::{Column, JoinType, NullEquality, Result as DfResult};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use flux::FluxError;
use flux::plan::Node;

use super::{Lowering, build, group, unsupported};
use crate::lane::{HIDDEN, Lane, LaneColumn, OrderKey, Stream, VARIANT, column};
use crate::run::{BufferMerge, RunNode};
pub(super) use package::JoinPackage;

/// The lane without the columns that none of its tables has, so that they do not stand in the way of the other side's.
async fn narrowed(lowering: &Lowering<'_>, lane: &Lane) -> Result<Lane, FluxError> {
    let Some(variants) = lane.variants.as_ref().filter(|_| lane.poison.is_none()) else { return Ok(lane.clone()) };
    let bits = datafusion::functions_aggregate::expr_fn::bit_or(column(VARIANT)).alias(VARIANT);
    let met = LogicalPlanBuilder::from(lane.plan.clone()).aggregate(Vec::<Expr>::new(), vec![bits]);
    let batches = build(lowering.session.collect(&build(met.and_then(LogicalPlanBuilder::build))?).await)?;
    let of =
        |batch: &RecordBatch| batch.column(0).as_primitive_opt::<UInt64Type>().and_then(|b| b.iter().flatten().next());
    let bits: u64 = batches.iter().find_map(of).unwrap_or(0);
    let present = |name: &str| variants.iter().any(|v| v.bits & bits != 0 && v.columns.iter().any(|c| c == name));
    if bits == 0 || lane.columns.iter().all(|c| present(&c.name)) {
        return Ok(lane.clone());
    }
    let mut lane = build(lane.clone().select(lane.visible().into_iter().filter(|(c, _)| present(&c.name)).collect()))?;
    let names = lane.column_names();
    lane.update_variants(|columns| columns.retain(|c| names.contains(c)));
    Ok(lane)
}

/// The lanes of a stream, narrowed.
async fn narrowed_lanes(lowering: &Lowering<'_>, stream: Stream) -> Result<Stream, FluxError> {
    let mut lanes = Vec::with_capacity(stream.lanes.len());
    for lane in &stream.lanes {
        lanes.push(narrowed(lowering, lane).await?);
    }
    Ok(Stream { lanes })
}

/// One side of a join.
struct Side {
    plan: LogicalPlan,
    prefix: char,
    order: Vec<OrderKey>,
}

impl Side {
    /// The columns and the order of a lane under names that no other side has.
    fn of(lane: &Lane, prefix: char) -> DfResult<Self> {
        let mut exprs: Vec<Expr> = lane.columns.iter().map(|c| column(&c.name).alias(inner(prefix, &c.name))).collect();
        let mut order = Vec::new();
        for (i, key) in lane.order.iter().enumerate() {
            let name = format!("{HIDDEN}{prefix}{HIDDEN}{i}");
            exprs.push(column(&key.column).alias(&name));
            order.push(OrderKey { column: name, descending: key.descending });
        }
        let plan = LogicalPlanBuilder::from(lane.plan.clone()).project(exprs)?.build()?;
        Ok(Self { plan, prefix, order })
    }

    /// The same, rows that are equal by `on` in the order in which a sort of the original leaves them.
    fn sorted(lane: &Lane, prefix: char, on: &[&str]) -> DfResult<Self> {
        let buffers = group::buffers(lane);
        let columns: Vec<String> = on.iter().filter(|c| !lane.in_key(c)).map(|c| (*c).to_owned()).collect();
        if buffers.is_empty() || columns.is_empty() {
            return Self::of(lane, prefix);
        }
        let place = format!("{HIDDEN}place");
        let partition = lane.key_by_label();
        let order = lane.order.iter().filter(|k| !partition.contains(&k.column)).cloned().collect();
        let merge = BufferMerge { buffers, columns, place: place.clone() };
        let plan = RunNode::plan(lane.plan.clone(), partition, order, Arc::new(merge))?;
        Self::of(&Lane { plan, order: vec![OrderKey::ascending(place)], ..lane.clone() }, prefix)
    }

    fn column(&self, name: &str) -> Column {
        Column::new_unqualified(inner(self.prefix, name))
    }
}

/// The name of a side's column in the joined relation.
fn inner(prefix: char, name: &str) -> String {
    format!("{HIDDEN}{prefix}{name}")
}

/// `join(tables:, on:)`: rows equal in all columns of `on`; other columns that both have get the names of their sides.
pub(super) async fn join(
    lowering: &mut Lowering<'_>,
    node: &Node,
    inputs: [Stream; 2],
    names: &[String],
    on: &[String],
) -> Result<Stream, FluxError> {
    let [left, right] = inputs;
    let (left, right) = (narrowed_lanes(lowering, left).await?, narrowed_lanes(lowering, right).await?);
    let [left_name, right_name] = names else { return Err(unsupported(node, "a join of more than two streams")) };
    let (mut lanes, mut poisoned) = (Vec::new(), Vec::new());
    for l in &left.lanes {
        for r in &right.lanes {
            let shared = |c: &String| l.column(c).zip(r.column(c)).is_some_and(|(a, b)| a.data_type == b.data_type);
            if l.poison.is_none() && r.poison.is_none() && on.iter().all(shared) && !apart(l, r, on) {
                lanes.push(build(joined(l, r, on, [left_name, right_name]))?);
            }
        }
    }
    poisoned.extend(left.lanes.into_iter().chain(right.lanes).filter(|l| l.poison.is_some()));
    let mut stream = group::merge(lowering, node, lanes).await?;
    stream.lanes.append(&mut poisoned);
    Ok(stream)
}

/// Whether `_field`, where rows are joined by it, keeps two lanes from meeting.
fn apart(l: &Lane, r: &Lane, on: &[String]) -> bool {
    let known = on.iter().any(|c| c == "_field") && !l.fields.is_empty() && !r.fields.is_empty();
    known && !l.fields.iter().any(|f| r.fields.contains(f))
}

fn joined(l: &Lane, r: &Lane, on: &[String], names: [&String; 2]) -> DfResult<Lane> {
    let sides = [Side::of(l, 'l')?, Side::of(r, 'r')?];
    let keys = |side: &Side| on.iter().map(|c| side.column(c)).collect::<Vec<_>>();
    let rows = LogicalPlanBuilder::from(sides[0].plan.clone()).join_detailed(
        sides[1].plan.clone(),
        JoinType::Inner,
        (keys(&sides[0]), keys(&sides[1])),
        None,
        NullEquality::NullEqualsNothing,
    )?;
    let mut visible: Vec<(LaneColumn, Expr, bool)> = Vec::new();
    for (lane, other, side, name) in [(l, r, &sides[0], names[0]), (r, l, &sides[1], names[1])] {
        for c in &lane.columns {
            let value = Expr::Column(side.column(&c.name));
            let (label, in_key) = if on.contains(&c.name) {
                if side.prefix == 'r' {
                    continue;
                }
                (c.name.clone(), lane.in_key(&c.name) || other.in_key(&c.name))
            } else if other.has(&c.name) {
                (format!("{}_{name}", c.name), lane.in_key(&c.name))
            } else {
                (c.name.clone(), lane.in_key(&c.name))
            };
            visible.push((LaneColumn { name: label, data_type: c.data_type }, value, in_key));
        }
    }
    visible.sort_by(|(a, ..), (b, ..)| a.name.cmp(&b.name));
    let mut exprs: Vec<Expr> = visible.iter().map(|(c, value, _)| value.clone().alias(&c.name)).collect();
    let mut by: Vec<&String> = on.iter().collect();
    by.sort_unstable();
    let mut order: Vec<OrderKey> = by.into_iter().map(|c| OrderKey::ascending(c.clone())).collect();
    for key in sides.iter().flat_map(|s| &s.order) {
        exprs.push(column(&key.column));
        order.push(key.clone());
    }
    let plan = rows.project(exprs)?.build()?;
    let key = visible.iter().filter(|(.., in_key)| *in_key).map(|(c, ..)| c.name.clone()).collect();
    let columns = visible.into_iter().map(|(c, ..)| c).collect();
    Ok(Lane { plan, columns, key, order, ..bare(l) })
}

/// A lane like another in what a join keeps of it.
fn bare(l: &Lane) -> Lane {
    let lane = Lane { variants: None, settled: false, empty: None, table_order: Vec::new(), ..l.clone() };
    Lane { fields: Vec::new(), series: None, poison: None, whole: None, ..lane }
}
