//! Open partitions, kept within bounds: what was not read for longest is closed first.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hashbrown::HashMap;
use parking_lot::Mutex;

use crate::budget::{Budget, Holder};
use crate::file::Files;
use crate::partition::PartitionReader;

/// Part of the memory limit that footers and indexes may take.
const CACHE_PART: usize = 16;
/// The least they may take, however little memory there is.
const MIN_CACHE_BYTES: usize = 1 << 20;
/// Most open files: processes often may have 1,024, and connections want theirs.
const MAX_OPEN: usize = 256;

/// The open partitions of a store.
#[derive(Debug)]
pub(crate) struct Readers {
    pub(crate) files: Arc<Files>,
    budget: Arc<Budget>,
    most_bytes: usize,
    next: AtomicU64,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    entries: HashMap<u64, Entry, ahash::RandomState>,
    bytes: usize,
    clock: u64,
}

#[derive(Debug)]
struct Entry {
    reader: PartitionReader,
    bytes: usize,
    used: u64,
}

impl Readers {
    pub(crate) fn new(files: Arc<Files>, budget: Arc<Budget>) -> Self {
        let most_bytes = (budget.limit() / CACHE_PART).max(MIN_CACHE_BYTES);
        Self { files, budget, most_bytes, next: AtomicU64::new(0), open: Mutex::default() }
    }

    pub(crate) fn budget(&self) -> &Arc<Budget> {
        &self.budget
    }

    /// A number for a new file.
    pub(crate) fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn get(&self, file: u64) -> Option<PartitionReader> {
        let mut open = self.open.lock();
        open.clock += 1;
        let now = open.clock;
        let entry = open.entries.get_mut(&file)?;
        entry.used = now;
        Some(entry.reader.clone())
    }

    /// Keeps a reader, and closes others if there are too many.
    pub(crate) fn keep(&self, file: u64, reader: PartitionReader) {
        let bytes = reader.memory_bytes();
        let mut open = self.open.lock();
        open.clock += 1;
        let used = open.clock;
        open.bytes += bytes;
        self.budget.add(Holder::Caches, bytes);
        if let Some(twice) = open.entries.insert(file, Entry { reader, bytes, used }) {
            open.bytes -= twice.bytes;
            self.budget.remove(Holder::Caches, twice.bytes);
        }
        if open.bytes > self.most_bytes || open.entries.len() > MAX_OPEN {
            self.close_some(&mut open);
        }
    }

    /// Closes the longest unused ones until an eighth is free, so that this is not done for every file.
    fn close_some(&self, open: &mut Open) {
        let mut by_use: Vec<(u64, u64)> = open.entries.iter().map(|(file, entry)| (entry.used, *file)).collect();
        by_use.sort_unstable();
        by_use.pop();
        for (_, file) in by_use {
            if open.bytes <= self.most_bytes / 8 * 7 && open.entries.len() <= MAX_OPEN / 8 * 7 {
                return;
            }
            self.take(open, file);
        }
    }

    /// Closes a file that will not be read again.
    pub(crate) fn forget(&self, file: u64) {
        self.take(&mut self.open.lock(), file);
    }

    fn take(&self, open: &mut Open, file: u64) {
        if let Some(entry) = open.entries.remove(&file) {
            open.bytes -= entry.bytes;
            self.budget.remove(Holder::Caches, entry.bytes);
        }
    }

    /// How many are open.
    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.open.lock().entries.len()
    }
}
