//! What the kernels share: numbers of any type, and batches with some columns replaced.

use std::ops::Range;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, BooleanBufferBuilder, Float64Array, Int64Array, TimestampNanosecondArray,
    UInt64Array,
};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::{
    DataType, Field, Float64Type, Int64Type, Schema, SchemaRef, TimestampNanosecondType, UInt64Type,
};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::{Result as DfResult, exec_err};

/// A column of numbers.
#[derive(Debug)]
pub(super) enum Numbers<'a> {
    Float(&'a Float64Array),
    Int(&'a Int64Array),
    UInt(&'a UInt64Array),
}

/// One number of a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    Float(f64),
    Int(i64),
    UInt(u64),
}

impl Number {
    pub(super) fn to_float(self) -> f64 {
        match self {
            Self::Float(v) => v,
            Self::Int(v) => v as f64,
            Self::UInt(v) => v as f64,
        }
    }

    /// Whether it is below another number of its type.
    pub(super) fn is_below(self, other: Self) -> bool {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a < b,
            (Self::UInt(a), Self::UInt(b)) => a < b,
            (a, b) => a.to_float() < b.to_float(),
        }
    }

    /// The difference to another number of its type, taken in that type.
    pub(super) fn minus(self, other: Self) -> f64 {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a.wrapping_sub(b) as f64,
            (Self::UInt(a), Self::UInt(b)) if a < b => -((b - a) as f64),
            (Self::UInt(a), Self::UInt(b)) => (a - b) as f64,
            (a, b) => a.to_float() - b.to_float(),
        }
    }
}

impl<'a> Numbers<'a> {
    pub(super) fn of(array: &'a ArrayRef) -> DfResult<Self> {
        match array.data_type() {
            DataType::Float64 => Ok(Self::Float(array.as_primitive::<Float64Type>())),
            DataType::Int64 => Ok(Self::Int(array.as_primitive::<Int64Type>())),
            DataType::UInt64 => Ok(Self::UInt(array.as_primitive::<UInt64Type>())),
            other => exec_err!("a kernel over numbers met {other}"),
        }
    }

    /// The number of a row; `None` for null.
    pub(super) fn get(&self, row: usize) -> Option<Number> {
        match self {
            Self::Float(a) => a.is_valid(row).then(|| Number::Float(a.value(row))),
            Self::Int(a) => a.is_valid(row).then(|| Number::Int(a.value(row))),
            Self::UInt(a) => a.is_valid(row).then(|| Number::UInt(a.value(row))),
        }
    }
}

/// Times of a column.
pub(super) fn times(array: &ArrayRef) -> &TimestampNanosecondArray {
    array.as_primitive::<TimestampNanosecondType>()
}

/// A schema with the types of some columns changed and others appended; a column that is there already changes its type.
pub(super) fn with_types(input: &Schema, changes: &[(&str, DataType)]) -> Schema {
    let mut fields: Vec<Field> = input.fields().iter().map(|f| f.as_ref().clone()).collect();
    for (name, data_type) in changes {
        let field = Field::new(*name, data_type.clone(), true);
        match fields.iter_mut().find(|f| f.name() == name) {
            Some(slot) => *slot = field,
            None => fields.push(field),
        }
    }
    Schema::new(fields)
}

/// A batch of `output`: columns that were made anew, the others as they were; then only the rows to keep.
pub(super) fn rebuild(
    batch: &RecordBatch,
    output: &SchemaRef,
    made: &[(String, ArrayRef)],
    keep: Option<BooleanArray>,
) -> DfResult<RecordBatch> {
    let mut columns = Vec::with_capacity(output.fields().len());
    for field in output.fields() {
        columns.push(match made.iter().find(|(name, _)| name == field.name()) {
            Some((_, array)) => array.clone(),
            None => batch.column(batch.schema_ref().index_of(field.name())?).clone(),
        });
    }
    let whole = RecordBatch::try_new(output.clone(), columns)?;
    Ok(match keep {
        Some(keep) => filter_record_batch(&whole, &keep)?,
        None => whole,
    })
}

/// All rows but the first of each run.
pub(super) fn all_but_first(rows: usize, runs: &[Range<usize>], continues: bool) -> BooleanArray {
    let mut keep = BooleanBufferBuilder::new(rows);
    keep.append_n(rows, true);
    for run in runs.iter().skip(usize::from(continues)) {
        keep.set_bit(run.start, false);
    }
    BooleanArray::new(keep.finish(), None)
}
