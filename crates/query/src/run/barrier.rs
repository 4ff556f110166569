//! A node that changes nothing, over which DataFusion moves no filter: what stands above it sees only the rows that came
//! through what stands below.

use std::ops::Range;

use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::Result as DfResult;

use super::{Kernel, KernelState};

/// See the module's text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Barrier;

impl Kernel for Barrier {
    fn name(&self) -> String {
        "barrier".to_owned()
    }

    fn reads(&self) -> Vec<String> {
        Vec::new()
    }

    fn schema(&self, input: &Schema) -> DfResult<Schema> {
        Ok(input.clone())
    }

    fn start(&self, _input: &SchemaRef, _output: &SchemaRef) -> DfResult<Box<dyn KernelState>> {
        Ok(Box::new(*self))
    }
}

impl KernelState for Barrier {
    fn push(&mut self, batch: &RecordBatch, _runs: &[Range<usize>], _continues: bool) -> DfResult<RecordBatch> {
        Ok(batch.clone())
    }
}
