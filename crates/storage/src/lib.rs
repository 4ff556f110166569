//! Durable, sorted, indexed Parquet partitions behind a write-ahead log, and snapshots to read them.

pub mod batch;
mod bucket;
pub mod budget;
pub mod catalog;
mod check;
mod chunk;
mod compaction;
mod core;
mod file;
mod filter;
mod info;
pub mod inspect;
mod install;
mod manifest;
mod memtable;
mod merge;
mod occupancy;
mod overlap;
mod part_file;
pub mod partition;
mod readers;
mod rewrite;
mod schema;
mod slices;
pub mod snapshot;
mod source;
pub mod store;
mod text;
mod tombstone;
pub mod verify;
mod wal;
mod workers;

#[cfg(test)]
mod tests;
