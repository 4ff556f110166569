//! An open data folder: its buckets, its log, and the work in the background.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use model::Id;
use parking_lot::{Mutex, RwLock};
use tokio::sync::oneshot;

use crate::bucket::Bucket;
use crate::budget::{Budget, Holder};
use crate::check::Rules;
use crate::compaction::Goal;
use crate::file::{Files, FolderLock};
use crate::manifest::{self, Manifest};
use crate::readers::Readers;
use crate::store::{StorageError, StoreOptions};
use crate::tombstone::Tombstone;
use crate::wal::{Log, Record, Rotated, replay, segment_name, segment_number};

/// Part of the memory limit at which memtables are flushed.
const FLUSH_PART: usize = 18;
/// Memtables are not flushed below this, however little memory there is.
const MIN_FLUSH_BYTES: usize = 1 << 20;
/// Nor grow above this, however much there is: more would only lengthen the replay of the log.
const MAX_FLUSH_BYTES: usize = 128 << 20;
/// How often a folder that another process changes is read again.
const READ_ATTEMPTS: usize = 20;
const DROPPED: &str = ".dropped";

/// An open data folder.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) options: StoreOptions,
    pub(crate) files: Arc<Files>,
    pub(crate) readers: Arc<Readers>,
    pub(crate) budget: Arc<Budget>,
    pub(crate) buckets: RwLock<BTreeMap<Id, Arc<Bucket>>>,
    /// `None` if the folder is open read-only.
    pub(crate) log: Option<Log>,
    pub(crate) memory: Arc<Memory>,
    /// Held while the set of buckets changes.
    admin: Mutex<()>,
    lock: Mutex<Option<FolderLock>>,
}

/// Bytes in memtables; those on their way to disk and those that are not are together in the budget.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    active: AtomicUsize,
    /// A flush has been asked for and has not begun.
    flush_wanted: AtomicBool,
    /// Why the last flush failed.
    failure: Mutex<Option<StorageError>>,
}

impl Core {
    pub(crate) fn open(options: StoreOptions, files: Arc<Files>) -> Result<Self, StorageError> {
        let lock = if options.read_only {
            None
        } else {
            files.create_folder(&options.dir.join("data"))?;
            files.create_folder(&options.dir.join("wal"))?;
            Some(files.lock(&options.dir.join("store.lock"))?)
        };
        let budget = Budget::new(options.memory_limit_bytes);
        let readers = Arc::new(Readers::new(Arc::clone(&files), Arc::clone(&budget)));
        let (buckets, replayed) = if options.read_only {
            read_beside_a_writer(&readers, &options.dir)?
        } else {
            read(&readers, &options.dir, false)?
        };
        let newest = buckets.values().map(|b| b.state().logged).fold(replayed.sequence, u64::max);
        let log = if options.read_only {
            None
        } else {
            let segment = replayed.segments.last().map_or(1, |last| last + 1);
            let folder = options.dir.join("wal");
            Some(Log::start(Arc::clone(&files), folder, segment, newest, options.wal_fsync_delay)?)
        };
        let memory = Arc::new(Memory::default());
        memory.active.store(buckets.values().map(|b| b.memory().0).sum(), Ordering::Relaxed);
        budget.add(Holder::Memtables, memory.active.load(Ordering::Relaxed));
        Ok(Self {
            options,
            files,
            readers,
            budget,
            buckets: RwLock::new(buckets),
            log,
            memory,
            admin: Mutex::new(()),
            lock: Mutex::new(lock),
        })
    }

    pub(crate) fn log(&self) -> Result<&Log, StorageError> {
        self.log.as_ref().ok_or_else(|| StorageError::Other("the folder is open read-only".into()))
    }

    pub(crate) fn bucket(&self, bucket: Id) -> Result<Arc<Bucket>, StorageError> {
        self.buckets.read().get(&bucket).cloned().ok_or(StorageError::NoBucket(bucket))
    }

    /// All buckets as they are now; no lock is held afterwards.
    fn all_buckets(&self) -> Vec<Arc<Bucket>> {
        self.buckets.read().values().cloned().collect()
    }

    /// The bucket, or all.
    pub(crate) fn some_buckets(&self, bucket: Option<Id>) -> Result<Vec<Arc<Bucket>>, StorageError> {
        bucket.map_or_else(|| Ok(self.all_buckets()), |bucket| Ok(vec![self.bucket(bucket)?]))
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.options.dir.join("data")
    }

    pub(crate) fn put_bucket(&self, id: Id, rules: Rules) -> Result<(), StorageError> {
        let _one_at_a_time = self.admin.lock();
        if let Ok(known) = self.bucket(id) {
            if known.rules() == rules {
                return Ok(());
            }
            known.set_rules(rules);
            return if self.log.is_some() { known.store_rules() } else { Ok(()) };
        }
        // What the log has of an earlier bucket of this id is none of this one's.
        let sequence = self.log.as_ref().map_or(0, Log::sequence);
        let manifest = Manifest {
            bucket: id,
            retention_ns: rules.retention_ns,
            shard_group_ns: rules.shard_group_ns,
            sequence,
            generation: 1,
            retention_run_ns: None,
            partitions: Vec::new(),
            tombstones: Vec::new(),
            types: Vec::new(),
        };
        let folder = self.data_dir().join(id.to_string());
        if self.log.is_some() {
            self.files.create_folder(&folder)?;
            manifest::store(&self.files, &folder, 1, &manifest)?;
            self.files.sync_folder(&self.data_dir())?;
        }
        let bucket = Bucket::new(Arc::clone(&self.readers), folder, 1, &manifest)?;
        self.buckets.write().insert(id, Arc::new(bucket));
        Ok(())
    }

    pub(crate) fn drop_bucket(&self, id: Id) -> Result<(), StorageError> {
        self.log()?;
        let _one_at_a_time = self.admin.lock();
        let bucket = self.bucket(id)?;
        // The rename is what drops it: everything after is cleaning up.
        let mut installed = bucket.installed();
        let gone = self.data_dir().join(format!("{id}{DROPPED}"));
        self.files.remove_folder(&gone)?;
        self.files.rename(&bucket.folder, &gone)?;
        self.files.sync_folder(&self.data_dir())?;
        installed.dropped = true;
        drop(installed);
        self.buckets.write().remove(&id);
        let (active, frozen) = bucket.memory();
        self.memory.active.fetch_sub(active, Ordering::Relaxed);
        self.budget.remove(Holder::Memtables, active + frozen);
        self.files.remove_folder(&gone)
    }

    /// Turns all memtables into partitions and removes the log segments that are no longer needed.
    pub(crate) fn flush(self: &Arc<Self>) -> Result<(), StorageError> {
        self.memory.flush_wanted.store(false, Ordering::Release);
        let outcome = self.flush_now();
        *self.memory.failure.lock() = outcome.as_ref().err().cloned();
        self.budget.wake();
        outcome
    }

    fn flush_now(self: &Arc<Self>) -> Result<(), StorageError> {
        let is_clean = |b: &Arc<Bucket>| {
            // One lock after the other: whoever installs a manifest holds the second and then takes the first.
            let logged = b.state().logged;
            b.memory() == (0, 0) && logged <= b.installed().sequence
        };
        if self.all_buckets().iter().all(is_clean) {
            return Ok(());
        }
        let (send, receive) = std::sync::mpsc::sync_channel::<Result<Rotated, StorageError>>(1);
        let core = Arc::clone(self);
        let freeze = move |sequence| {
            for bucket in core.all_buckets() {
                let bytes = bucket.freeze(sequence);
                core.memory.active.fetch_sub(bytes, Ordering::Relaxed);
            }
        };
        self.log()?.rotate(Box::new(freeze), Box::new(move |rotated| drop(send.send(rotated))));
        let rotated = receive.recv().map_err(|_| StorageError::Other("the store is closed".into()))??;
        for bucket in self.all_buckets() {
            match bucket.flush(rotated.sequence) {
                Ok(freed) => self.budget.remove(Holder::Memtables, freed),
                Err(StorageError::NoBucket(_)) => {}
                Err(_) if bucket.installed().dropped => {}
                Err(error) => return Err(error),
            }
        }
        self.remove_segments(rotated.segment)
    }

    fn remove_segments(&self, before: u64) -> Result<(), StorageError> {
        let folder = self.options.dir.join("wal");
        for number in self.files.list(&folder)?.iter().filter_map(|name| segment_number(name)) {
            if number < before {
                self.files.remove(&folder.join(segment_name(number)))?;
            }
        }
        Ok(())
    }

    /// Merges until there is nothing more to do, or `stop` says so.
    fn compact(&self, buckets: &[Arc<Bucket>], goal: Goal, stop: &AtomicBool) -> Result<(), StorageError> {
        for bucket in buckets {
            let measurements: Vec<Arc<str>> = bucket.state().partitions.keys().cloned().collect();
            for measurement in measurements {
                while !stop.load(Ordering::Relaxed) {
                    match bucket.compact_once(&measurement, goal) {
                        Ok(true) => {}
                        Ok(false) => break,
                        Err(_) if bucket.installed().dropped => break,
                        Err(error) => return Err(error),
                    }
                }
            }
        }
        Ok(())
    }

    pub(crate) fn seal(&self, bucket: Option<Id>, stop: &AtomicBool) -> Result<(), StorageError> {
        self.compact(&self.some_buckets(bucket)?, Goal::Seal, stop)
    }

    pub(crate) fn compact_some(&self, stop: &AtomicBool) -> Result<(), StorageError> {
        self.compact(&self.all_buckets(), Goal::Tidy, stop)
    }

    pub(crate) fn hide_expired(&self, now_ns: i64) {
        for bucket in self.all_buckets() {
            bucket.set_horizon(bucket.horizon_at(now_ns));
        }
    }

    pub(crate) fn enforce_retention(&self, now_ns: i64) -> Result<(), StorageError> {
        self.log()?;
        for bucket in self.all_buckets() {
            match bucket.enforce_retention(now_ns) {
                Err(_) if bucket.installed().dropped => {}
                outcome => outcome?,
            }
        }
        Ok(())
    }

    /// Counts rows that became visible; whether a flush is due that nobody has asked for yet.
    pub(crate) fn grew(&self, bytes: usize) -> bool {
        self.budget.add(Holder::Memtables, bytes);
        let active = self.memory.active.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let due = (self.options.memory_limit_bytes / FLUSH_PART).clamp(MIN_FLUSH_BYTES, MAX_FLUSH_BYTES);
        active >= due && !self.memory.flush_wanted.swap(true, Ordering::AcqRel)
    }

    /// Bytes of rows that no flush has begun with.
    pub(crate) fn active_bytes(&self) -> usize {
        self.memory.active.load(Ordering::Relaxed)
    }

    /// Waits while memtables take too much of the memory; an error if they cannot be written.
    pub(crate) async fn wait_for_memory(&self, flush_soon: impl Fn()) -> Result<(), StorageError> {
        let attempt = || {
            if self.budget.memtables_may_grow() {
                return Some(Ok(()));
            }
            if !self.memory.flush_wanted.swap(true, Ordering::AcqRel) {
                flush_soon();
            }
            self.memory.failure.lock().clone().map(Err)
        };
        self.budget.wait_for(attempt).await
    }

    /// Lets another process have the folder.
    pub(crate) fn unlock(&self) {
        self.lock.lock().take();
    }
}

/// Waits for the answer of a thread.
pub(crate) async fn answer<T>(receive: oneshot::Receiver<Result<T, StorageError>>) -> Result<T, StorageError> {
    receive.await.map_err(|_| StorageError::Other("the store is closed".into()))?
}

type Buckets = BTreeMap<Id, Arc<Bucket>>;

/// Reads manifests and log.
fn read(readers: &Arc<Readers>, dir: &Path, read_only: bool) -> Result<(Buckets, crate::wal::Replayed), StorageError> {
    let files = &readers.files;
    let data = dir.join("data");
    let mut buckets = Buckets::new();
    for name in files.list(&data)? {
        let folder = data.join(&name);
        if name.ends_with(DROPPED) && !read_only {
            files.remove_folder(&folder)?;
        }
        let Ok(id) = name.parse::<Id>() else { continue };
        let Some((number, manifest)) = manifest::load(files, &folder)? else {
            // A crash while the bucket was made; the log has nothing of it.
            tracing::warn!(folder = %folder.display(), "the folder of a bucket has no manifest and is left alone");
            continue;
        };
        let bucket = Bucket::new(Arc::clone(readers), folder, number, &manifest)?;
        if !read_only {
            remove_orphans(files, &bucket, &manifest)?;
        }
        buckets.insert(id, Arc::new(bucket));
    }
    let replayed = replay(files, &dir.join("wal"), read_only, |sequence, id, record| {
        let Some(bucket) = buckets.get(&id) else { return Ok(()) };
        if sequence <= bucket.installed().sequence {
            return Ok(());
        }
        match record {
            Record::Batch(tables) => {
                bucket.learn(&tables);
                bucket.apply(tables, sequence);
            }
            Record::Delete { range, filter } => bucket.bury(Tombstone::new(sequence, range, &filter)?),
        }
        Ok(())
    })?;
    Ok((buckets, replayed))
}

/// Removes files that a crash left behind: in no manifest, so never shown to anybody.
fn remove_orphans(files: &Files, bucket: &Bucket, manifest: &Manifest) -> Result<(), StorageError> {
    let live: std::collections::BTreeSet<&str> = manifest.partitions.iter().map(|p| p.file.as_str()).collect();
    for name in files.list(&bucket.folder)? {
        let path = bucket.folder.join(&name);
        if !files.is_folder(&path) {
            let is_newest = manifest::number(&name) == Some(bucket.installed().number);
            if !is_newest && (name.starts_with("manifest-") || name.ends_with(".new")) {
                files.remove(&path)?;
            }
            continue;
        }
        for file in files.list(&path)? {
            let is_ours = file.ends_with(".parquet") || file.ends_with(".new") || file.ends_with(".nanos");
            if is_ours && !live.contains(format!("{name}/{file}").as_str()) {
                files.remove(&path.join(&file))?;
            }
        }
        files.remove_empty_folder(&path);
    }
    Ok(())
}

/// Reads a folder that another process may be writing: all that was acknowledged when this was called is seen.
fn read_beside_a_writer(readers: &Arc<Readers>, dir: &Path) -> Result<(Buckets, crate::wal::Replayed), StorageError> {
    let files = &readers.files;
    let mut last = StorageError::Other(format!("{} changes too fast to be read", dir.display()));
    for _ in 0..READ_ATTEMPTS {
        let outcome = read(readers, dir, true).and_then(|(buckets, replayed)| {
            let mut unchanged = true;
            for bucket in buckets.values() {
                for file in bucket.state().partitions.values().flatten() {
                    file.hold()?;
                }
                let newest = manifest::numbers(files, &bucket.folder)?.last().copied();
                unchanged &= newest == Some(bucket.installed().number);
            }
            Ok(unchanged.then_some((buckets, replayed)))
        });
        match outcome {
            Ok(Some(read)) => return Ok(read),
            Ok(None) => {}
            Err(StorageError::Io { action, path, cause }) if cause.kind() == std::io::ErrorKind::NotFound => {
                last = StorageError::Io { action, path, cause };
            }
            Err(error) => return Err(error),
        }
    }
    Err(last)
}
