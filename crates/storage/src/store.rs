//! The store: all buckets of one data folder.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use model::{Id, SeriesFilter};

use crate::batch::WriteBatch;
use crate::snapshot::Snapshot;

/// An error of the store.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StorageError {
    /// Reading or writing a file failed.
    #[error("{action} {path}: {cause}")]
    Io { action: &'static str, path: PathBuf, cause: Arc<std::io::Error> },
    /// Bytes on disk are not what was written.
    #[error("{path} is damaged at byte {offset}: {what}")]
    Damaged { path: PathBuf, offset: u64, what: String },
    /// The store has no such bucket.
    #[error("bucket {0} does not exist in this store")]
    NoBucket(Id),
    /// An earlier failure to reach the disk ended all writing.
    #[error("the store takes no writes since {0}: restart after the cause is mended")]
    Poisoned(String),
    /// Another process owns the folder.
    #[error("{path} is in use by another process (pid {pid}): stop it, or open the folder read-only")]
    InUse { path: PathBuf, pid: u32 },
    /// Written by a version that this one does not know.
    #[error("{path} has format version {found}; this build reads up to {known}")]
    Version { path: PathBuf, found: u32, known: u32 },
    /// Anything else, in words.
    #[error("{0}")]
    Other(String),
}

/// How to open a store.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// The data folder.
    pub dir: PathBuf,
    /// Bytes that memtables, sorting and compaction may hold.
    pub memory_limit_bytes: usize,
    /// How long a group commit waits for company.
    pub wal_fsync_delay: Duration,
    /// Open without taking the lock and without changing a byte.
    pub read_only: bool,
}

/// What of a batch was not stored, counted by reason, with the first point refused.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WriteReport {
    /// Points stored (a point without its `time` field counts as stored).
    pub stored: usize,
    /// Points refused for a type conflict, a `time` field or a too long string.
    pub refused: usize,
    /// The first reason, in InfluxDB's words without `dropped=N`, such as
    /// `field type conflict: input field "f" on measurement "m" is type float, already exists as type integer`.
    pub reason: Option<String>,
    /// Points outside the retention period, and the sentence InfluxDB says of them.
    pub expired: usize,
    pub expired_text: Option<String>,
}

/// All buckets of one data folder. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {}

impl Store {
    pub async fn open(_options: StoreOptions) -> Result<Self, StorageError> {
        unimplemented!("storage is being written")
    }

    /// Makes the bucket known, or changes its settings. `retention_ns` 0 is for ever.
    pub fn put_bucket(&self, _bucket: Id, _retention_ns: i64, _shard_group_ns: i64) -> Result<(), StorageError> {
        unimplemented!("storage is being written")
    }

    /// Removes a bucket and its files.
    pub fn drop_bucket(&self, _bucket: Id) -> Result<(), StorageError> {
        unimplemented!("storage is being written")
    }

    /// Checks, logs, syncs and applies a batch; returns when it is durable and visible. `now_ns` decides retention.
    pub async fn write(&self, _bucket: Id, _batch: WriteBatch, _now_ns: i64) -> Result<WriteReport, StorageError> {
        unimplemented!("storage is being written")
    }

    /// Deletes the points of matching series from `first_ns` to `last_ns`, both inclusive. Durable when it returns.
    pub async fn delete(&self, _bucket: Id, _first_ns: i64, _last_ns: i64, _filter: SeriesFilter) -> Result<(), StorageError> {
        unimplemented!("storage is being written")
    }

    pub fn snapshot(&self, _bucket: Id) -> Result<Snapshot, StorageError> {
        unimplemented!("storage is being written")
    }

    /// Writes every memtable to partitions and cuts the log.
    pub async fn flush(&self) -> Result<(), StorageError> {
        unimplemented!("storage is being written")
    }

    /// Seals everything: flushes, then merges until partitions are disjoint and tombstones are applied.
    pub async fn compact(&self) -> Result<(), StorageError> {
        unimplemented!("storage is being written")
    }

    /// Drops what is older than each bucket's retention period.
    pub async fn enforce_retention(&self, _now_ns: i64) -> Result<(), StorageError> {
        unimplemented!("storage is being written")
    }

    /// Ends background work and releases the lock. The log keeps what is in memory.
    pub async fn close(&self) -> Result<(), StorageError> {
        unimplemented!("storage is being written")
    }
}
