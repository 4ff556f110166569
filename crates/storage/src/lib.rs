//! Durable, sorted, indexed Parquet partitions behind a write-ahead log, and snapshots to read them.

pub mod batch;
pub mod catalog;
pub mod partition;
pub mod snapshot;
pub mod store;
