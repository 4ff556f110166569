//! Sources that overlap in time, read together without merging most of their rows.
//!
//! Two rows are one only if they have one series and one instant. So the instants of all sources are looked at first: a row
//! whose instant no other source has is delivered as it is read; the others alone are numbered by series and merged.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampNanosecondType;
use arrow_array::{BooleanArray, RecordBatch};
use arrow_buffer::BooleanBuffer;
use arrow_schema::SchemaRef;
use arrow_select::filter::filter_record_batch;

use crate::chunk::SeriesTable;
use crate::merge::{Order, merge};
use crate::partition::{BatchIter, PartitionScan};
use crate::slices::Slice;
use crate::snapshot::batches_of;
use crate::source::{Rows, Source, Wanted, load, load_chunk, partition_scan};
use crate::store::StorageError;

/// Bits that an instant takes: with eight, one in eight rows at most is merged in vain.
const BITS_A_ROW: usize = 8;
/// Bits of a filter at most: 4 MiB.
const MOST_BITS: usize = 1 << 25;

/// Instants that more than one source has. A filter: it may also know one that only one source has.
#[derive(Debug)]
pub(crate) struct Instants {
    met: Vec<u64>,
    shared: Vec<u64>,
    shift: u32,
}

impl Instants {
    /// For about so many rows.
    pub(crate) fn new(rows: usize) -> Self {
        let bits = rows.saturating_mul(BITS_A_ROW).clamp(1 << 12, MOST_BITS).next_power_of_two();
        let words = vec![0; bits / 64];
        Self { met: words.clone(), shared: words, shift: 64 - bits.trailing_zeros() }
    }

    fn place(&self, time: i64) -> (usize, u64) {
        let hash = (time as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift;
        ((hash / 64) as usize, 1 << (hash % 64))
    }

    /// Adds the instants of one more source. `repeats`: it may hold one series and instant twice.
    pub(crate) fn add(&mut self, times: impl Iterator<Item = i64>, repeats: bool) {
        let mut own = vec![0; self.met.len()];
        for time in times {
            let (word, bit) = self.place(time);
            if repeats && own[word] & bit != 0 {
                self.shared[word] |= bit;
            }
            own[word] |= bit;
        }
        for ((met, shared), own) in self.met.iter_mut().zip(&mut self.shared).zip(own) {
            *shared |= *met & own;
            *met |= own;
        }
    }

    /// Whether a row of this instant may have a twin.
    pub(crate) fn are_shared(&self, time: i64) -> bool {
        let (word, bit) = self.place(time);
        self.shared[word] & bit != 0
    }
}

/// Reads a slice of several sources.
pub(crate) struct Overlap {
    slice: Slice,
    wanted: Arc<Wanted>,
    schema: SchemaRef,
    instants: Instants,
    /// The source to begin with next, and the one that is read.
    next: usize,
    current: Option<BatchIter>,
    /// Sources of which rows were left for the merge.
    left: Vec<bool>,
    merged: bool,
}

impl Overlap {
    /// Looks at the instants of all sources.
    pub(crate) fn new(slice: Slice, wanted: Arc<Wanted>, schema: SchemaRef, rows: usize) -> Result<Self, StorageError> {
        let mut instants = Instants::new(rows);
        for source in &slice.sources {
            match &source.rows {
                Rows::Chunk(sealed) => {
                    let inside = sealed.chunk.times.iter().copied().filter(|time| slice.range.contains(*time));
                    instants.add(inside, !sealed.is_unique());
                }
                Rows::Partition(file) => {
                    let scan = partition_scan(&wanted, Vec::new(), slice.range, &source.tombstones);
                    let mut times = Vec::new();
                    for batch in file.reader()?.scan(&PartitionScan { fields: Vec::new(), ..scan })? {
                        times.push(times_of(&batch?).clone());
                    }
                    instants.add(times.iter().flat_map(|times| times.iter().copied()), false);
                }
            }
        }
        let left = vec![false; slice.sources.len()];
        Ok(Self { slice, wanted, schema, instants, next: 0, current: None, left, merged: false })
    }

    /// Begins with the rows of a source that have no twin.
    fn begin(&self, source: &Source) -> Result<(BatchIter, bool), StorageError> {
        match &source.rows {
            Rows::Partition(file) => {
                // A row without a twin is whole: it may be left out by what it says.
                let tags = self.wanted.tags.clone();
                let scan = partition_scan(&self.wanted, tags, self.slice.range, &source.tombstones);
                Ok((file.reader()?.scan(&PartitionScan { near: self.wanted.near.clone(), ..scan })?, false))
            }
            Rows::Chunk(sealed) => {
                let mut all = SeriesTable::default();
                let (range, tombstones) = (self.slice.range, &source.tombstones);
                let alone = |time| !self.instants.are_shared(time);
                let (piece, left) = load_chunk(&sealed.chunk, &self.wanted, range, tombstones, &mut all, &alone);
                let merged = merge(&[piece], &all, &self.wanted, &self.schema, Order::Any, true)?;
                Ok((batches_of(merged), left))
            }
        }
    }

    /// A batch of a partition without the rows that may have twins.
    fn alone(&mut self, batch: RecordBatch) -> Result<RecordBatch, StorageError> {
        let times = times_of(&batch);
        let keep = BooleanBuffer::collect_bool(times.len(), |row| !self.instants.are_shared(times[row]));
        if keep.count_set_bits() == keep.len() {
            return Ok(batch);
        }
        if let Some(left) = self.next.checked_sub(1).and_then(|at| self.left.get_mut(at)) {
            *left = true;
        }
        filter_record_batch(&batch, &BooleanArray::new(keep, None)).map_err(StorageError::arrow)
    }

    /// The rows that may have twins, merged.
    fn twins(&self) -> Result<BatchIter, StorageError> {
        let mut all = SeriesTable::default();
        let shared = |time| self.instants.are_shared(time);
        let sources = self.slice.sources.iter().zip(&self.left).filter(|(_, left)| **left);
        let pieces: Vec<_> = sources
            .map(|(source, _)| load(source, &self.wanted, self.slice.range, &mut all, &shared))
            .collect::<Result<_, _>>()?;
        Ok(batches_of(merge(&pieces, &all, &self.wanted, &self.schema, Order::Any, false)?))
    }

    fn step(&mut self) -> Result<Option<RecordBatch>, StorageError> {
        loop {
            if let Some(current) = &mut self.current {
                match current.next() {
                    Some(batch) if self.merged || self.is_chunk() => return batch.map(Some),
                    Some(batch) => {
                        let batch = self.alone(batch?)?;
                        if batch.num_rows() > 0 {
                            return Ok(Some(batch));
                        }
                        continue;
                    }
                    None => self.current = None,
                }
            }
            if let Some(source) = self.slice.sources.get(self.next) {
                let (batches, left) = self.begin(source)?;
                self.current = Some(batches);
                self.left[self.next] = left;
                self.next += 1;
            } else if !self.merged && self.left.contains(&true) {
                self.merged = true;
                self.current = Some(self.twins()?);
            } else {
                return Ok(None);
            }
        }
    }

    /// Whether what is read is a chunk, whose rows are chosen already.
    fn is_chunk(&self) -> bool {
        let source = self.next.checked_sub(1).and_then(|at| self.slice.sources.get(at));
        source.is_some_and(|source| matches!(source.rows, Rows::Chunk(_)))
    }
}

impl Iterator for Overlap {
    type Item = Result<RecordBatch, StorageError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}

fn times_of(batch: &RecordBatch) -> &arrow_buffer::ScalarBuffer<i64> {
    batch.column(0).as_primitive::<TimestampNanosecondType>().values()
}
