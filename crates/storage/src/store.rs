//! The store: all buckets of one data folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use model::{Id, SeriesFilter, TimeRange};
use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::batch::WriteBatch;
use crate::budget::Budget;
use crate::check::{Checked, Rules};
use crate::core::{Core, answer};
use crate::file::Files;
use crate::inspect::{BucketInspection, inspect};
use crate::snapshot::Snapshot;
use crate::tombstone::{DeleteRecord, Tombstone};
use crate::verify::{Verification, verify};
use crate::wal::{Append, Kind, encode_batch};
use crate::workers::{Requests, Workers};

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
    /// Nothing was stored: there is no memory for it now.
    #[error("the memory budget is used up ({held} of {limit} bytes): try again, or raise --memory-limit")]
    Busy { held: usize, limit: usize },
    /// Anything else, in words.
    #[error("{0}")]
    Other(String),
}

/// How to open a store.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// The data folder.
    pub dir: PathBuf,
    /// Bytes that the budget of this store has; queries may draw from it too.
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
    core: Arc<Core>,
    /// `None` if the folder is open read-only.
    requests: Option<Requests>,
    workers: Mutex<Option<Workers>>,
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
    /// Opens a folder: reads manifests, replays the log. What a crash left half-written is cut off and removed.
    pub async fn open(options: StoreOptions) -> Result<Self, StorageError> {
        Self::open_on(options, Arc::new(Files::default()))
    }

    pub(crate) fn open_on(options: StoreOptions, files: Arc<Files>) -> Result<Self, StorageError> {
        let core = Arc::new(Core::open(options, files)?);
        let (workers, requests) = match &core.log {
            Some(_) => Workers::start(&core).map(|(workers, requests)| (Some(workers), Some(requests)))?,
            None => (None, None),
        };
        if let Some(requests) = requests.as_ref().filter(|_| core.grew(0)) {
            requests.flush_soon();
        }
        Ok(Self { inner: Arc::new(Inner { core, requests, workers: Mutex::new(workers) }) })
    }

    /// The account of memory that this store draws from.
    pub fn budget(&self) -> &Arc<Budget> {
        &self.inner.core.budget
    }

    /// How many partitions are open.
    #[cfg(test)]
    pub(crate) fn open_partitions(&self) -> usize {
        self.inner.core.readers.count()
    }

    /// Waits until memtables may grow; an error if they cannot be written to disk.
    pub async fn room_to_write(&self) -> Result<(), StorageError> {
        let flush_soon = || {
            if let Some(requests) = &self.inner.requests {
                requests.flush_soon();
            }
        };
        self.inner.core.wait_for_memory(flush_soon).await
    }

    /// The folder that holds a folder a bucket, named by the bucket's id.
    pub fn data_dir(&self) -> PathBuf {
        self.inner.core.data_dir()
    }

    /// The buckets that the folder holds.
    pub fn buckets(&self) -> Vec<Id> {
        self.inner.core.buckets.read().keys().copied().collect()
    }

    /// Makes the bucket known, or changes its settings. `retention_ns` 0 is for ever.
    pub fn put_bucket(&self, bucket: Id, retention_ns: i64, shard_group_ns: i64) -> Result<(), StorageError> {
        self.inner.core.put_bucket(bucket, Rules { retention_ns, shard_group_ns })
    }

    /// Removes a bucket and its files.
    pub fn drop_bucket(&self, bucket: Id) -> Result<(), StorageError> {
        self.inner.core.drop_bucket(bucket)
    }

    /// Checks, logs, syncs and applies a batch; returns when it is durable and visible. `now_ns` decides retention.
    pub async fn write(&self, bucket: Id, batch: WriteBatch, now_ns: i64) -> Result<WriteReport, StorageError> {
        let core = &self.inner.core;
        core.log()?;
        self.room_to_write().await?;
        let bucket = core.bucket(bucket)?;
        let Checked { tables, report } = bucket.check(batch, now_ns);
        if !tables.is_empty() {
            let payload = encode_batch(&tables);
            let (grown, requests) = (Arc::clone(core), self.inner.requests.clone());
            let id = bucket.id;
            let apply = move |sequence| {
                let due = grown.grew(bucket.apply(tables, sequence));
                if let Some(requests) = requests.filter(|_| due) {
                    requests.flush_soon();
                }
            };
            self.append(id, Kind::Batch, payload, Box::new(apply)).await?;
        }
        Ok(report)
    }

    /// Deletes the points of matching series from `first_ns` to `last_ns`, both inclusive. Durable when it returns.
    pub async fn delete(
        &self,
        bucket: Id,
        first_ns: i64,
        last_ns: i64,
        filter: SeriesFilter,
    ) -> Result<(), StorageError> {
        let bucket = self.inner.core.bucket(bucket)?;
        let range = TimeRange::new(first_ns, last_ns.saturating_add(1));
        if range.is_empty() {
            return Ok(());
        }
        let tombstone = Tombstone::new(0, range, &filter)?;
        let payload = serde_json::to_vec(&DeleteRecord::new(range, &filter))
            .map_err(|cause| StorageError::Other(format!("a delete cannot be written as JSON: {cause}")))?;
        let id = bucket.id;
        let apply = move |sequence| bucket.bury(Tombstone { sequence, ..tombstone });
        self.append(id, Kind::Delete, payload, Box::new(apply)).await?;
        self.requests()?.tidy_soon();
        Ok(())
    }

    /// What is there now.
    pub fn snapshot(&self, bucket: Id) -> Result<Snapshot, StorageError> {
        Ok(self.inner.core.bucket(bucket)?.snapshot())
    }

    /// Writes every memtable to partitions and cuts the log.
    pub async fn flush(&self) -> Result<(), StorageError> {
        self.requests()?.flush().await
    }

    /// Seals a bucket, or all: flushes, then merges until partitions are disjoint and tombstones are applied.
    pub async fn compact(&self, bucket: Option<Id>) -> Result<(), StorageError> {
        let requests = self.requests()?;
        bucket.map(|bucket| self.inner.core.bucket(bucket)).transpose()?;
        requests.flush().await?;
        requests.seal(bucket).await
    }

    /// What a bucket, or each, holds. Reads times and tags of every row. Blocks.
    pub fn inspect(&self, bucket: Option<Id>) -> Result<Vec<BucketInspection>, StorageError> {
        self.inner.core.some_buckets(bucket)?.iter().map(|bucket| inspect(bucket)).collect()
    }

    /// Reads every byte of the folder and compares every checksum. Blocks.
    pub fn verify(&self) -> Result<Verification, StorageError> {
        let core = &self.inner.core;
        Ok(verify(&core.files, &core.options.dir, &core.some_buckets(None)?))
    }

    /// Hides what is older than each bucket's retention period, removing nothing: for a folder that is open read-only.
    pub fn hide_expired(&self, now_ns: i64) {
        self.inner.core.hide_expired(now_ns);
    }

    /// Drops what is older than each bucket's retention period.
    pub async fn enforce_retention(&self, now_ns: i64) -> Result<(), StorageError> {
        self.requests()?.enforce_retention(now_ns).await
    }

    /// Ends background work and releases the lock. The log keeps what is in memory.
    pub async fn close(&self) -> Result<(), StorageError> {
        self.inner.close();
        Ok(())
    }

    /// Ends flushing and merging by itself, so that a test looks at what it made.
    #[cfg(test)]
    pub(crate) fn rest(&self) {
        self.inner.end_workers();
    }

    fn requests(&self) -> Result<&Requests, StorageError> {
        self.inner.core.log()?;
        self.inner.requests.as_ref().ok_or_else(|| StorageError::Other("the folder is open read-only".into()))
    }

    async fn append(
        &self,
        bucket: Id,
        kind: Kind,
        payload: Vec<u8>,
        apply: Box<dyn FnOnce(u64) + Send>,
    ) -> Result<(), StorageError> {
        let (reply, receive) = oneshot::channel();
        // Whoever asked may have gone; the write stands.
        let done = Box::new(move |outcome| drop(reply.send(outcome)));
        self.inner.core.log()?.append(Append { bucket, kind, payload, apply, done });
        answer(receive).await.map(|_sequence| ())
    }
}

impl Inner {
    fn close(&self) {
        if let Some(log) = &self.core.log {
            log.stop();
        }
        self.end_workers();
        self.core.unlock();
    }

    fn end_workers(&self) {
        if let Some(mut workers) = self.workers.lock().take() {
            workers.stop();
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.close();
    }
}
