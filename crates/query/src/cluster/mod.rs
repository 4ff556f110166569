//! Clustering: a sort for rows of tables, in place of DataFusion's.
//!
//! The rows of a stream of tables have few keys and come nearly in order of time. DataFusion's sort makes a comparable
//! text of all key columns for every row, merges by comparing them, and wants memory for them beside the rows; with a
//! small budget that memory is not there. [`ClusterExec`] gives each distinct key a small number instead and sorts
//! numbers. What does not fit is spilled in sorted runs, which DataFusion's merge brings together.

mod sorter;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::error::Result as DfResult;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{LexOrdering, PhysicalExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::execution_plan::{Boundedness, CardinalityEffect, EmissionType, ReplaceChildrenOptions};
use datafusion::physical_plan::metrics::{ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties};
use futures::{StreamExt, TryStreamExt};

use sorter::Sorter;

/// Puts [`ClusterExec`] where DataFusion planned a whole sort. Sorts with a limit stay: they keep a heap only.
#[derive(Debug)]
pub(crate) struct Clustering;

impl PhysicalOptimizerRule for Clustering {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _config: &ConfigOptions) -> DfResult<Arc<dyn ExecutionPlan>> {
        plan.transform_down(|node| {
            // Sorted shares that are merged at once: one sort of all of them needs no comparing merge.
            if let Some(merge) = node.downcast_ref::<SortPreservingMergeExec>()
                && let Some(sort) = merge.input().downcast_ref::<SortExec>()
                && merge.fetch().is_none()
                && sort.fetch().is_none()
                && merge.expr() == sort.expr()
            {
                let input = Arc::new(CoalescePartitionsExec::new(sort.input().clone()));
                return Ok(Transformed::yes(Arc::new(ClusterExec::new(input, sort.expr().clone())?) as _));
            }
            if let Some(sort) = node.downcast_ref::<SortExec>()
                && sort.fetch().is_none()
                && (sort.preserve_partitioning() || sort.input().output_partitioning().partition_count() == 1)
            {
                let input = sort.input().clone();
                return Ok(Transformed::yes(Arc::new(ClusterExec::new(input, sort.expr().clone())?) as _));
            }
            Ok(Transformed::no(node))
        })
        .data()
    }

    fn name(&self) -> &'static str {
        "clustering"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Sorts each partition of its input.
struct ClusterExec {
    input: Arc<dyn ExecutionPlan>,
    ordering: LexOrdering,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl ClusterExec {
    fn new(input: Arc<dyn ExecutionPlan>, ordering: LexOrdering) -> DfResult<Self> {
        let mut equivalence = input.equivalence_properties().clone();
        equivalence.reorder(ordering.iter().cloned())?;
        let properties = PlanProperties::new(
            equivalence,
            input.output_partitioning().clone(),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        Ok(Self { input, ordering, properties: Arc::new(properties), metrics: ExecutionPlanMetricsSet::new() })
    }
}

impl fmt::Debug for ClusterExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_as(DisplayFormatType::Default, f)
    }
}

impl DisplayAs for ClusterExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClusterExec: [{}]", self.ordering)
    }
}

impl ExecutionPlan for ClusterExec {
    fn name(&self) -> &'static str {
        "ClusterExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn cardinality_effect(&self) -> CardinalityEffect {
        CardinalityEffect::Equal
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> DfResult<TreeNodeRecursion>,
    ) -> DfResult<TreeNodeRecursion> {
        let mut recursion = TreeNodeRecursion::Continue;
        for sort in &self.ordering {
            recursion = recursion.visit_sibling(|| f(&sort.expr))?;
        }
        Ok(recursion)
    }

    fn replace_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
        _options: ReplaceChildrenOptions,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        let input = children.pop().unwrap_or_else(|| self.input.clone());
        Ok(Arc::new(Self::new(input, self.ordering.clone())?))
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        let input = children.pop().unwrap_or_else(|| self.input.clone());
        Ok(Arc::new(Self::new(input, self.ordering.clone())?))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> DfResult<SendableRecordBatchStream> {
        let mut input = self.input.execute(partition, context.clone())?;
        let schema = self.schema();
        let mut sorter = Sorter::new(schema.clone(), self.ordering.clone(), partition, &self.metrics, context)?;
        let sorted = futures::stream::once(async move {
            while let Some(batch) = input.next().await {
                sorter.push(batch?)?;
            }
            drop(input);
            sorter.finish()
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, sorted.try_flatten())))
    }
}
