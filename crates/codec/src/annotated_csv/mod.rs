//! Annotated CSV: answers of queries out, texts of `csv.from` in.

mod cell;
mod column;
mod dialect;
mod reader;
pub mod records;
#[cfg(test)]
mod tests;
mod writer;

pub use dialect::{Annotation, Dialect, DialectError, DialectOptions};
pub use reader::{CsvError, CsvTable, CsvTables, MetadataError, read_annotated, read_raw};
pub use writer::Writer;
