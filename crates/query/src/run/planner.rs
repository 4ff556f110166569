//! From [`RunNode`](super::RunNode) to its physical node.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::error::{DataFusionError, Result as DfResult};
use datafusion::execution::context::QueryPlanner;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{LogicalPlan, UserDefinedLogicalNode};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{DefaultPhysicalPlanner, ExtensionPlanner, PhysicalPlanner};

use super::RunNode;
use super::exec::RunExec;

/// Plans [`RunNode`](super::RunNode)s; everything else is DataFusion's.
#[derive(Debug)]
pub(crate) struct RunPlanner;

#[async_trait]
impl QueryPlanner for RunPlanner {
    async fn create_physical_plan(
        &self,
        plan: &LogicalPlan,
        session: &dyn Session,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        let planner = DefaultPhysicalPlanner::with_extension_planners(vec![Arc::new(Self)]);
        planner.create_physical_plan(plan, session).await
    }
}

fn plan_run(
    node: &dyn UserDefinedLogicalNode,
    inputs: &[Arc<dyn ExecutionPlan>],
) -> DfResult<Option<Arc<dyn ExecutionPlan>>> {
    let (Some(run), [input]) = (node.as_any().downcast_ref::<RunNode>(), inputs) else { return Ok(None) };
    let step = |input: Arc<dyn ExecutionPlan>, in_parts| {
        let (partition, order, kernel) = (run.partition.clone(), run.order.clone(), run.kernel.clone());
        Ok::<_, DataFusionError>(Arc::new(RunExec::new(input, partition, order, kernel, in_parts)?))
    };
    // Each thread works on what it reads; what comes of that is little.
    let many = input.properties().output_partitioning().partition_count() > 1;
    let input = if many && run.kernel.works_in_parts() { step(input.clone(), true)? } else { input.clone() };
    Ok(Some(step(input, false)?))
}

#[async_trait]
impl ExtensionPlanner for RunPlanner {
    async fn plan_extension(
        &self,
        _planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _logical_inputs: &[&LogicalPlan],
        physical_inputs: &[Arc<dyn ExecutionPlan>],
        _session: &dyn Session,
        _context: &PhysicalPlanningContext,
    ) -> DfResult<Option<Arc<dyn ExecutionPlan>>> {
        plan_run(node, physical_inputs)
    }
}
