//! `to()`: rows of Flux tables as points.
//!
//! Each row is one field, whose name stands in `_field` and whose value in `_value`, unless the plan names the columns that
//! are fields. Text columns other than the measurement, `_field` and `_value` are tags unless `tagColumns` names them.
//! Rows without a time or a measurement and fields without a finite value are left out, as in Flux.

use std::borrow::Cow;

use arrow::array::RecordBatch;
use flux::FluxError;
use flux::plan::ToSpec;
use model::{FieldValue, Point};
use storage::batch::WriteBatch;

use crate::columns::{Column, RESERVED_TAGS, is_text};

const FIELD: &str = "_field";
const VALUE: &str = "_value";

/// The columns of a batch that make points.
struct Columns<'a> {
    time: Column,
    measurement: Column,
    fields: Fields<'a>,
    /// By key.
    tags: Vec<(&'a str, Column)>,
}

/// Where fields stand.
enum Fields<'a> {
    /// One in each row: its name and its value.
    Named { field: Column, value: Column },
    /// A column each.
    Columns(Vec<(&'a str, Column)>),
}

/// Adds the points of `rows` to `points`.
pub(crate) fn push_rows(spec: &ToSpec, rows: &RecordBatch, points: &mut WriteBatch) -> Result<(), FluxError> {
    let columns = columns(spec, rows)?;
    let mut point = Point::default();
    for row in 0..rows.num_rows() {
        let (Some(time_ns), Some(measurement)) = (columns.time.time(row), columns.measurement.text(row)) else {
            continue;
        };
        point.measurement = Cow::Borrowed(measurement);
        point.fields.clear();
        let mut add = |name, value| {
            if !matches!(value, FieldValue::Float(number) if !number.is_finite()) {
                point.fields.push((Cow::Borrowed(name), value));
            }
        };
        match &columns.fields {
            Fields::Named { field, value } => {
                if let (Some(field), Some(value)) = (field.text(row), value.value(row)) {
                    add(field, value);
                }
            }
            Fields::Columns(fields) => {
                fields
                    .iter()
                    .filter_map(|(name, column)| Some((*name, column.value(row)?)))
                    .for_each(|(n, v)| add(n, v));
            }
        }
        if point.fields.is_empty() {
            continue;
        }
        point.tags.clear();
        let tags = columns.tags.iter().filter_map(|(key, column)| Some((*key, column.text(row)?)));
        point.tags.extend(tags.filter(|(_, v)| !v.is_empty()).map(|(k, v)| (Cow::Borrowed(k), Cow::Borrowed(v))));
        points.push(&point, time_ns);
    }
    Ok(())
}

fn columns<'a>(spec: &'a ToSpec, rows: &'a RecordBatch) -> Result<Columns<'a>, FluxError> {
    let taken = [spec.measurement_column.as_str(), FIELD, VALUE];
    let mut tag_keys: Vec<&str> = match &spec.tag_columns {
        Some(keys) => keys.iter().map(String::as_str).collect(),
        None => {
            let texts = rows.schema_ref().fields().iter().filter(|field| is_text(field.data_type()));
            let names = texts.map(|field| field.name().as_str()).filter(|name| !taken.contains(name));
            names.filter(|name| !spec.fields.iter().flatten().any(|(column, _)| column == name)).collect()
        }
    };
    tag_keys.sort_unstable();
    tag_keys.dedup();
    if let Some(key) = tag_keys.iter().find(|key| RESERVED_TAGS.contains(key)) {
        return Err(FluxError::invalid(format!("to: column {key:?} cannot be a tag: rename it or leave it out")));
    }
    let tags = tag_keys.into_iter().map(|key| Ok((key, column(rows, key)?)));
    let fields = match &spec.fields {
        None => Fields::Named { field: column(rows, FIELD)?, value: column(rows, VALUE)? },
        Some(names) => {
            let fields = names.iter().map(|(from, name)| Ok((name.as_str(), column(rows, from)?)));
            Fields::Columns(fields.collect::<Result<_, FluxError>>()?)
        }
    };
    let found = Columns {
        time: column(rows, &spec.time_column)?,
        measurement: column(rows, &spec.measurement_column)?,
        fields,
        tags: tags.collect::<Result<_, FluxError>>()?,
    };
    let mut kinds = vec![
        (matches!(found.time, Column::Time(_)), spec.time_column.as_str(), "time"),
        (matches!(found.measurement, Column::Text(_)), spec.measurement_column.as_str(), "string"),
    ];
    match &found.fields {
        Fields::Named { field, value } => kinds.extend([
            (matches!(field, Column::Text(_)), FIELD, "string"),
            (!matches!(value, Column::Time(_)), VALUE, "float, int, uint, bool or string"),
        ]),
        Fields::Columns(fields) => {
            let value = |(name, column): &(&'a str, Column)| {
                (!matches!(column, Column::Time(_)), *name, "float, int, uint, bool or string")
            };
            kinds.extend(fields.iter().map(value));
        }
    }
    let tag_kinds = found.tags.iter().map(|(key, column)| (matches!(column, Column::Text(_)), *key, "string"));
    match kinds.into_iter().chain(tag_kinds).find(|(right, ..)| !right) {
        Some((_, name, kind)) => Err(FluxError::invalid(format!("to: column {name:?} must be of type {kind}"))),
        None => Ok(found),
    }
}

fn column(rows: &RecordBatch, name: &str) -> Result<Column, FluxError> {
    let array = rows
        .column_by_name(name)
        .ok_or_else(|| FluxError::invalid(format!("to: no column with label {name} exists")))?;
    match Column::new(array) {
        Ok(Some(column)) => Ok(column),
        Ok(None) => Err(FluxError::invalid(format!("to: column {name:?} cannot be written"))),
        Err(cause) => Err(FluxError::invalid(format!("to: column {name:?}: {cause}"))),
    }
}
