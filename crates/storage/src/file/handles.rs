//! Open files.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Files;
use super::fault::Operation;
use crate::store::StorageError;

/// A file that is appended to.
#[derive(Debug)]
pub(crate) struct LogFile {
    file: File,
    path: PathBuf,
    files: Arc<Files>,
}

impl LogFile {
    pub(super) fn new(file: File, path: &Path, files: &Arc<Files>) -> Self {
        Self { file, path: path.to_owned(), files: Arc::clone(files) }
    }

    pub(crate) fn append(&mut self, bytes: &[u8]) -> Result<(), StorageError> {
        // A disk that fails may have taken a part.
        if let Err(fault) = self.files.faults.pass(Operation::Changing) {
            let half = bytes.get(..bytes.len() / 2).unwrap_or_default();
            let torn = self.file.write_all(half).and(Err(fault));
            return torn.map_err(|error| StorageError::io("appending to", &self.path, error));
        }
        self.file.write_all(bytes).map_err(|error| StorageError::io("appending to", &self.path, error))
    }

    /// Brings what was appended to disk.
    pub(crate) fn sync(&self) -> Result<(), StorageError> {
        self.files.change("syncing", &self.path, || self.file.sync_data())
    }
}

/// A new file that is written from its front.
#[derive(Debug)]
pub(crate) struct NewFile {
    file: File,
    path: PathBuf,
    files: Arc<Files>,
}

impl NewFile {
    pub(super) fn new(file: File, path: &Path, files: &Arc<Files>) -> Self {
        Self { file, path: path.to_owned(), files: Arc::clone(files) }
    }

    /// Writes behind what was written. The error says nothing of the file: whoever writes knows it.
    pub(crate) fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.files.faults.pass(Operation::Changing)?;
        self.file.write_all(bytes)
    }

    /// Brings what was written to disk, its length as well.
    pub(crate) fn sync(&self) -> Result<(), StorageError> {
        self.files.change("syncing", &self.path, || self.file.sync_all())
    }
}

/// A file that is read at given places, by several threads at once. It stays readable when it is removed.
#[derive(Debug)]
pub(crate) struct ReadFile {
    file: File,
    len: u64,
    path: PathBuf,
    files: Arc<Files>,
}

impl ReadFile {
    pub(super) fn new(file: File, len: u64, path: &Path, files: &Arc<Files>) -> Self {
        Self { file, len, path: path.to_owned(), files: Arc::clone(files) }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Its length when it was opened.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Fills `bytes` from an offset on.
    pub(crate) fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> Result<(), StorageError> {
        let passed = self.files.faults.pass(Operation::Reading);
        let outcome = passed.and_then(|()| read_exact_at(&self.file, bytes, offset));
        outcome.map_err(|error| StorageError::io("reading", &self.path, error))
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut bytes: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, bytes, offset)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => {
                bytes = bytes.get_mut(read..).unwrap_or_default();
                offset += read as u64;
            }
        }
    }
    Ok(())
}

/// An advisory lock; the kernel releases it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct FolderLock {
    _file: File,
}

impl FolderLock {
    pub(super) fn new(file: File) -> Self {
        Self { _file: file }
    }
}
