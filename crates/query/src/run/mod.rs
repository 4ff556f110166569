//! Kernels over runs: the one node of ours that sees where a table starts.
//!
//! [`RunNode`] asks for its input clustered by some columns and ordered inside (DataFusion plans the sort, or proves that
//! it is not needed) and gives each batch, with the bounds of its runs, to a [`Kernel`].

mod average;
mod barrier;
mod best;
mod cumulative;
mod derivative;
mod difference;
mod elapsed;
mod exec;
mod explode;
mod fields;
pub(crate) mod fold;
mod limit;
mod merge;
mod oscillator;
mod pick;
mod planner;
mod previous;
mod state;
mod support;
mod until;

#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::{DFSchema, DFSchemaRef, Result as DfResult};
use datafusion::execution::memory_pool::MemoryReservation;
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, UserDefinedLogicalNodeCore};

use crate::lane::OrderKey;

pub(crate) use average::MovingAverage;
pub(crate) use barrier::Barrier;
pub(crate) use best::Best;
pub(crate) use cumulative::CumulativeSum;
pub(crate) use derivative::Derivative;
pub(crate) use difference::{Difference, DifferenceRule};
pub(crate) use elapsed::Elapsed;
pub(crate) use exec::Runs;
pub(crate) use explode::Explode;
pub(crate) use fields::{FieldParts, Fields};
pub(crate) use limit::Limit;
pub(crate) use merge::BufferMerge;
pub(crate) use oscillator::Oscillator;
pub(crate) use pick::{QuantileRow, Sample};
pub(crate) use planner::RunPlanner;
pub(crate) use previous::Previous;
pub(crate) use state::{StateDuration, StateTracking};
pub(crate) use until::Until;

/// What happens to the rows of each run. Columns are found by name when the plan starts, so that DataFusion may prune the
/// others.
pub(crate) trait Kernel: fmt::Debug + Send + Sync {
    /// Shown by `--explain`.
    fn name(&self) -> String;

    /// Columns of the input that the kernel reads.
    fn reads(&self) -> Vec<String>;

    /// The schema of its output. Columns that the kernel does not know pass through under their names.
    fn schema(&self, input: &Schema) -> DfResult<Schema>;

    /// Whether the kernel over the answers that it gives for parts of the input, in any order, is the answer for the whole.
    fn works_in_parts(&self) -> bool {
        false
    }

    /// Begins a run of the plan.
    fn start(&self, input: &SchemaRef, output: &SchemaRef) -> DfResult<Box<dyn KernelState>>;
}

/// A kernel at work.
pub(crate) trait KernelState: Send {
    /// Takes the next batch. `runs` are the tables inside, in order and without gaps; `continues` says that the first of
    /// them began in an earlier batch. The answer may be empty.
    fn push(&mut self, batch: &RecordBatch, runs: &[Range<usize>], continues: bool) -> DfResult<RecordBatch>;

    /// What the kernel may hold is drawn from here; those of constant memory need not care.
    fn with_memory(&mut self, _memory: MemoryReservation) {}

    /// The input is over: what is still held back.
    fn finish(&mut self) -> DfResult<Option<RecordBatch>> {
        Ok(None)
    }
}

/// The logical node.
#[derive(Clone)]
pub(crate) struct RunNode {
    pub(crate) input: LogicalPlan,
    /// Columns whose equal values make a run.
    pub(crate) partition: Vec<String>,
    pub(crate) order: Vec<OrderKey>,
    pub(crate) kernel: Arc<dyn Kernel>,
    schema: DFSchemaRef,
}

impl RunNode {
    /// A plan that runs `kernel` over the runs of `input`.
    pub(crate) fn plan(
        input: LogicalPlan,
        partition: Vec<String>,
        order: Vec<OrderKey>,
        kernel: Arc<dyn Kernel>,
    ) -> DfResult<LogicalPlan> {
        let node = Self::new(input, partition, order, kernel)?;
        Ok(LogicalPlan::Extension(Extension { node: Arc::new(node) }))
    }

    fn new(
        input: LogicalPlan,
        partition: Vec<String>,
        order: Vec<OrderKey>,
        kernel: Arc<dyn Kernel>,
    ) -> DfResult<Self> {
        let schema = kernel.schema(input.schema().as_arrow())?;
        let schema = Arc::new(DFSchema::try_from(schema)?);
        Ok(Self { input, partition, order, kernel, schema })
    }

    fn reads(&self) -> Vec<String> {
        let mut names = self.kernel.reads();
        names.extend(self.partition.iter().cloned());
        names.extend(self.order.iter().map(|k| k.column.clone()));
        names
    }

    fn identity(&self) -> (String, &Vec<String>, String) {
        (self.kernel.name(), &self.partition, format!("{:?}", self.order))
    }
}

impl fmt::Debug for RunNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        UserDefinedLogicalNodeCore::fmt_for_explain(self, f)
    }
}

impl PartialEq for RunNode {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.kernel, &other.kernel) && self.identity() == other.identity() && self.input == other.input
    }
}

impl Eq for RunNode {}

impl Hash for RunNode {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
        self.input.hash(state);
    }
}

impl PartialOrd for RunNode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.identity().partial_cmp(&other.identity())
    }
}

impl UserDefinedLogicalNodeCore for RunNode {
    fn name(&self) -> &'static str {
        "Run"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Run: {} over [{}]", self.kernel.name(), self.partition.join(", "))?;
        let order: Vec<String> =
            self.order.iter().map(|k| format!("{}{}", k.column, if k.descending { " desc" } else { "" })).collect();
        write!(f, " by [{}]", order.join(", ").replace(crate::lane::HIDDEN, "#"))
    }

    fn with_exprs_and_inputs(&self, _exprs: Vec<Expr>, mut inputs: Vec<LogicalPlan>) -> DfResult<Self> {
        let input = inputs.pop().unwrap_or_else(|| self.input.clone());
        Self::new(input, self.partition.clone(), self.order.clone(), self.kernel.clone())
    }

    fn necessary_children_exprs(&self, output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        let input = self.input.schema();
        let reads = self.reads();
        let wanted: Vec<&str> = output_columns.iter().map(|i| self.schema.field(*i).name().as_str()).collect();
        let needed = input
            .fields()
            .iter()
            .enumerate()
            .filter(|(_, f)| wanted.contains(&f.name().as_str()) || reads.contains(f.name()));
        Some(vec![needed.map(|(i, _)| i).collect()])
    }
}
