//! A live partition file as the manifest names it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use crate::file::Files;
use crate::partition::{PartitionMeta, PartitionReader};
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
    reader: Mutex<Option<PartitionReader>>,
    doomed: AtomicBool,
    files: Arc<Files>,
}

impl PartFile {
    pub(crate) fn new(files: Arc<Files>, path: PathBuf, meta: PartitionMeta, sequence: u64, applied: u64) -> Self {
        Self { path, meta, sequence, applied, reader: Mutex::new(None), doomed: AtomicBool::new(false), files }
    }

    /// The open file; opened once.
    pub(crate) fn reader(&self) -> Result<PartitionReader, StorageError> {
        let mut reader = self.reader.lock();
        if let Some(open) = &*reader {
            return Ok(open.clone());
        }
        let open = PartitionReader::open(&self.files, &self.path)?;
        *reader = Some(open.clone());
        Ok(open)
    }

    /// Has the file removed when nobody reads it any more.
    pub(crate) fn doom(&self) {
        self.doomed.store(true, Ordering::Release);
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        if !self.doomed.load(Ordering::Acquire) {
            return;
        }
        if let Err(error) = self.files.remove(&self.path) {
            // It is no longer named by a manifest, so the next start removes it.
            tracing::warn!(%error, "could not remove a partition that is no longer used");
        }
    }
}
