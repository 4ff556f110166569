//! A chunk: rows of one measurement, column by column. Batches, memtables and log records are made of chunks.
//!
//! A row is one series at one time with some fields. Rows stand in the order in which they came; of two rows of one
//! series and time the later one wins, field by field.

mod arrow;
mod column;
mod encode;
mod series;

use std::sync::Arc;

use hashbrown::HashMap;
use model::{FieldType, FieldValue};

pub(crate) use arrow::{ChunkColumns, field_array_empty, tag_values};
pub(crate) use column::{Column, Values};
pub(crate) use encode::{decode_chunk, encode_chunk, put_number, put_text, take_number, take_text};
pub(crate) use series::{NamedSeries, SeriesRef, SeriesTable};

#[cfg(test)]
mod tests;

/// Rows of one measurement.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chunk {
    pub(crate) series: SeriesTable,
    /// The series of each row.
    pub(crate) rows: Vec<u32>,
    /// The time of each row.
    pub(crate) times: Vec<i64>,
    pub(crate) columns: Vec<Column>,
    /// Column numbers of a field's name, one a type.
    by_name: HashMap<Arc<str>, Vec<u32>, ahash::RandomState>,
    /// Columns of the last row's fields, by position: the next row mostly has the same.
    hint: Vec<u32>,
    /// Whether some field has columns of several types.
    mixed: bool,
    bounds: Option<(i64, i64)>,
}

impl Chunk {
    pub(crate) fn len(&self) -> usize {
        self.times.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// Bytes held, roughly.
    pub(crate) fn bytes(&self) -> usize {
        let columns: usize =
            self.columns.iter().map(|c| c.values.bytes() + c.rows.as_ref().map_or(0, |r| r.len() * 4) + 96).sum();
        columns + self.series.bytes() + self.times.len() * 12
    }

    /// First and last time of the rows.
    pub(crate) fn time_bounds(&self) -> Option<(i64, i64)> {
        self.bounds
    }

    /// Whether some field has columns of several types.
    pub(crate) fn is_mixed(&self) -> bool {
        self.mixed
    }

    /// Starts a row; its fields follow with [`Chunk::set`].
    pub(crate) fn begin_row(&mut self, series: u32, time: i64) -> u32 {
        let row = self.times.len() as u32;
        self.rows.push(series);
        self.times.push(time);
        let (first, last) = self.bounds.unwrap_or((time, time));
        self.bounds = Some((first.min(time), last.max(time)));
        row
    }

    /// Sets field number `position` of the newest row.
    pub(crate) fn set(&mut self, row: u32, position: usize, name: &str, value: &FieldValue<'_>) {
        let kind = value.field_type();
        let hinted = self.hint.get(position).map(|&i| i as usize).filter(|&i| {
            let column = &self.columns[i];
            *column.name == *name && column.values.kind() == kind
        });
        let column = hinted.unwrap_or_else(|| {
            let found = self.column_for(name, kind);
            self.hint.truncate(position);
            self.hint.push(found as u32);
            found
        });
        self.columns[column].set(row, value);
    }

    /// Takes the newest row back.
    pub(crate) fn retract_row(&mut self, row: u32) {
        for column in &mut self.columns {
            column.retract(row);
        }
        self.rows.pop();
        self.times.pop();
        // The bounds may stay wider than the rows: they only rule things out.
    }

    /// The number of the column of a field with a type, made if there is none.
    pub(crate) fn column_for(&mut self, name: &str, kind: FieldType) -> usize {
        if let Some(found) = self.find_column(name, kind) {
            return found;
        }
        let number = self.columns.len();
        let name: Arc<str> = name.into();
        self.columns.push(Column::new(Arc::clone(&name), kind));
        let same_name = self.by_name.entry(name).or_default();
        same_name.push(number as u32);
        self.mixed |= same_name.len() > 1;
        number
    }

    /// The number of the column of a field with a type.
    pub(crate) fn find_column(&self, name: &str, kind: FieldType) -> Option<usize> {
        let numbers = self.by_name.get(name)?;
        numbers.iter().map(|&i| i as usize).find(|&i| self.columns[i].values.kind() == kind)
    }

    /// Adds the rows of another chunk behind the rows of this one.
    pub(crate) fn append(&mut self, other: &Self) {
        let base = self.times.len() as u32;
        let map = self.series_map(other);
        self.rows.extend(other.rows.iter().map(|&id| map[id as usize]));
        self.times.extend_from_slice(&other.times);
        for column in &other.columns {
            let number = self.column_for(&column.name, column.values.kind());
            self.columns[number].append(column, base);
        }
        self.widen(other.bounds);
    }

    /// A chunk of the rows that `keep` names.
    pub(crate) fn filtered(&self, keep: &[bool]) -> Self {
        let mut out = Self::default();
        let sets: Vec<u32> = self.set_map(&mut out.series);
        let mut series: Vec<Option<u32>> = vec![None; self.series.len()];
        let mut new_rows = vec![u32::MAX; self.len()];
        for (row, (&id, &time)) in self.rows.iter().zip(&self.times).enumerate() {
            if !keep.get(row).copied().unwrap_or(false) {
                continue;
            }
            let set = sets[self.series.set_of(id) as usize];
            let table = &mut out.series;
            let id = *series[id as usize].get_or_insert_with(|| table.intern_values(set, self.series.get(id).values()));
            new_rows[row] = out.begin_row(id, time);
        }
        for column in &self.columns {
            let number = out.column_for(&column.name, column.values.kind());
            for (row, i) in column.entries() {
                let row = new_rows[row as usize];
                if row != u32::MAX {
                    out.columns[number].set_from(row, column, i);
                }
            }
        }
        out.drop_empty_columns();
        out
    }

    /// Drops what only appending needs, and spare room.
    pub(crate) fn seal(&mut self) {
        self.series.seal();
        self.rows.shrink_to_fit();
        self.times.shrink_to_fit();
        self.hint = Vec::new();
        for column in &mut self.columns {
            match &mut column.values {
                Values::Float(v) => v.shrink_to_fit(),
                Values::Integer(v) => v.shrink_to_fit(),
                Values::Unsigned(v) => v.shrink_to_fit(),
                Values::Boolean(v) => v.shrink_to_fit(),
                Values::String(text, ends) => {
                    text.shrink_to_fit();
                    ends.shrink_to_fit();
                }
            }
        }
    }

    /// Removes columns without a value.
    pub(crate) fn drop_empty_columns(&mut self) {
        if self.columns.iter().all(|c| c.values.len() > 0) {
            return;
        }
        let columns = std::mem::take(&mut self.columns);
        self.by_name.clear();
        self.hint.clear();
        self.mixed = false;
        for column in columns.into_iter().filter(|c| c.values.len() > 0) {
            let number = self.column_for(&column.name, column.values.kind());
            self.columns[number] = column;
        }
    }

    pub(crate) fn widen(&mut self, bounds: Option<(i64, i64)>) {
        self.bounds = match (self.bounds, bounds) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (a, b) => a.or(b),
        };
    }

    /// For each series of another chunk its number here.
    fn series_map(&mut self, other: &Self) -> Vec<u32> {
        let sets = other.set_map(&mut self.series);
        self.series.reserve(other.series.len().saturating_sub(self.series.len()));
        (0..other.series.len() as u32)
            .map(|id| self.series.intern_values(sets[other.series.set_of(id) as usize], other.series.get(id).values()))
            .collect()
    }

    /// For each tag set of this chunk its number in another table.
    fn set_map(&self, into: &mut SeriesTable) -> Vec<u32> {
        let keys = self.series.keys();
        self.series.sets().iter().map(|set| into.intern_set(set.iter().map(|&k| &*keys[k as usize]))).collect()
    }
}
