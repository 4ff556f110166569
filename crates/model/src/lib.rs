//! What a point is: the vocabulary that every other crate of Tidegauge shares.
//!
//! A *point* has a measurement, a set of tags, one or more fields and a time. Its measurement and tags are its
//! *series*. Nothing here reads bytes, touches disk or knows Arrow.

#![warn(missing_docs)]

mod duration;
mod field;
mod id;
mod point;
mod precision;
mod predicate;
mod time;

pub use duration::{DurationError, FluxDuration};
pub use field::{FieldType, FieldValue};
pub use id::{Id, IdError};
pub use point::Point;
pub use precision::Precision;
pub use predicate::{Comparison, SeriesFilter, TagSource};
pub use time::{NANOS_PER_SECOND, ShardGroup, TimeRange, default_shard_group_ns};

#[cfg(test)]
mod tests;
