//! The bytes of a partition and its names, as `docs/format.md` states them.

use std::collections::HashMap;
use std::fs;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, TimeUnit};
use model::{FieldType, FieldValue};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::super::index::{Bits, Index, TagIndex};
use super::super::{PartitionMeta, RowGroupMeta, measurement_folder, time_slices};
use super::{Row, SECOND, Table, everything, open_at, printed, write_at};
use crate::store::StorageError;

fn one_field(times: impl IntoIterator<Item = i64>) -> Table {
    let row = |time| Row { time, tags: vec![], fields: vec![Some(FieldValue::Float(time as f64))] };
    Table::new(&[], &[("v", FieldType::Float)], times.into_iter().map(row).collect(), 100)
}

#[test]
fn names_of_columns_do_not_meet() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.parquet");
    let value = |v: f64| Some(FieldValue::Float(v));
    let row = Row {
        time: 5,
        tags: vec![Some("A".into()), Some("b".into()), Some("c".into()), None],
        fields: vec![value(1.0), value(2.0), value(3.0), value(4.0)],
    };
    let fields = ["Time", "host", "v", "V"].map(|name| (name, FieldType::Float));
    let table = Table::new(&["Host", "host", "time", "v:field"], &fields, vec![row], 100);
    table.write(&path);
    let file = fs::File::open(&path).unwrap();
    let schema = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().schema().clone();
    let stated: Vec<String> = schema
        .fields()
        .iter()
        .map(|f| format!("{} = {} {}", f.name(), f.metadata()["tidegauge.role"], f.metadata()["tidegauge.name"]))
        .collect();
    let expected = [
        "time = time time",
        "Host = tag Host",
        "host:tag = tag host",
        "time:tag = tag time",
        "v:field = tag v:field",
        "Time:field = field Time",
        "host:field = field host",
        "v = field v",
        "V:field:field = field V",
    ];
    assert_eq!(stated, expected);
    let reader = open_at(&path).unwrap();
    assert_eq!(printed(&reader, &everything(&table)).unwrap(), table.expected(&everything(&table)));
    assert_eq!(reader.meta().tag_keys, table.tag_keys);
    assert_eq!(reader.meta().fields, table.fields);
}

#[test]
fn another_reader_sees_the_values() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.parquet");
    let table = Table::random(21, 300, 100);
    table.write(&path);
    let builder = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(&path).unwrap()).unwrap();
    let kinds: HashMap<String, DataType> =
        builder.schema().fields().iter().map(|f| (f.name().clone(), f.data_type().clone())).collect();
    assert_eq!(kinds["time"], DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())));
    assert_eq!(kinds["city"], DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)));
    assert_eq!(kinds["temp"], DataType::Float64);
    assert_eq!(kinds["count"], DataType::Int64);
    assert_eq!(kinds["total"], DataType::UInt64);
    assert_eq!(kinds["on"], DataType::Boolean);
    assert_eq!(kinds["text"], DataType::Utf8);
    let keys = builder.metadata().file_metadata().key_value_metadata().unwrap().clone();
    let measurement = keys.iter().find(|pair| pair.key == "tidegauge.measurement").unwrap();
    assert_eq!(measurement.value.as_deref(), Some("the measurement"));
    let rows: Vec<RecordBatch> = builder.build().unwrap().map(Result::unwrap).collect();
    assert_eq!(rows.iter().map(RecordBatch::num_rows).sum::<usize>(), table.rows.len());
}

#[test]
fn times_are_microseconds_where_that_is_exact() {
    let dir = tempfile::tempdir().unwrap();
    let unit = |table: &Table, name: &str| {
        let path = dir.path().join(name);
        let meta = table.write(&path);
        let reader = open_at(&path).unwrap();
        assert_eq!(*reader.meta(), meta);
        assert_eq!(printed(&reader, &everything(table)).unwrap(), table.expected(&everything(table)));
        let kind = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(&path).unwrap()).unwrap();
        kind.schema().field(0).data_type().clone()
    };
    let micros = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let nanos = DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()));
    let before_epoch = [i64::MIN + 808, -1_000, 0, i64::MAX - 807];
    assert_eq!(unit(&one_field(before_epoch), "a"), micros);
    assert_eq!(unit(&one_field([i64::MIN, -1, 0, i64::MAX - 1]), "b"), nanos);
    // The first row groups are whole microseconds, a later one is not: the file is written anew.
    let late = (0..450).map(|at| at * SECOND + i64::from(at == 333));
    assert_eq!(unit(&one_field(late), "c"), nanos);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 3, "nothing is left behind");
}

#[test]
fn what_cannot_be_written_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.parquet");
    let table = one_field([1, 2, 3]);
    let failing = [Ok(table.batch(&table.rows)), Err(StorageError::Other("no more".to_owned()))];
    assert_eq!(write_at(&path, &table.input(), failing.into_iter()).unwrap_err().to_string(), "no more");
    let error = write_at(&path, &table.input(), std::iter::empty()).unwrap_err().to_string();
    assert!(error.ends_with("would have no rows"), "{error}");
    let mut twice = table.input();
    twice.fields.push(("v".to_owned(), FieldType::Integer));
    let error = write_at(&path, &twice, std::iter::empty()).unwrap_err().to_string();
    assert!(error.contains("two columns \"v\""), "{error}");
    let mut other = table.input();
    other.tag_keys.push("host".to_owned());
    let error = write_at(&path, &other, [Ok(table.batch(&table.rows))].into_iter()).unwrap_err().to_string();
    assert!(error.contains("host Utf8View"), "{error}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    table.write(&path);
    let error = write_at(&path, &table.input(), std::iter::empty()).unwrap_err();
    assert!(matches!(error, StorageError::Io { action: "creating", .. }), "{error}");
    assert!(path.exists(), "a file that was there stays");
}

#[test]
fn row_groups_follow_slices() {
    let dir = tempfile::tempdir().unwrap();
    // Without marks, a batch that begins later than all before it may begin a row group.
    let table = one_field((0..1_000).map(|at| at * SECOND));
    let batches = table.rows.chunks(30).map(|rows| Ok(table.batch(rows)));
    let meta = write_at(&dir.path().join("a"), &table.input(), batches).unwrap();
    let rows: Vec<u64> = meta.row_groups.iter().map(|group| group.rows).collect();
    assert_eq!(rows, [90, 90, 90, 90, 90, 90, 90, 90, 90, 90, 100]);
    // One batch, however large, is cut.
    let meta = write_at(&dir.path().join("b"), &table.input(), [Ok(table.batch(&table.rows))].into_iter()).unwrap();
    let rows: Vec<u64> = meta.row_groups.iter().map(|group| group.rows).collect();
    assert_eq!(rows, [150, 150, 150, 150, 150, 150, 100]);
    assert_eq!((meta.first_time, meta.last_time, meta.rows), (0, 999 * SECOND, 1_000));
    assert_eq!(meta.bytes, fs::metadata(dir.path().join("b")).unwrap().len());
    let group = RowGroupMeta { first_time: 150 * SECOND, last_time: 299 * SECOND, rows: 150, series: 1 };
    assert_eq!(meta.row_groups[1], group);
    let text = serde_json::to_string(&meta).unwrap();
    assert_eq!(serde_json::from_str::<PartitionMeta>(&text).unwrap(), meta);
}

#[test]
fn much_text_ends_a_row_group() {
    let dir = tempfile::tempdir().unwrap();
    let row =
        |at: i64| Row { time: at, tags: vec![], fields: vec![Some(FieldValue::String("x".repeat(60_000).into()))] };
    let table = Table::new(&[], &[("v", FieldType::String)], (0..1_500).map(row).collect(), 10_000);
    let mut input = table.input();
    input.options.row_group_rows = 10_000;
    let batches = table.rows.chunks(100).map(|rows| Ok(table.batch(rows)));
    let meta = write_at(&dir.path().join("a"), &input, batches).unwrap();
    assert_eq!(meta.row_groups.iter().map(|group| group.rows).collect::<Vec<_>>(), [1_200, 300]);
}

#[test]
fn slices_are_even_and_keep_an_instant_together() {
    assert_eq!(time_slices(&[], 10), [0; 0]);
    assert_eq!(time_slices(&[1, 2, 3], 10), [3]);
    assert_eq!(time_slices(&[1, 2, 3, 4], 2), [2, 4]);
    assert_eq!(time_slices(&[1, 1, 1, 1, 2], 2), [4, 5]);
    assert_eq!(time_slices(&[7; 100], 10), [100]);
    let mut random = StdRng::seed_from_u64(4);
    for _ in 0..200 {
        let mut times: Vec<i64> = (0..random.random_range(1..500)).map(|_| random.random_range(0..80)).collect();
        times.sort_unstable();
        let ends = time_slices(&times, random.random_range(1..60));
        assert_eq!(ends.last(), Some(&times.len()));
        assert!(ends.is_sorted());
        for end in &ends[..ends.len() - 1] {
            assert!(times[end - 1] < times[*end]);
        }
    }
}

#[test]
fn folders_are_safe_and_distinct() {
    assert_eq!(measurement_folder("cpu"), "cpu");
    assert_eq!(measurement_folder("°C"), "%C2%B0C");
    assert_eq!(measurement_folder("a/b c.d-e_f"), "a%2Fb%20c.d-e_f");
    assert_eq!(measurement_folder(".."), "%2E.");
    assert_eq!(measurement_folder("manifest-3"), "%6Danifest-3");
    assert_eq!(measurement_folder("~"), "%7E");
    assert_eq!(measurement_folder(""), "~");
    assert_eq!(measurement_folder(&"x".repeat(100)), "x".repeat(100));
    let long = measurement_folder(&"x".repeat(101));
    assert_eq!(long, format!("{}~{}", "x".repeat(80), &long[81..]));
    assert_eq!(long.len(), 97);
    assert_ne!(long, measurement_folder(&"x".repeat(102)));
    for len in 0..40 {
        let name = "x".repeat(len) + &"°".repeat(60);
        let folder = measurement_folder(&name);
        let shown = folder.split('~').next().unwrap();
        assert!(folder.len() <= 100 && (shown.len() - len).is_multiple_of(3), "{folder} cuts an escape");
    }
}

fn sample_index() -> Index {
    let bits = |ones: &[usize]| {
        let mut bits = Bits::default();
        ones.iter().for_each(|at| bits.set(*at));
        bits
    };
    let values = ["", "alpha", "alphabet", "beta", "beté"].map(str::to_owned).to_vec();
    Index {
        row_groups: vec![
            RowGroupMeta { first_time: i64::MIN, last_time: -1, rows: 300, series: 2 },
            RowGroupMeta { first_time: 0, last_time: i64::MAX, rows: 1, series: 1 },
        ],
        tag_sets: vec![bits(&[]), bits(&[0, 1]), bits(&[1])],
        row_group_sets: vec![bits(&[0, 2]), bits(&[1])],
        tags: vec![
            TagIndex::Values { values, row_groups: vec![bits(&[0, 5]), bits(&[1, 2, 3, 4])] },
            TagIndex::Presence { row_groups: vec![(true, true), (false, true)] },
        ],
        checksums: vec![vec![vec![1], vec![2, 3], vec![u32::MAX]], vec![vec![], vec![5], vec![6]]],
    }
}

#[test]
fn an_index_is_read_as_it_was_written() {
    let index = sample_index();
    assert_eq!(Index::decode(&index.encode().unwrap()).unwrap(), index);
}

#[test]
fn a_damaged_index_is_an_error_and_no_panic() {
    let packed = sample_index().encode().unwrap();
    for len in 0..packed.len() {
        assert!(Index::decode(&packed[..len]).is_err(), "{len} bytes");
    }
    let raw = zstd::bulk::decompress(&packed[4..], 4_096).unwrap();
    let pack = |raw: &[u8]| [&(raw.len() as u32).to_le_bytes()[..], &zstd::bulk::compress(raw, 1).unwrap()].concat();
    let mut random = StdRng::seed_from_u64(9);
    let mut refused = 0;
    for _ in 0..3_000 {
        let mut damaged = raw.clone();
        let at = random.random_range(0..damaged.len());
        damaged[at] = random.random();
        refused += usize::from(Index::decode(&pack(&damaged)).is_err());
    }
    assert!(refused > 300, "{refused}");
    assert!(Index::decode(&pack(&[raw.clone(), vec![0]].concat())).is_err());
}
