//! `events.duration`: the whole units of time from each row to the next, and from the last one to a stop.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{Array, Int64Array, TimestampNanosecondArray};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::Result as DfResult;

use super::support::{rebuild, times, with_types};
use super::{Kernel, KernelState};

/// Adds the column `column`.
#[derive(Debug, Clone)]
pub(crate) struct Until {
    pub(crate) time: String,
    pub(crate) column: String,
    /// Nanoseconds.
    pub(crate) unit: i64,
    /// The column of the last row that says when it ends.
    pub(crate) stop_column: Option<String>,
    /// When the last row ends without such a column.
    pub(crate) stop: i64,
}

impl Kernel for Until {
    fn name(&self) -> String {
        format!("time after {}", self.time)
    }

    fn reads(&self) -> Vec<String> {
        self.stop_column.iter().chain([&self.time]).cloned().collect()
    }

    fn schema(&self, input: &Schema) -> DfResult<Schema> {
        Ok(with_types(input, &[(&self.column, DataType::Int64)]))
    }

    fn start(&self, input: &SchemaRef, output: &SchemaRef) -> DfResult<Box<dyn KernelState>> {
        Ok(Box::new(State {
            at: input.index_of(&self.time)?,
            stop_at: self.stop_column.as_ref().map(|c| input.index_of(c)).transpose()?,
            kernel: self.clone(),
            output: output.clone(),
            held: None,
        }))
    }
}

struct State {
    kernel: Until,
    at: usize,
    stop_at: Option<usize>,
    output: SchemaRef,
    /// The last row seen: when the next comes is not known yet.
    held: Option<RecordBatch>,
}

fn known(times: &TimestampNanosecondArray, row: usize) -> i64 {
    if times.is_valid(row) { times.value(row) } else { 0 }
}

impl State {
    /// The rows of a batch; `ends` says of each whether it is the last of its table.
    fn answer(&self, rows: &RecordBatch, ends: &[bool]) -> DfResult<RecordBatch> {
        let starts = times(rows.column(self.at));
        let stops = self.stop_at.map(|i| times(rows.column(i)));
        let durations = ends.iter().enumerate().map(|(row, end)| {
            let until = match (end, stops) {
                (false, _) => known(starts, row + 1),
                (true, Some(stops)) => known(stops, row),
                (true, None) => self.kernel.stop,
            };
            until.wrapping_sub(known(starts, row)) / self.kernel.unit
        });
        let durations = Int64Array::from_iter_values(durations);
        let own = rows.slice(0, ends.len());
        rebuild(&own, &self.output, &[(self.kernel.column.clone(), Arc::new(durations))], None)
    }
}

impl KernelState for State {
    fn push(&mut self, batch: &RecordBatch, runs: &[Range<usize>], continues: bool) -> DfResult<RecordBatch> {
        let held = self.held.replace(batch.slice(batch.num_rows() - 1, 1));
        let before = usize::from(held.is_some());
        let rows = match held {
            Some(held) => concat_batches(&batch.schema(), [&held, batch])?,
            None => batch.clone(),
        };
        let mut ends = vec![false; rows.num_rows() - 1];
        for (i, run) in runs.iter().enumerate() {
            let first = run.start + before;
            if first > 0
                && (i > 0 || !continues)
                && let Some(end) = ends.get_mut(first - 1)
            {
                *end = true;
            }
        }
        self.answer(&rows, &ends)
    }

    fn finish(&mut self) -> DfResult<Option<RecordBatch>> {
        let Some(held) = self.held.take() else { return Ok(None) };
        self.answer(&held, &[true]).map(Some)
    }
}
