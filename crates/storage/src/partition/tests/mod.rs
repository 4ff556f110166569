//! Partitions against a plain list of rows.

mod damage;
mod fixtures;
mod format;
mod near;
mod scans;

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::StringViewBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, TimestampNanosecondType, UInt64Type};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, TimestampNanosecondArray, UInt64Array,
};
use arrow_schema::{DataType, Field, Schema};
use model::{FieldType, FieldValue, TagSource};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use regex::Regex;

use super::{PartitionInput, PartitionMeta, PartitionReader, PartitionScan, WriteOptions, time_slices, write};
use crate::store::StorageError;

/// A row as a test sees it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) time: i64,
    pub(super) tags: Vec<Option<String>>,
    pub(super) fields: Vec<Option<FieldValue<'static>>>,
}

/// Rows of one measurement, in the order of the file.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) tag_keys: Vec<String>,
    pub(super) fields: Vec<(String, FieldType)>,
    /// Ends of the time slices.
    pub(super) ends: Vec<usize>,
    pub(super) rows: Vec<Row>,
}

/// Opens a partition.
pub(super) fn open_at(path: &Path) -> Result<PartitionReader, StorageError> {
    PartitionReader::open(&Arc::default(), path)
}

/// Writes a partition.
pub(super) fn write_at(
    path: &Path,
    input: &PartitionInput,
    batches: impl Iterator<Item = Result<RecordBatch, StorageError>>,
) -> Result<PartitionMeta, StorageError> {
    write(&Arc::default(), path, input, batches)
}

pub(super) const SECOND: i64 = 1_000_000_000;

impl Table {
    pub(super) fn new(tag_keys: &[&str], fields: &[(&str, FieldType)], mut rows: Vec<Row>, slice_rows: usize) -> Self {
        rows.sort_by_key(|row| row.time);
        let times: Vec<i64> = rows.iter().map(|row| row.time).collect();
        let ends = time_slices(&times, slice_rows);
        let mut from = 0;
        for end in &ends {
            rows[from..*end].sort_by(|a, b| (&a.tags, a.time).cmp(&(&b.tags, b.time)));
            from = *end;
        }
        let tag_keys = tag_keys.iter().map(|key| (*key).to_owned()).collect();
        let fields = fields.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect();
        Self { tag_keys, fields, ends, rows }
    }

    /// `rows` rows of some 40 series with absent tags and fields of all types.
    pub(super) fn random(seed: u64, rows: usize, slice_rows: usize) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let mut all: Vec<Row> = (0..rows).map(|at| random_row(&mut random, at as i64)).collect();
        all.dedup_by(|a, b| a.time == b.time && a.tags == b.tags);
        let fields = [
            ("temp", FieldType::Float),
            ("count", FieldType::Integer),
            ("total", FieldType::Unsigned),
            ("on", FieldType::Boolean),
            ("text", FieldType::String),
        ];
        Self::new(&["city", "host", "note"], &fields, all, slice_rows)
    }

    pub(super) fn batches(&self, batch_rows: usize) -> Vec<RecordBatch> {
        let mut batches = Vec::new();
        let mut from = 0;
        for end in &self.ends {
            for rows in self.rows[from..*end].chunks(batch_rows) {
                batches.push(self.batch(rows));
            }
            batches.push(self.batch(&[]));
            from = *end;
        }
        batches
    }

    pub(super) fn batch(&self, rows: &[Row]) -> RecordBatch {
        let times = rows.iter().map(|row| row.time);
        let mut columns: Vec<ArrayRef> =
            vec![Arc::new(TimestampNanosecondArray::from_iter_values(times).with_timezone("UTC"))];
        for tag in 0..self.tag_keys.len() {
            let mut texts = StringViewBuilder::new();
            rows.iter().for_each(|row| texts.append_option(row.tags[tag].as_deref()));
            columns.push(Arc::new(texts.finish()));
        }
        for (field, (_, kind)) in self.fields.iter().enumerate() {
            columns.push(field_column(*kind, rows.iter().map(|row| row.fields[field].as_ref()).collect()));
        }
        let fields = columns.iter().map(|column| Field::new("", column.data_type().clone(), true)).collect::<Vec<_>>();
        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
    }

    pub(super) fn input(&self) -> PartitionInput {
        PartitionInput {
            measurement: "the measurement".to_owned(),
            tag_keys: self.tag_keys.clone(),
            fields: self.fields.clone(),
            options: WriteOptions { row_group_rows: 100, sync: false, ..WriteOptions::default() },
        }
    }

    pub(super) fn write(&self, path: &Path) -> PartitionMeta {
        write_at(path, &self.input(), self.batches(64).into_iter().map(Ok)).unwrap()
    }

    /// What a scan must give.
    pub(super) fn expected(&self, scan: &PartitionScan) -> Vec<String> {
        let patterns = Patterns::default();
        let accepted = |row: &&Row| {
            let has: Vec<&String> =
                self.tag_keys.iter().zip(&row.tags).filter(|(_, v)| v.is_some()).map(|(k, _)| k).collect();
            let series = Series { table: self, row };
            let matches = |pattern: &str, text: &str| patterns.matches(pattern, text);
            let field = |name: &str, kind| {
                let at = self.fields.iter().position(|(n, k)| n == name && *k == kind);
                at.is_some_and(|at| row.fields[at].is_some())
            };
            scan.range.contains(row.time)
                && scan.filter.accepts(&series, &matches)
                && scan.tag_sets.as_ref().is_none_or(|sets| {
                    sets.iter().any(|set| set.len() == has.len() && set.iter().all(|key| has.contains(&key)))
                })
                && !scan.without.iter().any(|(range, f)| range.contains(row.time) && f.accepts(&series, &matches))
                && (scan.fields.is_empty() || scan.fields.iter().any(|(name, kind)| field(name, *kind)))
        };
        self.rows.iter().filter(accepted).map(|row| self.print(row, scan)).collect()
    }

    fn print(&self, row: &Row, scan: &PartitionScan) -> String {
        let mut line = row.time.to_string();
        for key in &scan.tags {
            let value = self.tag_keys.iter().position(|tag| tag == key).and_then(|at| row.tags[at].as_deref());
            write!(line, " {value:?}").unwrap();
        }
        for wanted in &scan.fields {
            let value = self.fields.iter().position(|field| field == wanted).and_then(|at| row.fields[at].as_ref());
            match value {
                None => line.push_str(" -"),
                Some(FieldValue::Float(v)) => write!(line, " {:x}", v.to_bits()).unwrap(),
                Some(FieldValue::Integer(v)) => write!(line, " {v}i").unwrap(),
                Some(FieldValue::Unsigned(v)) => write!(line, " {v}u").unwrap(),
                Some(FieldValue::Boolean(v)) => write!(line, " {v}").unwrap(),
                Some(FieldValue::String(v)) => write!(line, " {v:?}").unwrap(),
            }
        }
        line
    }
}

/// Compiled patterns, each once.
#[derive(Default)]
struct Patterns {
    known: RefCell<HashMap<String, Regex>>,
}

impl Patterns {
    fn matches(&self, pattern: &str, text: &str) -> bool {
        let mut known = self.known.borrow_mut();
        known.entry(pattern.to_owned()).or_insert_with(|| Regex::new(pattern).unwrap()).is_match(text)
    }
}

struct Series<'a> {
    table: &'a Table,
    row: &'a Row,
}

impl TagSource for Series<'_> {
    fn tag(&self, key: &str) -> &str {
        if key == "_measurement" {
            return "the measurement";
        }
        let at = self.table.tag_keys.iter().position(|tag| tag == key);
        at.and_then(|at| self.row.tags[at].as_deref()).unwrap_or("")
    }
}

/// What a scan gave.
pub(super) fn printed(reader: &PartitionReader, scan: &PartitionScan) -> Result<Vec<String>, StorageError> {
    let mut lines = Vec::new();
    for batch in reader.scan(scan)? {
        let batch = batch?;
        assert!(batch.num_rows() > 0 && batch.num_rows() <= scan.batch_rows, "{} rows", batch.num_rows());
        assert_eq!(batch.schema(), super::schema::scan_schema(&scan.tags, &scan.fields));
        let times = batch.column(0).as_primitive::<TimestampNanosecondType>();
        for row in 0..batch.num_rows() {
            let mut line = times.value(row).to_string();
            for (at, column) in batch.columns().iter().enumerate().skip(1) {
                print_value(&mut line, column, row, at <= scan.tags.len());
            }
            lines.push(line);
        }
    }
    Ok(lines)
}

fn print_value(line: &mut String, column: &ArrayRef, row: usize, tag: bool) {
    let null = column.is_null(row);
    match column.data_type() {
        DataType::Utf8View if tag => {
            write!(line, " {:?}", (!null).then(|| column.as_string_view().value(row))).unwrap();
        }
        _ if null => line.push_str(" -"),
        DataType::Utf8View => write!(line, " {:?}", column.as_string_view().value(row)).unwrap(),
        DataType::Float64 => write!(line, " {:x}", column.as_primitive::<Float64Type>().value(row).to_bits()).unwrap(),
        DataType::Int64 => write!(line, " {}i", column.as_primitive::<Int64Type>().value(row)).unwrap(),
        DataType::UInt64 => write!(line, " {}u", column.as_primitive::<UInt64Type>().value(row)).unwrap(),
        DataType::Boolean => write!(line, " {}", column.as_boolean().value(row)).unwrap(),
        other => panic!("no column of a scan has type {other}"),
    }
}

fn random_row(random: &mut StdRng, at: i64) -> Row {
    let city = ["Athens", "Bern", "Cork, Ireland with a long name", "Dole"][random.random_range(0..4)];
    let host = random.random_range(0..5);
    let maybe =
        |random: &mut StdRng, value: Option<FieldValue<'static>>| if random.random_bool(0.6) { value } else { None };
    let fields = vec![
        Some(FieldValue::Float(f64::from(random.random_range(-1_000..1_000)) / 100.0)),
        Some(FieldValue::Integer(random.random())),
        Some(FieldValue::Unsigned(random.random())),
        Some(FieldValue::Boolean(random.random())),
        Some(FieldValue::String(format!("text {}", random.random_range(0..50)).into())),
    ];
    let mut fields: Vec<_> = fields.into_iter().map(|value| maybe(random, value)).collect();
    if fields.iter().all(Option::is_none) {
        fields[1] = Some(FieldValue::Integer(i64::MIN));
    }
    Row {
        time: at / 3 * SECOND,
        tags: vec![
            random.random_bool(0.8).then(|| city.to_owned()),
            Some(format!("host {host}")),
            random.random_bool(0.1).then(|| "n".repeat(random.random_range(1..40))),
        ],
        fields,
    }
}

fn field_column(kind: FieldType, values: Vec<Option<&FieldValue<'static>>>) -> ArrayRef {
    macro_rules! column {
        ($variant:ident, $array:ty) => {
            Arc::new(
                values
                    .iter()
                    .map(|value| match value {
                        Some(FieldValue::$variant(value)) => Some(*value),
                        _ => None,
                    })
                    .collect::<$array>(),
            )
        };
    }
    match kind {
        FieldType::Float => column!(Float, Float64Array),
        FieldType::Integer => column!(Integer, Int64Array),
        FieldType::Unsigned => column!(Unsigned, UInt64Array),
        FieldType::Boolean => column!(Boolean, BooleanArray),
        FieldType::String => {
            let mut texts = StringViewBuilder::new();
            for value in values {
                texts.append_option(match value {
                    Some(FieldValue::String(text)) => Some(text.as_ref()),
                    _ => None,
                });
            }
            Arc::new(texts.finish())
        }
    }
}

/// Everything of a table.
pub(super) fn everything(table: &Table) -> PartitionScan {
    PartitionScan { tags: table.tag_keys.clone(), fields: table.fields.clone(), ..PartitionScan::default() }
}
