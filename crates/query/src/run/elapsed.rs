//! `elapsed`: the whole units of time since the row before. The first row goes.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{Array, Int64Builder};
use datafusion::arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::Result as DfResult;
use flux::plan::Node;

use super::support::{all_but_first, rebuild, times, with_types};
use super::{Kernel, KernelState};
use crate::error::{external, runtime};

/// Adds the column `column`.
#[derive(Debug, Clone)]
pub(crate) struct Elapsed {
    pub(crate) time: String,
    pub(crate) column: String,
    /// Nanoseconds.
    pub(crate) unit: i64,
    /// For the wording of errors.
    pub(crate) node: Node,
}

impl Kernel for Elapsed {
    fn name(&self) -> String {
        format!("elapsed of {}", self.time)
    }

    fn reads(&self) -> Vec<String> {
        vec![self.time.clone()]
    }

    fn schema(&self, input: &Schema) -> DfResult<Schema> {
        Ok(with_types(input, &[(&self.column, DataType::Int64)]))
    }

    fn start(&self, input: &SchemaRef, output: &SchemaRef) -> DfResult<Box<dyn KernelState>> {
        Ok(Box::new(State {
            kernel: self.clone(),
            at: input.index_of(&self.time)?,
            last: None,
            output: output.clone(),
        }))
    }
}

struct State {
    kernel: Elapsed,
    at: usize,
    last: Option<i64>,
    output: SchemaRef,
}

impl KernelState for State {
    fn push(&mut self, batch: &RecordBatch, runs: &[Range<usize>], continues: bool) -> DfResult<RecordBatch> {
        let times = times(batch.column(self.at));
        let mut elapsed = Int64Builder::with_capacity(batch.num_rows());
        for (i, run) in runs.iter().enumerate() {
            if i > 0 || !continues {
                self.last = None;
            }
            for row in run.clone() {
                if times.is_null(row) {
                    return Err(external(runtime(&self.kernel.node, "elapsed found null time in time column")));
                }
                let time = times.value(row);
                let last = self.last.replace(time);
                elapsed.append_option(last.map(|last| time.wrapping_sub(last) / self.kernel.unit));
            }
        }
        let keep = all_but_first(batch.num_rows(), runs, continues);
        rebuild(batch, &self.output, &[(self.kernel.column.clone(), Arc::new(elapsed.finish()))], Some(keep))
    }
}
