//! Which series have which fields where: how far back a reader must go to meet the last row of every series.
//!
//! Most series have rows everywhere, so the newest row group alone answers "the last of each", provided that it is known
//! that nothing older has a series or field more. What a partition holds is found out once, by reading its tags, and kept
//! in memory beside the open file.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, StringViewArray};
use model::{FieldType, TimeRange};

use crate::chunk::{NamedSeries, SeriesRef, SeriesTable};
use crate::filter::SeriesMatcher;
use crate::memtable::SealedChunk;
use crate::partition::{PartitionMeta, PartitionReader, PartitionScan, RowGroupMeta};
use crate::snapshot::{ScanRequest, Snapshot};
use crate::source::{Rows, number_series};
use crate::store::StorageError;

/// Beyond so many series, counted once a row group, nothing is found out: high cardinality has rows in few places.
const MAX_SERIES: u64 = 131_072;
/// Fields that are told apart.
const MAX_FIELDS: usize = 64;

/// Which end of time is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    First,
    Last,
}

/// What a partition holds.
#[derive(Debug)]
pub(crate) struct Occupancy {
    series: SeriesTable,
    /// Per row group: series with the fields (bits by place in the file's list) that they have there.
    row_groups: Vec<Vec<(u32, u64)>>,
}

/// Rows that lie within a range: series and the wanted fields that they have there.
struct Unit {
    range: TimeRange,
    held: Vec<(u32, u64)>,
    /// All its rows are wanted.
    whole: bool,
}

impl Snapshot {
    /// The part of a request's range in which every wanted series and field that has rows in the range has its first or its
    /// last one. The range itself where that is not known.
    pub fn narrowed(&self, request: &ScanRequest, end: End) -> Result<TimeRange, StorageError> {
        let sources = self.sources(&request.measurement);
        let series = self.series_at_most(&request.measurement, request.range);
        let plain = sources.iter().all(|s| s.tombstones.is_empty());
        if series > MAX_SERIES || request.fields.is_empty() || request.fields.len() > MAX_FIELDS || !plain {
            return Ok(request.range);
        }
        let live = TimeRange::new(self.horizon().unwrap_or(i64::MIN), i64::MAX);
        let range = request.range.intersect(live);
        let mut walk =
            Walk { request, range, matcher: SeriesMatcher::new(&request.filter)?, all: SeriesTable::default() };
        let mut units = Vec::new();
        for source in &sources {
            let (first, last) = source.time_bounds();
            if !range.overlaps(first, last) {
                continue;
            }
            match &source.rows {
                Rows::Chunk(sealed) => units.push(walk.chunk(sealed)),
                Rows::Partition(file) => {
                    let Some(held) = file.occupancy()? else { return Ok(range) };
                    units.extend(walk.partition(&held, &file.meta));
                }
            }
        }
        Ok(nearest(range, units, walk.all.len(), end))
    }
}

/// The smallest part of a range at one end that has all that the units hold.
fn nearest(range: TimeRange, mut units: Vec<Unit>, series: usize, end: End) -> TimeRange {
    let (mut wanted, mut found) = (vec![0_u64; series], vec![0_u64; series]);
    for (id, fields) in units.iter().flat_map(|u| &u.held) {
        wanted[*id as usize] |= fields;
    }
    let mut missing: u32 = wanted.iter().map(|w| w.count_ones()).sum();
    match end {
        End::Last => units.sort_by_key(|u| std::cmp::Reverse(u.range.start)),
        End::First => units.sort_by_key(|u| u.range.stop),
    }
    for unit in units.iter().filter(|u| u.whole) {
        for (id, fields) in &unit.held {
            missing -= (fields & !found[*id as usize]).count_ones();
            found[*id as usize] |= fields;
        }
        if missing == 0 {
            return match end {
                End::Last => range.intersect(TimeRange::new(unit.range.start, i64::MAX)),
                End::First => range.intersect(TimeRange::new(i64::MIN, unit.range.stop)),
            };
        }
    }
    range
}

/// Brings what sources hold under common numbers of series.
struct Walk<'a> {
    request: &'a ScanRequest,
    range: TimeRange,
    matcher: SeriesMatcher,
    all: SeriesTable,
}

impl Walk<'_> {
    /// The common number of a series; `None` if it is not wanted.
    fn number(&mut self, series: SeriesRef<'_>) -> Option<u32> {
        let tags: Vec<(&str, &str)> = series.tags().collect();
        let same =
            |keys: &Vec<String>| keys.len() == tags.len() && tags.iter().all(|(key, _)| keys.iter().any(|k| k == key));
        if self.request.tag_sets.as_ref().is_some_and(|sets| !sets.iter().any(same)) {
            return None;
        }
        let named = NamedSeries { measurement: &self.request.measurement, series };
        self.matcher.accepts(&named).then(|| self.all.intern(&tags))
    }

    fn unit(&self, first: i64, last: i64, held: Vec<(u32, u64)>) -> Unit {
        // The last instant of all has no successor: such a row is in no whole unit.
        let range = TimeRange::new(first, last.saturating_add(1));
        Unit { range, held, whole: last < i64::MAX && self.range.covers(first, last) }
    }

    fn chunk(&mut self, sealed: &SealedChunk) -> Unit {
        let chunk = &sealed.chunk;
        let mut fields = vec![0_u64; chunk.series.len()];
        for (bit, (name, kind)) in self.request.fields.iter().enumerate() {
            let Some(column) = chunk.find_column(name, *kind).and_then(|at| chunk.columns.get(at)) else { continue };
            if column.values.len() == chunk.len() {
                fields.iter_mut().for_each(|f| *f |= 1 << bit);
                continue;
            }
            for (row, _) in column.entries() {
                fields[chunk.rows[row as usize] as usize] |= 1 << bit;
            }
        }
        let numbers: Vec<Option<u32>> = chunk.series.iter().map(|series| self.number(series)).collect();
        let held = numbers.into_iter().zip(fields).filter_map(|(id, fields)| Some((id?, fields))).collect();
        let (first, last) = chunk.time_bounds().unwrap_or((0, i64::MAX));
        self.unit(first, last, held)
    }

    fn partition(&mut self, held: &Occupancy, meta: &PartitionMeta) -> Vec<Unit> {
        let numbers: Vec<Option<u32>> = held.series.iter().map(|series| self.number(series)).collect();
        // Bits of the file's fields as bits of the wanted ones.
        let places: Vec<Option<usize>> =
            meta.fields.iter().map(|field| self.request.fields.iter().position(|wanted| wanted == field)).collect();
        let wanted = |fields: u64| {
            let bits = places.iter().enumerate().filter(|(at, _)| fields >> at & 1 == 1);
            bits.filter_map(|(_, place)| *place).fold(0, |all, place| all | 1 << place)
        };
        let groups = meta.row_groups.iter().zip(&held.row_groups);
        let overlapping = groups.filter(|(g, _)| self.range.overlaps(g.first_time, g.last_time));
        let unit = |(group, held): (&RowGroupMeta, &Vec<(u32, u64)>)| {
            let held = held.iter().filter_map(|(id, fields)| Some((numbers[*id as usize]?, wanted(*fields))));
            self.unit(group.first_time, group.last_time, held.collect())
        };
        overlapping.map(unit).collect::<Vec<_>>()
    }
}

impl Occupancy {
    /// Reads what a partition holds; `None` if it has too many series or fields.
    pub(crate) fn read(reader: &PartitionReader) -> Result<Option<Arc<Self>>, StorageError> {
        let meta = reader.meta();
        let series = meta.row_groups.iter().map(|g| g.series).fold(0, u64::saturating_add);
        if series > MAX_SERIES || meta.fields.len() > MAX_FIELDS {
            return Ok(None);
        }
        let mut held = Self { series: SeriesTable::default(), row_groups: Vec::new() };
        for row_group in 0..meta.row_groups.len() {
            held.row_groups.push(held_there(reader, row_group, &mut held.series)?);
        }
        held.series.seal();
        Ok(Some(Arc::new(held)))
    }
}

/// Series and their fields in a row group.
fn held_there(
    reader: &PartitionReader,
    row_group: usize,
    all: &mut SeriesTable,
) -> Result<Vec<(u32, u64)>, StorageError> {
    let fields = &reader.meta().fields;
    // What every row has, or none, need not be read.
    let mut always = 0_u64;
    let mut sometimes = Vec::new();
    for (at, field) in fields.iter().enumerate() {
        match reader.nulls(row_group, field) {
            Some((0, _)) => always |= 1 << at,
            Some((nulls, rows)) if nulls == rows => {}
            _ => sometimes.push(at),
        }
    }
    let mut held = Held::default();
    if always != 0 {
        each_batch(reader, row_group, &[], all, |ids, _| ids.iter().for_each(|id| held.add(*id, always)))?;
    }
    if !sometimes.is_empty() {
        let asked: Vec<_> = sometimes.iter().filter_map(|at| fields.get(*at).cloned()).collect();
        each_batch(reader, row_group, &asked, all, |ids, columns| {
            for (at, column) in sometimes.iter().zip(columns) {
                let valid = ids.iter().enumerate().filter(|(row, _)| column.is_valid(*row));
                valid.for_each(|(_, id)| held.add(*id, 1 << at));
            }
        })?;
    }
    Ok(held.fields)
}

/// Bits by series.
#[derive(Default)]
struct Held {
    fields: Vec<(u32, u64)>,
    places: hashbrown::HashMap<u32, usize>,
    last: Option<(u32, u64)>,
}

impl Held {
    fn add(&mut self, id: u32, bits: u64) {
        // Neighbours mostly are of one series.
        if self.last.replace((id, bits)) == Some((id, bits)) {
            return;
        }
        let place = *self.places.entry(id).or_insert_with(|| {
            self.fields.push((id, 0));
            self.fields.len() - 1
        });
        if let Some((_, fields)) = self.fields.get_mut(place) {
            *fields |= bits;
        }
    }
}

/// Gives the series of each row of a row group, and the columns of some fields. With fields, rows without any are left out.
fn each_batch(
    reader: &PartitionReader,
    row_group: usize,
    fields: &[(String, FieldType)],
    all: &mut SeriesTable,
    mut each: impl FnMut(&[u32], &[ArrayRef]),
) -> Result<(), StorageError> {
    let keys = &reader.meta().tag_keys;
    let scan = PartitionScan {
        tags: keys.clone(),
        fields: fields.to_vec(),
        row_groups: Some(vec![row_group]),
        ..PartitionScan::default()
    };
    let mut numbers = Vec::new();
    for batch in reader.scan(&scan)? {
        let batch = batch?;
        let (tags, columns) = batch.columns().split_at(1 + keys.len());
        let tags: Vec<&StringViewArray> = tags.iter().skip(1).map(|c| c.as_string_view()).collect();
        numbers.clear();
        number_series(keys, &tags, batch.num_rows(), all, &mut numbers);
        each(&numbers, columns);
    }
    Ok(())
}
