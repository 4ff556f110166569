//! The physical node: finds runs in sorted batches and feeds the kernel.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef};
use datafusion::arrow::compute::{SortOptions, partition};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::arrow::row::{OwnedRow, RowConverter, SortField};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::Result as DfResult;
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{
    EquivalenceProperties, LexOrdering, OrderingRequirements, PhysicalExpr, PhysicalSortExpr,
};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType, ReplaceChildrenOptions};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, Distribution, ExecutionPlan, Partitioning, PlanProperties,
};
use futures::StreamExt;

use super::Kernel;
use crate::lane::OrderKey;

/// Runs a kernel over its sorted input, on one partition, or over each of its partitions as the first of two steps.
pub(super) struct RunExec {
    input: Arc<dyn ExecutionPlan>,
    partition: Vec<String>,
    order: Vec<OrderKey>,
    kernel: Arc<dyn Kernel>,
    ordering: Option<LexOrdering>,
    in_parts: bool,
    properties: Arc<PlanProperties>,
}

impl RunExec {
    pub(super) fn new(
        input: Arc<dyn ExecutionPlan>,
        partition: Vec<String>,
        order: Vec<OrderKey>,
        kernel: Arc<dyn Kernel>,
        in_parts: bool,
    ) -> DfResult<Self> {
        let schema = input.schema();
        let mut sort = Vec::new();
        let keys = partition
            .iter()
            .map(|c| (c.as_str(), false))
            .chain(order.iter().map(|k| (k.column.as_str(), k.descending)));
        for (name, descending) in keys {
            let expr: Arc<dyn PhysicalExpr> = Arc::new(Column::new_with_schema(name, &schema)?);
            sort.push(PhysicalSortExpr::new(expr, SortOptions { descending, nulls_first: true }));
        }
        let output = Arc::new(kernel.schema(&schema)?);
        let partitions = if in_parts { input.properties().output_partitioning().partition_count() } else { 1 };
        let properties = PlanProperties::new(
            EquivalenceProperties::new(output),
            Partitioning::UnknownPartitioning(partitions),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        let ordering = LexOrdering::new(sort);
        Ok(Self { input, partition, order, kernel, ordering, in_parts, properties: Arc::new(properties) })
    }
}

impl fmt::Debug for RunExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_as(DisplayFormatType::Default, f)
    }
}

impl DisplayAs for RunExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = if self.in_parts { " in parts" } else { "" };
        write!(f, "RunExec: {}{parts} over [{}]", self.kernel.name(), self.partition.join(", "))
    }
}

impl ExecutionPlan for RunExec {
    fn name(&self) -> &'static str {
        "RunExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn required_input_distribution(&self) -> Vec<Distribution> {
        vec![if self.in_parts { Distribution::UnspecifiedDistribution } else { Distribution::SinglePartition }]
    }

    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        vec![self.ordering.clone().map(OrderingRequirements::from)]
    }

    fn apply_expressions(
        &self,
        _f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> DfResult<TreeNodeRecursion>,
    ) -> DfResult<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
        _options: ReplaceChildrenOptions,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        let input = children.pop().unwrap_or_else(|| self.input.clone());
        let (partition, order, kernel) = (self.partition.clone(), self.order.clone(), self.kernel.clone());
        Ok(Arc::new(Self::new(input, partition, order, kernel, self.in_parts)?))
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        let input = children.pop().unwrap_or_else(|| self.input.clone());
        let (partition, order, kernel) = (self.partition.clone(), self.order.clone(), self.kernel.clone());
        Ok(Arc::new(Self::new(input, partition, order, kernel, self.in_parts)?))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> DfResult<SendableRecordBatchStream> {
        let memory = MemoryConsumer::new(self.kernel.name()).register(context.memory_pool());
        let input = self.input.execute(partition, context)?;
        let (input_schema, output) = (self.input.schema(), self.schema());
        let mut state = self.kernel.start(&input_schema, &output)?;
        state.with_memory(memory);
        let mut runs = Runs::new(&input_schema, &self.partition)?;
        let answer = async_stream(input, move |batch| match batch {
            Some(batch) => {
                let (ranges, continues) = runs.of(&batch)?;
                state.push(&batch, &ranges, continues).map(Some)
            }
            None => state.finish(),
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(output, answer)))
    }
}

/// Maps each batch, and then the end of the input.
fn async_stream(
    input: SendableRecordBatchStream,
    step: impl FnMut(Option<RecordBatch>) -> DfResult<Option<RecordBatch>> + Send + 'static,
) -> impl futures::Stream<Item = DfResult<RecordBatch>> + Send {
    let batches = input.map(|b| b.map(Some)).chain(futures::stream::once(async { Ok(None) }));
    let step = std::sync::Arc::new(parking_lot::Mutex::new(step));
    batches.filter_map(move |batch| {
        let step = step.clone();
        async move {
            let answer = match batch {
                Ok(Some(batch)) if batch.num_rows() == 0 => return None,
                Ok(batch) => (step.lock())(batch),
                Err(e) => Err(e),
            };
            match answer {
                Ok(Some(batch)) if batch.num_rows() == 0 => None,
                Ok(None) => None,
                Ok(Some(batch)) => Some(Ok(batch)),
                Err(e) => Some(Err(e)),
            }
        }
    })
}

/// Finds where runs begin, across batches.
pub(crate) struct Runs {
    columns: Vec<usize>,
    converter: RowConverter,
    last: Option<OwnedRow>,
    /// Without partition columns everything is one run.
    begun: bool,
}

impl Runs {
    pub(crate) fn new(schema: &SchemaRef, partition: &[String]) -> DfResult<Self> {
        let columns = partition.iter().map(|n| schema.index_of(n)).collect::<Result<Vec<_>, _>>()?;
        let fields = columns.iter().map(|i| SortField::new(schema.field(*i).data_type().clone())).collect();
        Ok(Self { columns, converter: RowConverter::new(fields)?, last: None, begun: false })
    }

    /// The runs of a batch with at least one row, and whether the first goes on from the batch before.
    pub(crate) fn of(&mut self, batch: &RecordBatch) -> DfResult<(Vec<Range<usize>>, bool)> {
        if self.columns.is_empty() {
            let continues = std::mem::replace(&mut self.begun, true);
            return Ok((std::iter::once(0..batch.num_rows()).collect(), continues));
        }
        let keys: Vec<ArrayRef> = self.columns.iter().map(|i| batch.column(*i).clone()).collect();
        let ranges = partition(&keys)?.ranges();
        let ends: Vec<ArrayRef> = keys.iter().map(|k| two(k, 0, batch.num_rows() - 1)).collect::<DfResult<_>>()?;
        let rows = self.converter.convert_columns(&ends)?;
        let continues = self.last.as_ref().is_some_and(|last| last.row() == rows.row(0));
        self.last = Some(rows.row(1).owned());
        Ok((ranges, continues))
    }
}

/// The two rows `a` and `b` of an array.
fn two(array: &ArrayRef, a: usize, b: usize) -> DfResult<ArrayRef> {
    let (first, second): (ArrayRef, ArrayRef) = (array.slice(a, 1), array.slice(b, 1));
    let both: [&dyn Array; 2] = [&first, &second];
    Ok(datafusion::arrow::compute::concat(&both)?)
}
