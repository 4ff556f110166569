//! Writes a partition.

use std::path::Path;

use arrow_array::RecordBatch;
use model::FieldType;

use super::PartitionMeta;
use crate::store::StorageError;

/// What a partition will hold, and how it is written.
#[derive(Debug, Clone)]
pub struct PartitionInput {
    /// The measurement's true name.
    pub measurement: String,
    /// Tag columns in the order of the batches; each once.
    pub tag_keys: Vec<String>,
    /// Field columns in the order of the batches, after the tags; each name once.
    pub fields: Vec<(String, FieldType)>,
    /// How to write it.
    pub options: WriteOptions,
}

/// How to write a partition.
#[derive(Debug, Clone)]
pub struct WriteOptions {
    /// Rows that a row group aims for.
    pub row_group_rows: usize,
    /// Level of zstd.
    pub zstd_level: i32,
    /// Whether the file is synced to disk before `write` returns (the folder's entry is the caller's to sync).
    pub sync: bool,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self { row_group_rows: super::ROW_GROUP_ROWS, zstd_level: 1, sync: true }
    }
}

/// Writes a new file at `path` (refused if it exists; removed again when something fails).
///
/// Batches have the columns time (`Timestamp(ns, "UTC")`, no nulls), tags (`Utf8View`, null where absent), fields
/// (`Float64`, `Int64`, `UInt64`, `Boolean`, `Utf8View`, null where absent) in the order of `input`; names of columns do
/// not matter. Rows are unique by series and time, and sorted by (time slice, series, time). A batch lies within one time
/// slice; a batch that begins later than every row before it may begin a new row group.
pub fn write(
    _path: &Path,
    _input: &PartitionInput,
    _batches: impl Iterator<Item = Result<RecordBatch, StorageError>>,
) -> Result<PartitionMeta, StorageError> {
    unimplemented!("the writer is being written")
}

/// Cuts ascending `times` into slices of about `rows` rows such that one instant is in one slice; gives the index at which
/// each slice ends.
pub fn time_slices(_times: &[i64], _rows: usize) -> Vec<usize> {
    unimplemented!("the writer is being written")
}
