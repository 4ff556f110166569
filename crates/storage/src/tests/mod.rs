//! The store as a whole.

mod deletes;
mod ends;
mod faults;
mod looking;
mod model_based;
mod overlap;
mod partitions;
mod recovery;
mod refusals;
mod rows;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::future::Future;
use std::path::Path;
use std::time::Duration;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, TimestampNanosecondType, UInt64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use model::{FieldType, FieldValue, Id, Point, SeriesFilter, TimeRange};

use crate::batch::WriteBatch;
use crate::snapshot::{ScanRequest, Snapshot};
use crate::store::{Store, StoreOptions, WriteReport};

pub(crate) const WEEK_NS: i64 = 7 * 86_400_000_000_000;
/// 2024-03-04T00:00:00Z, a Monday.
pub(crate) const MONDAY: i64 = 1_709_510_400_000_000_000;

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

pub(crate) fn bucket() -> Id {
    Id::new(0xb0c).expect("an id")
}

pub(crate) fn options(dir: &Path) -> StoreOptions {
    StoreOptions {
        dir: dir.to_owned(),
        memory_limit_bytes: 256 << 20,
        wal_fsync_delay: Duration::ZERO,
        read_only: false,
    }
}

/// A folder of its own, in memory where that is possible: thousands of syncs are no part of what is tested.
pub(crate) fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.expect("a folder")
}

/// A store of its own with one bucket for ever.
pub(crate) fn store() -> (tempfile::TempDir, Store) {
    let dir = folder();
    let store = block_on(Store::open(options(dir.path()))).expect("opens");
    store.put_bucket(bucket(), 0, WEEK_NS).expect("a bucket");
    (dir, store)
}

/// Opens a folder again.
pub(crate) fn open(dir: &Path) -> Store {
    block_on(Store::open(options(dir))).expect("opens")
}

pub(crate) fn open_read_only(dir: &Path) -> Store {
    block_on(Store::open(StoreOptions { read_only: true, ..options(dir) })).expect("opens read-only")
}

pub(crate) fn close(store: Store) {
    block_on(store.close()).expect("closes");
}

pub(crate) fn flush(store: &Store) {
    block_on(store.flush()).expect("flushes");
}

pub(crate) fn compact(store: &Store) {
    block_on(store.compact(None)).expect("compacts");
}

/// Paths below a folder, relative to it.
pub(crate) fn paths(dir: &Path) -> Vec<String> {
    fn walk(dir: &Path, root: &Path, out: &mut Vec<String>) {
        for entry in std::fs::read_dir(dir).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, root, out);
            } else {
                out.push(path.strip_prefix(root).expect("below").to_string_lossy().into_owned());
            }
        }
    }
    let mut out = Vec::new();
    walk(dir, dir, &mut out);
    out.sort();
    out
}

/// A point in words: `measurement,tag=value field=1i,other="x" time`, without escapes.
pub(crate) fn push(batch: &mut WriteBatch, line: &str) {
    let (head, time) = line.rsplit_once(' ').expect("a time");
    let (key, fields) = head.split_once(' ').expect("fields");
    let mut parts = key.split(',');
    let measurement = parts.next().expect("a measurement").into();
    let split = |p: &'_ str| p.split_once('=').map(|(k, v)| (k.to_owned(), v.to_owned())).expect("key=value");
    let mut tags: Vec<(Cow<str>, Cow<str>)> = parts.map(split).map(|(k, v)| (k.into(), v.into())).collect();
    tags.sort();
    let fields = fields.split(',').map(split).map(|(k, v)| (k.into(), value(&v))).collect();
    let point = Point { measurement, tags, fields, time: None };
    batch.push(&point, time.parse().expect("a time"));
}

fn value(text: &str) -> FieldValue<'static> {
    match text.as_bytes() {
        [b'"', .., b'"'] => FieldValue::String(text[1..text.len() - 1].to_owned().into()),
        [.., b'i'] => FieldValue::Integer(text[..text.len() - 1].parse().expect("an integer")),
        [.., b'u'] => FieldValue::Unsigned(text[..text.len() - 1].parse().expect("an integer")),
        b"t" => FieldValue::Boolean(true),
        b"f" => FieldValue::Boolean(false),
        _ => FieldValue::Float(text.parse().expect("a float")),
    }
}

pub(crate) fn write(store: &Store, lines: &[&str]) -> WriteReport {
    let mut batch = WriteBatch::default();
    lines.iter().for_each(|line| push(&mut batch, line));
    block_on(store.write(bucket(), batch, MONDAY)).expect("written")
}

pub(crate) fn delete(store: &Store, first: i64, last: i64, filter: SeriesFilter) {
    block_on(store.delete(bucket(), first, last, filter)).expect("deleted");
}

/// Series and time to fields with their values, in words.
pub(crate) type Rows = BTreeMap<(String, i64), BTreeMap<String, String>>;

/// All rows of a measurement within a range.
pub(crate) fn rows(snapshot: &Snapshot, measurement: &str, range: TimeRange, filter: SeriesFilter) -> Rows {
    let Some(info) = snapshot.measurement(measurement) else { return Rows::new() };
    let request = ScanRequest {
        measurement: measurement.to_owned(),
        tags: info.tag_keys.clone(),
        fields: info.fields.clone(),
        range,
        filter,
        tag_sets: None,
        near: Vec::new(),
    };
    scan(snapshot, &request)
}

pub(crate) fn scan(snapshot: &Snapshot, request: &ScanRequest) -> Rows {
    let mut out = Rows::new();
    let mut last = i64::MIN;
    for part in snapshot.scan(request).expect("scans") {
        assert!(part.time_bounds.0 >= last, "parts in time order");
        last = part.time_bounds.1;
        let mut count = 0;
        for batch in part.batches {
            let batch = batch.expect("a batch");
            assert_eq!(batch.schema(), crate::snapshot::scan_schema(request));
            count += batch.num_rows();
            add_rows(&batch, request, part.time_bounds, &mut out);
        }
        assert!(count <= part.max_rows, "{count} rows, promised at most {}", part.max_rows);
    }
    out
}

fn add_rows(batch: &RecordBatch, request: &ScanRequest, bounds: (i64, i64), out: &mut Rows) {
    for row in 0..batch.num_rows() {
        let time = batch.column(0).as_primitive::<TimestampNanosecondType>().value(row);
        assert!(bounds.0 <= time && time <= bounds.1, "{time} lies outside {bounds:?}");
        let mut series = request.measurement.clone();
        for (i, tag) in request.tags.iter().enumerate() {
            let values = batch.column(1 + i).as_string_view();
            if values.is_valid(row) {
                series.push_str(&format!(",{tag}={}", values.value(row)));
            }
        }
        let mut fields = BTreeMap::new();
        for (i, (name, kind)) in request.fields.iter().enumerate() {
            let column = batch.column(1 + request.tags.len() + i);
            if column.is_valid(row) {
                let twice = fields.insert(name.clone(), in_words(column, *kind, row));
                assert!(twice.is_none(), "two types of {name} in one row");
            }
        }
        let twice = out.insert((series, time), fields);
        assert!(twice.is_none(), "row {time} came twice");
    }
}

fn in_words(column: &ArrayRef, kind: FieldType, row: usize) -> String {
    match kind {
        FieldType::Float => format!("{}", column.as_primitive::<Float64Type>().value(row)),
        FieldType::Integer => format!("{}i", column.as_primitive::<Int64Type>().value(row)),
        FieldType::Unsigned => format!("{}u", column.as_primitive::<UInt64Type>().value(row)),
        FieldType::Boolean => if column.as_boolean().value(row) { "t" } else { "f" }.to_owned(),
        FieldType::String => format!("{:?}", column.as_string_view().value(row)),
    }
}

/// All rows of a measurement, one text a row.
pub(crate) fn all(store: &Store, measurement: &str) -> Vec<String> {
    let snapshot = store.snapshot(bucket()).expect("a snapshot");
    let rows = rows(&snapshot, measurement, TimeRange::ALL, SeriesFilter::All);
    let text = |((series, time), fields): (&(String, i64), &BTreeMap<String, String>)| {
        let fields: Vec<_> = fields.iter().map(|(k, v)| format!("{k}={v}")).collect();
        format!("{series} {} {time}", fields.join(","))
    };
    rows.iter().map(text).collect()
}

pub(crate) fn tag_equals(key: &str, value: &str) -> SeriesFilter {
    SeriesFilter::Tag { key: key.into(), comparison: model::Comparison::Equal, value: value.into() }
}
