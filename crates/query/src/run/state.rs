//! `stateTracking`: for how many rows, and how long, a condition has held.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use datafusion::arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::Result as DfResult;
use flux::plan::Node;

use super::support::{rebuild, times, with_types};
use super::{Kernel, KernelState};
use crate::error::{external, runtime};

/// Adds the columns that are asked for: -1 where the condition does not hold.
#[derive(Debug, Clone)]
pub(crate) struct StateTracking {
    /// The column that says where the condition holds; it ends here.
    pub(crate) condition: String,
    pub(crate) count: Option<String>,
    pub(crate) duration: Option<StateDuration>,
    /// For the wording of errors.
    pub(crate) node: Node,
}

/// How the duration is counted.
#[derive(Debug, Clone)]
pub(crate) struct StateDuration {
    pub(crate) column: String,
    pub(crate) time: String,
    /// Nanoseconds.
    pub(crate) unit: i64,
}

impl Kernel for StateTracking {
    fn name(&self) -> String {
        "state tracking".to_owned()
    }

    fn reads(&self) -> Vec<String> {
        std::iter::once(&self.condition).chain(self.duration.iter().map(|d| &d.time)).cloned().collect()
    }

    fn schema(&self, input: &Schema) -> DfResult<Schema> {
        let names = self.count.iter().chain(self.duration.iter().map(|d| &d.column));
        let added: Vec<(&str, DataType)> = names.map(|n| (n.as_str(), DataType::Int64)).collect();
        let whole = with_types(input, &added);
        let stays = whole.fields().iter().filter(|f| *f.name() != self.condition).cloned();
        Ok(Schema::new(stays.collect::<Vec<_>>()))
    }

    fn start(&self, _input: &SchemaRef, output: &SchemaRef) -> DfResult<Box<dyn KernelState>> {
        Ok(Box::new(State { kernel: self.clone(), output: output.clone(), count: 0, since: None, last: None }))
    }
}

struct State {
    kernel: StateTracking,
    output: SchemaRef,
    /// Rows for which the condition has held.
    count: i64,
    /// The time of the first of them.
    since: Option<i64>,
    /// The time of the row before.
    last: Option<i64>,
}

impl KernelState for State {
    fn push(&mut self, batch: &RecordBatch, runs: &[Range<usize>], continues: bool) -> DfResult<RecordBatch> {
        let column = |name: &str| -> DfResult<&ArrayRef> { Ok(batch.column(batch.schema_ref().index_of(name)?)) };
        let holds = column(&self.kernel.condition)?.as_boolean();
        let clock = match &self.kernel.duration {
            Some(duration) => Some((times(column(&duration.time)?), duration.unit)),
            None => None,
        };
        let (mut counts, mut durations) = (Vec::with_capacity(batch.num_rows()), Vec::new());
        for (i, run) in runs.iter().enumerate() {
            if i > 0 || !continues {
                (self.count, self.since, self.last) = (0, None, None);
            }
            for row in run.clone() {
                let true_here = holds.is_valid(row) && holds.value(row);
                self.count = if true_here { self.count + 1 } else { 0 };
                counts.push(if true_here { self.count } else { -1 });
                let Some((times, unit)) = clock else { continue };
                if times.is_null(row) {
                    return Err(external(runtime(&self.kernel.node, "got a null timestamp")));
                }
                if self.last.replace(times.value(row)).is_some_and(|last| last > times.value(row)) {
                    return Err(external(runtime(&self.kernel.node, "got an out-of-order timestamp")));
                }
                self.since = if true_here { self.since.or(Some(times.value(row))) } else { None };
                durations.push(self.since.map_or(-1, |since| times.value(row).wrapping_sub(since) / unit));
            }
        }
        let mut made: Vec<(String, ArrayRef)> = Vec::new();
        if let Some(name) = &self.kernel.count {
            made.push((name.clone(), Arc::new(Int64Array::from(counts))));
        }
        if let Some(duration) = &self.kernel.duration {
            made.push((duration.column.clone(), Arc::new(Int64Array::from(durations))));
        }
        rebuild(batch, &self.output, &made, None)
    }
}
