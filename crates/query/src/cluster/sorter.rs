//! Buffers rows, puts them in order by the numbers of their keys, and spills sorted runs when memory ends.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef};
use datafusion::arrow::compute::{SortOptions, interleave_record_batch};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::arrow::row::SortField;
use datafusion::common::{Result as DfResult, exec_datafusion_err};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{LexOrdering, PhysicalSortExpr};
use datafusion::physical_plan::SpillManager;
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, SpillMetrics};
use datafusion::physical_plan::sorts::streaming_merge::{SortedSpillFile, StreamingMergeBuilder};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;

use crate::keys::{KeyIds, is_number, numbers};

/// Bytes that a row costs beside its batch: id, trailing number, and its place in the order.
const ROW_BYTES: usize = 24;
/// Rows of a batch in a spilled run, and of a merged one: merging many runs holds batches of each.
const SPILL_ROWS: usize = 1_024;

/// See the module's text.
pub(super) struct Sorter {
    schema: SchemaRef,
    ordering: LexOrdering,
    /// Ids of all columns of the order but the tail.
    keys: KeyIds,
    /// The last column of the order if it is a number.
    tail: Option<SortOptions>,
    buffered: Buffered,
    reservation: MemoryReservation,
    spill: SpillManager,
    runs: Vec<SortedSpillFile>,
    metrics: BaselineMetrics,
    context: Arc<TaskContext>,
}

/// Rows that wait in memory.
#[derive(Default)]
struct Buffered {
    batches: Vec<RecordBatch>,
    /// The first row of each batch.
    starts: Vec<u32>,
    /// The id of each row's key.
    ids: Vec<u32>,
    /// The last column of the order as numbers; empty if it is none.
    tails: Vec<u64>,
    /// Nulls in the tail, by row; empty if there are none.
    nulls: Vec<bool>,
    nulls_first: bool,
    /// Buffers that are counted already: batches of one row group share their dictionaries.
    counted: HashSet<usize>,
}

impl Sorter {
    pub(super) fn new(
        schema: SchemaRef,
        ordering: LexOrdering,
        partition: usize,
        metrics: &ExecutionPlanMetricsSet,
        context: Arc<TaskContext>,
    ) -> DfResult<Self> {
        let column = |e: &PhysicalSortExpr| Ok((e.expr.data_type(&schema)?, e.options));
        let mut columns = ordering.iter().map(column).collect::<DfResult<Vec<_>>>()?;
        let tail = columns.pop_if(|(data_type, _)| is_number(data_type)).map(|(_, options)| options);
        let fields = columns.into_iter().map(|(data_type, options)| SortField::new_with_options(data_type, options));
        let keys = KeyIds::new(fields.collect())?;
        let reservation = MemoryConsumer::new("sort").with_can_spill(true).register(context.memory_pool());
        let spill = SpillManager::new(context.runtime_env(), SpillMetrics::new(metrics, partition), schema.clone());
        Ok(Self {
            schema,
            ordering,
            keys,
            tail,
            buffered: Buffered::default(),
            reservation,
            spill,
            runs: Vec::new(),
            metrics: BaselineMetrics::new(metrics, partition),
            context,
        })
    }

    /// Takes rows in.
    pub(super) fn push(&mut self, batch: RecordBatch) -> DfResult<()> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let timer = self.metrics.elapsed_compute().clone();
        let _timer = timer.timer();
        let beyond = self.buffered.ids.len() + batch.num_rows() >= u32::MAX as usize;
        let mut bytes = self.buffered.new_bytes(&batch) + batch.num_rows() * ROW_BYTES;
        if beyond || self.reservation.try_grow(bytes).is_err() {
            self.spill()?;
            bytes = self.buffered.new_bytes(&batch) + batch.num_rows() * ROW_BYTES;
            self.reservation.try_grow(bytes)?;
        }
        let columns = self.columns(&batch)?;
        let held = self.keys.held_bytes();
        let (tail, prefix) = match (self.tail, columns.split_last()) {
            (Some(options), Some((tail, prefix))) => (Some((tail, options)), prefix),
            _ => (None, columns.as_slice()),
        };
        let ids = self.keys.ids(prefix, batch.num_rows())?;
        // Keys are small beside their rows; that they do not fit is met at the next batch.
        self.reservation.grow(self.keys.held_bytes() - held);
        self.buffered.push(batch, &ids, tail)
    }

    fn columns(&self, batch: &RecordBatch) -> DfResult<Vec<ArrayRef>> {
        self.ordering.iter().map(|e| e.expr.evaluate(batch)?.into_array(batch.num_rows())).collect()
    }

    /// Writes what is buffered as a sorted run.
    fn spill(&mut self) -> DfResult<()> {
        let buffered = std::mem::take(&mut self.buffered);
        if buffered.batches.is_empty() {
            return Ok(());
        }
        let order = buffered.order(&self.keys);
        let mut file = self.spill.create_in_progress_file("sort")?;
        let mut largest = 0;
        for rows in order.chunks(SPILL_ROWS) {
            largest = largest.max(file.append_batch(&buffered.rows(rows)?)?);
        }
        if let Some(file) = file.finish()? {
            self.runs.push(SortedSpillFile { file, max_record_batch_memory: largest });
        }
        self.keys.clear();
        drop(buffered);
        self.reservation.free();
        Ok(())
    }

    /// All rows in order.
    pub(super) fn finish(mut self) -> DfResult<SendableRecordBatchStream> {
        if self.runs.is_empty() {
            let rows = self.context.session_config().batch_size();
            return Ok(self.in_memory(rows));
        }
        self.spill()?;
        let merging = MemoryConsumer::new("merge of sorted runs").register(self.context.memory_pool());
        StreamingMergeBuilder::new()
            .with_sorted_spill_files(self.runs)
            .with_spill_manager(self.spill)
            .with_schema(self.schema)
            .with_expressions(&self.ordering)
            .with_metrics(self.metrics)
            .with_batch_size(SPILL_ROWS)
            .with_fetch(None)
            .with_reservation(merging)
            .build()
    }

    fn in_memory(self, size: usize) -> SendableRecordBatchStream {
        let Self { schema, buffered, keys, reservation, metrics, .. } = self;
        let timer = metrics.elapsed_compute().timer();
        let order = buffered.order(&keys);
        drop(keys);
        timer.done();
        // Rows that came in order leave as they came.
        let sorted = order.windows(2).all(|w| w[0] < w[1]);
        let chunks = if sorted { buffered.batches.len() } else { order.len().div_ceil(size) };
        let batches = (0..chunks).map(move |i| {
            let _held = &reservation;
            let timer = metrics.elapsed_compute().timer();
            let batch = match buffered.batches.get(i) {
                Some(batch) if sorted => Ok(batch.clone()),
                _ => buffered.rows(&order[i * size..((i + 1) * size).min(order.len())]),
            };
            timer.done();
            batch.inspect(|b| metrics.record_output(b.num_rows()))
        });
        Box::pin(RecordBatchStreamAdapter::new(schema, futures::stream::iter(batches)))
    }
}

impl Buffered {
    /// Bytes of a batch's buffers that no batch before has.
    fn new_bytes(&mut self, batch: &RecordBatch) -> usize {
        let mut bytes = 0;
        for column in batch.columns() {
            let data = column.to_data();
            let nulls = data.nulls().map(|n| n.buffer());
            for buffer in data.buffers().iter().chain(nulls) {
                if self.counted.insert(buffer.data_ptr().as_ptr() as usize) {
                    bytes += buffer.capacity();
                }
            }
        }
        bytes
    }

    fn push(&mut self, batch: RecordBatch, ids: &[u32], tail: Option<(&ArrayRef, SortOptions)>) -> DfResult<()> {
        let (before, rows) = (self.ids.len(), batch.num_rows());
        // The sorter spills before rows exceed u32.
        self.starts.push(u32::try_from(before).unwrap_or(u32::MAX));
        self.ids.extend_from_slice(ids);
        if let Some((column, options)) = tail {
            let flip = if options.descending { u64::MAX } else { 0 };
            self.tails.extend(numbers(column)?.into_iter().map(|number| number ^ flip));
            self.nulls_first = options.nulls_first;
            if let Some(nulls) = column.nulls().filter(|n| n.null_count() > 0) {
                self.nulls.resize(before, false);
                self.nulls.extend((0..rows).map(|row| nulls.is_null(row)));
            }
        }
        self.batches.push(batch);
        Ok(())
    }

    /// Row numbers in order; rows that are equal keep the order in which they came.
    fn order(&self, keys: &KeyIds) -> Vec<u32> {
        let ranks = keys.ranks();
        // Counting sort by rank: `ends[r]` is where rank r's rows end once all are placed.
        let mut ends = vec![0_u32; ranks.len() + 1];
        for id in &self.ids {
            ends[ranks[*id as usize] as usize + 1] += 1;
        }
        for i in 1..ends.len() {
            ends[i] += ends[i - 1];
        }
        let mut order = vec![0_u32; self.ids.len()];
        for (row, id) in (0_u32..).zip(&self.ids) {
            let place = &mut ends[ranks[*id as usize] as usize];
            order[*place as usize] = row;
            *place += 1;
        }
        if self.tails.is_empty() {
            return order;
        }
        let tail = |row: &u32| {
            let null = self.nulls.get(*row as usize).copied().unwrap_or(false);
            (null != self.nulls_first, if null { 0 } else { self.tails[*row as usize] })
        };
        let mut begin = 0;
        for end in &ends[..ranks.len()] {
            let rows = &mut order[begin..*end as usize];
            if !rows.is_sorted_by_key(tail) {
                rows.sort_by_key(tail);
            }
            begin = *end as usize;
        }
        order
    }

    /// A batch of these rows.
    fn rows(&self, rows: &[u32]) -> DfResult<RecordBatch> {
        let mut at = 0;
        let place = |row: &u32| {
            if self.starts[at] > *row || self.starts.get(at + 1).is_some_and(|next| next <= row) {
                at = self.starts.partition_point(|s| s <= row) - 1;
            }
            (at, (*row - self.starts[at]) as usize)
        };
        let places: Vec<(usize, usize)> = rows.iter().map(place).collect();
        let Some(first) = self.batches.first() else { return Err(exec_datafusion_err!("no rows to order")) };
        if first.num_columns() == 0 {
            return Ok(first.slice(0, 0));
        }
        let batches: Vec<&RecordBatch> = self.batches.iter().collect();
        Ok(interleave_record_batch(&batches, &places)?)
    }
}
