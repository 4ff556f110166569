//! What a reader sees: an unchanging view of one bucket.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use hashbrown::HashMap;
use model::{FieldType, SeriesFilter, TimeRange};
use parking_lot::Mutex;

use crate::chunk::SeriesTable;
use crate::filter::SeriesMatcher;
use crate::info::Gathered;
use crate::memtable::ChunkList;
use crate::merge::{Order, merge};
use crate::overlap::Overlap;
use crate::part_file::PartFile;
use crate::partition::{BatchIter, PartitionScan, ReadCounters};
use crate::slices::{MERGE_ROWS, Slice, slices};
use crate::source::{Densities, Rows, Source, Wanted, load, partition_scan};
use crate::store::StorageError;
use crate::tombstone::Tombstones;

/// Most rows in a batch of a merged piece.
const BATCH_ROWS: usize = 16_384;
/// Rows from which on it pays to look which of them may have twins in other sources.
const APART_ROWS: u64 = if cfg!(test) { 16 } else { 4_096 };

pub use crate::occupancy::End;

/// An unchanging view of one bucket: the partitions of one manifest and the memtable as it was.
#[derive(Debug, Clone)]
pub struct Snapshot {
    view: Arc<View>,
}

/// The parts of a snapshot.
#[derive(Debug, Default)]
pub(crate) struct View {
    /// Rows before this instant have expired.
    pub(crate) horizon: Option<i64>,
    pub(crate) tombstones: Tombstones,
    /// Partitions by measurement.
    pub(crate) partitions: Arc<BTreeMap<Arc<str>, Vec<Arc<PartFile>>>>,
    /// Memtables, older before newer.
    pub(crate) memtables: Vec<Arc<BTreeMap<Arc<str>, ChunkList>>>,
    /// What was found out of measurements.
    pub(crate) infos: Mutex<HashMap<Box<str>, Option<MeasurementInfo>, ahash::RandomState>>,
}

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
    /// Only series that have exactly the tag keys of one of these sets.
    pub tag_sets: Option<Vec<Vec<String>>>,
    /// What float fields are asked about: rows that have all of these fields, one of them outside, may be left out.
    pub near: Vec<Near>,
}

/// What is asked about fields.
#[derive(Debug, Clone, PartialEq)]
pub enum Near {
    Field(FieldRanges),
    Points(PointRanges),
}

/// Points, by the fields of their latitude and longitude, in these ranges of the numbers of smallest S2 cells (both sides
/// included, ascending). Ranges of both fields must be asked about, too.
#[derive(Debug, Clone, PartialEq)]
pub struct PointRanges {
    pub lat: String,
    pub lon: String,
    pub cells: Arc<[(u64, u64)]>,
}

/// Ranges of a float field, both sides included.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldRanges {
    pub field: String,
    pub ranges: Vec<(f64, f64)>,
    /// Where the ranges mean anything: a row with a value outside is never left out, whatever its other fields are.
    pub domain: (f64, f64),
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

impl fmt::Debug for ScanPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { time_bounds, max_rows, batches: _ } = self;
        f.debug_struct("ScanPart").field("time_bounds", time_bounds).field("max_rows", max_rows).finish_non_exhaustive()
    }
}

impl Snapshot {
    pub(crate) fn new(view: View) -> Self {
        Self { view: Arc::new(view) }
    }

    /// What reading the partitions of this view has cost so far, by whomever.
    pub fn counters(&self) -> ReadCounters {
        self.view.partitions.values().flatten().fold(ReadCounters::default(), |sum, file| sum.plus(file.counters()))
    }

    /// Whether both are one view.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.view, &other.view)
    }

    /// Measurements with at least one live row somewhere, ascending by bytes.
    pub fn measurements(&self) -> Vec<Arc<str>> {
        let mut names: BTreeSet<&Arc<str>> = self.view.partitions.keys().collect();
        self.view.memtables.iter().for_each(|m| names.extend(m.keys()));
        let is_live = |name: &&&Arc<str>| {
            self.sources(name).iter().any(|s| s.tombstones.is_empty()) || self.measurement(name).is_some()
        };
        names.iter().filter(is_live).map(|name| Arc::clone(name)).collect()
    }

    /// What is known of a measurement without reading rows (but where a delete leaves part of a partition, its rows are read
    /// once).
    pub fn measurement(&self, name: &str) -> Option<MeasurementInfo> {
        if let Some(known) = self.view.infos.lock().get(name) {
            return known.clone();
        }
        let mut gathered = Gathered::default();
        for source in self.sources(name) {
            if source.tombstones.is_empty() {
                gathered.add(&source.rows);
            } else if let Err(error) = gathered.add_left(name, &source) {
                tracing::error!(%error, measurement = name, "what deletes leave of a partition could not be read");
                gathered.add(&source.rows);
            }
        }
        let info = gathered.finish(self.view.horizon);
        self.view.infos.lock().insert(name.into(), info.clone());
        info
    }

    /// An upper bound of the number of series (sets of tag values) of a measurement with rows in a range, from what is known
    /// without reading rows.
    pub fn series_at_most(&self, measurement: &str, range: TimeRange) -> u64 {
        let sources = self.sources(measurement);
        let hits = |(first, last): (i64, i64)| range.overlaps(first, last);
        let series = sources.iter().filter(|s| hits(s.time_bounds())).map(|source| match &source.rows {
            Rows::Chunk(sealed) => sealed.chunk.series.len() as u64,
            Rows::Partition(file) => {
                let groups = file.meta.row_groups.iter().filter(|g| hits((g.first_time, g.last_time)));
                groups.map(|g| g.series).fold(0, u64::saturating_add)
            }
        });
        series.fold(0, u64::saturating_add)
    }

    /// The schema of a scan's batches: `time` (timestamp, ns, UTC), then the tags (`Utf8View`, null where absent), then the
    /// fields (`Float64`, `Int64`, `UInt64`, `Boolean`, `Utf8View`), in the order of the request. Columns are named
    /// by position, see [`scan_schema`].
    pub fn scan(&self, request: &ScanRequest) -> Result<Vec<ScanPart>, StorageError> {
        let filter = Arc::new(SeriesMatcher::new(&request.filter)?);
        let mut range = request.range;
        range.start = range.start.max(self.view.horizon.unwrap_or(i64::MIN));
        let mut sources = self.sources(&request.measurement);
        sources.retain(|s| request.fields.is_empty() || s.rows.has_any_field(&request.fields));
        let wanted = Arc::new(Wanted {
            measurement: request.measurement.as_str().into(),
            tags: request.tags.clone(),
            fields: request.fields.clone(),
            filter,
            tag_sets: request.tag_sets.clone(),
            near: request.near.clone(),
        });
        let schema = scan_schema(request);
        Ok(slices(sources, range, MERGE_ROWS).into_iter().map(|slice| part(slice, &wanted, &schema)).collect())
    }

    /// For each field of a scan whether every row of the sources has it, as far as is known without reading rows.
    pub fn always_set(&self, request: &ScanRequest) -> Result<Vec<bool>, StorageError> {
        let mut always = vec![true; request.fields.len()];
        for source in self.sources(&request.measurement) {
            let (first, last) = source.time_bounds();
            if !request.range.overlaps(first, last) {
                continue;
            }
            for (field, set) in request.fields.iter().zip(&mut always) {
                *set &= source.rows.always_has(field, request.range)?;
            }
        }
        Ok(always)
    }

    /// The values that a tag may have, if the sources list them.
    pub fn listed_values(&self, measurement: &str, key: &str) -> Result<Option<BTreeSet<String>>, StorageError> {
        let mut all = BTreeSet::new();
        for source in self.sources(measurement) {
            match source.rows.listed_values(key)? {
                Some(values) => all.extend(values),
                None => return Ok(None),
            }
        }
        Ok(Some(all))
    }

    /// Deletes that are still to be minded.
    #[cfg(test)]
    pub(crate) fn tombstones(&self) -> usize {
        self.view.tombstones.len()
    }

    /// Rows before this instant have expired.
    pub(crate) fn horizon(&self) -> Option<i64> {
        self.view.horizon
    }

    /// The latest time of any row, expired or not.
    pub(crate) fn newest_time(&self) -> Option<i64> {
        let files = self.view.partitions.values().flatten().map(|file| file.meta.last_time);
        let chunks = self.view.memtables.iter().flat_map(|m| m.values()).flat_map(|list| list.iter());
        files.chain(chunks.filter_map(|c| c.chunk.time_bounds().map(|b| b.1))).max()
    }

    /// All partitions.
    pub(crate) fn partitions(&self) -> impl Iterator<Item = &Arc<PartFile>> {
        self.view.partitions.values().flatten()
    }

    /// Everything that may hold live rows of a measurement.
    pub(crate) fn sources(&self, measurement: &str) -> Vec<Source> {
        let files = self.view.partitions.get(measurement).into_iter().flatten();
        let files = files.map(|file| Rows::Partition(Arc::clone(file)));
        let chunks = self.view.memtables.iter().filter_map(|m| m.get(measurement)).flat_map(|list| list.iter());
        let chunks = chunks.map(|chunk| Rows::Chunk(Arc::clone(chunk)));
        let live = |rows: &Rows| self.view.horizon.is_none_or(|horizon| rows.time_bounds().1 >= horizon);
        let sources =
            files.chain(chunks).filter(live).map(|rows| Source::new(rows, &self.view.tombstones, measurement));
        sources.filter(|source| !source.is_buried(measurement)).collect()
    }
}

/// The schema of the batches that [`Snapshot::scan`] gives: names are `time`, `tag:KEY`, `field:NAME:TYPE`.
pub fn scan_schema(request: &ScanRequest) -> SchemaRef {
    rows_schema(&request.tags, &request.fields)
}

/// The schema of rows with these tags and fields.
pub(crate) fn rows_schema(tags: &[String], fields: &[(String, FieldType)]) -> SchemaRef {
    let time = DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()));
    let mut columns = vec![Field::new("time", time, false)];
    columns.extend(tags.iter().map(|key| Field::new(format!("tag:{key}"), DataType::Utf8View, true)));
    columns
        .extend(fields.iter().map(|(name, kind)| Field::new(format!("field:{name}:{kind}"), data_type(*kind), true)));
    Arc::new(Schema::new(columns))
}

fn data_type(kind: FieldType) -> DataType {
    match kind {
        FieldType::Float => DataType::Float64,
        FieldType::Integer => DataType::Int64,
        FieldType::Unsigned => DataType::UInt64,
        FieldType::Boolean => DataType::Boolean,
        FieldType::String => DataType::Utf8View,
    }
}

fn part(slice: Slice, wanted: &Arc<Wanted>, schema: &SchemaRef) -> ScanPart {
    let (wanted, schema) = (Arc::clone(wanted), Arc::clone(schema));
    let time_bounds = (slice.range.start, slice.range.stop.saturating_sub(1));
    let max_rows = slice.sources.iter().map(|s| s.rows.count()).sum();
    // Nothing is read before the first batch is asked for.
    let batches = std::iter::once_with(move || read(slice, &wanted, &schema)).flat_map(|read| match read {
        Ok(batches) => batches,
        Err(error) => Box::new(std::iter::once(Err(error))),
    });
    ScanPart { time_bounds, max_rows, batches: Box::new(batches) }
}

fn read(slice: Slice, wanted: &Arc<Wanted>, schema: &SchemaRef) -> Result<BatchIter, StorageError> {
    if let [Source { rows: Rows::Partition(file), tombstones }] = slice.sources.as_slice() {
        // A row is whole here: where sources are merged, one that is outside may have a part of one that is not.
        let scan = PartitionScan {
            near: wanted.near.clone(),
            ..partition_scan(wanted, wanted.tags.clone(), slice.range, tombstones)
        };
        return file.reader()?.scan(&scan);
    }
    let rows = Densities::of(&slice.sources).between(slice.range.start, slice.range.stop);
    // Of a few series little is read, and all of that at once.
    if slice.sources.len() > 1 && wanted.filter.is_all() && rows >= APART_ROWS {
        let rows = usize::try_from(rows).unwrap_or(usize::MAX);
        return Ok(Box::new(Overlap::new(slice, Arc::clone(wanted), Arc::clone(schema), rows)?));
    }
    Ok(batches_of(read_merged(&slice, wanted, schema, Order::Any)?))
}

/// Rows cut into batches.
pub(crate) fn batches_of(rows: RecordBatch) -> BatchIter {
    let cuts = (0..rows.num_rows()).step_by(BATCH_ROWS);
    Box::new(cuts.map(move |at| Ok(rows.slice(at, BATCH_ROWS.min(rows.num_rows() - at)))))
}

/// Reads a slice of any sources, deduplicated.
pub(crate) fn read_merged(
    slice: &Slice,
    wanted: &Wanted,
    schema: &SchemaRef,
    order: Order,
) -> Result<RecordBatch, StorageError> {
    let mut all = SeriesTable::default();
    let pieces: Vec<_> = slice
        .sources
        .iter()
        .map(|source| load(source, wanted, slice.range, &mut all, &|_| true))
        .collect::<Result<_, _>>()?;
    let unique = match slice.sources.as_slice() {
        [Source { rows: Rows::Chunk(sealed), .. }] => sealed.is_unique(),
        [_] => true,
        _ => false,
    };
    merge(&pieces, &all, wanted, schema, order, unique)
}
