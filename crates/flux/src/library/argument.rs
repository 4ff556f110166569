//! What functions take and give: scalars, and lists, records and dictionaries of them.

use std::sync::Arc;

use crate::plan::Scalar;

/// A value that a library function takes or gives.
#[derive(Debug, Clone, PartialEq)]
pub enum Argument {
    Scalar(Scalar),
    Array(Vec<Argument>),
    /// Properties in the order written.
    Record(Vec<(String, Argument)>),
    Dictionary(Vec<(Argument, Argument)>),
}

impl Argument {
    /// The null of no type.
    pub const NULL: Self = Self::Scalar(Scalar::Null);

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Scalar(Scalar::Null))
    }

    /// A text.
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Scalar(Scalar::String(text.into()))
    }

    /// A list of texts.
    pub fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        Self::Array(texts.into_iter().map(Self::text).collect())
    }

    /// The scalar, if it is one.
    pub fn as_scalar(&self) -> Option<&Scalar> {
        match self {
            Self::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The property of a record.
    pub fn property(&self, name: &str) -> Option<&Argument> {
        match self {
            Self::Record(properties) => properties.iter().find(|(key, _)| key == name).map(|(_, value)| value),
            _ => None,
        }
    }
}

impl From<Scalar> for Argument {
    fn from(scalar: Scalar) -> Self {
        Self::Scalar(scalar)
    }
}
