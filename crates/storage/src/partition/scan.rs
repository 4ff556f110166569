//! Reads the rows of a partition that a predicate accepts.

use arrow_array::RecordBatch;
use model::{FieldType, SeriesFilter, TimeRange};

use crate::store::StorageError;

/// Batches of a scan.
pub type BatchIter = Box<dyn Iterator<Item = Result<RecordBatch, StorageError>> + Send>;

/// What to read of a partition.
#[derive(Debug, Clone)]
pub struct PartitionScan {
    /// Tag columns to deliver; a tag that the file lacks is all null.
    pub tags: Vec<String>,
    /// Field columns to deliver; a field that the file lacks, or has with another type, is all null. Rows in which all of
    /// these are null are left out, unless none is asked for.
    pub fields: Vec<(String, FieldType)>,
    /// Rows outside are left out, exactly.
    pub range: TimeRange,
    /// Series outside are left out, exactly. A missing tag compares as empty text.
    pub filter: SeriesFilter,
    /// Only series that have exactly these tag keys (in any order).
    pub tag_set: Option<Vec<String>>,
    /// Rows that are left out although all of the above accepts them: tombstones.
    pub without: Vec<(TimeRange, SeriesFilter)>,
    /// Only these row groups (ascending), if given.
    pub row_groups: Option<Vec<usize>>,
    /// Most rows in a batch.
    pub batch_rows: usize,
}

impl Default for PartitionScan {
    fn default() -> Self {
        Self {
            tags: Vec::new(),
            fields: Vec::new(),
            range: TimeRange::ALL,
            filter: SeriesFilter::All,
            tag_set: None,
            without: Vec::new(),
            row_groups: None,
            batch_rows: 8_192,
        }
    }
}
