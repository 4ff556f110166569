//! A chunk's rows as Arrow arrays.

use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, StringViewBuilder};
use arrow_array::types::{Float64Type, Int64Type, UInt64Type};
use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, BooleanArray, Float64Array, Int64Array, PrimitiveArray, StringViewArray,
    UInt64Array, new_null_array,
};
use arrow_schema::DataType;
use model::FieldType;

use super::{Chunk, Column, SeriesTable, Values};

/// Reads columns of a chunk for chosen rows.
#[derive(Debug)]
pub(crate) struct ChunkColumns<'a> {
    chunk: &'a Chunk,
    /// Chosen rows, ascending; all rows if `None`.
    selection: Option<&'a [u32]>,
}

impl<'a> ChunkColumns<'a> {
    pub(crate) fn new(chunk: &'a Chunk, selection: Option<&'a [u32]>) -> Self {
        Self { chunk, selection }
    }

    pub(crate) fn len(&self) -> usize {
        self.selection.map_or(self.chunk.len(), <[u32]>::len)
    }

    pub(crate) fn times(&self) -> Vec<i64> {
        match self.selection {
            Some(rows) => rows.iter().map(|&row| self.chunk.times[row as usize]).collect(),
            None => self.chunk.times.clone(),
        }
    }

    /// The series of each chosen row.
    pub(crate) fn series(&self) -> Vec<u32> {
        match self.selection {
            Some(rows) => rows.iter().map(|&row| self.chunk.rows[row as usize]).collect(),
            None => self.chunk.rows.clone(),
        }
    }

    /// A field with a type; all null if the chunk lacks it.
    pub(crate) fn field(&self, name: &str, kind: FieldType) -> ArrayRef {
        let Some(number) = self.chunk.find_column(name, kind) else {
            return field_array_empty(kind, self.len());
        };
        let column = &self.chunk.columns[number];
        match &column.values {
            Values::Float(v) => Arc::new(self.primitive::<Float64Type>(column, v)),
            Values::Integer(v) => Arc::new(self.primitive::<Int64Type>(column, v)),
            Values::Unsigned(v) => Arc::new(self.primitive::<UInt64Type>(column, v)),
            Values::Boolean(v) => {
                let mut out = BooleanBuilder::with_capacity(self.len());
                self.visit(column, |i| out.append_option(i.and_then(|i| v.get(i).copied())));
                Arc::new(out.finish())
            }
            Values::String(..) => {
                let mut out = StringViewBuilder::with_capacity(self.len());
                self.visit(column, |i| out.append_option(i.map(|i| column.values.text(i))));
                Arc::new(out.finish())
            }
        }
    }

    fn primitive<T: ArrowPrimitiveType>(&self, column: &Column, values: &[T::Native]) -> PrimitiveArray<T> {
        if column.rows.is_none() && self.selection.is_none() && values.len() == self.chunk.len() {
            return PrimitiveArray::from_iter_values(values.iter().copied());
        }
        let mut out = arrow_array::builder::PrimitiveBuilder::<T>::with_capacity(self.len());
        self.visit(column, |i| out.append_option(i.and_then(|i| values.get(i).copied())));
        out.finish()
    }

    /// Calls `each` for each chosen row with the number of its value, if there is one.
    fn visit(&self, column: &Column, mut each: impl FnMut(Option<usize>)) {
        let count = column.values.len();
        let Some(rows) = &column.rows else {
            let present = |row: usize| (row < count).then_some(row);
            return match self.selection {
                Some(chosen) => chosen.iter().for_each(|&row| each(present(row as usize))),
                None => (0..self.chunk.len()).for_each(|row| each(present(row))),
            };
        };
        let mut next = 0;
        let mut look = |row: u32| {
            while rows.get(next).is_some_and(|&r| r < row) {
                next += 1;
            }
            each((rows.get(next) == Some(&row)).then_some(next));
        };
        match self.selection {
            Some(chosen) => chosen.iter().for_each(|&row| look(row)),
            None => (0..self.chunk.len() as u32).for_each(look),
        }
    }
}

/// The values of a tag, one a series in the order of the table; null where a series lacks it.
pub(crate) fn tag_values(series: &SeriesTable, key: &str) -> StringViewArray {
    let Some(key_id) = series.keys().iter().position(|k| **k == *key) else {
        return StringViewArray::new_null(series.len());
    };
    // Where the key stands in each tag set.
    let places: Vec<Option<usize>> =
        series.sets().iter().map(|set| set.iter().position(|&k| k as usize == key_id)).collect();
    let mut out = StringViewBuilder::with_capacity(series.len());
    for (id, one) in series.iter().enumerate() {
        let place = places.get(series.set_of(id as u32) as usize).copied().flatten();
        out.append_option(place.and_then(|place| one.values().nth(place)));
    }
    out.finish()
}

/// A column of nulls for a field type.
pub(crate) fn field_array_empty(kind: FieldType, len: usize) -> ArrayRef {
    match kind {
        FieldType::Float => Arc::new(Float64Array::new_null(len)),
        FieldType::Integer => Arc::new(Int64Array::new_null(len)),
        FieldType::Unsigned => Arc::new(UInt64Array::new_null(len)),
        FieldType::Boolean => Arc::new(BooleanArray::new_null(len)) as Arc<dyn Array>,
        FieldType::String => new_null_array(&DataType::Utf8View, len),
    }
}
