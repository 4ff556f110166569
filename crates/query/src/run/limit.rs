//! `limit` within each run: the kernel behind `limit`, `tail`, `first`, `last`, `min`, `max`, `unique` and `distinct`,
//! which differ only in how rows are ordered before it.

use std::ops::Range;

use datafusion::arrow::array::BooleanArray;
use datafusion::arrow::array::BooleanBufferBuilder;
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::Result as DfResult;

use super::{Kernel, KernelState};

/// Keeps the rows `offset .. offset + fetch` of each run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    pub(crate) offset: usize,
    pub(crate) fetch: usize,
}

impl Kernel for Limit {
    fn name(&self) -> String {
        format!("limit fetch={} offset={}", self.fetch, self.offset)
    }

    fn reads(&self) -> Vec<String> {
        Vec::new()
    }

    fn schema(&self, input: &Schema) -> DfResult<Schema> {
        Ok(input.clone())
    }

    fn start(&self, _input: &SchemaRef, _output: &SchemaRef) -> DfResult<Box<dyn KernelState>> {
        Ok(Box::new(State { limit: *self, seen: 0 }))
    }
}

struct State {
    limit: Limit,
    /// Rows of the current run before this batch.
    seen: usize,
}

impl KernelState for State {
    fn push(&mut self, batch: &RecordBatch, runs: &[Range<usize>], continues: bool) -> DfResult<RecordBatch> {
        let mut keep = BooleanBufferBuilder::new(batch.num_rows());
        let end = self.limit.offset.saturating_add(self.limit.fetch);
        for (i, run) in runs.iter().enumerate() {
            if i > 0 || !continues {
                self.seen = 0;
            }
            let rows = run.len();
            let first = self.limit.offset.saturating_sub(self.seen).min(rows);
            let last = end.saturating_sub(self.seen).min(rows).max(first);
            keep.append_n(first, false);
            keep.append_n(last - first, true);
            keep.append_n(rows - last, false);
            self.seen = self.seen.saturating_add(rows);
        }
        Ok(filter_record_batch(batch, &BooleanArray::new(keep.finish(), None))?)
    }
}
