//! The Arrow schemas of a partition: as the file states it, and as a scan delivers it.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use model::FieldType;

use super::names::{Column, Role};

/// Key in a column's metadata: `time`, `tag` or `field`.
const ROLE: &str = "tidegauge.role";
/// Key in a column's metadata: the tag key or field name that the column stands for.
const NAME: &str = "tidegauge.name";

/// The schema that the file states. Tags are dictionaries so that other readers see categories.
pub(super) fn file_schema(columns: &[Column], nanos: bool) -> SchemaRef {
    let field = |column: &Column| {
        let kind = match column.role {
            Role::Time if nanos => time_type(TimeUnit::Nanosecond),
            Role::Time => time_type(TimeUnit::Microsecond),
            Role::Tag => tag_type(),
            Role::Field(FieldType::String) => DataType::Utf8,
            Role::Field(other) => scan_type(other),
        };
        let metadata = HashMap::from([
            (ROLE.to_owned(), column.role.name().to_owned()),
            (NAME.to_owned(), column.true_name.clone()),
        ]);
        Field::new(&column.name, kind, column.role != Role::Time).with_metadata(metadata)
    };
    Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
}

/// The columns of a file by its schema, and whether its times are nanoseconds; or what is wrong with it.
pub(super) fn read_schema(schema: &Schema) -> Result<(Vec<Column>, bool), String> {
    let mut nanos = false;
    let mut columns = Vec::with_capacity(schema.fields().len());
    for (at, field) in schema.fields().iter().enumerate() {
        let role = field.metadata().get(ROLE).map(String::as_str);
        let true_name = field.metadata().get(NAME).cloned().ok_or_else(|| format!("column {at} has no true name"))?;
        let role = match (at, role, field.data_type()) {
            (0, Some("time"), DataType::Timestamp(unit, _)) => {
                nanos = *unit == TimeUnit::Nanosecond;
                Role::Time
            }
            (1.., Some("tag"), DataType::Dictionary(..) | DataType::Utf8 | DataType::Utf8View) => Role::Tag,
            (1.., Some("field"), kind) => Role::Field(field_type(kind).ok_or_else(|| unknown(field, kind))?),
            (_, _, kind) => return Err(unknown(field, kind)),
        };
        columns.push(Column { name: field.name().clone(), true_name, role });
    }
    match columns.first() {
        Some(_) => Ok((columns, nanos)),
        None => Err("it has no columns".to_owned()),
    }
}

fn unknown(field: &Field, kind: &DataType) -> String {
    format!("column {:?} has an unexpected role or type {kind}", field.name())
}

/// The schema for reading columns as a scan delivers them: all text as views.
pub(super) fn view_schema(file: &Schema) -> SchemaRef {
    let field = |field: &Arc<Field>| match field.data_type() {
        DataType::Dictionary(..) | DataType::Utf8 => {
            Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8View))
        }
        _ => Arc::clone(field),
    };
    Arc::new(Schema::new_with_metadata(file.fields().iter().map(field).collect::<Vec<_>>(), file.metadata().clone()))
}

/// The schema of a scan: `time`, `tag:KEY`, `field:NAME:TYPE`.
pub(super) fn scan_schema(tags: &[String], fields: &[(String, FieldType)]) -> SchemaRef {
    let time = Field::new("time", time_type(TimeUnit::Nanosecond), false);
    let tags = tags.iter().map(|key| Field::new(format!("tag:{key}"), DataType::Utf8View, true));
    let fields = fields.iter().map(|(name, kind)| Field::new(format!("field:{name}:{kind}"), scan_type(*kind), true));
    Arc::new(Schema::new(std::iter::once(time).chain(tags).chain(fields).collect::<Vec<_>>()))
}

/// The Arrow type of a field in a scan and in what the writer takes.
pub(super) fn scan_type(kind: FieldType) -> DataType {
    match kind {
        FieldType::Float => DataType::Float64,
        FieldType::Integer => DataType::Int64,
        FieldType::Unsigned => DataType::UInt64,
        FieldType::Boolean => DataType::Boolean,
        FieldType::String => DataType::Utf8View,
    }
}

fn field_type(kind: &DataType) -> Option<FieldType> {
    Some(match kind {
        DataType::Float64 => FieldType::Float,
        DataType::Int64 => FieldType::Integer,
        DataType::UInt64 => FieldType::Unsigned,
        DataType::Boolean => FieldType::Boolean,
        DataType::Utf8 | DataType::Utf8View => FieldType::String,
        _ => return None,
    })
}

pub(super) fn time_type(unit: TimeUnit) -> DataType {
    DataType::Timestamp(unit, Some("UTC".into()))
}

pub(super) fn tag_type() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}
