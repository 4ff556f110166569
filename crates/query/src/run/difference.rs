//! `difference`: what was added since the last value. Nulls stay null and are skipped; unsigned numbers become signed.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, DataType, Float64Type, Int64Type, Schema, SchemaRef, UInt64Type,
};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::Result as DfResult;

use super::support::{all_but_first, rebuild, with_types};
use super::{Kernel, KernelState};

/// Differences of some columns of numbers.
#[derive(Debug, Clone)]
pub(crate) struct Difference {
    pub(crate) columns: Vec<String>,
    pub(crate) rule: DifferenceRule,
}

/// What becomes of values that fall, and of the first row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DifferenceRule {
    pub(crate) non_negative: bool,
    /// A falling value counts from zero instead of giving null.
    pub(crate) initial_zero: bool,
    pub(crate) keep_first: bool,
}

impl Kernel for Difference {
    fn name(&self) -> String {
        format!("difference of {}", self.columns.join(", "))
    }

    fn reads(&self) -> Vec<String> {
        self.columns.clone()
    }

    fn schema(&self, input: &Schema) -> DfResult<Schema> {
        let mut changes = Vec::new();
        for name in &self.columns {
            let found = input.field_with_name(name)?.data_type().clone();
            changes.push((name.as_str(), if found == DataType::UInt64 { DataType::Int64 } else { found }));
        }
        Ok(with_types(input, &changes))
    }

    fn start(&self, input: &SchemaRef, output: &SchemaRef) -> DfResult<Box<dyn KernelState>> {
        let mut columns = Vec::new();
        for name in &self.columns {
            let at = input.index_of(name)?;
            columns.push((name.clone(), at, Last::of(input.field(at).data_type())));
        }
        Ok(Box::new(State { rule: self.rule, output: output.clone(), columns }))
    }
}

/// The last value of one column.
enum Last {
    Float(Option<f64>),
    Int(Option<i64>),
    UInt(Option<u64>),
    Other,
}

impl Last {
    fn of(data_type: &DataType) -> Self {
        match data_type {
            DataType::Float64 => Self::Float(None),
            DataType::Int64 => Self::Int(None),
            DataType::UInt64 => Self::UInt(None),
            _ => Self::Other,
        }
    }

    fn scan(&mut self, values: &ArrayRef, runs: &[Range<usize>], continues: bool, rule: DifferenceRule) -> ArrayRef {
        let zero_first = rule.keep_first && rule.non_negative && rule.initial_zero;
        match self {
            Self::Float(last) => {
                differences::<Float64Type, Float64Type>(values, runs, continues, last, |a, b| match a {
                    None => zero_first.then_some(0.0),
                    Some(a) if rule.non_negative && b < a => rule.initial_zero.then_some(b),
                    Some(a) => Some(b - a),
                })
            }
            Self::Int(last) => differences::<Int64Type, Int64Type>(values, runs, continues, last, |a, b| match a {
                None => zero_first.then_some(0),
                Some(a) if rule.non_negative && b < a => rule.initial_zero.then_some(b),
                Some(a) => Some(b.wrapping_sub(a)),
            }),
            Self::UInt(last) => differences::<UInt64Type, Int64Type>(values, runs, continues, last, |a, b| match a {
                None => zero_first.then_some(0),
                Some(a) if rule.non_negative && b < a => rule.initial_zero.then_some(b.cast_signed()),
                Some(a) => Some(b.wrapping_sub(a).cast_signed()),
            }),
            Self::Other => values.clone(),
        }
    }
}

fn differences<I: ArrowPrimitiveType, O: ArrowPrimitiveType>(
    values: &ArrayRef,
    runs: &[Range<usize>],
    continues: bool,
    last: &mut Option<I::Native>,
    change: impl Fn(Option<I::Native>, I::Native) -> Option<O::Native>,
) -> ArrayRef {
    let values = values.as_primitive::<I>();
    let mut changes = Vec::with_capacity(values.len());
    for (i, run) in runs.iter().enumerate() {
        if i > 0 || !continues {
            *last = None;
        }
        for row in run.clone() {
            changes.push(if values.is_valid(row) {
                let value = values.value(row);
                change(last.replace(value), value)
            } else {
                None
            });
        }
    }
    Arc::new(PrimitiveArray::<O>::from_iter(changes))
}

struct State {
    rule: DifferenceRule,
    output: SchemaRef,
    columns: Vec<(String, usize, Last)>,
}

impl KernelState for State {
    fn push(&mut self, batch: &RecordBatch, runs: &[Range<usize>], continues: bool) -> DfResult<RecordBatch> {
        let rule = self.rule;
        let made: Vec<(String, ArrayRef)> = self
            .columns
            .iter_mut()
            .map(|(name, at, last)| (name.clone(), last.scan(batch.column(*at), runs, continues, rule)))
            .collect();
        let keep = (!rule.keep_first).then(|| all_but_first(batch.num_rows(), runs, continues));
        rebuild(batch, &self.output, &made, keep)
    }
}
