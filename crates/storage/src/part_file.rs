//! A live partition file as the manifest names it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use crate::file::ReadFile;
use crate::occupancy::Occupancy;
use crate::partition::{PartitionMeta, PartitionReader, ReadCounters};
use crate::readers::Readers;
use crate::store::StorageError;

/// A partition file. It is removed from disk when it is doomed and the last snapshot that reads it is gone.
#[derive(Debug)]
pub(crate) struct PartFile {
    pub(crate) path: PathBuf,
    pub(crate) meta: PartitionMeta,
    /// Its rows are newer than those of files with a lower sequence.
    pub(crate) sequence: u64,
    /// Tombstones up to this sequence are applied.
    pub(crate) applied: u64,
    number: u64,
    readers: Arc<Readers>,
    /// The file, held open because another process may remove it.
    held: OnceLock<Arc<ReadFile>>,
    opening: Mutex<()>,
    /// What series it holds, once somebody asked; nothing if they are too many.
    occupancy: Mutex<Option<Option<Arc<Occupancy>>>>,
    doomed: AtomicBool,
}

impl PartFile {
    pub(crate) fn new(readers: &Arc<Readers>, path: PathBuf, meta: PartitionMeta, sequence: u64, applied: u64) -> Self {
        Self {
            path,
            meta,
            sequence,
            applied,
            number: readers.number(),
            readers: Arc::clone(readers),
            held: OnceLock::new(),
            opening: Mutex::new(()),
            occupancy: Mutex::new(None),
            doomed: AtomicBool::new(false),
        }
    }

    /// What reading it has cost while it was kept open.
    pub(crate) fn counters(&self) -> ReadCounters {
        self.readers.get(self.number).map(|reader| reader.counters()).unwrap_or_default()
    }

    /// Opens the file, and keeps it open as long as this is there.
    pub(crate) fn hold(&self) -> Result<(), StorageError> {
        let file = Arc::new(self.readers.files.open(&self.path)?);
        // Whoever was first holds the same file.
        let _ = self.held.set(file);
        Ok(())
    }

    /// The open file.
    pub(crate) fn reader(&self) -> Result<PartitionReader, StorageError> {
        if let Some(open) = self.readers.get(self.number) {
            return Ok(open);
        }
        // Two that ask at once share one reader.
        let _opening = self.opening.lock();
        if let Some(open) = self.readers.get(self.number) {
            return Ok(open);
        }
        let file = match self.held.get() {
            Some(file) => Arc::clone(file),
            None => Arc::new(self.readers.files.open(&self.path)?),
        };
        let open = PartitionReader::new(file)?;
        self.readers.keep(self.number, open.clone());
        Ok(open)
    }

    /// Which series have which fields in its row groups; `None` if there are too many. Read once.
    pub(crate) fn occupancy(&self) -> Result<Option<Arc<Occupancy>>, StorageError> {
        let mut known = self.occupancy.lock();
        if let Some(known) = &*known {
            return Ok(known.clone());
        }
        let read = Occupancy::read(&self.reader()?)?;
        *known = Some(read.clone());
        Ok(read)
    }

    /// Has the file removed when nobody reads it any more.
    pub(crate) fn doom(&self) {
        self.doomed.store(true, Ordering::Release);
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        self.readers.forget(self.number);
        if !self.doomed.load(Ordering::Acquire) {
            return;
        }
        if let Err(error) = self.readers.files.remove(&self.path) {
            // It is no longer named by a manifest, so the next start removes it.
            tracing::warn!(%error, "could not remove a partition that is no longer used");
        }
    }
}
