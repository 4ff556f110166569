//! Overlapping windows: a row comes out once for each window that contains it.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{AsArray, TimestampNanosecondArray, UInt32Array};
use datafusion::arrow::compute::take_record_batch;
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef, TimestampNanosecondType};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::Result as DfResult;
use flux::calendar::Windows;
use flux::plan::ScalarType;
use model::TimeRange;

use super::{Kernel, KernelState};
use crate::scalar::{UTC, arrow_type};

/// Adds the columns `start` and `stop`: the bounds of a window that contains `time`, clipped to `bounds`.
#[derive(Debug, Clone)]
pub(crate) struct Explode {
    pub(crate) windows: Arc<Windows>,
    pub(crate) bounds: TimeRange,
    pub(crate) time: String,
    pub(crate) start: String,
    pub(crate) stop: String,
}

impl Kernel for Explode {
    fn name(&self) -> String {
        format!("windows of {}", self.time)
    }

    fn reads(&self) -> Vec<String> {
        vec![self.time.clone()]
    }

    fn schema(&self, input: &Schema) -> DfResult<Schema> {
        let mut fields: Vec<Arc<Field>> = input.fields().iter().cloned().collect();
        for name in [&self.start, &self.stop] {
            fields.push(Arc::new(Field::new(name, arrow_type(ScalarType::Time), true)));
        }
        Ok(Schema::new(fields))
    }

    fn start(&self, _input: &SchemaRef, output: &SchemaRef) -> DfResult<Box<dyn KernelState>> {
        Ok(Box::new(State { explode: self.clone(), output: output.clone() }))
    }
}

struct State {
    explode: Explode,
    output: SchemaRef,
}

impl KernelState for State {
    fn push(&mut self, batch: &RecordBatch, _runs: &[Range<usize>], _continues: bool) -> DfResult<RecordBatch> {
        let times = batch.column(batch.schema_ref().index_of(&self.explode.time)?);
        let times = times.as_primitive::<TimestampNanosecondType>();
        let (mut rows, mut starts, mut stops, mut found) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (row, time) in times.values().iter().enumerate() {
            self.explode.windows.containing(*time, &mut found);
            for window in &found {
                rows.push(u32::try_from(row).unwrap_or(u32::MAX));
                starts.push(window.start.max(self.explode.bounds.start));
                stops.push(window.stop.min(self.explode.bounds.stop));
            }
        }
        let taken = take_record_batch(batch, &UInt32Array::from(rows))?;
        let mut columns = taken.columns().to_vec();
        columns.push(Arc::new(TimestampNanosecondArray::from(starts).with_timezone(UTC)));
        columns.push(Arc::new(TimestampNanosecondArray::from(stops).with_timezone(UTC)));
        Ok(RecordBatch::try_new(self.output.clone(), columns)?)
    }
}
