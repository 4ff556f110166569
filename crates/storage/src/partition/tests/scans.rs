//! Scans give exactly the rows that a predicate accepts.

use model::{Comparison, FieldType, FieldValue, SeriesFilter, TimeRange};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::super::PartitionScan;
use super::{Row, SECOND, Table, everything, open_at, printed};

fn tag(key: &str, comparison: Comparison, value: &str) -> SeriesFilter {
    SeriesFilter::Tag { key: key.to_owned(), comparison, value: value.to_owned() }
}

fn random_filter(random: &mut StdRng, depth: usize) -> SeriesFilter {
    let leaf = |random: &mut StdRng| {
        let keys = ["city", "host", "note", "absent", "_measurement"];
        let key = keys[random.random_range(0..keys.len())];
        let texts = ["", "Bern", "Cork, Ireland with a long name", "host 3", "nnn", "the measurement"];
        let patterns = ["", "^$", "o", "^host [0-2]$", "n{20}", "[A-D]"];
        match random.random_range(0..4) {
            0 => tag(key, Comparison::Equal, texts[random.random_range(0..texts.len())]),
            1 => tag(key, Comparison::NotEqual, texts[random.random_range(0..texts.len())]),
            2 => tag(key, Comparison::Matches, patterns[random.random_range(0..patterns.len())]),
            _ => tag(key, Comparison::NotMatches, patterns[random.random_range(0..patterns.len())]),
        }
    };
    let parts = |random: &mut StdRng| {
        let count = random.random_range(0..4);
        (0..count).map(|_| random_filter(random, depth + 1)).collect()
    };
    match random.random_range(0..6) {
        0 if depth < 2 => SeriesFilter::And(parts(random)),
        1 if depth < 2 => SeriesFilter::Or(parts(random)),
        2 => SeriesFilter::All,
        _ => leaf(random),
    }
}

fn random_range(random: &mut StdRng, rows: usize) -> TimeRange {
    let seconds = rows as i64 / 3 + 2;
    match random.random_range(0..4) {
        0 => TimeRange::ALL,
        1 => TimeRange::new(random.random_range(0..seconds) * SECOND, i64::MAX),
        _ => {
            let start = random.random_range(-1..seconds) * SECOND;
            TimeRange::new(start, start + random.random_range(0..=seconds) * SECOND + 1)
        }
    }
}

fn random_scan(random: &mut StdRng, table: &Table) -> PartitionScan {
    let mut tags: Vec<String> =
        table.tag_keys.iter().chain([&"absent".to_owned()]).filter(|_| random.random()).cloned().collect();
    if random.random() {
        tags.reverse();
    }
    let absent = [("absent".to_owned(), FieldType::Float), ("temp".to_owned(), FieldType::String)];
    let fields = table.fields.iter().chain(&absent).filter(|_| random.random()).cloned().collect();
    let sets = [&["host"][..], &["city", "host"], &["note", "host"], &["host", "note", "city"], &[], &["nobody"]];
    let mut set = || sets[random.random_range(0..sets.len())].iter().map(|key| (*key).to_owned()).collect();
    let tag_sets = [set(), set(), set()][..random.random_range(0..4)].to_vec();
    let dead = random.random_range(0..3);
    PartitionScan {
        tags,
        fields,
        range: random_range(random, table.rows.len()),
        filter: random_filter(random, 0),
        tag_sets: random.random_bool(0.4).then_some(tag_sets),
        without: (0..dead).map(|_| (random_range(random, table.rows.len()), random_filter(random, 1))).collect(),
        row_groups: None,
        batch_rows: [1, 7, 50, 8_192][random.random_range(0..4)],
        near: Vec::new(),
    }
}

#[test]
fn random_scans_agree_with_a_list_of_rows() {
    let dir = tempfile::tempdir().unwrap();
    let mut delivered = 0;
    for seed in 0..6 {
        let table = Table::random(seed, 30 + 150 * seed as usize, 100);
        let path = dir.path().join(format!("{seed}.parquet"));
        let meta = table.write(&path);
        assert_eq!(meta.row_groups.len(), table.ends.len());
        let reader = open_at(&path).unwrap();
        assert_eq!(*reader.meta(), meta);
        let mut random = StdRng::seed_from_u64(1_000 + seed);
        for _ in 0..120 {
            let scan = random_scan(&mut random, &table);
            let expected = table.expected(&scan);
            delivered += expected.len();
            assert_eq!(printed(&reader, &scan).unwrap(), expected, "seed {seed}: {scan:?}");
        }
        assert_eq!(printed(&reader, &everything(&table)).unwrap(), table.expected(&everything(&table)));
    }
    assert!(delivered > 20_000, "only {delivered} rows were compared");
}

#[test]
fn row_groups_of_many_pages_are_read_in_part() {
    let dir = tempfile::tempdir().unwrap();
    let table = Table::random(77, 50_000, 30_000);
    let path = dir.path().join("large.parquet");
    table.write(&path);
    let reader = open_at(&path).unwrap();
    let mut random = StdRng::seed_from_u64(78);
    for _ in 0..12 {
        let scan = PartitionScan { batch_rows: 5_000, ..random_scan(&mut random, &table) };
        assert_eq!(printed(&reader, &scan).unwrap(), table.expected(&scan), "{scan:?}");
    }
}

#[test]
fn the_index_rules_row_groups_out() {
    let dir = tempfile::tempdir().unwrap();
    let row = |at: i64| Row {
        time: at * SECOND,
        tags: vec![Some(format!("sensor {}", at / 100))],
        fields: vec![Some(FieldValue::Integer(at))],
    };
    let table = Table::new(&["name"], &[("v", FieldType::Integer)], (0..1_000).map(row).collect(), 100);
    let path = dir.path().join("a.parquet");
    table.write(&path);
    let read = |scan: PartitionScan| {
        let reader = open_at(&path).unwrap();
        let rows = printed(&reader, &PartitionScan { fields: table.fields.clone(), ..scan }).unwrap().len();
        let counters = reader.counters();
        (rows, counters.row_groups_read, counters.row_groups_skipped, counters.rows_read)
    };
    let all = PartitionScan::default();
    assert_eq!(read(all.clone()), (1_000, 10, 0, 1_000));
    let range = TimeRange::new(250 * SECOND, 260 * SECOND);
    assert_eq!(read(PartitionScan { range, ..all.clone() }), (10, 1, 9, 110));
    // All rows of one row group have the value: nothing has to be decided row by row.
    assert_eq!(
        read(PartitionScan { filter: tag("name", Comparison::Equal, "sensor 4"), ..all.clone() }),
        (100, 1, 9, 100)
    );
    assert_eq!(
        read(PartitionScan { filter: tag("name", Comparison::Equal, "sensor 10"), ..all.clone() }),
        (0, 0, 10, 0)
    );
    assert_eq!(
        read(PartitionScan { filter: tag("name", Comparison::Matches, "[13]$"), ..all.clone() }),
        (200, 2, 8, 200)
    );
    assert_eq!(read(PartitionScan { row_groups: Some(vec![3, 99]), ..all.clone() }), (100, 1, 0, 100));
    let nobody = Some(vec![vec!["name".to_owned(), "other".to_owned()]]);
    assert_eq!(read(PartitionScan { tag_sets: nobody, ..all }), (0, 0, 0, 0));
}

#[test]
fn a_tag_with_many_values_has_no_list_but_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let row = |at: i64| Row {
        time: at / 5_000 * SECOND,
        tags: vec![(at % 10 != 0).then(|| format!("{:05}", at * 7_919 % 20_000))],
        fields: vec![Some(FieldValue::Float(at as f64))],
    };
    let table = Table::new(&["id"], &[("v", FieldType::Float)], (0..20_000).map(row).collect(), 5_000);
    let path = dir.path().join("a.parquet");
    table.write(&path);
    let reader = open_at(&path).unwrap();
    for (comparison, value) in [
        (Comparison::Equal, "00042"),
        (Comparison::Equal, ""),
        (Comparison::Equal, "zzz"),
        (Comparison::NotEqual, "00042"),
        (Comparison::Matches, "^0004"),
        (Comparison::NotMatches, "."),
    ] {
        let scan = PartitionScan { filter: tag("id", comparison, value), ..everything(&table) };
        assert_eq!(printed(&reader, &scan).unwrap(), table.expected(&scan), "{comparison:?} {value}");
    }
    let before = reader.counters();
    let scan = PartitionScan { filter: tag("id", Comparison::Equal, "zzz"), ..everything(&table) };
    assert!(printed(&reader, &scan).unwrap().is_empty());
    assert_eq!(reader.counters().rows_read, before.rows_read, "the bounds of the column rule it out");
    let mut values: Vec<String> = table.rows.iter().filter_map(|row| row.tags[0].clone()).collect();
    values.sort_unstable();
    values.dedup();
    assert!(values.len() > super::super::index::MAX_TAG_VALUES);
    assert_eq!(reader.tag_values("id").unwrap(), values);
}

#[test]
fn values_of_a_tag_come_from_the_index() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.parquet");
    Table::random(5, 500, 100).write(&path);
    let reader = open_at(&path).unwrap();
    assert_eq!(reader.tag_values("host").unwrap(), ["host 0", "host 1", "host 2", "host 3", "host 4"]);
    assert_eq!(reader.tag_values("nobody").unwrap(), [""; 0]);
    assert_eq!(reader.counters(), Default::default());
    let sets: Vec<String> = reader.meta().tag_sets.iter().map(|set| set.join(" ")).collect();
    assert_eq!(sets, ["city host", "city host note", "host", "host note"]);
}

#[test]
fn a_bad_pattern_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.parquet");
    Table::random(5, 50, 100).write(&path);
    let reader = open_at(&path).unwrap();
    let scan = PartitionScan { filter: tag("host", Comparison::Matches, "a(b"), ..PartitionScan::default() };
    let error = reader.scan(&scan).err().unwrap().to_string();
    assert!(error.starts_with("the pattern /a(b/ is not valid: "), "{error}");
}
