//! A partition: one immutable Parquet file with rows of one measurement, its own index and checksums.
//!
//! [`write`] makes one of sorted batches; [`PartitionReader`] opens and scans it. The bytes are described in
//! `docs/format.md`. A row is one series at one time with all its fields as columns; within a file, series and time
//! together are unique.
//!
//! *Time decides the row group, series the order inside it.* Whoever writes cuts time into slices of about
//! [`ROW_GROUP_ROWS`] rows ([`time_slices`] says where) and sorts each slice by series and time; a row group is a slice.

mod cells;
mod chunks;
mod collect;
mod encode;
mod filter;
mod group;
mod index;
mod meta;
mod names;
mod near;
mod read;
mod scan;
mod schema;
mod tail;
mod write;

pub use meta::{IndexSummary, PartitionMeta, RowGroupMeta};
pub use names::measurement_folder;
pub use read::{PartitionReader, ReadCounters};
pub use scan::{BatchIter, PartitionScan};
pub(crate) use write::write;
pub use write::{PartitionInput, WriteOptions, time_slices};

/// Rows that a row group aims for.
pub const ROW_GROUP_ROWS: usize = 131_072;

/// The newest format version this build reads, and the one it writes.
pub const FORMAT_VERSION: u32 = 1;

#[cfg(test)]
mod tests;
