//! One bucket: its rules and schema, its memtables, and the partitions and tombstones of its manifest.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use model::Id;
use parking_lot::{Mutex, MutexGuard};

use crate::batch::WriteBatch;
use crate::check::{Checked, Rules, check, learn};
use crate::chunk::Chunk;
use crate::manifest::{Manifest, TypeRecord};
use crate::memtable::{ChunkList, Memtable};
use crate::part_file::PartFile;
use crate::readers::Readers;
use crate::schema::{FieldRuns, Schema};
use crate::snapshot::{Snapshot, View};
use crate::store::StorageError;
use crate::tombstone::{Tombstone, Tombstones};

/// Live partitions by measurement.
pub(crate) type Partitions = Arc<BTreeMap<Arc<str>, Vec<Arc<PartFile>>>>;

/// A bucket.
#[derive(Debug)]
pub(crate) struct Bucket {
    pub(crate) id: Id,
    pub(crate) folder: PathBuf,
    pub(crate) readers: Arc<Readers>,
    /// The next generation of a file.
    pub(crate) generation: AtomicU64,
    schema: Mutex<(Schema, Rules)>,
    state: Mutex<State>,
    /// What the newest manifest says besides partitions; held while a new one is written.
    installed: Mutex<Installed>,
    /// Held by whoever turns memtables into partitions.
    pub(crate) flushing: Mutex<()>,
}

/// What the newest manifest says besides partitions and tombstones.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Installed {
    pub(crate) number: u64,
    pub(crate) sequence: u64,
    pub(crate) retention_run_ns: Option<i64>,
    pub(crate) dropped: bool,
}

/// What readers see of a bucket.
#[derive(Debug, Default)]
pub(crate) struct State {
    memtable: Memtable,
    /// Memtables on their way into partitions, older first.
    pub(crate) frozen: Vec<Frozen>,
    pub(crate) partitions: Partitions,
    pub(crate) tombstones: Tombstones,
    horizon: Option<i64>,
    /// Sequence of the newest log record.
    pub(crate) logged: u64,
    /// The view as it was asked for last, while nothing has changed.
    cached: Option<Snapshot>,
}

/// A memtable that takes no more rows.
#[derive(Debug, Clone)]
pub(crate) struct Frozen {
    pub(crate) tables: Arc<BTreeMap<Arc<str>, ChunkList>>,
    /// The log up to here is in it or in partitions.
    pub(crate) sequence: u64,
    pub(crate) bytes: usize,
}

impl Bucket {
    /// The bucket that a manifest describes, with its partitions and tombstones.
    pub(crate) fn new(
        readers: Arc<Readers>,
        folder: PathBuf,
        number: u64,
        manifest: &Manifest,
    ) -> Result<Self, StorageError> {
        let schema = TypeRecord::schema(&manifest.types).ok_or_else(|| {
            StorageError::Other(format!("{}: a field type that this build does not know", folder.display()))
        })?;
        let rules = Rules { retention_ns: manifest.retention_ns, shard_group_ns: manifest.shard_group_ns };
        let mut partitions: BTreeMap<Arc<str>, Vec<Arc<PartFile>>> = BTreeMap::new();
        for record in &manifest.partitions {
            let path = folder.join(&record.file);
            let file = PartFile::new(&readers, path, record.meta.clone(), record.sequence, record.applied);
            partitions.entry(record.meta.measurement.as_str().into()).or_default().push(Arc::new(file));
        }
        let mut tombstones = Vec::new();
        for record in &manifest.tombstones {
            tombstones.push(Tombstone::new(record.sequence, record.delete.range(), &record.delete.filter())?);
        }
        let state = State {
            partitions: Arc::new(partitions),
            tombstones: Arc::new(tombstones),
            logged: manifest.sequence,
            ..State::default()
        };
        let installed = Installed {
            number,
            sequence: manifest.sequence,
            retention_run_ns: manifest.retention_run_ns,
            dropped: false,
        };
        Ok(Self {
            id: manifest.bucket,
            folder,
            readers,
            generation: AtomicU64::new(manifest.generation),
            schema: Mutex::new((schema, rules)),
            state: Mutex::new(state),
            installed: Mutex::new(installed),
            flushing: Mutex::new(()),
        })
    }

    pub(crate) fn rules(&self) -> Rules {
        self.schema.lock().1
    }

    pub(crate) fn set_rules(&self, rules: Rules) {
        self.schema.lock().1 = rules;
    }

    pub(crate) fn types(&self) -> Vec<TypeRecord> {
        TypeRecord::of(&self.schema.lock().0)
    }

    /// The types of a measurement's fields.
    pub(crate) fn types_of(&self, measurement: &str) -> BTreeMap<String, FieldRuns> {
        self.schema.lock().0.of(measurement)
    }

    pub(crate) fn installed(&self) -> MutexGuard<'_, Installed> {
        self.installed.lock()
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// Checks a batch and fixes the types of its new fields.
    pub(crate) fn check(&self, batch: WriteBatch, now_ns: i64) -> Checked {
        let mut guard = self.schema.lock();
        let (schema, rules) = &mut *guard;
        check(batch, schema, *rules, now_ns)
    }

    /// Fixes the types of rows that were checked before they were logged.
    pub(crate) fn learn(&self, tables: &[(Arc<str>, Chunk)]) {
        let mut guard = self.schema.lock();
        let (schema, rules) = &mut *guard;
        tables.iter().for_each(|(measurement, chunk)| learn(measurement, chunk, schema, *rules));
    }

    /// Makes rows visible; gives the bytes they take.
    pub(crate) fn apply(&self, tables: Vec<(Arc<str>, Chunk)>, sequence: u64) -> usize {
        let mut state = self.state.lock();
        state.changed(sequence);
        let before = state.memtable.bytes();
        for (measurement, chunk) in tables {
            state.memtable.apply(&measurement, chunk, sequence);
        }
        state.memtable.bytes() - before
    }

    /// Puts a delete in force for all rows that are there.
    pub(crate) fn bury(&self, tombstone: Tombstone) {
        self.free_types(&tombstone);
        let mut state = self.state.lock();
        state.changed(tombstone.sequence);
        state.memtable.barrier();
        Arc::make_mut(&mut state.tombstones).push(tombstone);
    }

    /// Moves the memtable out of the way of new rows; gives its bytes.
    pub(crate) fn freeze(&self, sequence: u64) -> usize {
        let mut state = self.state.lock();
        if state.memtable.is_empty() {
            return 0;
        }
        let mut memtable = std::mem::take(&mut state.memtable);
        let bytes = memtable.bytes();
        state.frozen.push(Frozen { tables: Arc::new(memtable.view()), sequence, bytes });
        state.cached = None;
        bytes
    }

    /// The instant before which rows have expired; `None` if none ever do.
    pub(crate) fn horizon_at(&self, now_ns: i64) -> Option<i64> {
        let retention_ns = self.rules().retention_ns;
        (retention_ns > 0).then(|| now_ns.saturating_sub(retention_ns))
    }

    /// Hides rows before an instant.
    pub(crate) fn set_horizon(&self, horizon: Option<i64>) {
        let mut state = self.state.lock();
        state.horizon = horizon;
        state.cached = None;
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let mut state = self.state.lock();
        if let Some(cached) = &state.cached {
            return cached.clone();
        }
        let mut memtables: Vec<_> = state.frozen.iter().map(|f| Arc::clone(&f.tables)).collect();
        if !state.memtable.is_empty() {
            memtables.push(Arc::new(state.memtable.view()));
        }
        let snapshot = Snapshot::new(View {
            horizon: state.horizon,
            tombstones: Arc::clone(&state.tombstones),
            partitions: Arc::clone(&state.partitions),
            memtables,
            infos: Mutex::default(),
        });
        state.cached = Some(snapshot.clone());
        snapshot
    }

    /// Bytes of memtables, frozen or not.
    pub(crate) fn memory(&self) -> (usize, usize) {
        let state = self.state.lock();
        (state.memtable.bytes(), state.frozen.iter().map(|f| f.bytes).sum())
    }

    /// Types are free again where a delete leaves nothing.
    fn free_types(&self, tombstone: &Tombstone) {
        let mut guard = self.schema.lock();
        let (schema, rules) = &mut *guard;
        if tombstone.matcher.is_all() {
            return schema.free(None, tombstone.range, rules.shard_group_ns);
        }
        let names: Vec<Arc<str>> = schema.measurements().cloned().collect();
        for name in names.iter().filter(|name| tombstone.whole_measurement(name) == Some(true)) {
            schema.free(Some(name), tombstone.range, rules.shard_group_ns);
        }
    }
}

impl State {
    /// Whatever was shown to readers is old.
    pub(crate) fn forget_view(&mut self) {
        self.cached = None;
    }

    fn changed(&mut self, sequence: u64) {
        self.cached = None;
        self.logged = self.logged.max(sequence);
    }
}
