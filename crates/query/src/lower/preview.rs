//! `experimental.preview`: the first rows of the first tables.

use std::sync::Arc;

use datafusion::common::{Column, JoinType, NullEquality, Result as DfResult};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use flux::FluxError;

use super::rows::memory_plan;
use super::{Lowering, build, select};
use crate::lane::{Lane, OrderKey, Stream, column};

/// Looks at the keys first: which tables are the first is known before the plan goes on.
pub(super) async fn preview(
    lowering: &Lowering<'_>,
    input: Stream,
    rows: i64,
    tables: i64,
) -> Result<Stream, FluxError> {
    let limited = select::limit(input, rows, 0, false)?;
    let mut left = usize::try_from(tables).unwrap_or(0);
    let mut lanes = Vec::new();
    for lane in limited.lanes {
        if left == 0 {
            break;
        }
        let plan = build(first_keys(&lane, left))?;
        let batches = build(lowering.session.collect(&plan).await)?;
        left = left.saturating_sub(batches.iter().map(|b| b.num_rows()).sum());
        if lane.key.is_empty() {
            lanes.push(lane);
            continue;
        }
        let schema = Arc::new(plan.schema().as_arrow().clone());
        let keys = build(memory_plan(schema, batches))?;
        lanes.push(build(only(lane, &keys))?);
    }
    Ok(Stream { lanes })
}

/// The first keys, in the order in which tables leave.
fn first_keys(lane: &Lane, count: usize) -> DfResult<LogicalPlan> {
    let key = lane.key_by_label();
    let sort: Vec<_> = key.iter().map(|k| OrderKey::ascending(k).sort_expr()).collect();
    let builder = LogicalPlanBuilder::from(lane.all_keys_plan()?);
    let builder = if sort.is_empty() { builder } else { builder.sort(sort)? };
    let builder = builder.limit(0, Some(count))?;
    if key.is_empty() { builder.build() } else { builder.project(key.iter().map(|k| column(k)))?.build() }
}

/// The tables whose keys are listed.
fn only(lane: Lane, keys: &LogicalPlan) -> DfResult<Lane> {
    let key = lane.key_by_label();
    let listed = |plan: LogicalPlan| {
        let names: Vec<String> = plan.schema().fields().iter().map(|f| f.name().clone()).collect();
        let side = |name: &str| key.iter().map(|k| Column::new(Some(name), k)).collect::<Vec<_>>();
        let keys = LogicalPlanBuilder::from(keys.clone()).alias("keys")?.build()?;
        let on = (side("rows"), side("keys"));
        let rows = LogicalPlanBuilder::from(plan).alias("rows")?;
        let exprs = names.iter().map(|n| Expr::Column(Column::new(Some("rows"), n)).alias(n));
        let exprs: Vec<Expr> = exprs.collect();
        let joined = rows.join_detailed(keys, JoinType::LeftSemi, on, None, NullEquality::NullEqualsNull)?;
        joined.project(exprs)?.build()
    };
    let mut lane = lane;
    lane.plan = listed(lane.plan)?;
    lane.empty = lane.empty.map(listed).transpose()?;
    Ok(lane)
}
