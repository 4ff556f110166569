//! Arrow batches as points: which column plays which role, and what is refused.
//!
//! A batch is taken whole or refused whole, like a request of line protocol; the rules for names are the same.

use std::borrow::Cow;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field};
use arrow::error::ArrowError;
use codec::line_protocol::{MAX_KEY_BYTES, MAX_TIME_NS, MIN_TIME_NS};
use model::{FieldValue, Point};
use storage::batch::WriteBatch;

use crate::columns::{Column, RESERVED_TAGS, is_text};

/// Key of a column's role in its metadata: `time`, `tag`, `field` or `measurement`.
const ROLE: &str = "tidegauge.role";
/// Key of the tag key or field name that a column stands for, where it is not the column's own name.
const NAME: &str = "tidegauge.name";

/// A text column of this name holds the measurement of each row.
const MEASUREMENT: &str = "_measurement";

/// Why an Arrow batch cannot be read as points. Rows count from 0.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// The measurement has no name.
    #[error("missing measurement: name one")]
    MissingMeasurement,
    /// No column is a field.
    #[error("the batch has no field column: give one the role `field` under {ROLE:?}")]
    MissingFields,
    /// Two columns play the part of the time.
    #[error("columns {first:?} and {second:?} are both the time: keep one")]
    TwoTimes {
        /// One.
        first: String,
        /// The other.
        second: String,
    },
    /// Two columns of one name and role.
    #[error("column {0:?} stands twice: rename one")]
    DuplicateColumn(String),
    /// A name that no tag may have.
    #[error("cannot use reserved tag key {0:?}: rename the column")]
    ReservedTag(String),
    /// A role that is none.
    #[error("column {column:?} has the role {role:?}: known are time, tag, field and measurement")]
    UnknownRole {
        /// Its name.
        column: String,
        /// What stands there.
        role: String,
    },
    /// A type that the role does not allow.
    #[error("column {column:?} of type {data_type} cannot be a {role}: cast it")]
    Type {
        /// Its name.
        column: String,
        /// Its Arrow type.
        data_type: DataType,
        /// `time`, `tag` or `field`.
        role: &'static str,
    },
    /// A value that does not fit.
    #[error("column {column:?}: {cause}")]
    Cast {
        /// Its name.
        column: String,
        /// Why.
        cause: ArrowError,
    },
    /// NaN or an infinity.
    #[error("column {column:?}, row {row}: {value} is no value of a field; leave it null")]
    NotFinite {
        /// Its name.
        column: String,
        /// The row.
        row: usize,
        /// The number.
        value: f64,
    },
    /// A time outside the range of times.
    #[error("row {row}: time outside range {MIN_TIME_NS} - {MAX_TIME_NS}")]
    Time {
        /// The row.
        row: usize,
    },
    /// A point that line protocol cannot write.
    #[error(transparent)]
    Line(#[from] codec::line_protocol::EncodeError),
    /// A series key that is too long.
    #[error("row {row}: max key length exceeded: {length} > {MAX_KEY_BYTES}")]
    KeyTooLong {
        /// The row.
        row: usize,
        /// Measurement, tags and the longest field name, in bytes.
        length: usize,
    },
}

/// Columns by role; tags by key.
#[derive(Debug, Default)]
struct Roles {
    measurement: Option<Column>,
    time: Option<(String, Column)>,
    tags: Vec<(String, Column)>,
    fields: Vec<(String, Column)>,
}

/// The points of a batch. Rows in which every field is null are no points; rows without a time get `default_ns`.
pub(crate) fn to_write_batch(
    measurement: &str,
    batch: &RecordBatch,
    default_ns: i64,
) -> Result<WriteBatch, BatchError> {
    let mut points = WriteBatch::default();
    for_each_point(measurement, batch, |point| {
        let time_ns = point.time.unwrap_or(default_ns);
        points.push(point, time_ns);
        Ok(())
    })?;
    Ok(points)
}

/// Appends the points of a batch as lines of line protocol, read as [`Engine::write_batch`](crate::Engine::write_batch) reads them; for a
/// server elsewhere.
pub fn batch_to_lines(measurement: &str, batch: &RecordBatch, out: &mut String) -> Result<(), BatchError> {
    for_each_point(measurement, batch, |point| Ok(codec::line_protocol::encode(point, out)?))
}

/// Gives each row that has a field as a point. The measurement stands in the column of that role, else it is `measurement`.
fn for_each_point(
    measurement: &str,
    batch: &RecordBatch,
    mut sink: impl FnMut(&Point<'_>) -> Result<(), BatchError>,
) -> Result<(), BatchError> {
    let roles = roles(batch)?;
    let longest_field = roles.fields.iter().map(|(name, _)| name.len()).max().ok_or(BatchError::MissingFields)?;
    let mut point = Point::default();
    for row in 0..batch.num_rows() {
        let named = roles.measurement.as_ref().and_then(|column| column.text(row));
        let name = named.filter(|name| !name.is_empty()).unwrap_or(measurement);
        if name.is_empty() {
            return Err(BatchError::MissingMeasurement);
        }
        point.measurement = Cow::Borrowed(name);
        point.fields.clear();
        for (name, column) in &roles.fields {
            match column.value(row) {
                Some(FieldValue::Float(value)) if !value.is_finite() => {
                    return Err(BatchError::NotFinite { column: name.clone(), row, value });
                }
                Some(value) => point.fields.push((Cow::Borrowed(name), value)),
                None => {}
            }
        }
        if point.fields.is_empty() {
            continue;
        }
        point.tags.clear();
        let tags = roles.tags.iter().filter_map(|(key, column)| Some((key, column.text(row)?)));
        point
            .tags
            .extend(tags.filter(|(_, v)| !v.is_empty()).map(|(k, v)| (Cow::Borrowed(k.as_str()), Cow::Borrowed(v))));
        let tag_bytes: usize = point.tags.iter().map(|(key, value)| key.len() + value.len() + 2).sum();
        let length = name.len() + tag_bytes + longest_field + 4;
        if length > MAX_KEY_BYTES {
            return Err(BatchError::KeyTooLong { row, length });
        }
        point.time = roles.time.as_ref().and_then(|(_, column)| column.time(row));
        if point.time.is_some_and(|time_ns| !(MIN_TIME_NS..=MAX_TIME_NS).contains(&time_ns)) {
            return Err(BatchError::Time { row });
        }
        sink(&point)?;
    }
    Ok(())
}

/// Finds the role of every column.
fn roles(batch: &RecordBatch) -> Result<Roles, BatchError> {
    let mut roles = Roles::default();
    let time_is_said = batch.schema_ref().fields().iter().any(|field| said_role(field) == Some("time"));
    for (field, array) in batch.schema_ref().fields().iter().zip(batch.columns()) {
        let name = field.metadata().get(NAME).unwrap_or_else(|| field.name()).clone();
        let kind = field.data_type();
        let no = |role| BatchError::Type { column: name.clone(), data_type: kind.clone(), role };
        let is_time = matches!(kind, DataType::Timestamp(..));
        let role = match said_role(field) {
            Some(role) => role,
            None if is_time && !time_is_said && roles.time.is_none() => "time",
            None if name == MEASUREMENT && is_text(kind) => "measurement",
            None if matches!(kind, DataType::Dictionary(..)) => "tag",
            None => "field",
        };
        let column = Column::new(array)
            .map_err(|cause| BatchError::Cast { column: name.clone(), cause })?
            .ok_or_else(|| no("field"))?;
        match role {
            "time" if !is_time => return Err(no("time")),
            "time" => {
                if let Some((first, _)) = roles.time.replace((name.clone(), column)) {
                    return Err(BatchError::TwoTimes { first, second: name });
                }
            }
            "measurement" if !is_text(kind) => return Err(no("measurement")),
            "measurement" => roles.measurement = Some(column),
            "tag" if !is_text(kind) => return Err(no("tag")),
            "tag" if RESERVED_TAGS.contains(&name.as_str()) => return Err(BatchError::ReservedTag(name)),
            "tag" => roles.tags.push((name, column)),
            "field" if is_time => return Err(no("field")),
            "field" => roles.fields.push((name, column)),
            other => return Err(BatchError::UnknownRole { column: name, role: other.to_owned() }),
        }
    }
    roles.tags.sort_by(|(a, _), (b, _)| a.cmp(b));
    refuse_twins(roles.tags.iter().map(|(key, _)| key.as_str()).collect())?;
    refuse_twins(roles.fields.iter().map(|(name, _)| name.as_str()).collect())?;
    Ok(roles)
}

fn refuse_twins(mut names: Vec<&str>) -> Result<(), BatchError> {
    names.sort_unstable();
    let twins = names.iter().zip(names.iter().skip(1)).find(|(a, b)| a == b);
    twins.map_or(Ok(()), |(name, _)| Err(BatchError::DuplicateColumn((*name).to_owned())))
}

fn said_role(field: &Field) -> Option<&str> {
    field.metadata().get(ROLE).map(String::as_str)
}
