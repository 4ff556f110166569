//! What a reader sees: an unchanging view of one bucket.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use model::{FieldType, SeriesFilter, TimeRange};

use crate::store::StorageError;

/// An unchanging view of one bucket: the partitions of one manifest and the memtable as it was.
#[derive(Debug, Clone)]
pub struct Snapshot {}

/// What is known of a measurement without reading rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MeasurementInfo {
    /// All tag keys, ascending by bytes.
    pub tag_keys: Vec<String>,
    /// The distinct sets of tag keys that its series have, each ascending; in a stable order.
    pub tag_sets: Vec<Vec<String>>,
    /// Fields by name, then by type; a field whose type changed between shard groups stands here once a type.
    pub fields: Vec<(String, FieldType)>,
    /// First and last time, both inclusive.
    pub time_bounds: Option<(i64, i64)>,
}

/// What to read of one measurement.
#[derive(Debug, Clone)]
pub struct ScanRequest {
    pub measurement: String,
    /// Tag columns to deliver.
    pub tags: Vec<String>,
    /// Field columns to deliver. Rows in which all of these are null are left out (unless none is asked for).
    pub fields: Vec<(String, FieldType)>,
    /// Rows outside are left out, exactly.
    pub range: TimeRange,
    /// Series outside are left out, exactly. A missing tag compares as empty text.
    pub filter: SeriesFilter,
    /// Only series that have exactly these tag keys.
    pub tag_set: Option<Vec<String>>,
}

/// A piece of a scan that can be read on its own thread. Pieces of one scan are disjoint in time and come in time order;
/// the order of rows inside a piece is not promised.
pub struct ScanPart {
    /// Closed time range of the rows inside (may be wider).
    pub time_bounds: (i64, i64),
    /// Upper bound of the number of rows.
    pub max_rows: usize,
    /// Reads it.
    pub batches: Box<dyn Iterator<Item = Result<RecordBatch, StorageError>> + Send>,
}

impl Snapshot {
    /// Measurements with at least one live row somewhere, ascending by bytes.
    pub fn measurements(&self) -> Vec<Arc<str>> {
        unimplemented!("storage is being written")
    }

    /// What is known of a measurement without reading rows.
    pub fn measurement(&self, _name: &str) -> Option<MeasurementInfo> {
        unimplemented!("storage is being written")
    }

    /// The schema of a scan's batches: `time` (timestamp, ns, UTC), then the tags (`Utf8View`, null where absent), then the
    /// fields (`Float64`, `Int64`, `UInt64`, `Boolean`, `Utf8View`), in the order of the request. Columns are named
    /// by position, see [`scan_schema`].
    pub fn scan(&self, _request: &ScanRequest) -> Result<Vec<ScanPart>, StorageError> {
        unimplemented!("storage is being written")
    }
}

/// The schema of the batches that [`Snapshot::scan`] gives: names are `time`, `tag:KEY`, `field:NAME:TYPE`.
pub fn scan_schema(_request: &ScanRequest) -> SchemaRef {
    unimplemented!("storage is being written")
}
