//! `to()`: the rows are read, written as points, and passed on.

use datafusion::arrow::record_batch::RecordBatch;
use datafusion::logical_expr::LogicalPlanBuilder;
use flux::FluxError;
use flux::plan::ToSpec;

use super::rows::memory_plan;
use super::{Lowering, build};
use crate::lane::{OrderKey, Stream, column};
use crate::tables::{arrow_schema, pick};

/// See the module's text.
pub(super) async fn to(lowering: &Lowering<'_>, input: Stream, spec: &ToSpec) -> Result<Stream, FluxError> {
    let mut lanes = Vec::new();
    for lane in input.lanes {
        let sort: Vec<_> = lane.order.iter().map(OrderKey::sort_expr).collect();
        let exprs: Vec<_> = lane.plan.schema().fields().iter().map(|f| column(f.name())).collect();
        let builder = LogicalPlanBuilder::from(lane.plan.clone());
        let builder = if sort.is_empty() { Ok(builder) } else { builder.sort(sort) };
        let plan = build(builder.and_then(|b| b.project(exprs)).and_then(LogicalPlanBuilder::build))?;
        let batches = build(lowering.session.collect(&plan).await)?;
        let visible = std::sync::Arc::new(arrow_schema(&lane, |_| true));
        let rows: Vec<RecordBatch> = batches.iter().map(|b| build(pick(b, &visible))).collect::<Result<_, _>>()?;
        lowering.context.write(spec.clone(), rows).await?;
        let schema = std::sync::Arc::new(plan.schema().as_arrow().clone());
        lanes.push(crate::lane::Lane { plan: build(memory_plan(schema, batches))?, ..lane });
    }
    Ok(Stream { lanes })
}
