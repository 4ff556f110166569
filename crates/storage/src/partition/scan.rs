//! Reads the rows of a partition that a predicate accepts.
//!
//! Row group by row group: the index rules it out, or lets all of it pass, or leaves it open. For an open one the columns
//! that decide (time, some tags as dictionary codes) are decoded first, and the others only where rows are left.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use arrow_array::cast::AsArray;
use arrow_array::types::{TimestampMicrosecondType, TimestampNanosecondType};
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch, TimestampNanosecondArray, new_null_array};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use arrow_schema::{DataType, SchemaRef};
use arrow_select::concat::concat;
use arrow_select::filter::filter_record_batch;
use model::{FieldType, SeriesFilter, TimeRange};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection,
};

use super::PartitionReader;
use super::filter::{CodeColumns, Filter, Verdict};
use super::index::Bits;
use super::names::Role;
use super::near::Nearness;
use super::read::Inner;
use super::schema::{scan_schema, scan_type};
use crate::snapshot::Near;
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
    /// Only series that have exactly the tag keys of one of these sets (in any order).
    pub tag_sets: Option<Vec<Vec<String>>>,
    /// Rows that are left out although all of the above accepts them: tombstones.
    pub without: Vec<(TimeRange, SeriesFilter)>,
    /// Ranges of float fields: rows that have all of these fields, one of them outside, may be left out.
    pub near: Vec<Near>,
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
            tag_sets: None,
            without: Vec::new(),
            near: Vec::new(),
            row_groups: None,
            batch_rows: 8_192,
        }
    }
}

/// Starts a scan.
pub(super) fn start(reader: &PartitionReader, request: &PartitionScan) -> Result<BatchIter, StorageError> {
    let file = &reader.inner;
    let plan = Plan::new(Arc::clone(file), request)?;
    let all = 0..file.meta.row_groups.len();
    let row_groups: VecDeque<usize> = match &request.row_groups {
        _ if plan.nothing => VecDeque::new(),
        Some(wanted) => wanted.iter().copied().filter(|at| all.contains(at)).collect(),
        None => all.collect(),
    };
    Ok(Box::new(Scan { plan, row_groups, current: None, failed: false }))
}

/// The distinct values of a tag that the index does not list.
pub(super) fn distinct_values(reader: &PartitionReader, tag: usize) -> Result<Vec<String>, StorageError> {
    let file = &reader.inner;
    let mut values = BTreeSet::new();
    for (row_group, meta) in file.meta.row_groups.iter().enumerate() {
        let rows = usize::try_from(meta.rows).unwrap_or(usize::MAX);
        for column in read_whole(file, &file.coded, row_group, &[tag + 1], rows)? {
            let column =
                column.as_any_dictionary_opt().ok_or_else(|| file.undecodable(row_group, "a tag has no codes"))?;
            let texts = column
                .values()
                .as_string_opt::<i32>()
                .ok_or_else(|| file.undecodable(row_group, "a tag is no text"))?;
            let missing = texts.iter().flatten().filter(|text| !values.contains(*text)).map(str::to_owned);
            let missing: Vec<String> = missing.collect();
            values.extend(missing);
        }
    }
    Ok(values.into_iter().collect())
}

/// Where a column of the output comes from.
#[derive(Debug)]
enum From {
    /// A column of what is decoded, by place.
    File(usize),
    /// The file lacks it.
    Nowhere(DataType),
}

/// A scan made ready for one file.
#[derive(Debug)]
struct Plan {
    file: Arc<Inner>,
    schema: SchemaRef,
    /// Columns to decode, by place in the file, ascending; the first is time.
    decoded: Vec<usize>,
    /// The output without time.
    output: Vec<From>,
    /// Places in `output` of the fields.
    fields_from: usize,
    range: TimeRange,
    filter: Filter,
    /// The wanted sets of tag keys, by place in the index.
    tag_sets: Option<Vec<usize>>,
    without: Vec<(TimeRange, Filter)>,
    near: Nearness,
    batch_rows: usize,
    /// No row can be accepted.
    nothing: bool,
}

impl Plan {
    fn new(file: Arc<Inner>, request: &PartitionScan) -> Result<Self, StorageError> {
        let tag = |key: &String| file.columns.iter().position(|c| c.role == Role::Tag && c.true_name == *key);
        let field = |(name, kind): &(String, FieldType)| {
            file.columns.iter().position(|c| c.role == Role::Field(*kind) && c.true_name == *name)
        };
        let tags: Vec<Option<usize>> = request.tags.iter().map(tag).collect();
        let fields: Vec<Option<usize>> = request.fields.iter().map(field).collect();
        let decoded: BTreeSet<usize> =
            std::iter::once(0).chain(tags.iter().chain(&fields).copied().flatten()).collect();
        let decoded: Vec<usize> = decoded.into_iter().collect();
        let from = |at: &Option<usize>, kind: DataType| match at.and_then(|at| decoded.binary_search(&at).ok()) {
            Some(place) => From::File(place),
            None => From::Nowhere(kind),
        };
        let output = tags.iter().map(|at| from(at, DataType::Utf8View));
        let kinds = request.fields.iter().map(|(_, kind)| scan_type(*kind));
        let output = output.chain(fields.iter().zip(kinds).map(|(at, kind)| from(at, kind))).collect();
        let wanted_sets = request.tag_sets.as_ref().map(|sets| {
            let found: BTreeSet<usize> = sets.iter().filter_map(|keys| find_set(&file, keys)).collect();
            found.into_iter().collect::<Vec<usize>>()
        });
        let without = request.without.iter().map(|(range, filter)| Ok((*range, Filter::new(filter, &file)?)));
        Ok(Self {
            schema: scan_schema(&request.tags, &request.fields),
            output,
            fields_from: request.tags.len(),
            range: request.range,
            filter: Filter::new(&request.filter, &file)?,
            without: without.collect::<Result<_, StorageError>>()?,
            near: Nearness::new(&request.near, &file),
            batch_rows: request.batch_rows.max(1),
            nothing: wanted_sets.as_ref().is_some_and(Vec::is_empty)
                || !fields.is_empty() && fields.iter().all(Option::is_none),
            tag_sets: wanted_sets,
            decoded,
            file,
        })
    }

    /// What can be said of a row group without reading it.
    fn verdict(&self, row_group: usize) -> Verdict {
        let Some(meta) = self.file.meta.row_groups.get(row_group) else { return Verdict::NONE };
        let time = time_verdict(self.range, meta.first_time, meta.last_time);
        let set = match (&self.tag_sets, self.file.index.row_group_sets.get(row_group)) {
            (Some(sets), Some(here)) => {
                let wanted = sets.iter().filter(|set| here.get(**set)).count();
                Verdict { may: wanted > 0, must: wanted == here.count() }
            }
            _ => Verdict::ALL,
        };
        let kept = self.without.iter().fold(Verdict::ALL, |kept, (range, filter)| {
            let hit = time_verdict(*range, meta.first_time, meta.last_time).and(filter.verdict(&self.file, row_group));
            kept.and(Verdict { may: !hit.must, must: !hit.may })
        });
        if !time.may || !set.may || !self.near.may_meet(&self.file, row_group) {
            Verdict::NONE
        } else {
            time.and(set).and(kept).and(self.filter.verdict(&self.file, row_group))
        }
    }

    /// Which rows of an open row group are accepted.
    fn mask(&self, row_group: usize) -> Result<BooleanBuffer, StorageError> {
        let file = &self.file;
        let Some(meta) = file.meta.row_groups.get(row_group) else { return Ok(BooleanBuffer::new_unset(0)) };
        let rows = usize::try_from(meta.rows).unwrap_or(usize::MAX);
        let mut tags = Vec::new();
        self.filter.tags(file, row_group, &mut tags);
        let sets = self.undecided_sets(row_group, &mut tags);
        let mut times_needed = !self.range.covers(meta.first_time, meta.last_time);
        for (range, filter) in &self.without {
            let time = time_verdict(*range, meta.first_time, meta.last_time);
            if time.may && filter.verdict(file, row_group).may {
                times_needed |= !time.must;
                filter.tags(file, row_group, &mut tags);
            }
        }
        tags.sort_unstable();
        let wanted: Vec<usize> = times_needed.then_some(0).into_iter().chain(tags.iter().map(|tag| tag + 1)).collect();
        let mut columns = read_whole(file, &file.coded, row_group, &wanted, rows)?.into_iter();
        let times = if times_needed {
            columns.next().map(|times| self.nanoseconds(row_group, &times)).transpose()?
        } else {
            None
        };
        let mut codes = CodeColumns::default();
        for (tag, column) in tags.iter().zip(columns) {
            let column = column.as_dictionary_opt().ok_or_else(|| file.undecodable(row_group, "a tag has no codes"))?;
            codes.columns.push((*tag, column.clone()));
        }
        let mut mask = self.filter.mask(file, row_group, rows, &codes);
        let in_range = |range: TimeRange| match &times {
            Some(times) if !range.covers(meta.first_time, meta.last_time) => {
                let times = times.values();
                BooleanBuffer::collect_bool(rows, |row| times.get(row).is_some_and(|time| range.contains(*time)))
            }
            _ => BooleanBuffer::new_set(rows),
        };
        mask = &mask & &in_range(self.range);
        if let Some(wanted) = sets {
            let any =
                wanted.iter().fold(BooleanBuffer::new_unset(rows), |any, set| &any | &set_mask(set, rows, &codes));
            mask = &mask & &any;
        }
        for (range, filter) in &self.without {
            if range.overlaps(meta.first_time, meta.last_time) && filter.verdict(file, row_group).may {
                mask = &mask & &!&(&in_range(*range) & &filter.mask(file, row_group, rows, &codes));
            }
        }
        Ok(mask)
    }

    /// If the row group has other sets of tags than the wanted ones: for each of these which tags decide, with whether the
    /// set has them.
    fn undecided_sets(&self, row_group: usize, tags: &mut Vec<usize>) -> Option<Vec<Vec<(usize, bool)>>> {
        let here = self.file.index.row_group_sets.get(row_group)?;
        let wanted: Vec<usize> = self.tag_sets.as_ref()?.iter().copied().filter(|set| here.get(*set)).collect();
        if wanted.len() == here.count() {
            return None;
        }
        let sets: Vec<&Bits> = here.ones().filter_map(|set| self.file.index.tag_sets.get(set)).collect();
        let decisive = |wanted: &Bits| -> Vec<(usize, bool)> {
            let differs = |tag: &usize| sets.iter().any(|set| set.get(*tag) != wanted.get(*tag));
            (0..self.file.index.tags.len()).filter(differs).map(|tag| (tag, wanted.get(tag))).collect()
        };
        let wanted = wanted.iter().filter_map(|set| self.file.index.tag_sets.get(*set));
        let all: Vec<Vec<(usize, bool)>> = wanted.map(decisive).collect();
        for (tag, _) in all.iter().flatten() {
            if !tags.contains(tag) {
                tags.push(*tag);
            }
        }
        Some(all)
    }

    /// Opens a row group, unless no row of it is accepted.
    fn open(&self, row_group: usize) -> Result<Option<ParquetRecordBatchReader>, StorageError> {
        let file = &self.file;
        let verdict = self.verdict(row_group);
        if !verdict.may {
            file.counts.row_groups_skipped.fetch_add(1, Relaxed);
            return Ok(None);
        }
        file.counts.row_groups_read.fetch_add(1, Relaxed);
        let selection = if verdict.must { None } else { Some(self.mask(row_group)?) };
        let selection = match selection {
            Some(mask) => match mask.count_set_bits() {
                0 => return Ok(None),
                all if all == mask.len() => None,
                _ => Some(RowSelection::from_boolean_buffer(mask)),
            },
            None => None,
        };
        let selection = match self.near.pages(file, row_group) {
            Some(pages) => Some(match selection {
                Some(rows) => rows.intersection(&pages),
                None => pages,
            }),
            None => selection,
        };
        if selection.as_ref().is_some_and(|rows| !rows.selects_any()) {
            return Ok(None);
        }
        let chunks = file.chunks(row_group, &self.decoded)?;
        let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(chunks, file.viewed.clone())
            .with_row_groups(vec![row_group])
            .with_projection(ProjectionMask::roots(file.viewed.parquet_schema(), self.decoded.iter().copied()))
            .with_batch_size(self.batch_rows);
        if let Some(selection) = selection {
            builder = builder.with_row_selection(selection);
        }
        builder.build().map(Some).map_err(|e| file.undecodable(row_group, e))
    }

    /// A batch as it is delivered.
    fn deliver(&self, row_group: usize, decoded: &RecordBatch) -> Result<RecordBatch, StorageError> {
        let rows = decoded.num_rows();
        let failed = |cause: &dyn std::fmt::Display| self.file.undecodable(row_group, cause);
        let time = decoded.columns().first().ok_or_else(|| failed(&"time is missing"))?;
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.output.len() + 1);
        columns.push(Arc::new(self.nanoseconds(row_group, time)?));
        for from in &self.output {
            columns.push(match from {
                From::File(at) => Arc::clone(decoded.columns().get(*at).ok_or_else(|| failed(&"a column is missing"))?),
                From::Nowhere(kind) => new_null_array(kind, rows),
            });
        }
        let keep = any_valid(columns.get(self.fields_from + 1..).unwrap_or_default());
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns).map_err(|e| failed(&e))?;
        let batch = match keep {
            None => batch,
            Some(keep) => {
                filter_record_batch(&batch, &BooleanArray::new(keep.into_inner(), None)).map_err(|e| failed(&e))?
            }
        };
        self.file.counts.rows_read.fetch_add(rows as u64, Relaxed);
        self.file.counts.rows_out.fetch_add(batch.num_rows() as u64, Relaxed);
        Ok(batch)
    }

    fn nanoseconds(&self, row_group: usize, times: &ArrayRef) -> Result<TimestampNanosecondArray, StorageError> {
        let wrong = || self.file.undecodable(row_group, "time is out of range");
        let nanos = if self.file.nanos {
            times.as_primitive_opt::<TimestampNanosecondType>().ok_or_else(wrong)?.clone()
        } else {
            let micros = times.as_primitive_opt::<TimestampMicrosecondType>().ok_or_else(wrong)?;
            micros.try_unary(|time| time.checked_mul(1_000).ok_or(())).map_err(|()| wrong())?
        };
        Ok(nanos.with_timezone("UTC"))
    }
}

/// Where at least one of the columns has a value; nothing if that is everywhere, or if there are no columns.
fn any_valid(columns: &[ArrayRef]) -> Option<NullBuffer> {
    let mut any: Option<BooleanBuffer> = None;
    for column in columns {
        let nulls = column.logical_nulls().filter(|nulls| nulls.null_count() > 0)?;
        any = Some(match any {
            Some(any) => &any | nulls.inner(),
            None => nulls.into_inner(),
        });
    }
    any.map(NullBuffer::new).filter(|any| any.null_count() > 0)
}

fn time_verdict(range: TimeRange, first: i64, last: i64) -> Verdict {
    Verdict { may: range.overlaps(first, last), must: range.covers(first, last) }
}

/// The place of a set of tag keys among those of the file.
fn find_set(file: &Inner, keys: &[String]) -> Option<usize> {
    let mut wanted = Bits::default();
    for key in keys {
        wanted.set(file.meta.tag_keys.iter().position(|tag| tag == key)?);
    }
    file.index.tag_sets.iter().position(|set| *set == wanted)
}

fn set_mask(wanted: &[(usize, bool)], rows: usize, codes: &CodeColumns) -> BooleanBuffer {
    let mut mask = BooleanBuffer::new_set(rows);
    for (tag, has) in wanted {
        let present = match codes.get(*tag).and_then(|column| column.nulls()) {
            Some(nulls) => nulls.inner().clone(),
            None => BooleanBuffer::new_set(rows),
        };
        mask = if *has { &mask & &present } else { &mask & &!&present };
    }
    mask
}

/// Whole columns of a row group, in ascending order of their places in the file.
fn read_whole(
    file: &Inner,
    metadata: &ArrowReaderMetadata,
    row_group: usize,
    columns: &[usize],
    rows: usize,
) -> Result<Vec<ArrayRef>, StorageError> {
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    let chunks = file.chunks(row_group, columns)?;
    let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(chunks, metadata.clone())
        .with_row_groups(vec![row_group])
        .with_projection(ProjectionMask::roots(metadata.parquet_schema(), columns.iter().copied()))
        .with_batch_size(rows)
        .build()
        .map_err(|e| file.undecodable(row_group, e))?;
    let batches = reader.collect::<Result<Vec<_>, _>>().map_err(|e| file.undecodable(row_group, e))?;
    file.counts.rows_read.fetch_add(rows as u64, Relaxed);
    let mut whole = Vec::with_capacity(columns.len());
    for at in 0..columns.len() {
        let parts: Vec<&dyn Array> =
            batches.iter().filter_map(|batch| batch.columns().get(at).map(AsRef::as_ref)).collect();
        let column = match (parts.as_slice(), batches.first().and_then(|batch| batch.columns().get(at))) {
            ([_], Some(only)) => Arc::clone(only),
            (parts, _) => concat(parts).map_err(|e| file.undecodable(row_group, e))?,
        };
        if column.len() != rows {
            return Err(file.undecodable(row_group, "a column has not as many rows as the row group"));
        }
        whole.push(column);
    }
    Ok(whole)
}

/// A scan under way.
struct Scan {
    plan: Plan,
    row_groups: VecDeque<usize>,
    current: Option<(usize, ParquetRecordBatchReader)>,
    failed: bool,
}

impl Scan {
    fn advance(&mut self) -> Result<Option<RecordBatch>, StorageError> {
        loop {
            if let Some((row_group, reader)) = &mut self.current {
                if let Some(decoded) = reader.next() {
                    let decoded = decoded.map_err(|e| self.plan.file.undecodable(*row_group, e))?;
                    let batch = self.plan.deliver(*row_group, &decoded)?;
                    if batch.num_rows() > 0 {
                        return Ok(Some(batch));
                    }
                    continue;
                }
                self.current = None;
            }
            let Some(row_group) = self.row_groups.pop_front() else { return Ok(None) };
            self.current = self.plan.open(row_group)?.map(|reader| (row_group, reader));
        }
    }
}

impl Iterator for Scan {
    type Item = Result<RecordBatch, StorageError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = self.advance().transpose();
        self.failed = matches!(next, Some(Err(_)) | None);
        next
    }
}
