//! What is in a folder, told without changing it: for people who look after one.

use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::StringViewArray;
use arrow_array::cast::AsArray;
use model::{FieldType, Id, SeriesFilter, TimeRange};

use crate::bucket::Bucket;
use crate::chunk::SeriesTable;
use crate::part_file::PartFile;
use crate::partition::IndexSummary;
use crate::snapshot::{ScanRequest, Snapshot};
use crate::source::{Rows, number_series};
use crate::store::StorageError;

/// A bucket as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketInspection {
    /// The bucket.
    pub bucket: Id,
    /// How long points are kept, 0 for ever.
    pub retention_ns: i64,
    /// Number of the newest manifest.
    pub manifest: u64,
    /// Deletes that some partition still has to mind.
    pub pending_deletes: usize,
    /// Bytes of rows that are in the log and in memory only.
    pub memory_bytes: usize,
    /// Its measurements by name.
    pub measurements: Vec<MeasurementInspection>,
}

/// A measurement as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasurementInspection {
    /// Its name.
    pub name: Arc<str>,
    /// Series of its live rows, each counted once.
    pub series: usize,
    /// Live rows: one for each series and time, overwritten and deleted ones left out.
    pub rows: u64,
    /// Rows in memory, overwritten ones counted.
    pub memory_rows: u64,
    /// Tag keys, ascending.
    pub tag_keys: Vec<String>,
    /// Fields by name, once a type.
    pub fields: Vec<(String, FieldType)>,
    /// Partitions by first time.
    pub partitions: Vec<PartitionInspection>,
}

/// A partition as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionInspection {
    /// The file.
    pub path: PathBuf,
    /// Earliest time.
    pub first_ns: i64,
    /// Latest time, inclusive.
    pub last_ns: i64,
    /// Rows in the file.
    pub rows: u64,
    /// Size of the file.
    pub bytes: u64,
    /// Row groups: slices of time.
    pub row_groups: usize,
    /// Whether a delete still hides some of its rows.
    pub has_pending_deletes: bool,
    /// What its own index knows.
    pub index: IndexSummary,
}

/// Looks at a bucket. Reads times and tags of every row, to count series and rows.
pub(crate) fn inspect(bucket: &Bucket) -> Result<BucketInspection, StorageError> {
    let snapshot = bucket.snapshot();
    let (active, frozen) = bucket.memory();
    let mut measurements = Vec::new();
    for name in snapshot.measurements() {
        measurements.push(measurement(&snapshot, name)?);
    }
    let pending_deletes = bucket.state().tombstones.len();
    Ok(BucketInspection {
        bucket: bucket.id,
        retention_ns: bucket.rules().retention_ns,
        manifest: bucket.installed().number,
        pending_deletes,
        memory_bytes: active + frozen,
        measurements,
    })
}

fn measurement(snapshot: &Snapshot, name: Arc<str>) -> Result<MeasurementInspection, StorageError> {
    let info = snapshot.measurement(&name).unwrap_or_default();
    let mut partitions = Vec::new();
    let mut memory_rows = 0;
    for source in snapshot.sources(&name) {
        match &source.rows {
            Rows::Chunk(_) => memory_rows += source.rows.count() as u64,
            Rows::Partition(file) => partitions.push(partition(file, !source.tombstones.is_empty())?),
        }
    }
    partitions.sort_by_key(|p| (p.first_ns, p.last_ns));
    let (series, rows) = count(snapshot, &name, &info.tag_keys)?;
    let (tag_keys, fields) = (info.tag_keys, info.fields);
    Ok(MeasurementInspection { name, series, rows, memory_rows, tag_keys, fields, partitions })
}

fn partition(file: &PartFile, has_pending_deletes: bool) -> Result<PartitionInspection, StorageError> {
    let meta = &file.meta;
    Ok(PartitionInspection {
        path: file.path.clone(),
        first_ns: meta.first_time,
        last_ns: meta.last_time,
        rows: meta.rows,
        bytes: meta.bytes,
        row_groups: meta.row_groups.len(),
        has_pending_deletes,
        index: file.reader()?.index_summary(),
    })
}

/// Series and rows that a reader sees.
fn count(snapshot: &Snapshot, name: &str, tag_keys: &[String]) -> Result<(usize, u64), StorageError> {
    let request = ScanRequest {
        measurement: name.to_owned(),
        tags: tag_keys.to_vec(),
        fields: Vec::new(),
        range: TimeRange::ALL,
        filter: SeriesFilter::All,
        tag_sets: None,
        near: Vec::new(),
    };
    let (mut series, mut rows) = (SeriesTable::default(), 0);
    for part in snapshot.scan(&request)? {
        for batch in part.batches {
            let batch = batch?;
            rows += batch.num_rows() as u64;
            let tags: Vec<&StringViewArray> = (1..=tag_keys.len()).map(|i| batch.column(i).as_string_view()).collect();
            number_series(tag_keys, &tags, batch.num_rows(), &mut series, &mut Vec::new());
        }
    }
    Ok((series.len(), rows))
}
