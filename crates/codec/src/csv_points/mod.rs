//! CSV rows to lines of line protocol, as the `influx` command reads CSV for `write`: annotated CSV of InfluxDB 2 (an answer of a query can be
//! written back), and plain CSV whose header cells say what the columns are.
//!
//! A [`Converter`] reads record after record and holds one of them. What a table is made of stands in annotations above it: types, defaults,
//! tags ([`annotation`]), columns that are in no row (`#constant`, `#concat`) and the zone of its times. A row that cannot be told as a line is
//! skipped and told to [`Notes`]; text that is no CSV ends the reading. Warnings and reasons have `influx`'s words, because scripts read them.

mod annotation;
mod base64;
mod boolean;
mod column;
mod convert;
mod duration;
mod encoding;
mod filter;
mod layout;
mod number;
mod quote;
mod records;
mod skip;
mod table;
mod template;
#[cfg(test)]
mod tests;
mod time;
mod value;
mod zone;

pub use convert::{Converter, Failure, LineError, Notes, Options};
pub use encoding::{Decoder, UnknownEncoding};
pub use filter::PointFilter;
pub use records::{RecordError, Row};
pub use skip::SkipLines;
