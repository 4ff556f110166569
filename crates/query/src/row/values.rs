//! Columns from values and values from columns, one at a time.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanBuilder, Float64Builder, Int64Builder, NullArray, StringViewBuilder, TimestampNanosecondBuilder,
    UInt64Builder,
};
use flux::plan::{Scalar, ScalarType};

use super::error::Fault;
use crate::scalar::UTC;

/// A column under construction; `None` for a column of untyped nulls.
#[derive(Debug)]
pub(super) enum ColumnBuilder {
    Null(usize),
    Bool(BooleanBuilder),
    Int(Int64Builder),
    UInt(UInt64Builder),
    Float(Float64Builder),
    String(StringViewBuilder),
    Time(TimestampNanosecondBuilder),
}

impl ColumnBuilder {
    pub(super) fn new(data_type: Option<ScalarType>, rows: usize) -> Self {
        match data_type {
            None => Self::Null(0),
            Some(ScalarType::Bool) => Self::Bool(BooleanBuilder::with_capacity(rows)),
            Some(ScalarType::Int) => Self::Int(Int64Builder::with_capacity(rows)),
            Some(ScalarType::UInt) => Self::UInt(UInt64Builder::with_capacity(rows)),
            Some(ScalarType::Float) => Self::Float(Float64Builder::with_capacity(rows)),
            Some(ScalarType::String) => Self::String(StringViewBuilder::with_capacity(rows)),
            Some(ScalarType::Time) => Self::Time(TimestampNanosecondBuilder::with_capacity(rows)),
        }
    }

    pub(super) fn push_null(&mut self) {
        match self {
            Self::Null(rows) => *rows += 1,
            Self::Bool(b) => b.append_null(),
            Self::Int(b) => b.append_null(),
            Self::UInt(b) => b.append_null(),
            Self::Float(b) => b.append_null(),
            Self::String(b) => b.append_null(),
            Self::Time(b) => b.append_null(),
        }
    }

    /// Adds a value, which must be null or of the column's type.
    pub(super) fn push(&mut self, value: &Scalar) -> Result<(), Fault> {
        match (&mut *self, value) {
            (_, Scalar::Null) => self.push_null(),
            (Self::Bool(b), Scalar::Bool(v)) => b.append_value(*v),
            (Self::Int(b), Scalar::Int(v)) => b.append_value(*v),
            (Self::UInt(b), Scalar::UInt(v)) => b.append_value(*v),
            (Self::Float(b), Scalar::Float(v)) => b.append_value(*v),
            (Self::String(b), Scalar::String(v)) => b.append_value(v.as_ref()),
            (Self::Time(b), Scalar::Time(v)) => b.append_value(*v),
            (builder, value) => {
                let found = flux::library::Kind::of(value);
                return Err(Fault::Row(format!("type conflict: {} != {found}", builder.type_name())));
            }
        }
        Ok(())
    }

    fn type_name(&self) -> &'static str {
        match self {
            Self::Null(_) => "invalid",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::UInt(_) => "uint",
            Self::Float(_) => "float",
            Self::String(_) => "string",
            Self::Time(_) => "time",
        }
    }

    pub(super) fn finish(self) -> ArrayRef {
        match self {
            Self::Null(rows) => Arc::new(NullArray::new(rows)),
            Self::Bool(mut b) => Arc::new(b.finish()),
            Self::Int(mut b) => Arc::new(b.finish()),
            Self::UInt(mut b) => Arc::new(b.finish()),
            Self::Float(mut b) => Arc::new(b.finish()),
            Self::String(mut b) => Arc::new(b.finish()),
            Self::Time(mut b) => Arc::new(b.finish().with_timezone(UTC)),
        }
    }
}

/// A kernel was called with other arguments than it was compiled for.
pub(super) fn wrong_arguments(kernel: &str) -> Fault {
    Fault::Inner(datafusion::error::DataFusionError::Internal(format!("wrong arguments for the kernel {kernel}")))
}
