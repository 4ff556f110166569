//! An open partition.

use std::path::Path;
use std::sync::Arc;

use super::{BatchIter, PartitionMeta, PartitionScan};
use crate::store::StorageError;

/// An open partition: footer and index parsed and checked. Cheap to clone; a deleted file stays readable.
#[derive(Debug, Clone)]
pub struct PartitionReader {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    meta: PartitionMeta,
}

/// What reading has cost so far, over all scans of one reader.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReadCounters {
    /// Row groups of which something was read.
    pub row_groups_read: u64,
    /// Row groups that the index ruled out.
    pub row_groups_skipped: u64,
    /// Rows decoded to decide on predicates or to deliver them.
    pub rows_read: u64,
    /// Rows delivered.
    pub rows_out: u64,
    /// Bytes read from the file after opening.
    pub bytes_read: u64,
}

impl PartitionReader {
    /// Opens a partition and checks its footer.
    pub fn open(_path: &Path) -> Result<Self, StorageError> {
        unimplemented!("the reader is being written")
    }

    /// What it holds.
    pub fn meta(&self) -> &PartitionMeta {
        &self.inner.meta
    }

    /// The distinct values of a tag in ascending order if the index has them (an absent tag is not among them); `None` if
    /// the column has too many to be indexed.
    pub fn tag_values(&self, _key: &str) -> Option<Vec<String>> {
        unimplemented!("the reader is being written")
    }

    /// Reads rows. Columns: time, then tags, then fields, in the order of the request, named as
    /// [`crate::snapshot::scan_schema`] says. Row groups come in the order of the file.
    pub fn scan(&self, _scan: &PartitionScan) -> Result<BatchIter, StorageError> {
        unimplemented!("the reader is being written")
    }

    /// What reading has cost so far.
    pub fn counters(&self) -> ReadCounters {
        unimplemented!("the reader is being written")
    }
}
