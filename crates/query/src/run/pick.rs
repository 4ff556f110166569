//! Rows of a run by their place: `sample`, and the exact `quantile` that keeps its row.

use std::collections::VecDeque;
use std::ops::Range;

use datafusion::arrow::array::BooleanArray;
use datafusion::arrow::compute::{concat_batches, filter_record_batch};
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::Result as DfResult;
use datafusion::execution::memory_pool::MemoryReservation;

use super::{Kernel, KernelState};

/// Every n-th row from a position on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    pub(crate) n: u64,
    pub(crate) position: u64,
}

impl Kernel for Sample {
    fn name(&self) -> String {
        format!("sample n={} pos={}", self.n, self.position)
    }

    fn reads(&self) -> Vec<String> {
        Vec::new()
    }

    fn schema(&self, input: &Schema) -> DfResult<Schema> {
        Ok(input.clone())
    }

    fn start(&self, _input: &SchemaRef, _output: &SchemaRef) -> DfResult<Box<dyn KernelState>> {
        Ok(Box::new(SampleState { sample: *self, seen: 0 }))
    }
}

struct SampleState {
    sample: Sample,
    seen: u64,
}

impl KernelState for SampleState {
    fn push(&mut self, batch: &RecordBatch, runs: &[Range<usize>], continues: bool) -> DfResult<RecordBatch> {
        let mut keep = Vec::with_capacity(batch.num_rows());
        for (i, run) in runs.iter().enumerate() {
            if i > 0 || !continues {
                self.seen = 0;
            }
            for _ in run.clone() {
                let from = self.seen.checked_sub(self.sample.position);
                keep.push(from.is_some_and(|from| from.is_multiple_of(self.sample.n.max(1))));
                self.seen += 1;
            }
        }
        Ok(filter_record_batch(batch, &BooleanArray::from(keep))?)
    }
}

/// The row at the place `ceil(q * n)` of each run. Rows before the place that the rows so far give are let go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QuantileRow {
    pub(crate) q: f64,
}

impl Kernel for QuantileRow {
    fn name(&self) -> String {
        format!("row of quantile {}", self.q)
    }

    fn reads(&self) -> Vec<String> {
        Vec::new()
    }

    fn schema(&self, input: &Schema) -> DfResult<Schema> {
        Ok(input.clone())
    }

    fn start(&self, _input: &SchemaRef, output: &SchemaRef) -> DfResult<Box<dyn KernelState>> {
        let (q, schema, held) = (self.q, output.clone(), VecDeque::new());
        Ok(Box::new(QuantileState { q, schema, held, gone: 0, rows: 0, memory: None }))
    }
}

struct QuantileState {
    q: f64,
    schema: SchemaRef,
    held: VecDeque<RecordBatch>,
    /// Rows that were let go.
    gone: usize,
    /// Rows of the run so far.
    rows: usize,
    memory: Option<MemoryReservation>,
}

impl QuantileState {
    fn place(&self) -> usize {
        ((self.q * self.rows as f64).ceil() as usize).clamp(1, self.rows.max(1)) - 1
    }

    fn hold(&mut self, rows: RecordBatch) {
        self.rows += rows.num_rows();
        self.held.push_back(rows);
        let place = self.place();
        while let Some(first) = self.held.front() {
            if self.gone + first.num_rows() > place {
                break;
            }
            self.gone += first.num_rows();
            self.held.pop_front();
        }
    }

    /// The row of the run that is over.
    fn take(&mut self) -> Option<RecordBatch> {
        let row = self.held.front().map(|first| first.slice(self.place() - self.gone, 1));
        self.held.clear();
        (self.gone, self.rows) = (0, 0);
        row
    }
}

impl KernelState for QuantileState {
    fn with_memory(&mut self, memory: MemoryReservation) {
        self.memory = Some(memory);
    }

    fn push(&mut self, batch: &RecordBatch, runs: &[Range<usize>], continues: bool) -> DfResult<RecordBatch> {
        let mut picked = Vec::new();
        for (i, run) in runs.iter().enumerate() {
            if i > 0 || !continues {
                picked.extend(self.take());
            }
            self.hold(batch.slice(run.start, run.len()));
        }
        if let Some(memory) = &mut self.memory {
            memory.try_resize(self.held.iter().map(RecordBatch::get_array_memory_size).sum())?;
        }
        Ok(concat_batches(&self.schema, &picked)?)
    }

    fn finish(&mut self) -> DfResult<Option<RecordBatch>> {
        Ok(self.take())
    }
}
