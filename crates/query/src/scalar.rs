//! Flux's column types and values in Arrow's terms.

use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::ScalarValue;
use flux::plan::{Scalar, ScalarType};
use model::FieldType;

/// The zone of every time column.
pub(crate) const UTC: &str = "UTC";

/// The Arrow type of a Flux column type.
pub(crate) fn arrow_type(data_type: ScalarType) -> DataType {
    match data_type {
        ScalarType::Bool => DataType::Boolean,
        ScalarType::Int => DataType::Int64,
        ScalarType::UInt => DataType::UInt64,
        ScalarType::Float => DataType::Float64,
        ScalarType::String => DataType::Utf8View,
        ScalarType::Time => DataType::Timestamp(TimeUnit::Nanosecond, Some(UTC.into())),
    }
}

/// The Flux column type that holds a stored field.
pub(crate) fn field_scalar_type(data_type: FieldType) -> ScalarType {
    match data_type {
        FieldType::Float => ScalarType::Float,
        FieldType::Integer => ScalarType::Int,
        FieldType::Unsigned => ScalarType::UInt,
        FieldType::Boolean => ScalarType::Bool,
        FieldType::String => ScalarType::String,
    }
}

/// A column value as DataFusion's scalar; `None` for null, durations, patterns and bytes, which have no column type.
pub(crate) fn to_scalar_value(value: &Scalar) -> Option<ScalarValue> {
    Some(match value {
        Scalar::Bool(v) => ScalarValue::Boolean(Some(*v)),
        Scalar::Int(v) => ScalarValue::Int64(Some(*v)),
        Scalar::UInt(v) => ScalarValue::UInt64(Some(*v)),
        Scalar::Float(v) => ScalarValue::Float64(Some(*v)),
        Scalar::String(v) => ScalarValue::Utf8View(Some(v.to_string())),
        Scalar::Time(v) => time_value(*v),
        Scalar::Null | Scalar::Duration(_) | Scalar::Regex(_) | Scalar::Bytes(_) => return None,
    })
}

/// A time as DataFusion's scalar.
pub(crate) fn time_value(nanos: i64) -> ScalarValue {
    ScalarValue::TimestampNanosecond(Some(nanos), Some(UTC.into()))
}

/// The value of one row of an array in Flux's terms.
pub(crate) fn from_array(array: &dyn datafusion::arrow::array::Array, row: usize) -> Scalar {
    use datafusion::arrow::array::AsArray;
    use datafusion::arrow::datatypes::{Float64Type, Int64Type, TimestampNanosecondType, UInt64Type};
    if array.is_null(row) {
        return Scalar::Null;
    }
    match array.data_type() {
        DataType::Boolean => Scalar::Bool(array.as_boolean().value(row)),
        DataType::Int64 => Scalar::Int(array.as_primitive::<Int64Type>().value(row)),
        DataType::UInt64 => Scalar::UInt(array.as_primitive::<UInt64Type>().value(row)),
        DataType::Float64 => Scalar::Float(array.as_primitive::<Float64Type>().value(row)),
        DataType::Utf8View => Scalar::String(array.as_string_view().value(row).into()),
        DataType::Utf8 => Scalar::String(array.as_string::<i32>().value(row).into()),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            Scalar::Time(array.as_primitive::<TimestampNanosecondType>().value(row))
        }
        _ => Scalar::Null,
    }
}
