//! Oscillators and adaptive averages: `chandeMomentumOscillator`, `relativeStrengthIndex`, `kaufmansAMA` and
//! `tripleExponentialDerivative`. The first rows of a table only prepare; some of them answer a short table with one row.

mod channel;

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array, UInt32Array};
use datafusion::arrow::compute::{concat_batches, take_record_batch};
use datafusion::arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::Result as DfResult;
use flux::plan::Oscillator as Kind;

use super::support::{Number, Numbers, rebuild, with_types};
use super::{Kernel, KernelState};
use channel::Channel;

/// See the module's text.
#[derive(Debug, Clone)]
pub(crate) struct Oscillator {
    pub(crate) kind: Kind,
    pub(crate) columns: Vec<String>,
    pub(crate) n: usize,
}

impl Kernel for Oscillator {
    fn name(&self) -> String {
        format!("{:?} of {} over {}", self.kind, self.columns.join(", "), self.n)
    }

    fn reads(&self) -> Vec<String> {
        self.columns.clone()
    }

    fn schema(&self, input: &Schema) -> DfResult<Schema> {
        let changes: Vec<(&str, DataType)> = self.columns.iter().map(|c| (c.as_str(), DataType::Float64)).collect();
        Ok(with_types(input, &changes))
    }

    fn start(&self, input: &SchemaRef, output: &SchemaRef) -> DfResult<Box<dyn KernelState>> {
        Ok(Box::new(State {
            at: self.columns.iter().map(|c| input.index_of(c)).collect::<Result<_, _>>()?,
            channels: self.columns.iter().map(|_| Channel::new(self.kind, self.n)).collect(),
            kernel: self.clone(),
            output: output.clone(),
            rows: 0,
            held: None,
        }))
    }
}

struct State {
    kernel: Oscillator,
    at: Vec<usize>,
    channels: Vec<Channel>,
    output: SchemaRef,
    /// Rows of the current table so far.
    rows: usize,
    /// The last row of a table that is short so far.
    held: Option<RecordBatch>,
}

/// Rows to give out, and the values of each column in them.
struct Answer {
    places: Vec<u32>,
    values: Vec<Vec<Option<f64>>>,
}

impl Answer {
    fn add(&mut self, place: usize, values: impl Iterator<Item = Option<f64>>) {
        self.places.push(u32::try_from(place).unwrap_or(u32::MAX));
        for (list, value) in self.values.iter_mut().zip(values) {
            list.push(value);
        }
    }
}

impl State {
    /// Rows at the beginning of a table that give nothing.
    fn prepares(&self) -> usize {
        match self.kernel.kind {
            Kind::TripleDerivative => (3 * self.kernel.n).saturating_sub(2),
            _ => self.kernel.n,
        }
    }

    /// Whether a table that ends now is answered by one row.
    fn is_short(&self) -> bool {
        match self.kernel.kind {
            Kind::Strength => self.rows <= self.kernel.n,
            Kind::TripleDerivative => self.rows < self.prepares(),
            Kind::Momentum | Kind::AdaptiveAverage => false,
        }
    }

    fn restart(&mut self) {
        self.rows = 0;
        self.channels.iter_mut().for_each(Channel::clear);
    }

    fn answer(&self, rows: &RecordBatch, answer: Answer) -> DfResult<RecordBatch> {
        let taken = take_record_batch(rows, &UInt32Array::from(answer.places))?;
        let arrays = answer.values.into_iter().map(|v| Arc::new(Float64Array::from(v)) as ArrayRef);
        let made: Vec<(String, ArrayRef)> = self.kernel.columns.iter().cloned().zip(arrays).collect();
        rebuild(&taken, &self.output, &made, None)
    }

    fn nothing(&self) -> Answer {
        Answer { places: Vec::new(), values: vec![Vec::new(); self.at.len()] }
    }
}

impl KernelState for State {
    fn push(&mut self, batch: &RecordBatch, runs: &[Range<usize>], continues: bool) -> DfResult<RecordBatch> {
        // The row that is held back, if there is one, stands behind the batch's own rows.
        let held = self.held.take();
        let source = match &held {
            Some(held) => concat_batches(&batch.schema(), [batch, held])?,
            None => batch.clone(),
        };
        let numbers = self.at.iter().map(|i| Numbers::of(batch.column(*i))).collect::<DfResult<Vec<_>>>()?;
        let mut answer = self.nothing();
        for (i, run) in runs.iter().enumerate() {
            if i > 0 || !continues {
                let last = if i > 0 { Some(run.start - 1) } else { held.as_ref().map(|_| batch.num_rows()) };
                if let (Some(last), true) = (last, self.is_short()) {
                    answer.add(last, self.channels.iter().map(Channel::so_far));
                }
                self.restart();
            }
            for row in run.clone() {
                let values = numbers.iter().zip(&mut self.channels);
                let values: Vec<Option<f64>> = values.map(|(n, c)| c.push(n.get(row).map(Number::to_float))).collect();
                if self.rows >= self.prepares() {
                    answer.add(row, values.into_iter());
                }
                self.rows += 1;
            }
        }
        if self.is_short() && batch.num_rows() > 0 {
            self.held = Some(batch.slice(batch.num_rows() - 1, 1));
        }
        self.answer(&source, answer)
    }

    fn finish(&mut self) -> DfResult<Option<RecordBatch>> {
        let Some(held) = self.held.take() else { return Ok(None) };
        let mut answer = self.nothing();
        answer.add(0, self.channels.iter().map(Channel::so_far));
        self.answer(&held, answer).map(Some)
    }
}
