//! What was acknowledged is there after a crash; what is damaged is said.

use std::fs;
use std::sync::Arc;

use super::*;
use crate::file::Files;
use crate::store::StorageError;

fn copy(from: &Path, to: &Path) {
    for path in paths(from) {
        let target = to.join(&path);
        fs::create_dir_all(target.parent().expect("a parent")).expect("a folder");
        fs::copy(from.join(&path), target).expect("copied");
    }
}

fn last_segment(dir: &Path) -> std::path::PathBuf {
    let last = paths(dir).into_iter().rfind(|p| p.ends_with(".wal")).expect("a segment");
    dir.join(last)
}

#[test]
fn a_log_cut_anywhere_in_its_last_record_loses_only_that() {
    let (dir, store) = store();
    write(&store, &["m,k=a v=1 10", "m,k=b s=\"x\" 20"]);
    let kept = fs::metadata(last_segment(dir.path())).expect("a log").len();
    let before = all(&store, "m");
    write(&store, &["m,k=a v=2 10", "m,k=c v=3 30"]);
    let after = all(&store, "m");
    close(store);
    let bytes = fs::read(last_segment(dir.path())).expect("a log");
    for len in kept..=bytes.len() as u64 {
        let copied = folder();
        copy(dir.path(), copied.path());
        let segment = last_segment(copied.path());
        fs::write(&segment, &bytes[..len as usize]).expect("cut");
        let expected = if len == bytes.len() as u64 { &after } else { &before };
        let reader = open_read_only(copied.path());
        assert_eq!(&all(&reader, "m"), expected, "cut at {len}");
        assert_eq!(fs::metadata(&segment).expect("a log").len(), len, "a reader changes nothing");
        let store = open(copied.path());
        assert_eq!(&all(&store, "m"), expected, "cut at {len}");
        // What is written afterwards stands behind the cut.
        write(&store, &["m,k=z v=1 1"]);
        close(store);
        assert_eq!(all(&open(copied.path()), "m").len(), expected.len() + 1);
    }
}

#[test]
fn a_bit_flipped_in_the_middle_of_the_log_is_an_error_with_file_and_offset() {
    let (dir, store) = store();
    write(&store, &["m v=1 10"]);
    let first_end = fs::metadata(last_segment(dir.path())).expect("a log").len() as usize;
    write(&store, &["m v=2 20"]);
    write(&store, &["m v=3 30"]);
    close(store);
    let segment = last_segment(dir.path());
    let bytes = fs::read(&segment).expect("a log");
    for at in [0, 9, 20, 30, first_end, first_end + 5, first_end + 30] {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        fs::write(&segment, &damaged).expect("damaged");
        let error = block_on(Store::open(options(dir.path()))).expect_err("refused");
        let offset = if at < 16 {
            0
        } else if at < first_end {
            16
        } else {
            first_end
        };
        match &error {
            StorageError::Damaged { path, offset: o, .. } => assert_eq!((path, *o), (&segment, offset as u64), "{at}"),
            other => panic!("{at}: {other}"),
        }
    }
    fs::write(&segment, &bytes).expect("mended");
    assert_eq!(all(&open(dir.path()), "m").len(), 3);
}

#[test]
fn a_later_segment_makes_a_torn_earlier_one_damage() {
    let (dir, store) = store();
    write(&store, &["m v=1 10"]);
    close(store);
    let store = open(dir.path());
    write(&store, &["m v=2 20"]);
    close(store);
    let first = dir.path().join("wal/000001.wal");
    let bytes = fs::read(&first).expect("a log");
    fs::write(&first, &bytes[..bytes.len() - 1]).expect("cut");
    assert!(matches!(block_on(Store::open(options(dir.path()))), Err(StorageError::Damaged { offset: 16, .. })));
}

#[test]
fn a_format_of_the_future_is_refused_by_number() {
    let (dir, store) = store();
    write(&store, &["m v=1 10"]);
    close(store);
    let segment = last_segment(dir.path());
    let mut bytes = fs::read(&segment).expect("a log");
    bytes[8] = 9;
    let crc = crc32c::crc32c(&bytes[..12]);
    bytes[12..16].copy_from_slice(&crc.to_le_bytes());
    fs::write(&segment, bytes).expect("changed");
    let error = block_on(Store::open(options(dir.path()))).expect_err("refused");
    assert!(error.to_string().ends_with("has format version 9; this build reads up to 1"), "{error}");
}

#[test]
fn a_damaged_manifest_is_an_error() {
    let (dir, store) = store();
    close(store);
    let manifest = paths(dir.path()).into_iter().find(|p| p.contains("manifest-")).expect("a manifest");
    let path = dir.path().join(manifest);
    let mut bytes = fs::read(&path).expect("a manifest");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&path, bytes).expect("damaged");
    assert!(matches!(block_on(Store::open(options(dir.path()))), Err(StorageError::Damaged { .. })));
}

#[test]
fn two_processes_cannot_write_one_folder_and_a_reader_may_look() {
    let (dir, store) = store();
    write(&store, &["m v=1 10"]);
    let error = block_on(Store::open(options(dir.path()))).expect_err("refused");
    assert!(matches!(error, StorageError::InUse { pid, .. } if pid == std::process::id()), "{error}");
    let reader = open_read_only(dir.path());
    assert_eq!(all(&reader, "m"), ["m v=1 10"]);
    flush(&store);
    write(&store, &["m v=2 20"]);
    assert_eq!(all(&reader, "m"), ["m v=1 10"]);
    assert_eq!(all(&open_read_only(dir.path()), "m").len(), 2);
    let refused = block_on(reader.flush()).expect_err("refused").to_string();
    assert_eq!(refused, "the folder is open read-only");
    let mut batch = WriteBatch::default();
    push(&mut batch, "m v=1 10");
    assert!(block_on(reader.write(bucket(), batch, MONDAY)).is_err());
    drop(store);
    open(dir.path());
}

#[test]
fn a_disk_that_fails_poisons_the_store_for_writes_only() {
    let dir = folder();
    let files = Arc::new(Files::default());
    let store = Store::open_on(options(dir.path()), Arc::clone(&files)).expect("opens");
    store.put_bucket(bucket(), 0, WEEK_NS).expect("a bucket");
    write(&store, &["m v=1 10"]);
    let try_write = |line: &str| {
        let mut batch = WriteBatch::default();
        push(&mut batch, line);
        block_on(store.write(bucket(), batch, MONDAY)).err()
    };
    files.fail_after(1);
    assert!(matches!(try_write("m v=2 20"), Some(StorageError::Io { .. })));
    files.fail_after(u64::MAX);
    assert!(matches!(try_write("m v=3 30"), Some(StorageError::Poisoned(_))));
    assert!(block_on(store.flush()).is_err());
    assert_eq!(all(&store, "m"), ["m v=1 10"]);
    close(store);
    let store = open(dir.path());
    assert!(all(&store, "m").contains(&"m v=1 10".to_owned()));
    assert_eq!(write(&store, &["m v=3 30"]).stored, 1);
}

/// Writes, flushes, deletes and merges while the disk fails at the n-th change, for every n; what was acknowledged before
/// is there when the folder is opened again.
#[test]
fn a_crash_at_any_operation_keeps_what_was_acknowledged() {
    for operations in 0..200 {
        let dir = folder();
        let files = Arc::new(Files::default());
        let store = Store::open_on(options(dir.path()), Arc::clone(&files)).expect("opens");
        store.put_bucket(bucket(), 0, WEEK_NS).expect("a bucket");
        files.fail_after(operations);
        let acknowledged = work_until_it_fails(&store);
        drop(store);
        let done = acknowledged.is_none();
        let acknowledged = acknowledged.unwrap_or_else(|| expected_after(STEPS));
        let store = open(dir.path());
        let found = all(&store, "m");
        // The step that failed may have come through, as it was never refused on disk.
        let possible: Vec<_> = acknowledged.possible.iter().filter(|p| **p == found).collect();
        assert!(!possible.is_empty(), "after {operations}: {found:?}, expected one of {:?}", acknowledged.possible);
        if done {
            return;
        }
    }
    panic!("the work takes more operations than were tried");
}

const STEPS: usize = 9;

struct Acknowledged {
    possible: Vec<Vec<String>>,
}

/// Rows after so many steps, or one more.
fn expected_after(steps: usize) -> Acknowledged {
    Acknowledged { possible: [steps, steps + 1].map(rows_after).to_vec() }
}

fn rows_after(steps: usize) -> Vec<String> {
    let mut rows: Vec<(&str, bool)> =
        vec![("m v=1 10", false), ("m v=2 20", false), ("m v=3 30", false), ("m v=4 40", false)];
    for step in 1..=steps {
        match step {
            1 => rows[0].1 = true,
            3 => rows[1].1 = true,
            4 => rows[0].1 = false,
            6 => rows[2].1 = true,
            8 => rows[3].1 = true,
            _ => {}
        }
    }
    rows.into_iter().filter(|r| r.1).map(|r| r.0.to_owned()).collect()
}

fn work_until_it_fails(store: &Store) -> Option<Acknowledged> {
    for step in 1..=STEPS {
        let write = |line: &str| {
            let mut batch = WriteBatch::default();
            push(&mut batch, line);
            block_on(store.write(bucket(), batch, MONDAY)).map(|_| ())
        };
        let outcome = match step {
            1 => write("m v=1 10"),
            2 | 5 | 7 => block_on(store.flush()),
            3 => write("m v=2 20"),
            4 => block_on(store.delete(bucket(), 0, 10, model::SeriesFilter::All)),
            6 => write("m v=3 30"),
            8 => write("m v=4 40"),
            _ => block_on(store.compact(None)),
        };
        if outcome.is_err() {
            return Some(expected_after(step - 1));
        }
    }
    None
}
