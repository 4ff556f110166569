//! One bucket in memory: its rules and schema, its memtables, and the partitions and tombstones of its manifest.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Id, SeriesFilter, TimeRange};
use parking_lot::Mutex;

use crate::batch::WriteBatch;
use crate::check::{Checked, Rules, check};
use crate::chunk::Chunk;
use crate::memtable::{ChunkList, Memtable};
use crate::part_file::PartFile;
use crate::schema::Schema;
use crate::snapshot::{Snapshot, View};
use crate::store::StorageError;
use crate::tombstone::{Tombstone, Tombstones};

/// Live partitions by measurement.
pub(crate) type Partitions = Arc<BTreeMap<Arc<str>, Vec<Arc<PartFile>>>>;

/// A bucket.
#[derive(Debug)]
pub(crate) struct Bucket {
    pub(crate) id: Id,
    schema: Mutex<(Schema, Rules)>,
    state: Mutex<State>,
}

/// What readers see of a bucket.
#[derive(Debug, Default)]
struct State {
    memtable: Memtable,
    /// Memtables on their way into partitions, older first.
    frozen: Vec<Frozen>,
    partitions: Partitions,
    tombstones: Tombstones,
    horizon: Option<i64>,
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
    pub(crate) fn new(id: Id, rules: Rules) -> Self {
        Self { id, schema: Mutex::new((Schema::default(), rules)), state: Mutex::default() }
    }

    pub(crate) fn rules(&self) -> Rules {
        self.schema.lock().1
    }

    pub(crate) fn set_rules(&self, rules: Rules) {
        self.schema.lock().1 = rules;
    }

    /// Checks a batch and fixes the types of its new fields.
    pub(crate) fn check(&self, batch: WriteBatch, now_ns: i64) -> Checked {
        let mut guard = self.schema.lock();
        let (schema, rules) = &mut *guard;
        check(batch, schema, *rules, now_ns)
    }

    /// Makes rows visible.
    pub(crate) fn apply(&self, tables: Vec<(Arc<str>, Chunk)>, sequence: u64) -> usize {
        let mut state = self.state.lock();
        state.cached = None;
        let before = state.memtable.bytes();
        for (measurement, chunk) in tables {
            state.memtable.apply(&measurement, chunk, sequence);
        }
        state.memtable.bytes() - before
    }

    /// Puts a delete in force for all rows that are there.
    pub(crate) fn bury(&self, range: TimeRange, filter: &SeriesFilter, sequence: u64) -> Result<(), StorageError> {
        let tombstone = Tombstone::new(sequence, range, filter)?;
        self.free_types(&tombstone);
        let mut state = self.state.lock();
        state.cached = None;
        state.memtable.barrier();
        Arc::make_mut(&mut state.tombstones).push(tombstone);
        Ok(())
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
        });
        state.cached = Some(snapshot.clone());
        snapshot
    }
}
