//! Kinds of values, under the names that Flux's messages give them.

use crate::plan::{Scalar, ScalarType};

use super::Argument;

/// The kind of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A null of no known type; `invalid` in messages.
    Null,
    Bool,
    Int,
    UInt,
    Float,
    String,
    Time,
    Duration,
    Regex,
    Bytes,
    Array,
    Record,
    Dictionary,
}

impl Kind {
    /// The kind of a scalar.
    pub fn of(value: &Scalar) -> Self {
        match value {
            Scalar::Null => Self::Null,
            Scalar::Bool(_) => Self::Bool,
            Scalar::Int(_) => Self::Int,
            Scalar::UInt(_) => Self::UInt,
            Scalar::Float(_) => Self::Float,
            Scalar::String(_) => Self::String,
            Scalar::Time(_) => Self::Time,
            Scalar::Duration(_) => Self::Duration,
            Scalar::Regex(_) => Self::Regex,
            Scalar::Bytes(_) => Self::Bytes,
        }
    }

    /// The kind of an argument.
    pub fn of_argument(value: &Argument) -> Self {
        match value {
            Argument::Scalar(scalar) => Self::of(scalar),
            Argument::Array(_) => Self::Array,
            Argument::Record(_) => Self::Record,
            Argument::Dictionary(_) => Self::Dictionary,
        }
    }

    /// Flux's name of it in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Null => "invalid",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::UInt => "uint",
            Self::Float => "float",
            Self::String => "string",
            Self::Time => "time",
            Self::Duration => "duration",
            Self::Regex => "regexp",
            Self::Bytes => "bytes",
            Self::Array => "array",
            Self::Record => "object",
            Self::Dictionary => "dictionary",
        }
    }

    /// The column type that holds it, if any does.
    pub fn column_type(self) -> Option<ScalarType> {
        match self {
            Self::Bool => Some(ScalarType::Bool),
            Self::Int => Some(ScalarType::Int),
            Self::UInt => Some(ScalarType::UInt),
            Self::Float => Some(ScalarType::Float),
            Self::String => Some(ScalarType::String),
            Self::Time => Some(ScalarType::Time),
            _ => None,
        }
    }

    /// Whether it is int, uint or float.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::UInt | Self::Float)
    }
}

impl From<ScalarType> for Kind {
    fn from(column: ScalarType) -> Self {
        match column {
            ScalarType::Bool => Self::Bool,
            ScalarType::Int => Self::Int,
            ScalarType::UInt => Self::UInt,
            ScalarType::Float => Self::Float,
            ScalarType::String => Self::String,
            ScalarType::Time => Self::Time,
        }
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
