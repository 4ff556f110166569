//! Bytes of a partition's file, checked before anybody decodes them.

use std::path::Path;
use std::sync::Arc;

use bytes::buf::Reader;
use bytes::{Buf, Bytes};
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};

use crate::file::ReadFile;
use crate::store::StorageError;

/// The file of a partition.
#[derive(Debug)]
pub(super) struct Source {
    file: Arc<ReadFile>,
}

impl Source {
    pub(super) fn new(file: Arc<ReadFile>) -> Self {
        Self { file }
    }

    pub(super) fn path(&self) -> &Path {
        self.file.path()
    }

    pub(super) fn len(&self) -> u64 {
        self.file.len()
    }

    /// Reads exactly `len` bytes; the caller knows that they lie within the file.
    pub(super) fn read(&self, offset: u64, len: usize) -> Result<Bytes, StorageError> {
        let mut bytes = vec![0; len];
        self.file.read_exact_at(&mut bytes, offset)?;
        Ok(Bytes::from(bytes))
    }

    pub(super) fn damaged(&self, offset: u64, what: impl Into<String>) -> StorageError {
        StorageError::Damaged { path: self.path().to_owned(), offset, what: what.into() }
    }
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
