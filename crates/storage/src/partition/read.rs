//! An open partition.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use bytes::Bytes;
use model::{FieldType, TimeRange};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::errors::ParquetError;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};
use parquet::file::statistics::Statistics;

use super::cells::{CELLS_KEY, Cells};
use super::chunks::{Chunks, Source};
use super::index::{BLOCK_BYTES, Index, TagIndex};
use super::names::{Column, Role};
use super::schema::{read_schema, view_schema};
use super::tail::{Check, INDEX_KEY, MEASUREMENT_KEY, NoCheck, meta};
use super::{BatchIter, FORMAT_VERSION, IndexSummary, PartitionMeta, PartitionScan, scan};
use crate::file::{Files, ReadFile};
use crate::store::StorageError;

/// An open partition: footer and index parsed and checked. Cheap to clone; a deleted file stays readable.
#[derive(Debug, Clone)]
pub struct PartitionReader {
    pub(super) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) source: Source,
    pub(super) meta: PartitionMeta,
    pub(super) index: Index,
    pub(super) columns: Vec<Column>,
    pub(super) nanos: bool,
    /// For reading tags as dictionaries.
    pub(super) coded: ArrowReaderMetadata,
    /// For reading text as views.
    pub(super) viewed: ArrowReaderMetadata,
    /// Where the points are, if the file says so.
    pub(super) cells: Option<Cells>,
    pub(super) counts: Counts,
}

/// What reading has cost so far, over all scans of one reader.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReadCounters {
    /// Row groups of which something was read.
    pub row_groups_read: u64,
    /// Row groups that the index ruled out.
    pub row_groups_skipped: u64,
    /// Rows decoded to decide on predicates, and rows decoded to be delivered.
    pub rows_read: u64,
    /// Rows delivered.
    pub rows_out: u64,
    /// Bytes read from the file after opening.
    pub bytes_read: u64,
}

impl ReadCounters {
    /// The sum.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        self.with(other, u64::saturating_add)
    }

    /// What came since.
    #[must_use]
    pub fn minus(self, before: Self) -> Self {
        self.with(before, u64::saturating_sub)
    }

    fn with(self, other: Self, both: fn(u64, u64) -> u64) -> Self {
        Self {
            row_groups_read: both(self.row_groups_read, other.row_groups_read),
            row_groups_skipped: both(self.row_groups_skipped, other.row_groups_skipped),
            rows_read: both(self.rows_read, other.rows_read),
            rows_out: both(self.rows_out, other.rows_out),
            bytes_read: both(self.bytes_read, other.bytes_read),
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) row_groups_read: AtomicU64,
    pub(super) row_groups_skipped: AtomicU64,
    pub(super) rows_read: AtomicU64,
    pub(super) rows_out: AtomicU64,
    pub(super) bytes_read: AtomicU64,
}

impl PartitionReader {
    /// Opens a partition and checks index and footer; columns are checked when they are read.
    pub(crate) fn open(files: &Arc<Files>, path: &Path) -> Result<Self, StorageError> {
        Self::new(Arc::new(files.open(path)?))
    }

    /// The same of a file that is open.
    pub(crate) fn new(file: Arc<ReadFile>) -> Result<Self, StorageError> {
        let source = Source::new(file);
        let (tail_at, tail) = checked_tail(&source)?;
        let broken = |what: String| source.damaged(tail_at, what);
        let metadata =
            parse_metadata(&source, tail_at, &tail).map_err(|e| broken(format!("the footer does not parse: {e}")))?;
        let measurement =
            value(&metadata, MEASUREMENT_KEY).ok_or_else(|| broken("the footer names no measurement".to_owned()))?;
        let index = parse_index(&metadata, tail_at, &tail).map_err(broken)?;
        let plain = ArrowReaderMetadata::try_new(Arc::clone(&metadata), ArrowReaderOptions::new());
        let coded = plain.map_err(|e| broken(format!("the schema does not parse: {e}")))?;
        let views = ArrowReaderOptions::new().with_schema(view_schema(coded.schema()));
        let viewed = ArrowReaderMetadata::try_new(Arc::clone(&metadata), views);
        let viewed = viewed.map_err(|e| broken(format!("the schema has unexpected types: {e}")))?;
        let (columns, nanos) = read_schema(coded.schema()).map_err(broken)?;
        check_index(&index, &columns, &metadata).map_err(broken)?;
        let cells = value(&metadata, CELLS_KEY).and_then(|text| Cells::read(&text, index.row_groups.len()));
        let meta = meta(&measurement, &columns, &index, source.len());
        let inner = Inner { source, meta, index, columns, nanos, coded, viewed, cells, counts: Counts::default() };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// What it holds.
    pub fn meta(&self) -> &PartitionMeta {
        &self.inner.meta
    }

    /// The distinct values of a tag in ascending order (an absent tag is not among them). From the index where it lists
    /// the column, else from the file's dictionaries. A tag that the file lacks has none.
    pub fn tag_values(&self, key: &str) -> Result<Vec<String>, StorageError> {
        let Some(tag) = self.inner.meta.tag_keys.iter().position(|tag| tag == key) else { return Ok(Vec::new()) };
        match self.inner.index.tags.get(tag) {
            Some(TagIndex::Values { values, .. }) => Ok(values.clone()),
            _ => scan::distinct_values(self, tag),
        }
    }

    /// The values of a tag from the index, if it lists them.
    pub(crate) fn listed_values(&self, key: &str) -> Option<Vec<String>> {
        let Some(tag) = self.inner.meta.tag_keys.iter().position(|tag| tag == key) else { return Some(Vec::new()) };
        match self.inner.index.tags.get(tag) {
            Some(TagIndex::Values { values, .. }) => Some(values.clone()),
            _ => None,
        }
    }

    /// Whether every row of a range has a field, by the statistics.
    pub(crate) fn always_has(&self, field: &(String, FieldType), range: TimeRange) -> bool {
        let groups = self.inner.meta.row_groups.iter().enumerate();
        let mut within = groups.filter(|(_, meta)| range.overlaps(meta.first_time, meta.last_time));
        within.all(|(row_group, _)| self.nulls(row_group, field).is_some_and(|(nulls, _)| nulls == 0))
    }

    /// How many rows of a row group lack a field, by the statistics, and how many rows there are.
    pub(crate) fn nulls(&self, row_group: usize, (name, kind): &(String, FieldType)) -> Option<(u64, u64)> {
        let file = &self.inner;
        let wanted = |c: &Column| c.role == Role::Field(*kind) && c.true_name == *name;
        let at = file.columns.iter().position(wanted)?;
        let group = file.coded.metadata().row_groups().get(row_group)?;
        let nulls = group.columns().get(at)?.statistics().and_then(Statistics::null_count_opt)?;
        Some((nulls, u64::try_from(group.num_rows()).ok()?))
    }

    /// Reads rows. Columns: time, then tags, then fields, in the order of the request, named as
    /// [`crate::snapshot::scan_schema`] says. Row groups come in the order of the file, rows in the order they were written.
    pub fn scan(&self, request: &PartitionScan) -> Result<BatchIter, StorageError> {
        scan::start(self, request)
    }

    /// Reads every byte and compares every checksum; gives the size of the file.
    pub fn verify(&self) -> Result<u64, StorageError> {
        for row_group in 0..self.inner.meta.row_groups.len() {
            for column in 0..self.inner.columns.len() {
                self.inner.chunks(row_group, &[column])?;
            }
        }
        Ok(self.inner.source.len())
    }

    /// Bytes that footer and index take in memory, roughly.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.inner.coded.metadata().memory_size() + self.inner.index.memory_bytes()
    }

    /// What the index knows, in numbers.
    pub fn index_summary(&self) -> IndexSummary {
        let (mut listed, mut unlisted) = (Vec::new(), Vec::new());
        for (key, tag) in self.inner.meta.tag_keys.iter().zip(&self.inner.index.tags) {
            match tag {
                TagIndex::Values { values, .. } => listed.push((key.clone(), values.len())),
                TagIndex::Presence { .. } => unlisted.push(key.clone()),
            }
        }
        let place = value(self.inner.coded.metadata(), INDEX_KEY);
        let bytes = place.and_then(|place| place.split_once(' ')?.1.parse().ok()).unwrap_or(0);
        IndexSummary { bytes, tag_sets: self.inner.index.tag_sets.len(), listed, unlisted }
    }

    /// What reading has cost so far.
    pub fn counters(&self) -> ReadCounters {
        let counts = &self.inner.counts;
        ReadCounters {
            row_groups_read: counts.row_groups_read.load(Relaxed),
            row_groups_skipped: counts.row_groups_skipped.load(Relaxed),
            rows_read: counts.rows_read.load(Relaxed),
            rows_out: counts.rows_out.load(Relaxed),
            bytes_read: counts.bytes_read.load(Relaxed),
        }
    }
}

impl Inner {
    /// Reads column chunks of a row group and compares their checksums.
    pub(super) fn chunks(&self, row_group: usize, columns: &[usize]) -> Result<Chunks, StorageError> {
        let missing = || self.source.damaged(0, format!("row group {row_group} is not in the footer"));
        let group = self.coded.metadata().row_groups().get(row_group).ok_or_else(missing)?;
        let mut parts = Vec::with_capacity(columns.len());
        for at in columns {
            let chunk = group.columns().get(*at).ok_or_else(missing)?;
            let (offset, len) = chunk.byte_range();
            let bytes = self.source.read(offset, usize::try_from(len).map_err(|_| missing())?)?;
            let sums = self.index.checksums.get(row_group).and_then(|group| group.get(*at)).ok_or_else(missing)?;
            if let Some(block) =
                bytes.chunks(BLOCK_BYTES).zip(sums).position(|(block, sum)| crc32c::crc32c(block) != *sum)
            {
                let name = self.columns.get(*at).map_or("", |column| &column.name);
                let what = format!("row group {row_group}, column {name:?}: the bytes do not have their checksum");
                return Err(self.source.damaged(offset + (block * BLOCK_BYTES) as u64, what));
            }
            self.counts.bytes_read.fetch_add(len, Relaxed);
            parts.push((offset, bytes));
        }
        parts.sort_unstable_by_key(|(offset, _)| *offset);
        Ok(Chunks { file_len: self.source.len(), parts })
    }

    /// Says where decoding failed although the bytes are what was written.
    pub(super) fn undecodable(&self, row_group: usize, cause: impl std::fmt::Display) -> StorageError {
        let group = self.coded.metadata().row_groups().get(row_group);
        let offset = group.and_then(|group| group.columns().first()).map_or(0, |chunk| chunk.byte_range().0);
        self.source.damaged(offset, format!("row group {row_group} does not decode: {cause}"))
    }
}

/// The tail of the file with its offset, after its checksum was compared.
fn checked_tail(source: &Source) -> Result<(u64, Bytes), StorageError> {
    const END: u64 = 8;
    let alien = |offset, what: &str| source.damaged(offset, format!("{what}: it is no Parquet file, or was cut short"));
    let end_at = source.len().checked_sub(END).filter(|at| *at >= 4).ok_or_else(|| alien(0, "it is too short"))?;
    let end = source.read(end_at, END as usize)?;
    let (size, magic) = end.split_at_checked(4).ok_or_else(|| alien(end_at, "it has no end"))?;
    if magic != b"PAR1" {
        return Err(alien(end_at, "it does not end in PAR1"));
    }
    if source.read(0, 4)? != b"PAR1"[..] {
        return Err(alien(0, "it does not begin with PAR1"));
    }
    let size = u32::from_le_bytes(size.try_into().unwrap_or_default());
    let footer_at = end_at
        .checked_sub(u64::from(size))
        .ok_or_else(|| source.damaged(end_at, "its footer would be larger than the file"))?;
    let footer = source.read(footer_at, size as usize)?;
    let check = Check::find(&footer).map_err(|no| match no {
        NoCheck::Missing => {
            source.damaged(footer_at, "its footer has no checksum of Tidegauge: it is no partition, or damaged")
        }
        NoCheck::Version(found) => {
            StorageError::Version { path: source.path().to_owned(), found, known: FORMAT_VERSION }
        }
    })?;
    let wrong = || source.damaged(footer_at, "index and footer do not have their checksum");
    let size = footer_at.checked_sub(check.tail).filter(|_| check.tail >= 4).ok_or_else(wrong)?;
    let tail = source.read(check.tail, usize::try_from(source.len() - check.tail).map_err(|_| wrong())?)?;
    let footer_in_tail = usize::try_from(size).map_err(|_| wrong())?;
    if check.holds(&tail, footer_in_tail) { Ok((check.tail, tail)) } else { Err(wrong()) }
}

fn parse_metadata(source: &Source, tail_at: u64, tail: &Bytes) -> Result<Arc<ParquetMetaData>, ParquetError> {
    let chunks = Chunks { file_len: source.len(), parts: vec![(tail_at, tail.clone())] };
    let reader = ParquetMetaDataReader::new().with_page_index_policy(PageIndexPolicy::Optional);
    Ok(Arc::new(reader.parse_and_finish(&chunks)?))
}

fn value(metadata: &ParquetMetaData, key: &str) -> Option<String> {
    let pairs = metadata.file_metadata().key_value_metadata()?;
    pairs.iter().find(|pair| pair.key == key)?.value.clone()
}

fn parse_index(metadata: &ParquetMetaData, tail_at: u64, tail: &[u8]) -> Result<Index, String> {
    let place = value(metadata, INDEX_KEY).ok_or("the footer has no index")?;
    let slice = (|| {
        let (offset, len) = place.split_once(' ')?;
        let from = usize::try_from(offset.parse::<u64>().ok()?.checked_sub(tail_at)?).ok()?;
        tail.get(from..from.checked_add(len.parse().ok()?)?)
    })();
    Index::decode(slice.ok_or("the index lies outside the tail")?)
}

/// Whether index and footer speak of the same file.
fn check_index(index: &Index, columns: &[Column], metadata: &ParquetMetaData) -> Result<(), String> {
    let groups = metadata.row_groups();
    let tags = columns.iter().filter(|column| column.role == Role::Tag).count();
    let right = index.row_groups.len() == groups.len()
        && index.tags.len() == tags
        && columns.iter().skip(1).take(tags).all(|column| column.role == Role::Tag)
        && index.row_groups.iter().zip(groups).all(|(ours, theirs)| i64::try_from(ours.rows) == Ok(theirs.num_rows()))
        && index.checksums.iter().zip(groups).all(|(sums, group)| {
            sums.len() == group.num_columns()
                && sums
                    .iter()
                    .zip(group.columns())
                    .all(|(sums, chunk)| sums.len() as u64 == chunk.byte_range().1.div_ceil(BLOCK_BYTES as u64))
        });
    if right { Ok(()) } else { Err("index and footer disagree".to_owned()) }
}
