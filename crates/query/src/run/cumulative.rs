//! `cumulativeSum`: running sums of columns. Nulls stay null and do not count; what is no number passes through.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use datafusion::arrow::datatypes::{
    ArrowNativeTypeOp, ArrowPrimitiveType, DataType, Float64Type, Int64Type, Schema, SchemaRef, UInt64Type,
};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::Result as DfResult;

use super::{Kernel, KernelState};

/// Sums some columns.
#[derive(Debug, Clone)]
pub(crate) struct CumulativeSum {
    pub(crate) columns: Vec<String>,
}

impl Kernel for CumulativeSum {
    fn name(&self) -> String {
        format!("cumulative sum of {}", self.columns.join(", "))
    }

    fn reads(&self) -> Vec<String> {
        self.columns.clone()
    }

    fn schema(&self, input: &Schema) -> DfResult<Schema> {
        Ok(input.clone())
    }

    fn start(&self, input: &SchemaRef, _output: &SchemaRef) -> DfResult<Box<dyn KernelState>> {
        let at = self.columns.iter().map(|c| input.index_of(c)).collect::<Result<Vec<_>, _>>()?;
        Ok(Box::new(State { sums: at.into_iter().map(|i| (i, Sum::of(input.field(i).data_type()))).collect() }))
    }
}

/// The running sum of one column.
enum Sum {
    Float(f64),
    Int(i64),
    UInt(u64),
    Other,
}

impl Sum {
    fn of(data_type: &DataType) -> Self {
        match data_type {
            DataType::Float64 => Self::Float(0.0),
            DataType::Int64 => Self::Int(0),
            DataType::UInt64 => Self::UInt(0),
            _ => Self::Other,
        }
    }

    fn scan(&mut self, values: &ArrayRef, runs: &[Range<usize>], continues: bool) -> ArrayRef {
        match self {
            Self::Float(sum) => running::<Float64Type>(values, runs, continues, sum),
            Self::Int(sum) => running::<Int64Type>(values, runs, continues, sum),
            Self::UInt(sum) => running::<UInt64Type>(values, runs, continues, sum),
            Self::Other => values.clone(),
        }
    }
}

fn running<T: ArrowPrimitiveType>(
    values: &ArrayRef,
    runs: &[Range<usize>],
    continues: bool,
    sum: &mut T::Native,
) -> ArrayRef {
    let values = values.as_primitive::<T>();
    let mut sums = Vec::with_capacity(values.len());
    for (i, run) in runs.iter().enumerate() {
        if i > 0 || !continues {
            *sum = T::default_value();
        }
        for row in run.clone() {
            if values.is_valid(row) {
                *sum = sum.add_wrapping(values.value(row));
            }
            sums.push(*sum);
        }
    }
    Arc::new(PrimitiveArray::<T>::new(sums.into(), Array::nulls(values).cloned()))
}

struct State {
    sums: Vec<(usize, Sum)>,
}

impl KernelState for State {
    fn push(&mut self, batch: &RecordBatch, runs: &[Range<usize>], continues: bool) -> DfResult<RecordBatch> {
        let mut columns = batch.columns().to_vec();
        for (at, sum) in &mut self.sums {
            if let Some(slot) = columns.get_mut(*at) {
                *slot = sum.scan(slot, runs, continues);
            }
        }
        Ok(RecordBatch::try_new(batch.schema(), columns)?)
    }
}
