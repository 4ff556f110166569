//! Changes of what is live in a bucket's folder: flush, merge and removal of partitions, each with a new manifest.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::bucket::{Bucket, Installed, Partitions};
use crate::compaction::{self, Goal, PartState, choose};
use crate::manifest::{self, Manifest, PartitionRecord, TombstoneRecord};
use crate::part_file::PartFile;
use crate::rewrite::{Target, rewrite};
use crate::source::{Densities, Rows, Source};
use crate::store::StorageError;
use crate::tombstone::{DeleteRecord, Tombstone};

/// A change of the live partitions.
#[derive(Debug, Default)]
pub(crate) struct Change {
    pub(crate) remove: Vec<Arc<PartFile>>,
    pub(crate) add: Vec<Arc<PartFile>>,
    /// Memtables up to this sequence are in partitions now.
    pub(crate) flushed: Option<u64>,
    pub(crate) retention_run_ns: Option<i64>,
}

impl Bucket {
    /// Writes the memtables frozen up to a sequence as partitions; gives the bytes of memory that became free.
    pub(crate) fn flush(&self, sequence: u64) -> Result<usize, StorageError> {
        let _one_at_a_time = self.flushing.lock();
        let (frozen, tombstones, logged) = {
            let state = self.state();
            let frozen: Vec<_> = state.frozen.iter().filter(|f| f.sequence <= sequence).cloned().collect();
            (frozen, Arc::clone(&state.tombstones), state.logged)
        };
        let installed = *self.installed();
        if installed.dropped || (frozen.is_empty() && logged <= installed.sequence) {
            return Ok(0);
        }
        let mut sources: BTreeMap<&Arc<str>, Vec<Source>> = BTreeMap::new();
        for (measurement, chunks) in frozen.iter().flat_map(|f| f.tables.iter()) {
            let each = chunks.iter().map(|c| Source::new(Rows::Chunk(Arc::clone(c)), &tombstones, measurement));
            sources.entry(measurement).or_default().extend(each);
        }
        let mut add = Vec::new();
        for (measurement, sources) in sources {
            let target = self.target(sequence, sequence);
            let cuts = self.flush_cuts(measurement, &sources);
            match rewrite(&target, measurement, &sources, &self.types_of(measurement), &cuts) {
                Ok(files) => add.extend(files),
                Err(error) => {
                    add.iter().for_each(|file: &Arc<PartFile>| file.doom());
                    return Err(error);
                }
            }
        }
        self.install(Change { add, flushed: Some(sequence), ..Change::default() })?;
        Ok(frozen.iter().map(|f| f.bytes).sum())
    }

    /// Where rows on their way to disk are cut, so that they lie over few partitions that are there.
    fn flush_cuts(&self, measurement: &Arc<str>, sources: &[Source]) -> Vec<i64> {
        let files = self.state().partitions.get(measurement).cloned().unwrap_or_default();
        let there: Vec<PartState> = files.iter().map(|file| PartState::of(file, false)).collect();
        let rows = Densities::of(sources);
        compaction::cuts(&compaction::cells(&there), compaction::MIN_PIECE, |from, to| rows.between(from, to))
    }

    /// Does the next merge of a measurement; whether there was something to do.
    pub(crate) fn compact_once(&self, measurement: &Arc<str>, goal: Goal) -> Result<bool, StorageError> {
        let (files, tombstones) = {
            let state = self.state();
            let files = state.partitions.get(measurement).cloned().unwrap_or_default();
            (files, Arc::clone(&state.tombstones))
        };
        let source = |file: &Arc<PartFile>| Source::new(Rows::Partition(Arc::clone(file)), &tombstones, measurement);
        let states: Vec<PartState> =
            files.iter().map(|file| PartState::of(file, !source(file).tombstones.is_empty())).collect();
        let rules = self.rules();
        let max_span = if rules.retention_ns > 0 { rules.shard_group_ns.unsigned_abs() } else { u64::MAX };
        let Some(merge) = choose(&states, goal, max_span) else { return Ok(false) };
        let remove: Vec<Arc<PartFile>> = merge.inputs.iter().filter_map(|&i| files.get(i)).cloned().collect();
        let sources: Vec<Source> = remove.iter().map(source).filter(|s| !s.is_buried(measurement)).collect();
        let sequence = remove.iter().map(|f| f.sequence).max().unwrap_or(0);
        let newest_tombstone = tombstones.last().map_or(0, |t| t.sequence);
        let applied = remove.iter().map(|f| f.applied).fold(newest_tombstone, u64::max);
        let target = self.target(sequence, applied);
        let add = rewrite(&target, measurement, &sources, &self.types_of(measurement), &merge.cuts)?;
        self.install(Change { remove, add, ..Change::default() })?;
        Ok(true)
    }

    /// Drops partitions that end before the retention bound, unless the clock is not to be trusted.
    pub(crate) fn enforce_retention(&self, now_ns: i64) -> Result<(), StorageError> {
        let horizon = self.horizon_at(now_ns);
        self.set_horizon(horizon);
        let Some(bound) = horizon else { return Ok(()) };
        let partitions = Arc::clone(&self.state().partitions);
        let remove: Vec<_> = partitions.values().flatten().filter(|f| f.meta.last_time < bound).cloned().collect();
        if remove.is_empty() {
            return Ok(());
        }
        if self.installed().retention_run_ns.is_some_and(|last| now_ns < last) {
            tracing::warn!(bucket = %self.id, "the clock is earlier than when retention last ran: nothing is removed");
            return Ok(());
        }
        let newest = self.snapshot().newest_time().unwrap_or(i64::MIN);
        if now_ns > newest.saturating_add(DAY_NS) {
            tracing::warn!(bucket = %self.id, "the clock is a day beyond the newest point: nothing is removed");
            return Ok(());
        }
        self.install(Change { remove, retention_run_ns: Some(now_ns), ..Change::default() })
    }

    /// Makes the bucket's settings durable.
    pub(crate) fn store_rules(&self) -> Result<(), StorageError> {
        self.install(Change::default())
    }

    fn target(&self, sequence: u64, applied: u64) -> Target<'_> {
        Target { readers: &self.readers, folder: &self.folder, generation: &self.generation, sequence, applied }
    }

    /// Writes a manifest with the change, then shows it to readers. What is removed goes when nobody reads it any more.
    pub(crate) fn install(&self, change: Change) -> Result<(), StorageError> {
        let mut installed = self.installed();
        let partitions = if installed.dropped { None } else { changed(&self.state().partitions, &change) };
        let Some(partitions) = partitions else {
            change.add.iter().for_each(|file| file.doom());
            return Err(StorageError::Other("partitions changed while they were merged".into()));
        };
        // If this fails, the new manifest may be on disk all the same: the new files must stay until the next start.
        self.install_locked(&mut installed, partitions, &change)
    }

    fn install_locked(
        &self,
        installed: &mut Installed,
        partitions: Partitions,
        change: &Change,
    ) -> Result<(), StorageError> {
        let tombstones = Arc::clone(&self.state().tombstones);
        let next = Installed {
            number: installed.number + 1,
            sequence: change.flushed.unwrap_or(installed.sequence),
            retention_run_ns: change.retention_run_ns.or(installed.retention_run_ns),
            dropped: false,
        };
        let newest = tombstones.last().map_or(0, |t| t.sequence);
        let kept = |t: &Tombstone| t.sequence > next.sequence || concerns_any(t, &partitions);
        let kept: Vec<Tombstone> = tombstones.iter().filter(|t| kept(t)).cloned().collect();
        let manifest = self.manifest(next, &partitions, &kept);
        manifest::store(&self.readers.files, &self.folder, next.number, &manifest)?;
        *installed = next;
        let mut state = self.state();
        let later = state.tombstones.iter().filter(|t| t.sequence > newest).cloned();
        state.tombstones = Arc::new(kept.into_iter().chain(later).collect());
        state.partitions = partitions;
        if let Some(flushed) = change.flushed {
            state.frozen.retain(|f| f.sequence > flushed);
        }
        state.forget_view();
        drop(state);
        change.remove.iter().for_each(|file| file.doom());
        Ok(())
    }

    fn manifest(&self, next: Installed, partitions: &Partitions, tombstones: &[Tombstone]) -> Manifest {
        let rules = self.rules();
        let name = |file: &PartFile| {
            let inside = file.path.strip_prefix(&self.folder).unwrap_or(&file.path);
            inside.to_string_lossy().into_owned()
        };
        let record = |file: &Arc<PartFile>| PartitionRecord {
            file: name(file),
            sequence: file.sequence,
            applied: file.applied,
            meta: file.meta.clone(),
        };
        let tombstone = |t: &Tombstone| TombstoneRecord {
            sequence: t.sequence,
            delete: DeleteRecord::new(t.range, t.matcher.filter()),
        };
        Manifest {
            bucket: self.id,
            retention_ns: rules.retention_ns,
            shard_group_ns: rules.shard_group_ns,
            sequence: next.sequence,
            generation: self.generation.load(Ordering::Relaxed),
            retention_run_ns: next.retention_run_ns,
            partitions: partitions.values().flatten().map(record).collect(),
            // Later deletes are still in the log.
            tombstones: tombstones.iter().filter(|t| t.sequence <= next.sequence).map(tombstone).collect(),
            types: self.types(),
        }
    }
}

const DAY_NS: i64 = 86_400_000_000_000;

/// The partitions after a change; `None` if one to be removed is not there.
fn changed(partitions: &Partitions, change: &Change) -> Option<Partitions> {
    let mut out = BTreeMap::clone(partitions);
    for file in &change.remove {
        let list = out.get_mut(file.meta.measurement.as_str())?;
        let before = list.len();
        list.retain(|f| !Arc::ptr_eq(f, file));
        (list.len() < before).then_some(())?;
    }
    for file in &change.add {
        out.entry(file.meta.measurement.as_str().into()).or_default().push(Arc::clone(file));
    }
    out.retain(|_, list| !list.is_empty());
    Some(Arc::new(out))
}

fn concerns_any(tombstone: &Tombstone, partitions: &Partitions) -> bool {
    partitions.iter().any(|(measurement, files)| {
        files.iter().any(|f| tombstone.concerns(measurement, f.applied, f.meta.first_time, f.meta.last_time))
    })
}
