//! The rows of one row group on their way into a file.

use ahash::RandomState;
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, TimestampNanosecondType};
use arrow_array::{Array, DictionaryArray, Int32Array, RecordBatch, StringArray};
use arrow_buffer::{NullBuffer, ScalarBuffer};
use hashbrown::HashMap;

use super::index::Bits;

/// Batches that will be one row group.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) batches: Vec<RecordBatch>,
    pub(super) rows: usize,
    /// Bytes of text, each row's counted.
    pub(super) text_bytes: usize,
    pub(super) first_time: i64,
    pub(super) last_time: i64,
    /// Whether all times are whole microseconds.
    pub(super) whole_micros: bool,
}

/// What the times of a batch are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) whole_micros: bool,
}

impl Times {
    /// Of a batch with rows whose first column was checked to be times.
    pub(super) fn of(batch: &RecordBatch) -> Self {
        let times = batch.column(0).as_primitive::<TimestampNanosecondType>().values();
        let first = times.iter().copied().min().unwrap_or(i64::MAX);
        let last = times.iter().copied().max().unwrap_or(i64::MIN);
        Self { first, last, whole_micros: times.iter().all(|time| time % 1_000 == 0) }
    }
}

impl Group {
    pub(super) fn push(&mut self, batch: RecordBatch, times: Times) {
        if self.batches.is_empty() {
            (self.first_time, self.last_time, self.whole_micros) = (times.first, times.last, true);
        }
        self.first_time = self.first_time.min(times.first);
        self.last_time = self.last_time.max(times.last);
        self.whole_micros &= times.whole_micros;
        self.rows += batch.num_rows();
        self.text_bytes = self.text_bytes.saturating_add(text_bytes(&batch));
        self.batches.push(batch);
    }
}

/// Bytes of text in the rows of a batch; the low half of a view is its length.
pub(super) fn text_bytes(batch: &RecordBatch) -> usize {
    let texts = batch.columns().iter().filter_map(|column| column.as_string_view_opt());
    texts.flat_map(|texts| texts.views().iter()).map(|view| (*view as u32) as usize).sum()
}

/// One tag column of a row group: a code for each row, -1 where the tag is absent.
#[derive(Debug)]
pub(super) struct TagColumn<'a> {
    pub(super) codes: Vec<i32>,
    /// Values by code, in the order of their first row.
    pub(super) values: Vec<&'a str>,
    pub(super) absent: bool,
}

impl<'a> TagColumn<'a> {
    /// Codes the column at `at` of the batches, which was checked to be text.
    pub(super) fn of(group: &'a Group, at: usize) -> Self {
        let mut codes = Vec::with_capacity(group.rows);
        let mut values = Vec::new();
        let mut absent = false;
        let mut known: HashMap<&str, i32, RandomState> = HashMap::default();
        for batch in &group.batches {
            let texts = batch.column(at).as_string_view();
            // Equal views of one array are equal texts, and rows of one series follow each other.
            let mut last: Option<(u128, i32)> = None;
            for (row, view) in texts.views().iter().enumerate() {
                if texts.is_null(row) {
                    absent = true;
                    codes.push(-1);
                    continue;
                }
                let code = match last {
                    Some((same, code)) if same == *view => code,
                    _ => {
                        let text = texts.value(row);
                        let next = values.len() as i32;
                        *known.entry(text).or_insert_with(|| {
                            values.push(text);
                            next
                        })
                    }
                };
                last = Some((*view, code));
                codes.push(code);
            }
        }
        Self { codes, values, absent }
    }

    /// The column as the Parquet writer takes it.
    pub(super) fn to_array(&self) -> DictionaryArray<Int32Type> {
        let nulls = self.absent.then(|| NullBuffer::from_iter(self.codes.iter().map(|code| *code >= 0)));
        let keys = ScalarBuffer::from_iter(self.codes.iter().map(|code| (*code).max(0)));
        let values = StringArray::from_iter_values(if self.values.is_empty() { &[""][..] } else { &self.values });
        DictionaryArray::new(Int32Array::new(keys, nulls), std::sync::Arc::new(values))
    }
}

/// The series of a row group.
#[derive(Debug)]
pub(super) struct SeriesRuns {
    /// Rows whose series differs from that of the row before, the first row included.
    pub(super) starts: Vec<usize>,
}

impl SeriesRuns {
    pub(super) fn of(rows: usize, tags: &[TagColumn<'_>]) -> Self {
        let mut changed = vec![false; rows];
        for tag in tags {
            for (pair, changed) in tag.codes.windows(2).zip(changed.iter_mut().skip(1)) {
                *changed |= matches!(pair, [a, b] if a != b);
            }
        }
        if let Some(first) = changed.first_mut() {
            *first = true;
        }
        let starts = changed.iter().enumerate().filter(|(_, changed)| **changed).map(|(row, _)| row).collect();
        Self { starts }
    }

    /// Calls `each` with the set of tags of every run.
    pub(super) fn tag_sets(&self, tags: &[TagColumn<'_>], mut each: impl FnMut(&Bits)) {
        let always: Vec<usize> = (0..tags.len()).filter(|at| tags.get(*at).is_some_and(|tag| !tag.absent)).collect();
        if always.len() == tags.len() {
            let mut all = Bits::default();
            always.iter().for_each(|at| all.set(*at));
            return each(&all);
        }
        for row in &self.starts {
            let mut set = Bits::default();
            for (at, tag) in tags.iter().enumerate() {
                if tag.codes.get(*row).is_some_and(|code| *code >= 0) {
                    set.set(at);
                }
            }
            each(&set);
        }
    }
}
