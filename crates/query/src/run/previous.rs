//! `fill(usePrevious: true)`: the last value before a null in its table.

use std::ops::Range;

use datafusion::arrow::array::{Array, ArrayRef, UInt32Array};
use datafusion::arrow::compute::{concat, take};
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::Result as DfResult;

use super::{Kernel, KernelState};

/// Fills one column.
#[derive(Debug, Clone)]
pub(crate) struct Previous {
    pub(crate) column: String,
}

impl Kernel for Previous {
    fn name(&self) -> String {
        format!("previous of {}", self.column)
    }

    fn reads(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn schema(&self, input: &Schema) -> DfResult<Schema> {
        Ok(input.clone())
    }

    fn start(&self, input: &SchemaRef, _output: &SchemaRef) -> DfResult<Box<dyn KernelState>> {
        Ok(Box::new(State { at: input.index_of(&self.column)?, last: None }))
    }
}

struct State {
    at: usize,
    /// The last value of the run so far: an array of one row.
    last: Option<ArrayRef>,
}

impl KernelState for State {
    fn push(&mut self, batch: &RecordBatch, runs: &[Range<usize>], continues: bool) -> DfResult<RecordBatch> {
        let values = batch.column(self.at).clone();
        // The carried value, if there is one, stands behind the batch's own rows.
        let carried = u32::try_from(values.len()).unwrap_or(u32::MAX);
        let mut rows: Vec<Option<u32>> = Vec::with_capacity(values.len());
        let mut source: Option<u32> = None;
        for (i, run) in runs.iter().enumerate() {
            source = (i == 0 && continues && self.last.is_some()).then_some(carried);
            for row in run.clone() {
                if values.is_valid(row) {
                    source = u32::try_from(row).ok();
                }
                rows.push(source);
            }
        }
        let both = match &self.last {
            Some(last) => concat(&[values.as_ref(), last.as_ref()])?,
            None => values,
        };
        let filled = take(&both, &UInt32Array::from(rows), None)?;
        self.last = match source {
            Some(row) => Some(both.slice(row as usize, 1)),
            None => None,
        };
        let mut columns = batch.columns().to_vec();
        columns[self.at] = filled;
        Ok(RecordBatch::try_new(batch.schema(), columns)?)
    }
}
