//! `movingAverage` and `exponentialMovingAverage`: averages of the last rows, from the n-th row of a table on. A shorter
//! table becomes one row: its last, with the average of all. Nulls take a place but no part.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{Float64Array, UInt32Array};
use datafusion::arrow::compute::{concat_batches, take_record_batch};
use datafusion::arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::Result as DfResult;
use datafusion::execution::memory_pool::MemoryReservation;

use super::support::{Numbers, rebuild, with_types};
use super::{Kernel, KernelState};

/// Averages the column over `n` rows.
#[derive(Debug, Clone)]
pub(crate) struct MovingAverage {
    pub(crate) column: String,
    pub(crate) n: usize,
    pub(crate) exponential: bool,
}

impl Kernel for MovingAverage {
    fn name(&self) -> String {
        let kind = if self.exponential { "exponential moving average" } else { "moving average" };
        format!("{kind} of {} over {}", self.column, self.n)
    }

    fn reads(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn schema(&self, input: &Schema) -> DfResult<Schema> {
        Ok(with_types(input, &[(&self.column, DataType::Float64)]))
    }

    fn start(&self, input: &SchemaRef, output: &SchemaRef) -> DfResult<Box<dyn KernelState>> {
        let window = Window { n: self.n, exponential: self.exponential, ..Window::default() };
        Ok(Box::new(State {
            at: input.index_of(&self.column)?,
            column: self.column.clone(),
            output: output.clone(),
            window,
            short: None,
            memory: None,
        }))
    }
}

/// The last values of a table.
#[derive(Debug, Default)]
struct Window {
    n: usize,
    exponential: bool,
    /// The rows so far, up to `n`.
    rows: usize,
    values: VecDeque<Option<f64>>,
    /// The last exponential average.
    last: Option<f64>,
}

impl Window {
    fn clear(&mut self) {
        self.values.clear();
        (self.rows, self.last) = (0, None);
    }

    fn push(&mut self, value: Option<f64>) {
        if self.exponential && self.rows >= self.n {
            let weight = 2.0 / (self.n as f64 + 1.0);
            self.last = match (self.last, value) {
                (Some(last), Some(value)) => Some(value * weight + last * (1.0 - weight)),
                (last, value) => last.or(value),
            };
            return;
        }
        if self.rows >= self.n {
            self.values.pop_front();
        }
        self.values.push_back(value);
        self.rows = (self.rows + 1).min(self.n);
        if self.exponential && self.rows >= self.n {
            self.last = self.mean();
            self.values.clear();
        }
    }

    /// The mean of the values in their order: a running sum would carry its rounding from window to window.
    fn mean(&self) -> Option<f64> {
        let (sum, count) = self.values.iter().flatten().fold((0.0, 0_usize), |(sum, n), v| (sum + v, n + 1));
        (count > 0).then(|| sum / count as f64)
    }

    fn average(&self) -> Option<f64> {
        if self.exponential && self.rows >= self.n { self.last } else { self.mean() }
    }

    fn is_full(&self) -> bool {
        self.rows >= self.n
    }
}

struct State {
    at: usize,
    column: String,
    output: SchemaRef,
    window: Window,
    /// The last row of a table that is shorter than the window so far.
    short: Option<RecordBatch>,
    memory: Option<MemoryReservation>,
}

impl State {
    fn answer(&self, rows: &RecordBatch, averages: Vec<Option<f64>>) -> DfResult<RecordBatch> {
        rebuild(rows, &self.output, &[(self.column.clone(), Arc::new(Float64Array::from(averages)))], None)
    }
}

impl KernelState for State {
    fn with_memory(&mut self, memory: MemoryReservation) {
        self.memory = Some(memory);
    }

    fn push(&mut self, batch: &RecordBatch, runs: &[Range<usize>], continues: bool) -> DfResult<RecordBatch> {
        // The row that is held back, if there is one, stands behind the batch's own rows.
        let held = self.short.take();
        let source = match &held {
            Some(short) => concat_batches(&batch.schema(), [batch, short])?,
            None => batch.clone(),
        };
        let values = Numbers::of(batch.column(self.at))?;
        let (mut rows, mut averages) = (Vec::new(), Vec::new());
        for (i, run) in runs.iter().enumerate() {
            if i > 0 || !continues {
                let last = if i > 0 { Some(run.start - 1) } else { held.as_ref().map(|_| batch.num_rows()) };
                if let (Some(last), false) = (last, self.window.is_full()) {
                    rows.push(u32::try_from(last).unwrap_or(u32::MAX));
                    averages.push(self.window.average());
                }
                self.window.clear();
            }
            for row in run.clone() {
                self.window.push(values.get(row).map(super::support::Number::to_float));
                if self.window.is_full() {
                    rows.push(u32::try_from(row).unwrap_or(u32::MAX));
                    averages.push(self.window.average());
                }
            }
        }
        if let Some(memory) = &mut self.memory {
            memory.try_resize(self.window.values.capacity() * size_of::<Option<f64>>())?;
        }
        if !self.window.is_full() && batch.num_rows() > 0 {
            self.short = Some(batch.slice(batch.num_rows() - 1, 1));
        }
        let taken = take_record_batch(&source, &UInt32Array::from(rows))?;
        self.answer(&taken, averages)
    }

    fn finish(&mut self) -> DfResult<Option<RecordBatch>> {
        let Some(short) = self.short.take() else { return Ok(None) };
        self.answer(&short, vec![self.window.average()]).map(Some)
    }
}
