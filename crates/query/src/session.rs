//! One DataFusion session for all queries: its settings, optimizer rules and memory pool.

use std::sync::Arc;

use datafusion::error::Result as DfResult;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::execution::{SendableRecordBatchStream, SessionState};
use datafusion::logical_expr::LogicalPlan;
use datafusion::optimizer::Optimizer;
use datafusion::physical_plan::execute_stream;
use datafusion::prelude::SessionConfig;
use storage::budget::Budget;

use crate::cluster::Clustering;
use crate::memory::BudgetPool;
use crate::run::RunPlanner;

/// Rows of a batch.
const BATCH_ROWS: usize = 8_192;

/// Bytes of a sort that wait for the merge of its spilled runs.
const SORT_SPILL_RESERVATION_BYTES: usize = 1 << 20;

/// Rules of DataFusion's optimizer that have nothing to do here: no plan of ours has subqueries, filters over a cross join, or
/// `DISTINCT` inside an aggregate. Each walks every plan, and of a small query planning is the larger part.
const IDLE_RULES: [&str; 13] = [
    "rewrite_set_comparison",
    "unions_to_filter",
    "eliminate_join",
    "decorrelate_predicate_subquery",
    "scalar_subquery_to_join",
    "decorrelate_lateral_join",
    "extract_equijoin_predicate",
    "eliminate_cross_join",
    "filter_null_join_keys",
    "eliminate_outer_join",
    "single_distinct_aggregation_to_group_by",
    "extract_leaf_expressions",
    "push_down_leaf_projections",
];

/// How queries run.
#[derive(Debug, Clone)]
pub struct QueryOptions {
    /// What all running queries draw their memory from; sorting and grouping spill where it ends.
    pub budget: Arc<Budget>,
    /// Threads of one query.
    pub threads: usize,
    /// Whether storage is asked for as little as possible: off, it gives all rows of all series, and filters run over them.
    /// Answers must not depend on it; tests turn it off.
    pub pushdown: bool,
}

/// The session that every query uses.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    state: Arc<SessionState>,
    pub(crate) pushdown: bool,
}

impl Session {
    pub(crate) fn new(options: &QueryOptions) -> DfResult<Self> {
        let pool = Arc::new(BudgetPool::new(Arc::clone(&options.budget)));
        let runtime = RuntimeEnvBuilder::new().with_memory_pool(pool).build_arc()?;
        let mut config = SessionConfig::new()
            .with_target_partitions(options.threads.max(1))
            .with_batch_size(BATCH_ROWS)
            .with_information_schema(false);
        let tuning = config.options_mut();
        // Round-robin repartitioning of small inputs costs more than it gives; the source decides about parallelism.
        tuning.optimizer.enable_round_robin_repartition = false;
        tuning.optimizer.prefer_existing_sort = true;
        // Sorts below a union lose the columns that are constant in one branch (DataFusion 55 then refuses its own plan).
        tuning.optimizer.repartition_sorts = false;
        // What a sort keeps free for merging what it spilled; DataFusion's 10 MiB are too much of a small machine's budget.
        tuning.execution.sort_spill_reservation_bytes = SORT_SPILL_RESERVATION_BYTES;
        // Every pass walks the plan with each rule; what a second one finds are projections that the physical plan merges too.
        tuning.optimizer.max_passes = 1;
        let mut rules = Optimizer::new().rules;
        rules.retain(|rule| !IDLE_RULES.contains(&rule.name()));
        let builder = SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(runtime)
            .with_default_features()
            .with_optimizer_rules(rules)
            .with_query_planner(Arc::new(RunPlanner))
            .with_physical_optimizer_rule(Arc::new(Clustering));
        Ok(Self { state: Arc::new(builder.build()), pushdown: options.pushdown })
    }

    /// Optimizes, plans and starts a plan; its rows come as one stream.
    pub(crate) async fn run(&self, plan: &LogicalPlan) -> DfResult<SendableRecordBatchStream> {
        let physical = self.state.create_physical_plan(plan).await?;
        execute_stream(physical, self.state.task_ctx())
    }

    /// Like [`Session::run`], to the end.
    pub(crate) async fn collect(
        &self,
        plan: &LogicalPlan,
    ) -> DfResult<Vec<datafusion::arrow::record_batch::RecordBatch>> {
        let physical = self.state.create_physical_plan(plan).await?;
        datafusion::physical_plan::collect(physical, self.state.task_ctx()).await
    }

    /// Runs a plan to the end; gives its physical form with what each node did.
    pub(crate) async fn profile(&self, plan: &LogicalPlan) -> DfResult<String> {
        let physical = self.state.create_physical_plan(plan).await?;
        datafusion::physical_plan::collect(physical.clone(), self.state.task_ctx()).await?;
        let shown = datafusion::physical_plan::display::DisplayableExecutionPlan::with_metrics(physical.as_ref());
        Ok(shown.indent(false).to_string())
    }

    /// The text of the plans, for `--explain`.
    pub(crate) async fn explain(&self, plan: &LogicalPlan) -> DfResult<(String, String)> {
        let logical = self.state.optimize(plan)?;
        let physical = self.state.create_physical_plan(plan).await?;
        let physical = datafusion::physical_plan::displayable(physical.as_ref()).indent(false).to_string();
        Ok((logical.display_indent().to_string(), physical))
    }
}
