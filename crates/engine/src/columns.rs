//! [`Column`]: an Arrow column read as tag texts, times or field values, whatever its exact Arrow type.

use std::borrow::Cow;

use arrow::array::AsArray;
use arrow::array::TimestampNanosecondArray;
use arrow::array::{Array, ArrayRef, BooleanArray, Float64Array, Int64Array, StringViewArray, UInt64Array};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, TimeUnit};
use arrow::datatypes::{Float64Type, Int64Type, TimestampNanosecondType, UInt64Type};
use arrow::error::ArrowError;
use model::FieldValue;

/// Tag keys that no point may have; line protocol refuses them too.
pub(crate) const RESERVED_TAGS: [&str; 3] = ["_field", "_measurement", "time"];

/// A column in one of the types that points are made of.
#[derive(Debug)]
pub(crate) enum Column {
    Float(Float64Array),
    Integer(Int64Array),
    Unsigned(UInt64Array),
    Boolean(BooleanArray),
    Text(StringViewArray),
    Time(TimestampNanosecondArray),
}

impl Column {
    /// Widens a column; `Ok(None)` if its type is none that a point can hold.
    pub(crate) fn new(array: &ArrayRef) -> Result<Option<Self>, ArrowError> {
        use DataType as T;
        let wide = match array.data_type() {
            T::Float16 | T::Float32 | T::Float64 => T::Float64,
            T::Int8 | T::Int16 | T::Int32 | T::Int64 => T::Int64,
            T::UInt8 | T::UInt16 | T::UInt32 | T::UInt64 => T::UInt64,
            T::Boolean => T::Boolean,
            kind if is_text(kind) => T::Utf8View,
            T::Timestamp(_, zone) => T::Timestamp(TimeUnit::Nanosecond, zone.clone()),
            _ => return Ok(None),
        };
        let options = CastOptions { safe: false, ..CastOptions::default() };
        let array = cast_with_options(array, &wide, &options)?;
        Ok(Some(match wide {
            T::Float64 => Self::Float(array.as_primitive::<Float64Type>().clone()),
            T::Int64 => Self::Integer(array.as_primitive::<Int64Type>().clone()),
            T::UInt64 => Self::Unsigned(array.as_primitive::<UInt64Type>().clone()),
            T::Boolean => Self::Boolean(array.as_boolean().clone()),
            T::Utf8View => Self::Text(array.as_string_view().clone()),
            _ => Self::Time(array.as_primitive::<TimestampNanosecondType>().clone()),
        }))
    }

    /// The text of a row; `None` where it is null or the column holds no text.
    pub(crate) fn text(&self, row: usize) -> Option<&str> {
        match self {
            Self::Text(array) => array.is_valid(row).then(|| array.value(row)),
            _ => None,
        }
    }

    /// The time of a row in nanoseconds; `None` where it is null or the column holds no times.
    pub(crate) fn time(&self, row: usize) -> Option<i64> {
        match self {
            Self::Time(array) => array.is_valid(row).then(|| array.value(row)),
            _ => None,
        }
    }

    /// The field value of a row; `None` where it is null, or a time, which no field holds.
    pub(crate) fn value(&self, row: usize) -> Option<FieldValue<'_>> {
        match self {
            Self::Float(array) => array.is_valid(row).then(|| FieldValue::Float(array.value(row))),
            Self::Integer(array) => array.is_valid(row).then(|| FieldValue::Integer(array.value(row))),
            Self::Unsigned(array) => array.is_valid(row).then(|| FieldValue::Unsigned(array.value(row))),
            Self::Boolean(array) => array.is_valid(row).then(|| FieldValue::Boolean(array.value(row))),
            Self::Text(array) => array.is_valid(row).then(|| FieldValue::String(Cow::Borrowed(array.value(row)))),
            Self::Time(_) => None,
        }
    }
}

/// Whether a type holds text, plain or as a dictionary.
pub(crate) fn is_text(kind: &DataType) -> bool {
    match kind {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}
