//! A point as it stands in a request: borrowed text, tags in name order.

use std::borrow::Cow;

use crate::FieldValue;

/// One point. Its text borrows from the request wherever nothing had to be unescaped.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Point<'a> {
    /// The measurement's name, unescaped.
    pub measurement: Cow<'a, str>,
    /// Tags in ascending byte order of their keys, each key once, no empty value.
    pub tags: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// Fields in the order of the line; a name may stand twice (the store decides what that means).
    pub fields: Vec<(Cow<'a, str>, FieldValue<'a>)>,
    /// Nanoseconds since 1970-01-01T00:00:00Z; `None` means the time of receipt.
    pub time: Option<i64>,
}
