//! A field column of a chunk: the values that are there, and the rows they stand in.

use std::sync::Arc;

use model::{FieldType, FieldValue};

/// The values of one field with one type. Absent values take no room.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: Arc<str>,
    pub(crate) values: Values,
    /// The row of each value, ascending; `None` if the values stand in the first rows without a gap.
    pub(crate) rows: Option<Vec<u32>>,
}

/// Values of one type.
#[derive(Debug, Clone)]
pub(crate) enum Values {
    Float(Vec<f64>),
    Integer(Vec<i64>),
    Unsigned(Vec<u64>),
    Boolean(Vec<bool>),
    /// The texts one after another, and where each ends.
    String(String, Vec<u32>),
}

impl Values {
    pub(crate) fn new(kind: FieldType) -> Self {
        match kind {
            FieldType::Float => Self::Float(Vec::new()),
            FieldType::Integer => Self::Integer(Vec::new()),
            FieldType::Unsigned => Self::Unsigned(Vec::new()),
            FieldType::Boolean => Self::Boolean(Vec::new()),
            FieldType::String => Self::String(String::new(), Vec::new()),
        }
    }

    pub(crate) fn kind(&self) -> FieldType {
        match self {
            Self::Float(_) => FieldType::Float,
            Self::Integer(_) => FieldType::Integer,
            Self::Unsigned(_) => FieldType::Unsigned,
            Self::Boolean(_) => FieldType::Boolean,
            Self::String(..) => FieldType::String,
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Float(v) => v.len(),
            Self::Integer(v) => v.len(),
            Self::Unsigned(v) => v.len(),
            Self::Boolean(v) => v.len(),
            Self::String(_, ends) => ends.len(),
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Float(_) | Self::Integer(_) | Self::Unsigned(_) => self.len() * 8,
            Self::Boolean(v) => v.len(),
            Self::String(text, ends) => text.len() + ends.len() * 4,
        }
    }

    /// Text number `i` of a column of texts.
    pub(crate) fn text(&self, i: usize) -> &str {
        match self {
            Self::String(text, ends) => {
                let begin = if i == 0 { 0 } else { ends[i - 1] as usize };
                &text[begin..ends[i] as usize]
            }
            _ => "",
        }
    }

    /// Adds a value; one of another type is not added.
    pub(crate) fn push(&mut self, value: &FieldValue<'_>) {
        match (self, value) {
            (Self::Float(v), FieldValue::Float(x)) => v.push(*x),
            (Self::Integer(v), FieldValue::Integer(x)) => v.push(*x),
            (Self::Unsigned(v), FieldValue::Unsigned(x)) => v.push(*x),
            (Self::Boolean(v), FieldValue::Boolean(x)) => v.push(*x),
            (Self::String(text, ends), FieldValue::String(x)) => {
                text.push_str(x);
                ends.push(text.len() as u32);
            }
            _ => debug_assert!(false, "a value in a column of another type"),
        }
    }

    pub(crate) fn pop(&mut self) {
        match self {
            Self::Float(v) => drop(v.pop()),
            Self::Integer(v) => drop(v.pop()),
            Self::Unsigned(v) => drop(v.pop()),
            Self::Boolean(v) => drop(v.pop()),
            Self::String(text, ends) => {
                ends.pop();
                text.truncate(ends.last().map_or(0, |&end| end as usize));
            }
        }
    }

    /// Adds the values `from..` of another column of the same type.
    fn extend(&mut self, other: &Self) {
        match (self, other) {
            (Self::Float(v), Self::Float(o)) => v.extend_from_slice(o),
            (Self::Integer(v), Self::Integer(o)) => v.extend_from_slice(o),
            (Self::Unsigned(v), Self::Unsigned(o)) => v.extend_from_slice(o),
            (Self::Boolean(v), Self::Boolean(o)) => v.extend_from_slice(o),
            (Self::String(text, ends), Self::String(other_text, other_ends)) => {
                let base = text.len() as u32;
                text.push_str(other_text);
                ends.extend(other_ends.iter().map(|end| base + end));
            }
            _ => debug_assert!(false, "columns of two types"),
        }
    }

    /// Adds value number `i` of another column of the same type.
    fn push_from(&mut self, other: &Self, i: usize) {
        match (self, other) {
            (Self::Float(v), Self::Float(o)) => v.push(o[i]),
            (Self::Integer(v), Self::Integer(o)) => v.push(o[i]),
            (Self::Unsigned(v), Self::Unsigned(o)) => v.push(o[i]),
            (Self::Boolean(v), Self::Boolean(o)) => v.push(o[i]),
            (Self::String(text, ends), Self::String(..)) => {
                text.push_str(other.text(i));
                ends.push(text.len() as u32);
            }
            _ => debug_assert!(false, "columns of two types"),
        }
    }
}

impl Column {
    pub(crate) fn new(name: Arc<str>, kind: FieldType) -> Self {
        Self { name, values: Values::new(kind), rows: None }
    }

    /// The row of the newest value.
    pub(crate) fn last_row(&self) -> Option<u32> {
        match &self.rows {
            Some(rows) => rows.last().copied(),
            None => (self.values.len() as u32).checked_sub(1),
        }
    }

    /// Sets the value of `row`, which is the newest row of all; a second value of a row replaces the first.
    pub(crate) fn set(&mut self, row: u32, value: &FieldValue<'_>) {
        if self.last_row() == Some(row) {
            self.values.pop();
            self.values.push(value);
            return;
        }
        self.place(row);
        self.values.push(value);
    }

    /// Takes back the value of `row` if it is the newest.
    pub(crate) fn retract(&mut self, row: u32) {
        if self.last_row() == Some(row) {
            self.values.pop();
            if let Some(rows) = &mut self.rows {
                rows.pop();
            }
        }
    }

    /// Rows and numbers of the values, ascending.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (u32, usize)> + '_ {
        let rows = self.rows.as_deref();
        (0..self.values.len()).map(move |i| (rows.map_or(i as u32, |rows| rows[i]), i))
    }

    /// Adds another column of the same name and type whose row 0 is `base` here.
    pub(crate) fn append(&mut self, other: &Self, base: u32) {
        let seamless = self.rows.is_none() && other.rows.is_none() && self.values.len() as u32 == base;
        if !seamless && other.values.len() > 0 {
            let len = self.values.len() as u32;
            let rows = self.rows.get_or_insert_with(|| (0..len).collect());
            rows.extend(other.entries().map(|(row, _)| base + row));
        }
        self.values.extend(&other.values);
    }

    /// Adds value number `i` of another column of the same type as the value of `row`.
    pub(crate) fn set_from(&mut self, row: u32, other: &Self, i: usize) {
        self.place(row);
        self.values.push_from(&other.values, i);
    }

    fn place(&mut self, row: u32) {
        let len = self.values.len() as u32;
        match &mut self.rows {
            Some(rows) => rows.push(row),
            None if len == row => {}
            None => {
                let mut rows: Vec<u32> = (0..len).collect();
                rows.push(row);
                self.rows = Some(rows);
            }
        }
    }
}
