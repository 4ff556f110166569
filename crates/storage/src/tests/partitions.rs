//! Flush, merge, retention: the same rows from every place.

use model::{SeriesFilter, TimeRange};

use super::*;

fn parquet_files(dir: &Path) -> usize {
    paths(dir).iter().filter(|p| p.ends_with(".parquet")).count()
}

fn wal_bytes(dir: &Path) -> u64 {
    paths(dir)
        .iter()
        .filter(|p| p.ends_with(".wal"))
        .map(|p| std::fs::metadata(dir.join(p)).expect("a file").len())
        .sum()
}

#[test]
fn a_flush_moves_rows_to_partitions_and_cuts_the_log() {
    let (dir, store) = store();
    write(&store, &["m,k=a v=1,w=1i 10", "m,k=b v=2,s=\"x\" 10", "n v=1 10", "m v=7,t=t 5"]);
    let before = (all(&store, "m"), all(&store, "n"));
    assert!(wal_bytes(dir.path()) > 16);
    flush(&store);
    assert_eq!(parquet_files(dir.path()), 2);
    assert_eq!(wal_bytes(dir.path()), 16);
    assert_eq!((all(&store, "m"), all(&store, "n")), before);
    write(&store, &["m,k=a v=9 10", "m,k=a w=5i 11"]);
    let merged = all(&store, "m");
    assert_eq!(merged, ["m t=t,v=7 5", "m,k=a v=9,w=1i 10", "m,k=a w=5i 11", "m,k=b s=\"x\",v=2 10"]);
    flush(&store);
    assert_eq!(all(&store, "m"), merged);
    compact(&store);
    assert_eq!(all(&store, "m"), merged);
    assert_eq!(parquet_files(dir.path()), 2);
    close(store);
    assert_eq!(all(&open(dir.path()), "m"), merged);
    let names = paths(dir.path());
    let data = format!("data/{}/", bucket());
    assert!(names.iter().any(|n| n.starts_with(&format!("{data}m/5_11_"))), "{names:?}");
}

#[test]
fn a_file_has_one_type_of_a_field() {
    let (dir, store) = store();
    let line = |week: i64, value: &str| format!("m v={value},w=1 {}", MONDAY + week * WEEK_NS);
    let lines = [line(0, "1"), line(1, "2"), line(2, "3i"), line(4, "4i"), line(5, "5")];
    write(&store, &lines.each_ref().map(String::as_str));
    let before = all(&store, "m");
    flush(&store);
    assert_eq!(all(&store, "m"), before);
    assert_eq!(parquet_files(dir.path()), 3);
    compact(&store);
    assert_eq!(all(&store, "m"), before);
    assert_eq!(parquet_files(dir.path()), 3);
    close(store);
    let store = open(dir.path());
    assert_eq!(write(&store, &[&line(5, "1i"), &line(4, "1"), &line(3, "1i")]).refused, 2);
}

#[test]
fn deletes_reach_partitions_and_are_gone_after_sealing() {
    let (dir, store) = store();
    write(&store, &["m,k=a v=1 10", "m,k=a v=2 20", "m,k=b v=3 10", "n v=1 10"]);
    flush(&store);
    delete(&store, 0, 10, tag_equals("k", "a"));
    write(&store, &["m,k=a w=5 10"]);
    let expected = ["m,k=a w=5 10", "m,k=a v=2 20", "m,k=b v=3 10"];
    assert_eq!(all(&store, "m"), expected);
    close(store);
    let store = open(dir.path());
    assert_eq!(all(&store, "m"), expected);
    flush(&store);
    assert_eq!(all(&store, "m"), expected);
    close(store);
    let store = open(dir.path());
    assert_eq!(all(&store, "m"), expected);
    compact(&store);
    assert_eq!(all(&store, "m"), expected);
    assert_eq!(store.snapshot(bucket()).expect("a snapshot").tombstones(), 0);
    delete(&store, i64::MIN, i64::MAX, SeriesFilter::All);
    compact(&store);
    assert_eq!(parquet_files(dir.path()), 0);
    assert!(store.snapshot(bucket()).expect("a snapshot").measurements().is_empty());
}

#[test]
fn a_snapshot_reads_files_that_a_merge_replaced() {
    let (dir, store) = store();
    write(&store, &["m v=1 10"]);
    flush(&store);
    write(&store, &["m v=2 10"]);
    flush(&store);
    let before = store.snapshot(bucket()).expect("a snapshot");
    compact(&store);
    assert_eq!(parquet_files(dir.path()), 3);
    assert_eq!(rows(&before, "m", TimeRange::ALL, SeriesFilter::All).len(), 1);
    drop(before);
    assert_eq!(parquet_files(dir.path()), 1);
}

#[test]
fn retention_hides_rows_and_drops_files() {
    let (dir, store) = store();
    let hour = 3_600_000_000_000;
    store.put_bucket(bucket(), hour, hour).expect("settings");
    write(&store, &[&format!("m v=1 {}", MONDAY - hour / 2)]);
    flush(&store);
    write(&store, &[&format!("m v=2 {}", MONDAY - hour / 4), &format!("m v=3 {MONDAY}")]);
    flush(&store);
    let retain = |now| block_on(store.enforce_retention(now)).expect("enforced");
    retain(MONDAY + hour / 4);
    assert_eq!(all(&store, "m").len(), 3);
    retain(MONDAY + hour * 3 / 4 - 1);
    assert_eq!(all(&store, "m").len(), 2);
    assert_eq!(parquet_files(dir.path()), 1);
    retain(MONDAY + hour * 3 / 4 + 1);
    assert_eq!(all(&store, "m").len(), 1);
    // A clock far beyond the newest point hides, but removes nothing.
    retain(MONDAY + 1_000 * hour);
    assert_eq!(parquet_files(dir.path()), 1);
    assert!(store.snapshot(bucket()).expect("a snapshot").measurements().is_empty());
    retain(MONDAY + hour);
    assert_eq!(all(&store, "m").len(), 1);
}

#[test]
fn a_dropped_bucket_is_gone_with_its_files_and_may_come_again() {
    let (dir, store) = store();
    write(&store, &["m v=1 10"]);
    flush(&store);
    write(&store, &["m v=1i 20"]);
    store.drop_bucket(bucket()).expect("dropped");
    assert_eq!(
        store.snapshot(bucket()).err().map(|e| e.to_string()),
        Some(format!("bucket {} does not exist in this store", bucket()))
    );
    assert_eq!(parquet_files(dir.path()), 0);
    close(store);
    let store = open(dir.path());
    assert!(store.snapshot(bucket()).is_err());
    store.put_bucket(bucket(), 0, WEEK_NS).expect("a bucket");
    assert!(all(&store, "m").is_empty());
    assert_eq!(write(&store, &["m v=\"x\" 10"]).stored, 1);
    close(store);
    assert_eq!(all(&open(dir.path()), "m"), ["m v=\"x\" 10"]);
}

#[test]
fn a_large_memtable_becomes_row_groups_and_reads_the_same() {
    let (_dir, store) = store();
    let mut batch = WriteBatch::default();
    for i in 0..300_000_i64 {
        let host = format!("h{}", i % 100);
        let point = Point {
            measurement: "cpu".into(),
            tags: vec![("host".into(), host.into())],
            fields: vec![("v".into(), FieldValue::Float(i as f64)), ("i".into(), FieldValue::Integer(i))],
            time: None,
        };
        batch.push(&point, i / 100 * 10_000_000_000);
    }
    block_on(store.write(bucket(), batch, MONDAY)).expect("written");
    let count = |store: &Store| {
        let snapshot = store.snapshot(bucket()).expect("a snapshot");
        let range = TimeRange::new(1_000 * 10_000_000_000, 2_000 * 10_000_000_000);
        (
            rows(&snapshot, "cpu", TimeRange::ALL, SeriesFilter::All).len(),
            rows(&snapshot, "cpu", range, tag_equals("host", "h7")).len(),
        )
    };
    assert_eq!(count(&store), (300_000, 1_000));
    flush(&store);
    assert_eq!(count(&store), (300_000, 1_000));
    write(&store, &["cpu,host=h7 v=0 10000000000"]);
    assert_eq!(count(&store), (300_000, 1_000));
    compact(&store);
    assert_eq!(count(&store), (300_000, 1_000));
}

/// Partitions of `m` as first hour, last hour and rows.
fn partitions(store: &Store) -> Vec<(i64, i64, u64)> {
    let found = store.inspect(Some(bucket())).expect("looked at");
    let hours = |ns: i64| ns / 3_600_000_000_000;
    let all = found.iter().flat_map(|b| &b.measurements).filter(|m| &*m.name == "m").flat_map(|m| &m.partitions);
    all.map(|p| (hours(p.first_ns), hours(p.last_ns), p.rows)).collect()
}

/// A row every hour from one hour to another, in an order of its own.
fn write_hours(store: &Store, from: i64, to: i64, value: f64) {
    let mut batch = WriteBatch::default();
    let count = to - from;
    for i in 0..count {
        let hour = from + i * 7_919 % count;
        let point = Point {
            measurement: "m".into(),
            tags: vec![("k".into(), format!("k{}", hour % 3).into())],
            fields: vec![("v".into(), FieldValue::Float(value))],
            time: None,
        };
        batch.push(&point, hour * 3_600_000_000_000);
    }
    block_on(store.write(bucket(), batch, MONDAY)).expect("written");
}

#[test]
fn a_flush_over_years_is_cut_along_the_partitions_that_are_there() {
    let (_dir, store) = store();
    write_hours(&store, 0, 140_000, 1.0);
    flush(&store);
    write_hours(&store, 140_000, 280_000, 1.0);
    flush(&store);
    assert_eq!(partitions(&store).len(), 2);
    // Later rows over all of it and beyond, enough for a piece each.
    write_hours(&store, 0, 420_000, 2.0);
    flush(&store);
    let there = partitions(&store);
    assert!(there.len() >= 5, "{there:?}");
    assert!(there.iter().all(|p| p.0 / 140_000 == p.1 / 140_000), "{there:?}");
    let one_more = ["m v=3 0", "m v=3 3600000000000000000"];
    write(&store, &one_more);
    flush(&store);
    compact(&store);
    let sealed = partitions(&store);
    assert!(sealed.windows(2).all(|pair| pair[0].1 < pair[1].0), "{sealed:?}");
    assert_eq!(sealed.iter().map(|p| p.2).sum::<u64>(), 420_002);
    assert!(sealed.len() <= 3, "{sealed:?}");
}

#[test]
fn many_flushes_leave_few_partitions_and_all_rows() {
    let (dir, store) = store();
    for i in 0..60 {
        // Each reaches a little into the one before, and a stray point lies far back.
        write_hours(&store, 1_000 + i * 100, 1_000 + i * 100 + 110, i as f64);
        write(&store, &[&format!("m,k=late v={i} {}", i * 60_000_000_000)]);
        flush(&store);
    }
    compact_some(&store);
    let left = parquet_files(dir.path());
    assert!(left < 25, "{left} partitions: {:?}", partitions(&store));
    let expected = 59 * 100 + 110 + 60;
    let count = || {
        let snapshot = store.snapshot(bucket()).expect("a snapshot");
        let found = rows(&snapshot, "m", TimeRange::ALL, SeriesFilter::All);
        let newest = found.get(&("m,k=k2".to_owned(), 1_100 * 3_600_000_000_000)).map(|fields| fields["v"].clone());
        (found.len(), newest)
    };
    assert_eq!(count(), (expected, Some("1".to_owned())), "the newer value where two flushes overlap");
    compact(&store);
    assert_eq!(count(), (expected, Some("1".to_owned())));
    assert_eq!(parquet_files(dir.path()), 1);
}

/// Waits until the background has merged what there is to merge.
fn compact_some(store: &Store) {
    // Retention is enforced by the thread that merges, after what it was asked before.
    block_on(store.enforce_retention(MONDAY)).expect("enforced");
}

#[test]
fn open_partitions_are_bounded_and_closed_ones_are_read_again() {
    let (dir, store) = store();
    let lines: Vec<String> = (0..300).map(|i| format!("m{i} v={i} {i}")).collect();
    write(&store, &lines.iter().map(String::as_str).collect::<Vec<_>>());
    flush(&store);
    let check = |store: &Store| {
        for i in (0..300).rev() {
            assert_eq!(all(store, &format!("m{i}")), [format!("m{i} v={i} {i}")]);
        }
    };
    check(&store);
    let budget = store.budget();
    let after_one_reading = budget.held(crate::budget::Holder::Caches);
    check(&store);
    assert!(store.open_partitions() <= 256, "{}", store.open_partitions());
    assert!(after_one_reading > 0 && budget.held(crate::budget::Holder::Caches) <= after_one_reading * 2);
    // A reader beside it keeps its files, whatever becomes of them.
    let reader = open_read_only(dir.path());
    delete(&store, i64::MIN, i64::MAX, SeriesFilter::All);
    compact(&store);
    assert_eq!(parquet_files(dir.path()), 0);
    check(&reader);
    assert_eq!(budget.held(crate::budget::Holder::Merges), 0);
}

#[test]
fn retention_can_be_shortened_and_lengthened() {
    let (_dir, store) = store();
    let hour = 3_600_000_000_000;
    write(&store, &[&format!("m v=1 {}", MONDAY - 3 * hour), &format!("m v=2 {}", MONDAY - hour / 2)]);
    flush(&store);
    let now = MONDAY;
    for (hours, left) in [(2, 1), (4, 2), (1, 1), (0, 2)] {
        store.put_bucket(bucket(), hours * hour, hour).expect("settings");
        store.hide_expired(now);
        assert_eq!(all(&store, "m").len(), left, "{hours} hours");
        block_on(store.enforce_retention(now)).expect("enforced");
        assert_eq!(all(&store, "m").len(), left, "{hours} hours, enforced: the file has rows that are not expired");
    }
}
