//! A batch of points on its way into the store.

use std::fmt::Write;
use std::sync::Arc;

use hashbrown::HashMap;
use model::{FieldType, FieldValue, Point};

use crate::chunk::Chunk;

/// Fields of one measurement. Each is a column of a Parquet file and costs its writer tens of kilobytes while a file is
/// written; wide industrial schemas have hundreds.
pub(crate) const MAX_FIELDS: usize = 4_096;

/// The longest text of a field, in bytes.
pub(crate) const MAX_STRING_BYTES: usize = 1_048_576;
/// A chunk of a batch ends at this size, so that its offsets fit 32 bits.
const MAX_CHUNK_BYTES: usize = 1 << 30;

/// Points of one request, with the time of receipt already filled in; columnar inside.
#[derive(Debug, Default)]
pub struct WriteBatch {
    pub(crate) tables: Vec<BatchTable>,
    /// The open table of each measurement.
    by_name: HashMap<Arc<str>, usize, ahash::RandomState>,
    last: usize,
    /// Points pushed.
    points: u32,
    pub(crate) oddities: Vec<Oddity>,
}

/// The points of one measurement.
#[derive(Debug)]
pub(crate) struct BatchTable {
    pub(crate) measurement: Arc<str>,
    pub(crate) chunk: Chunk,
    /// For each row the number of its point in the request.
    pub(crate) ordinals: Vec<u32>,
}

/// A point that the schema check has to look at with more care.
#[derive(Debug)]
pub(crate) struct Oddity {
    pub(crate) ordinal: u32,
    pub(crate) measurement: Arc<str>,
    /// The series as line protocol writes it.
    pub(crate) series_key: String,
    pub(crate) time: i64,
    pub(crate) kind: OddityKind,
}

#[derive(Debug)]
pub(crate) enum OddityKind {
    /// Its only field is called `time`; there is no row.
    TimeAlone,
    /// A field `time` stood beside others; the row has the others.
    TimeStripped,
    /// A text of this length; there is no row.
    TooLong { field: String, bytes: usize },
    /// One field with two types; there is no row.
    TwoTypes { field: String, first: FieldType, second: FieldType },
}

impl WriteBatch {
    /// Adds a point; `time_ns` is its time after the precision and the default time were applied.
    pub fn push(&mut self, point: &Point<'_>, time_ns: i64) {
        let ordinal = self.points;
        self.points += 1;
        if point.fields.iter().any(|(name, value)| is_odd(name, value)) {
            return self.push_odd(point, time_ns, ordinal);
        }
        self.push_row(point, time_ns, ordinal);
    }

    /// How many points were pushed.
    pub fn len(&self) -> usize {
        self.points as usize
    }

    /// Whether no point was pushed.
    pub fn is_empty(&self) -> bool {
        self.points == 0
    }

    /// Bytes held, roughly.
    pub fn bytes(&self) -> usize {
        self.tables.iter().map(|t| t.chunk.bytes()).sum()
    }

    fn push_row(&mut self, point: &Point<'_>, time: i64, ordinal: u32) {
        let table_number = self.table_for(&point.measurement);
        let table = &mut self.tables[table_number];
        let chunk = &mut table.chunk;
        let series = chunk.series.intern(&point.tags);
        let row = chunk.begin_row(series, time);
        for (position, (name, value)) in point.fields.iter().enumerate() {
            chunk.set(row, position, name, value);
        }
        table.ordinals.push(ordinal);
        if !chunk.is_mixed() {
            return;
        }
        if let Some((field, first, second)) = two_types(point) {
            chunk.retract_row(row);
            table.ordinals.pop();
            self.odd(point, time, ordinal, OddityKind::TwoTypes { field, first, second });
        }
    }

    /// A point with a field `time` or a text that is too long.
    #[cold]
    fn push_odd(&mut self, point: &Point<'_>, time: i64, ordinal: u32) {
        let too_long = point.fields.iter().find_map(|(name, value)| match value {
            FieldValue::String(text) if text.len() > MAX_STRING_BYTES => {
                Some(OddityKind::TooLong { field: name.to_string(), bytes: text.len() })
            }
            _ => None,
        });
        if let Some(kind) = too_long {
            return self.odd(point, time, ordinal, kind);
        }
        let mut rest = point.clone();
        rest.fields.retain(|(name, _)| name != "time");
        if rest.fields.is_empty() {
            return self.odd(point, time, ordinal, OddityKind::TimeAlone);
        }
        self.odd(point, time, ordinal, OddityKind::TimeStripped);
        self.push_row(&rest, time, ordinal);
    }

    fn odd(&mut self, point: &Point<'_>, time: i64, ordinal: u32, kind: OddityKind) {
        let tags = point.tags.iter().map(|(k, v)| (&**k, &**v));
        let series_key = series_key(&point.measurement, tags);
        self.oddities.push(Oddity { ordinal, measurement: point.measurement.as_ref().into(), series_key, time, kind });
    }

    fn table_for(&mut self, measurement: &str) -> usize {
        let number = match self.tables.get(self.last) {
            Some(table) if *table.measurement == *measurement => self.last,
            _ => self.by_name.get(measurement).copied().unwrap_or(usize::MAX),
        };
        let fits =
            self.tables.get(number).is_some_and(|t| t.chunk.len() % 4096 != 0 || t.chunk.bytes() < MAX_CHUNK_BYTES);
        self.last = if fits { number } else { self.add_table(measurement) };
        self.last
    }

    fn add_table(&mut self, measurement: &str) -> usize {
        let measurement: Arc<str> = measurement.into();
        let number = self.tables.len();
        self.by_name.insert(Arc::clone(&measurement), number);
        self.tables.push(BatchTable { measurement, chunk: Chunk::default(), ordinals: Vec::new() });
        number
    }
}

fn is_odd(name: &str, value: &FieldValue<'_>) -> bool {
    name == "time" || matches!(value, FieldValue::String(text) if text.len() > MAX_STRING_BYTES)
}

/// The first field that a point has with two types, and its first two types.
fn two_types(point: &Point<'_>) -> Option<(String, FieldType, FieldType)> {
    point.fields.iter().enumerate().find_map(|(i, (name, value))| {
        let kind = value.field_type();
        let earlier = point.fields[..i].iter().find(|(n, v)| n == name && v.field_type() != kind)?;
        Some((name.to_string(), earlier.1.field_type(), kind))
    })
}

/// A series as line protocol writes it: `measurement,key=value`, with commas, blanks and equals signs escaped.
pub(crate) fn series_key<'a>(measurement: &str, tags: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut out = String::new();
    escape(&mut out, measurement, &[',', ' ']);
    for (key, value) in tags {
        out.push(',');
        escape(&mut out, key, &[',', '=', ' ']);
        out.push('=');
        escape(&mut out, value, &[',', '=', ' ']);
    }
    out
}

fn escape(out: &mut String, text: &str, special: &[char]) {
    for c in text.chars() {
        if special.contains(&c) {
            out.push('\\');
        }
        // Writing to a String cannot fail.
        let _ = out.write_char(c);
    }
}
