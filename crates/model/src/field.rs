//! Field types and values.

use std::borrow::Cow;
use std::fmt;

/// The type of a field's values, fixed per measurement, field and shard group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FieldType {
    /// IEEE 754 double, never NaN or infinite when it comes from line protocol.
    Float,
    /// Signed 64-bit integer (`1i`).
    Integer,
    /// Unsigned 64-bit integer (`1u`).
    Unsigned,
    /// Boolean.
    Boolean,
    /// UTF-8 text.
    String,
}

impl FieldType {
    /// The name InfluxDB uses in a type-conflict message: `float`, `integer`, `unsigned`, `boolean`, `string`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Float => "float",
            Self::Integer => "integer",
            Self::Unsigned => "unsigned",
            Self::Boolean => "boolean",
            Self::String => "string",
        }
    }

    /// The inverse of [`FieldType::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Float, Self::Integer, Self::Unsigned, Self::Boolean, Self::String].into_iter().find(|t| t.name() == name)
    }
}

impl fmt::Display for FieldType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One field value of a point.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldValue<'a> {
    /// See [`FieldType::Float`].
    Float(f64),
    /// See [`FieldType::Integer`].
    Integer(i64),
    /// See [`FieldType::Unsigned`].
    Unsigned(u64),
    /// See [`FieldType::Boolean`].
    Boolean(bool),
    /// See [`FieldType::String`].
    String(Cow<'a, str>),
}

impl FieldValue<'_> {
    /// The type of this value.
    pub fn field_type(&self) -> FieldType {
        match self {
            Self::Float(_) => FieldType::Float,
            Self::Integer(_) => FieldType::Integer,
            Self::Unsigned(_) => FieldType::Unsigned,
            Self::Boolean(_) => FieldType::Boolean,
            Self::String(_) => FieldType::String,
        }
    }
}
