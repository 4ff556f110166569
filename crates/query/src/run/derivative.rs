//! `derivative`: the change of a value per unit of time. Rows of a repeated time go, as does the first row.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, BooleanArray, Float64Builder};
use datafusion::arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::Result as DfResult;
use flux::plan::Node;

use super::support::{Number, Numbers, rebuild, times, with_types};
use super::{Kernel, KernelState};
use crate::error::{external, runtime};

/// Derivatives of some columns of numbers.
#[derive(Debug, Clone)]
pub(crate) struct Derivative {
    pub(crate) columns: Vec<String>,
    pub(crate) time: String,
    /// Nanoseconds.
    pub(crate) unit: i64,
    pub(crate) non_negative: bool,
    /// A falling value counts from zero instead of giving null.
    pub(crate) initial_zero: bool,
    /// For the wording of errors.
    pub(crate) node: Node,
}

impl Kernel for Derivative {
    fn name(&self) -> String {
        format!("derivative of {}", self.columns.join(", "))
    }

    fn reads(&self) -> Vec<String> {
        self.columns.iter().chain([&self.time]).cloned().collect()
    }

    fn schema(&self, input: &Schema) -> DfResult<Schema> {
        let changes: Vec<(&str, DataType)> = self.columns.iter().map(|c| (c.as_str(), DataType::Float64)).collect();
        Ok(with_types(input, &changes))
    }

    fn start(&self, input: &SchemaRef, output: &SchemaRef) -> DfResult<Box<dyn KernelState>> {
        let columns = self.columns.iter().map(|c| Ok((c.clone(), input.index_of(c)?, None)));
        Ok(Box::new(State {
            columns: columns.collect::<DfResult<Vec<_>>>()?,
            time: input.index_of(&self.time)?,
            last_time: None,
            output: output.clone(),
            kernel: self.clone(),
        }))
    }
}

/// The last value that was no null, and its time.
type Seen = (Number, i64);

struct State {
    kernel: Derivative,
    output: SchemaRef,
    time: usize,
    last_time: Option<i64>,
    /// Name, place, and the last value with its time.
    columns: Vec<(String, usize, Option<Seen>)>,
}

impl State {
    /// Which rows stay.
    fn rows(&mut self, batch: &RecordBatch, runs: &[Range<usize>], continues: bool) -> DfResult<BooleanArray> {
        let times = times(batch.column(self.time));
        let fail = |text: &str| external(runtime(&self.kernel.node, text));
        let mut keep = Vec::with_capacity(batch.num_rows());
        for (i, run) in runs.iter().enumerate() {
            if i > 0 || !continues {
                self.last_time = None;
            }
            for row in run.clone() {
                if times.is_null(row) {
                    return Err(fail("derivative found null time in time column"));
                }
                let time = times.value(row);
                let last = self.last_time.replace(time);
                if last.is_some_and(|last| time < last) {
                    return Err(fail("derivative found out-of-order times in time column"));
                }
                keep.push(last.is_some_and(|last| time > last));
            }
        }
        Ok(BooleanArray::from(keep))
    }

    fn rate(&self, (before, from): (Number, i64), (now, to): (Number, i64)) -> Option<f64> {
        let elapsed = to.wrapping_sub(from) as f64 / self.kernel.unit as f64;
        if self.kernel.non_negative && now.is_below(before) {
            return self.kernel.initial_zero.then_some(0.0);
        }
        Some(now.minus(before) / elapsed)
    }
}

impl KernelState for State {
    fn push(&mut self, batch: &RecordBatch, runs: &[Range<usize>], continues: bool) -> DfResult<RecordBatch> {
        let keep = self.rows(batch, runs, continues)?;
        let times = times(batch.column(self.time));
        let mut made: Vec<(String, ArrayRef)> = Vec::with_capacity(self.columns.len());
        for at in 0..self.columns.len() {
            let (name, column, mut last) = self.columns[at].clone();
            let values = Numbers::of(batch.column(column))?;
            let mut rates = Float64Builder::with_capacity(batch.num_rows());
            for (i, run) in runs.iter().enumerate() {
                if i > 0 || !continues {
                    last = None;
                }
                for row in run.clone() {
                    let begins = row == run.start && !(continues && i == 0);
                    let now = values.get(row).map(|v| (v, times.value(row)));
                    let rate = last.zip(now).and_then(|(before, now)| self.rate(before, now));
                    rates.append_option(rate);
                    if now.is_some() && (begins || keep.value(row)) {
                        last = now;
                    }
                }
            }
            self.columns[at].2 = last;
            made.push((name, Arc::new(rates.finish())));
        }
        rebuild(batch, &self.output, &made, Some(keep))
    }
}
