//! What is durable in the log and not yet in partitions: chunks per measurement, in the order of their sequences.
//!
//! Small batches gather in an open chunk; a reader makes the open chunk a sealed one, and sealed chunks of like size are
//! joined, so that neither many small requests nor many queries leave many chunks.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::chunk::Chunk;

#[cfg(test)]
mod tests;

/// Batches of at least this many rows become chunks of their own.
const BIG_ROWS: usize = 8_192;
/// A chunk takes no more rows when it has this many.
const FULL_ROWS: usize = 65_536;

/// Rows that change no more.
#[derive(Debug)]
pub(crate) struct SealedChunk {
    pub(crate) chunk: Chunk,
    /// Sequence of the newest row.
    pub(crate) sequence: u64,
    /// Whether no two rows have one series and time; found out once.
    unique: OnceLock<bool>,
}

/// Chunks of one measurement, oldest first.
pub(crate) type ChunkList = Arc<Vec<Arc<SealedChunk>>>;

/// Chunks of all measurements.
#[derive(Debug, Default)]
pub(crate) struct Memtable {
    tables: BTreeMap<Arc<str>, Table>,
    bytes: usize,
}

#[derive(Debug, Default)]
struct Table {
    sealed: ChunkList,
    open: Chunk,
    open_sequence: u64,
    /// Chunks before this one are left alone: a delete lies between them and what follows.
    barrier: usize,
}

impl SealedChunk {
    pub(crate) fn new(mut chunk: Chunk, sequence: u64) -> Self {
        chunk.seal();
        Self { chunk, sequence, unique: OnceLock::new() }
    }

    /// Whether no two rows have one series and time.
    pub(crate) fn is_unique(&self) -> bool {
        *self.unique.get_or_init(|| {
            let chunk = &self.chunk;
            let mut keys: Vec<(u32, i64)> = chunk.rows.iter().copied().zip(chunk.times.iter().copied()).collect();
            keys.sort_unstable();
            keys.windows(2).all(|pair| pair.first() != pair.last())
        })
    }
}

impl Memtable {
    /// Bytes held, roughly.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }

    /// Adds the rows of a record; sequences ascend.
    pub(crate) fn apply(&mut self, measurement: &Arc<str>, chunk: Chunk, sequence: u64) {
        self.bytes += chunk.bytes();
        let table = match self.tables.get_mut(&**measurement) {
            Some(table) => table,
            None => self.tables.entry(Arc::clone(measurement)).or_default(),
        };
        if chunk.len() >= BIG_ROWS {
            table.seal_open();
            Arc::make_mut(&mut table.sealed).push(Arc::new(SealedChunk::new(chunk, sequence)));
            return;
        }
        table.open.append(&chunk);
        table.open_sequence = sequence;
        if table.open.len() >= FULL_ROWS {
            table.seal_open();
        }
    }

    /// Keeps later rows apart from the rows that are here now.
    pub(crate) fn barrier(&mut self) {
        for table in self.tables.values_mut() {
            table.seal_open();
            table.barrier = table.sealed.len();
        }
    }

    /// The chunks of every measurement as they are now.
    pub(crate) fn view(&mut self) -> BTreeMap<Arc<str>, ChunkList> {
        let each = self.tables.iter_mut().map(|(name, table)| {
            table.seal_open();
            (Arc::clone(name), Arc::clone(&table.sealed))
        });
        each.collect()
    }
}

impl Table {
    fn seal_open(&mut self) {
        if self.open.is_empty() {
            return;
        }
        let mut chunk = std::mem::take(&mut self.open);
        let list = Arc::make_mut(&mut self.sealed);
        let joins =
            |last: &SealedChunk, rows: usize| last.chunk.len() < 2 * rows && last.chunk.len() + rows <= FULL_ROWS;
        while list.len() > self.barrier
            && let Some(last) = list.pop_if(|last| joins(last, chunk.len()))
        {
            let mut joined = Chunk::default();
            joined.append(&last.chunk);
            joined.append(&chunk);
            chunk = joined;
        }
        list.push(Arc::new(SealedChunk::new(chunk, self.open_sequence)));
    }
}
