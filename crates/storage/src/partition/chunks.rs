//! Bytes of a partition's file, checked before anybody decodes them.

use std::fs::File;
use std::path::{Path, PathBuf};

use bytes::buf::Reader;
use bytes::{Buf, Bytes};
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};

use super::write::io_error;
use crate::store::StorageError;

/// A file that is read at given places, by several threads at once.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) path: PathBuf,
    file: File,
    pub(super) len: u64,
}

impl Source {
    pub(super) fn open(path: &Path) -> Result<Self, StorageError> {
        let file = File::open(path).map_err(|e| io_error("open", path, e))?;
        let len = file.metadata().map_err(|e| io_error("open", path, e))?.len();
        Ok(Self { path: path.to_owned(), file, len })
    }

    /// Reads exactly `len` bytes; the caller knows that they lie within the file.
    pub(super) fn read(&self, offset: u64, len: usize) -> Result<Bytes, StorageError> {
        let mut bytes = vec![0; len];
        read_exact_at(&self.file, &mut bytes, offset).map_err(|e| io_error("read", &self.path, e))?;
        Ok(Bytes::from(bytes))
    }

    pub(super) fn damaged(&self, offset: u64, what: impl Into<String>) -> StorageError {
        StorageError::Damaged { path: self.path.clone(), offset, what: what.into() }
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, bytes: &mut [u8], offset: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut bytes: &mut [u8], mut offset: u64) -> std::io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, bytes, offset)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            read => {
                bytes = bytes.get_mut(read..).unwrap_or_default();
                offset += read as u64;
            }
        }
    }
    Ok(())
}

/// Pieces of a file in memory, for Parquet's reader.
#[derive(Debug, Clone, Default)]
pub(super) struct Chunks {
    /// Length of the whole file.
    pub(super) file_len: u64,
    /// Offset and bytes, ascending.
    pub(super) parts: Vec<(u64, Bytes)>,
}

impl Chunks {
    fn from(&self, start: u64) -> Result<Bytes, ParquetError> {
        let after = self.parts.partition_point(|(offset, _)| *offset <= start);
        let found = after.checked_sub(1).and_then(|at| self.parts.get(at)).and_then(|(offset, bytes)| {
            let skip = usize::try_from(start - offset).ok()?;
            (skip <= bytes.len()).then(|| bytes.slice(skip..))
        });
        found.ok_or_else(|| ParquetError::EOF(format!("byte {start} lies outside the columns that are read")))
    }
}

impl Length for Chunks {
    fn len(&self) -> u64 {
        self.file_len
    }
}

impl ChunkReader for Chunks {
    type T = Reader<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        self.from(start).map(Buf::reader)
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let bytes = self.from(start)?;
        if length > bytes.len() {
            return Err(ParquetError::EOF(format!("{length} bytes at {start} lie outside the columns that are read")));
        }
        Ok(bytes.slice(..length))
    }
}
