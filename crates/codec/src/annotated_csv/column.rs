//! Columns read from the text of their cells.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{
    BooleanBuilder, Float64Builder, Int64Builder, StringViewBuilder, TimestampNanosecondBuilder, UInt64Builder,
};
use arrow_schema::{DataType, TimeUnit};

use crate::table::ColumnType;

const UTC: &str = "UTC";

/// The Arrow type of a table's column.
pub(super) fn data_type_of(data_type: ColumnType) -> DataType {
    match data_type {
        ColumnType::Boolean => DataType::Boolean,
        ColumnType::Long => DataType::Int64,
        ColumnType::UnsignedLong => DataType::UInt64,
        ColumnType::Double => DataType::Float64,
        ColumnType::String => DataType::Utf8View,
        ColumnType::Time => DataType::Timestamp(TimeUnit::Nanosecond, Some(UTC.into())),
    }
}

pub(super) enum ColumnBuilder {
    Boolean(BooleanBuilder),
    Long(Int64Builder),
    Unsigned(UInt64Builder),
    Double(Float64Builder),
    Text(StringViewBuilder),
    Time(TimestampNanosecondBuilder),
}

impl ColumnBuilder {
    pub(super) fn new(data_type: ColumnType) -> Self {
        match data_type {
            ColumnType::Boolean => Self::Boolean(BooleanBuilder::new()),
            ColumnType::Long => Self::Long(Int64Builder::new()),
            ColumnType::UnsignedLong => Self::Unsigned(UInt64Builder::new()),
            ColumnType::Double => Self::Double(Float64Builder::new()),
            ColumnType::String => Self::Text(StringViewBuilder::new()),
            ColumnType::Time => Self::Time(TimestampNanosecondBuilder::new().with_timezone(UTC)),
        }
    }

    /// Adds the value of a cell; an empty one is null. The error is worded as Go words it.
    pub(super) fn push(&mut self, cell: &str) -> Result<(), String> {
        let some = !cell.is_empty();
        match self {
            Self::Boolean(b) => b.append_option(some.then(|| boolean(cell)).transpose()?),
            Self::Long(b) => b.append_option(some.then(|| integer(cell)).transpose()?),
            Self::Unsigned(b) => b.append_option(some.then(|| unsigned(cell)).transpose()?),
            Self::Double(b) => b.append_option(some.then(|| double(cell)).transpose()?),
            Self::Text(b) => b.append_option(some.then_some(cell)),
            Self::Time(b) => b.append_option(some.then(|| time(cell)).transpose()?),
        }
        Ok(())
    }

    pub(super) fn finish(self) -> ArrayRef {
        match self {
            Self::Boolean(mut b) => Arc::new(b.finish()),
            Self::Long(mut b) => Arc::new(b.finish()),
            Self::Unsigned(mut b) => Arc::new(b.finish()),
            Self::Double(mut b) => Arc::new(b.finish()),
            Self::Text(mut b) => Arc::new(b.finish()),
            Self::Time(mut b) => Arc::new(b.finish()),
        }
    }
}

fn syntax(function: &str, cell: &str) -> String {
    format!("strconv.{function}: parsing {cell:?}: invalid syntax")
}

fn range(function: &str, cell: &str) -> String {
    format!("strconv.{function}: parsing {cell:?}: value out of range")
}

fn boolean(cell: &str) -> Result<bool, String> {
    match cell {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(syntax("ParseBool", cell)),
    }
}

/// Whether a text is digits with at most one sign before, where `signs` are allowed.
fn is_whole(cell: &str, signs: &[char]) -> bool {
    let digits = cell.strip_prefix(signs).unwrap_or(cell);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

fn integer(cell: &str) -> Result<i64, String> {
    let whole = is_whole(cell, &['+', '-']);
    cell.parse().map_err(|_| if whole { range("ParseInt", cell) } else { syntax("ParseInt", cell) })
}

fn unsigned(cell: &str) -> Result<u64, String> {
    if !is_whole(cell, &[]) {
        return Err(syntax("ParseUint", cell));
    }
    cell.parse().map_err(|_| range("ParseUint", cell))
}

fn double(cell: &str) -> Result<f64, String> {
    let value: f64 = cell.parse().map_err(|_| syntax("ParseFloat", cell))?;
    // A number with digits that is infinite was too large; the word is not.
    if value.is_infinite() && cell.bytes().any(|b| b.is_ascii_digit()) {
        return Err(range("ParseFloat", cell));
    }
    Ok(value)
}

fn time(cell: &str) -> Result<i64, String> {
    let refused =
        || format!("parsing time {cell:?} as \"2006-01-02T15:04:05Z07:00\": cannot parse {cell:?} as \"2006\"");
    let time = chrono::DateTime::parse_from_rfc3339(cell).map_err(|_| refused())?;
    time.timestamp_nanos_opt().ok_or_else(|| format!("time {cell:?} is outside the years 1677 to 2262"))
}
