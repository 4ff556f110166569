//! Where rows of a measurement come from: chunks of a memtable and partitions; and reading them for a merge.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampNanosecondType;
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch, StringViewArray};
use arrow_buffer::BooleanBuffer;
use arrow_select::filter::filter_record_batch;
use model::{FieldType, SeriesFilter, TimeRange};

use crate::chunk::{Chunk, ChunkColumns, NamedSeries, SeriesTable, tag_values};
use crate::filter::SeriesMatcher;
use crate::memtable::SealedChunk;
use crate::part_file::PartFile;
use crate::partition::{PartitionScan, RowGroupMeta};
use crate::snapshot::Near;
use crate::store::StorageError;
use crate::tombstone::Tombstone;

/// Times of a chunk that are looked at to estimate where its rows are.
const DENSITY_SAMPLES: usize = 256;

/// A set of rows of one measurement with the tombstones that it has to mind.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) rows: Rows,
    pub(crate) tombstones: Vec<Tombstone>,
}

#[derive(Debug, Clone)]
pub(crate) enum Rows {
    Chunk(Arc<SealedChunk>),
    Partition(Arc<PartFile>),
}

/// What is wanted of sources.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) measurement: Arc<str>,
    /// Tags to deliver.
    pub(crate) tags: Vec<String>,
    pub(crate) fields: Vec<(String, FieldType)>,
    pub(crate) filter: Arc<SeriesMatcher>,
    pub(crate) tag_sets: Option<Vec<Vec<String>>>,
    pub(crate) near: Vec<Near>,
}

/// Rows of one source, on their way into a merge.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) times: Vec<i64>,
    /// The number of each row's series in the merge's own table.
    pub(crate) series: Vec<u32>,
    pub(crate) fields: Vec<ArrayRef>,
}

impl Source {
    pub(crate) fn new(rows: Rows, tombstones: &[Tombstone], measurement: &str) -> Self {
        let (first, last) = rows.time_bounds();
        let applied = rows.applied();
        let concern = |t: &&Tombstone| t.concerns(measurement, applied, first, last);
        Self { tombstones: tombstones.iter().filter(concern).cloned().collect(), rows }
    }

    pub(crate) fn time_bounds(&self) -> (i64, i64) {
        self.rows.time_bounds()
    }

    /// Whether deletes leave nothing of it.
    pub(crate) fn is_buried(&self, measurement: &str) -> bool {
        let (first, last) = self.time_bounds();
        self.tombstones.iter().any(|t| t.buries(measurement, first, last))
    }
}

impl Rows {
    pub(crate) fn time_bounds(&self) -> (i64, i64) {
        match self {
            // Sealed chunks have rows.
            Self::Chunk(sealed) => sealed.chunk.time_bounds().unwrap_or((0, 0)),
            Self::Partition(file) => (file.meta.first_time, file.meta.last_time),
        }
    }

    /// Tombstones up to this sequence are applied.
    fn applied(&self) -> u64 {
        match self {
            Self::Chunk(sealed) => sealed.sequence,
            Self::Partition(file) => file.applied,
        }
    }

    /// Rows with a higher sequence are newer.
    pub(crate) fn sequence(&self) -> u64 {
        match self {
            Self::Chunk(sealed) => sealed.sequence,
            Self::Partition(file) => file.sequence,
        }
    }

    pub(crate) fn count(&self) -> usize {
        match self {
            Self::Chunk(sealed) => sealed.chunk.len(),
            Self::Partition(file) => usize::try_from(file.meta.rows).unwrap_or(usize::MAX),
        }
    }

    /// Whether every row has the field; false where that is not known.
    pub(crate) fn always_has(&self, field: &(String, FieldType), range: TimeRange) -> Result<bool, StorageError> {
        match self {
            Self::Chunk(sealed) => {
                let column = sealed.chunk.find_column(&field.0, field.1).and_then(|i| sealed.chunk.columns.get(i));
                Ok(column.is_some_and(|column| column.values.len() == sealed.chunk.len()))
            }
            Self::Partition(file) => Ok(file.reader()?.always_has(field, range)),
        }
    }

    /// The values of a tag, if they are listed.
    pub(crate) fn listed_values(&self, key: &str) -> Result<Option<Vec<String>>, StorageError> {
        match self {
            Self::Chunk(sealed) => {
                let values = tag_values(&sealed.chunk.series, key);
                let distinct: BTreeSet<&str> = values.iter().flatten().collect();
                Ok(Some(distinct.into_iter().map(str::to_owned).collect()))
            }
            Self::Partition(file) => Ok(file.reader()?.listed_values(key)),
        }
    }

    /// Bytes that its rows within a range take in memory, roughly; a partition's are packed about four to one.
    pub(crate) fn bytes_between(&self, range: TimeRange) -> usize {
        match self {
            Self::Chunk(sealed) => sealed.chunk.bytes(),
            Self::Partition(file) => {
                let inside = |group: &&RowGroupMeta| range.overlaps(group.first_time, group.last_time);
                let rows: u64 = file.meta.row_groups.iter().filter(inside).map(|group| group.rows).sum();
                let bytes = u128::from(file.meta.bytes) * 4 * u128::from(rows) / u128::from(file.meta.rows.max(1));
                usize::try_from(bytes).unwrap_or(usize::MAX)
            }
        }
    }

    /// Whether any of these fields is there.
    pub(crate) fn has_any_field(&self, fields: &[(String, FieldType)]) -> bool {
        match self {
            Self::Chunk(sealed) => fields.iter().any(|(name, kind)| sealed.chunk.find_column(name, *kind).is_some()),
            Self::Partition(file) => fields.iter().any(|f| file.meta.fields.contains(f)),
        }
    }

    /// Time bounds and number of rows of its parts, to estimate densities.
    pub(crate) fn densities(&self, out: &mut Vec<(i64, i64, usize)>) {
        match self {
            Self::Chunk(sealed) => {
                // Samples say where rows are dense: one stray old row must not blur the rest.
                let step = (self.count() / DENSITY_SAMPLES).max(1);
                let mut times: Vec<i64> = sealed.chunk.times.iter().step_by(step).copied().collect();
                times.sort_unstable();
                out.extend(times.windows(2).filter_map(|pair| match pair {
                    [a, b] if a < b => Some((*a, *b - 1, step)),
                    _ => None,
                }));
                let last = times.last().copied().unwrap_or(self.time_bounds().1);
                out.push((last, self.time_bounds().1.max(last), step));
            }
            Self::Partition(file) => {
                let groups = file.meta.row_groups.iter();
                out.extend(groups.map(|g| (g.first_time, g.last_time, usize::try_from(g.rows).unwrap_or(usize::MAX))));
            }
        }
    }
}

/// Where rows of sources are, roughly.
#[derive(Debug)]
pub(crate) struct Densities {
    parts: Vec<(i64, i64, usize)>,
}

impl Densities {
    pub(crate) fn of(sources: &[Source]) -> Self {
        let mut parts = Vec::new();
        sources.iter().for_each(|source| source.rows.densities(&mut parts));
        Self { parts }
    }

    /// Rows from one instant to another, if they are spread evenly within each part.
    pub(crate) fn between(&self, from: i64, to: i64) -> u64 {
        let share = |&(first, last, rows): &(i64, i64, usize)| {
            let (start, stop) = (i128::from(first), i128::from(last) + 1);
            let inside = i128::from(to).min(stop) - i128::from(from).max(start);
            inside.max(0) as f64 * rows as f64 / (stop - start).max(1) as f64
        };
        self.parts.iter().map(share).sum::<f64>() as u64
    }
}

/// The rows of a chunk that are wanted, ascending; `None` if all are.
pub(crate) fn choose_rows(
    chunk: &Chunk,
    wanted: &Wanted,
    range: TimeRange,
    tombstones: &[Tombstone],
) -> Option<Vec<u32>> {
    let series = series_mask(chunk, wanted);
    let times = chunk.time_bounds().is_none_or(|(first, last)| range.covers(first, last));
    let fields = field_mask(chunk, &wanted.fields);
    let graves: Vec<(TimeRange, Vec<bool>)> =
        tombstones.iter().map(|t| (t.range, accepted(chunk, &wanted.measurement, &t.matcher))).collect();
    if series.is_none() && times && fields.is_none() && graves.is_empty() {
        return None;
    }
    let is_chosen = |&row: &u32| {
        let row = row as usize;
        let (time, id) = (chunk.times[row], chunk.rows[row] as usize);
        (times || range.contains(time))
            && series.as_ref().is_none_or(|mask| mask[id])
            && fields.as_ref().is_none_or(|mask| mask[row])
            && !graves.iter().any(|(range, mask)| range.contains(time) && mask[id])
    };
    Some((0..chunk.len() as u32).filter(is_chosen).collect())
}

/// The rows of a chunk that deletes leave.
pub(crate) fn rows_left(chunk: &Chunk, measurement: &str, tombstones: &[Tombstone]) -> Vec<u32> {
    let graves: Vec<(TimeRange, Vec<bool>)> =
        tombstones.iter().map(|t| (t.range, accepted(chunk, measurement, &t.matcher))).collect();
    let is_left = |&row: &u32| {
        let (time, id) = (chunk.times[row as usize], chunk.rows[row as usize] as usize);
        !graves.iter().any(|(range, mask)| range.contains(time) && mask[id])
    };
    (0..chunk.len() as u32).filter(is_left).collect()
}

fn accepted(chunk: &Chunk, measurement: &str, matcher: &SeriesMatcher) -> Vec<bool> {
    chunk.series.iter().map(|series| matcher.accepts(&NamedSeries { measurement, series })).collect()
}

fn series_mask(chunk: &Chunk, wanted: &Wanted) -> Option<Vec<bool>> {
    let by_filter = (!wanted.filter.is_all()).then(|| accepted(chunk, &wanted.measurement, &wanted.filter));
    let Some(tag_sets) = &wanted.tag_sets else {
        return by_filter;
    };
    let keys = chunk.series.keys();
    let is_wanted = |set: &[u32]| {
        let same = |wanted: &Vec<String>| {
            set.len() == wanted.len() && set.iter().all(|&key| wanted.iter().any(|k| **k == *keys[key as usize]))
        };
        tag_sets.iter().any(same)
    };
    let sets: Vec<bool> = chunk.series.sets().iter().map(|set| is_wanted(set)).collect();
    if by_filter.is_none() && sets.iter().all(|&wanted| wanted) {
        return None;
    }
    let mask = (0..chunk.series.len())
        .map(|id| sets[chunk.series.set_of(id as u32) as usize] && by_filter.as_ref().is_none_or(|mask| mask[id]));
    Some(mask.collect())
}

/// Rows that have one of the fields; `None` if all have.
fn field_mask(chunk: &Chunk, fields: &[(String, FieldType)]) -> Option<Vec<bool>> {
    if fields.is_empty() {
        return None;
    }
    let columns: Vec<_> = fields.iter().filter_map(|(name, kind)| chunk.find_column(name, *kind)).collect();
    if columns.iter().any(|&i| chunk.columns[i].values.len() == chunk.len()) {
        return None;
    }
    let mut mask = vec![false; chunk.len()];
    for &column in &columns {
        chunk.columns[column].entries().for_each(|(row, _)| mask[row as usize] = true);
    }
    Some(mask)
}

/// Which instants are wanted, beside the range.
pub(crate) type Instant<'a> = &'a dyn Fn(i64) -> bool;

/// Reads the wanted rows of a source between two instants.
pub(crate) fn load(
    source: &Source,
    wanted: &Wanted,
    range: TimeRange,
    all: &mut SeriesTable,
    instants: Instant<'_>,
) -> Result<Piece, StorageError> {
    match &source.rows {
        Rows::Chunk(sealed) => Ok(load_chunk(&sealed.chunk, wanted, range, &source.tombstones, all, instants).0),
        Rows::Partition(file) => load_partition(file, wanted, range, &source.tombstones, all, instants),
    }
}

/// Reads the wanted rows of a chunk; says whether `instants` left some out.
pub(crate) fn load_chunk(
    chunk: &Chunk,
    wanted: &Wanted,
    range: TimeRange,
    tombstones: &[Tombstone],
    all: &mut SeriesTable,
    instants: Instant<'_>,
) -> (Piece, bool) {
    let chosen = choose_rows(chunk, wanted, range, tombstones);
    let of_instants = |row: &u32| chunk.times.get(*row as usize).is_some_and(|time| instants(*time));
    let of_all = || chunk.times.iter().all(|time| instants(*time));
    let (chosen, left) = match chosen {
        None if of_all() => (None, false),
        chosen => {
            let mut rows = chosen.unwrap_or_else(|| (0..chunk.len() as u32).collect());
            let before = rows.len();
            rows.retain(of_instants);
            let left = rows.len() < before;
            (Some(rows), left)
        }
    };
    let columns = ChunkColumns::new(chunk, chosen.as_deref());
    let keys = chunk.series.keys();
    let sets: Vec<u32> =
        chunk.series.sets().iter().map(|set| all.intern_set(set.iter().map(|&k| &*keys[k as usize]))).collect();
    all.reserve(columns.len().min(chunk.series.len()));
    let mut numbers: Vec<Option<u32>> = vec![None; chunk.series.len()];
    let mut number_of = |id: u32| {
        *numbers[id as usize].get_or_insert_with(|| {
            all.intern_values(sets[chunk.series.set_of(id) as usize], chunk.series.get(id).values())
        })
    };
    let piece = Piece {
        series: columns.series().into_iter().map(&mut number_of).collect(),
        times: columns.times(),
        fields: wanted.fields.iter().map(|(name, kind)| columns.field(name, *kind)).collect(),
    };
    (piece, left)
}

/// How a partition is asked for the wanted rows. `tags` are the columns to deliver.
pub(crate) fn partition_scan(
    wanted: &Wanted,
    tags: Vec<String>,
    range: TimeRange,
    tombstones: &[Tombstone],
) -> PartitionScan {
    PartitionScan {
        tags,
        fields: wanted.fields.clone(),
        range,
        filter: wanted.filter.filter().clone(),
        tag_sets: wanted.tag_sets.clone(),
        without: tombstones
            .iter()
            .map(|t| (t.range, t.matcher.filter().clone()))
            .collect::<Vec<(TimeRange, SeriesFilter)>>(),
        ..PartitionScan::default()
    }
}

fn load_partition(
    file: &PartFile,
    wanted: &Wanted,
    range: TimeRange,
    tombstones: &[Tombstone],
    all: &mut SeriesTable,
    instants: Instant<'_>,
) -> Result<Piece, StorageError> {
    let keys = file.meta.tag_keys.clone();
    let scan = partition_scan(wanted, keys.clone(), range, tombstones);
    let mut piece = Piece { times: Vec::new(), series: Vec::new(), fields: Vec::new() };
    let mut columns: Vec<Vec<ArrayRef>> = vec![Vec::new(); wanted.fields.len()];
    for batch in file.reader()?.scan(&scan)? {
        let batch = of_instants(batch?, instants)?;
        let times = batch.column(0).as_primitive::<TimestampNanosecondType>();
        piece.times.extend_from_slice(times.values());
        let tags: Vec<&StringViewArray> = (1..=keys.len()).map(|i| batch.column(i).as_string_view()).collect();
        number_series(&keys, &tags, batch.num_rows(), all, &mut piece.series);
        for (i, column) in columns.iter_mut().enumerate() {
            column.push(Arc::clone(batch.column(1 + keys.len() + i)));
        }
    }
    for ((_, kind), parts) in wanted.fields.iter().zip(columns) {
        piece.fields.push(concat(*kind, &parts)?);
    }
    Ok(piece)
}

fn of_instants(batch: RecordBatch, instants: Instant<'_>) -> Result<RecordBatch, StorageError> {
    let times = batch.column(0).as_primitive::<TimestampNanosecondType>().values();
    let keep = BooleanBuffer::collect_bool(times.len(), |row| instants(times[row]));
    if keep.count_set_bits() == keep.len() {
        return Ok(batch);
    }
    filter_record_batch(&batch, &BooleanArray::new(keep, None)).map_err(StorageError::arrow)
}

/// Joins arrays of one field.
pub(crate) fn concat(kind: FieldType, parts: &[ArrayRef]) -> Result<ArrayRef, StorageError> {
    match parts {
        [] => Ok(crate::chunk::field_array_empty(kind, 0)),
        [one] => Ok(Arc::clone(one)),
        _ => {
            let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
            arrow_select::concat::concat(&parts).map_err(StorageError::arrow)
        }
    }
}

/// Numbers the series of rows whose tags are columns; neighbours mostly have the same.
pub(crate) fn number_series(
    keys: &[String],
    tags: &[&StringViewArray],
    rows: usize,
    all: &mut SeriesTable,
    out: &mut Vec<u32>,
) {
    let mut order: Vec<usize> = (0..keys.len()).collect();
    order.sort_unstable_by(|&a, &b| keys[a].cmp(&keys[b]));
    let mut own: Vec<(&str, &str)> = Vec::with_capacity(keys.len());
    let value = |column: usize, row: usize| {
        let tags = tags[column];
        (!tags.is_null(row)).then(|| tags.value(row))
    };
    let mut last = None;
    for row in 0..rows {
        if let (Some(number), true) = (last, row > 0 && (0..keys.len()).all(|c| value(c, row) == value(c, row - 1))) {
            out.push(number);
            continue;
        }
        own.clear();
        own.extend(order.iter().filter_map(|&c| Some((keys[c].as_str(), value(c, row)?))));
        let number = all.intern(&own);
        last = Some(number);
        out.push(number);
    }
}
