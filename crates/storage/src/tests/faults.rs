//! Every operation on files fails once, and every byte on disk is changed once: nothing acknowledged is lost without a word.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use super::*;
use crate::file::Files;
use crate::store::StorageError;

/// What is known of a row after some steps succeeded and some failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    There,
    Gone,
    /// A step that failed may have come through.
    Either,
}

/// Rows by time, each with its value.
type Book = BTreeMap<i64, Known>;

const HOUR: i64 = 3_600_000_000_000;

#[derive(Debug, Clone, Copy)]
enum Step {
    /// Writes rows at these times.
    Write(&'static [i64]),
    /// Deletes from one time to another, both inclusive.
    Delete(i64, i64),
    Flush,
    Compact,
    /// Changes the retention period to so many hours and enforces it as if it were this hour.
    Retain(i64, i64),
    Reopen,
}

/// Times in hours. There are partitions that overlap, several row groups of deletes, a retention that drops a partition.
const STEPS: &[Step] = &[
    Step::Write(&[0, 1]),
    Step::Flush,
    Step::Write(&[100, 101, 102]),
    Step::Flush,
    Step::Write(&[101, 103]),
    Step::Delete(102, 102),
    Step::Flush,
    Step::Write(&[104]),
    Step::Compact,
    Step::Retain(50, 110),
    Step::Write(&[105, 106]),
    Step::Delete(105, 105),
    Step::Reopen,
    Step::Write(&[107]),
    Step::Flush,
    Step::Retain(500, 110),
    Step::Compact,
];

fn at(hour: i64) -> i64 {
    MONDAY + hour * HOUR
}

fn run(store: &Store, step: Step) -> Result<(), StorageError> {
    match step {
        Step::Write(hours) => {
            let mut batch = WriteBatch::default();
            hours.iter().for_each(|hour| push(&mut batch, &format!("m,k=a v={hour} {}", at(*hour))));
            block_on(store.write(bucket(), batch, MONDAY)).map(|_| ())
        }
        Step::Delete(first, last) => block_on(store.delete(bucket(), at(first), at(last), model::SeriesFilter::All)),
        Step::Flush => block_on(store.flush()),
        Step::Compact => block_on(store.compact(None)),
        Step::Retain(hours, now) => {
            store.put_bucket(bucket(), hours * HOUR, WEEK_NS)?;
            block_on(store.enforce_retention(at(now)))
        }
        Step::Reopen => Ok(()),
    }
}

/// What is known after a step.
fn note(book: &mut Book, step: Step, succeeded: bool) {
    let known = |to: Known| if succeeded { to } else { Known::Either };
    match step {
        Step::Write(hours) => book.extend(hours.iter().map(|hour| (*hour, known(Known::There)))),
        Step::Delete(first, last) => {
            let hit = book.range_mut(first..=last).filter(|(_, now)| **now != Known::Gone);
            hit.for_each(|(_, now)| *now = known(Known::Gone));
        }
        // Rows that expired are hidden or removed, by and by.
        Step::Retain(hours, now) => book.range_mut(..now - hours).for_each(|(_, now)| *now = Known::Either),
        Step::Flush | Step::Compact | Step::Reopen => {}
    }
}

fn read(store: &Store) -> Result<Vec<i64>, StorageError> {
    let snapshot = store.snapshot(bucket())?;
    let Some(info) = snapshot.measurement("m") else { return Ok(Vec::new()) };
    let request = ScanRequest {
        measurement: "m".to_owned(),
        tags: info.tag_keys.clone(),
        fields: vec![("v".to_owned(), FieldType::Float)],
        range: TimeRange::ALL,
        filter: SeriesFilter::All,
        tag_sets: None,
        near: Vec::new(),
    };
    let mut hours = Vec::new();
    for part in snapshot.scan(&request)? {
        for batch in part.batches {
            let batch = batch?;
            let times = batch.column(0).as_primitive::<TimestampNanosecondType>().values();
            let values = batch.column(batch.num_columns() - 1).as_primitive::<Float64Type>().values();
            for (time, value) in times.iter().zip(values) {
                assert_eq!(*time, at(*value as i64), "a row has another row's value");
                hours.push(*value as i64);
            }
        }
    }
    hours.sort_unstable();
    Ok(hours)
}

#[track_caller]
fn compare(book: &Book, found: &[i64], when: &str) {
    for (hour, known) in book {
        let there = found.contains(hour);
        let right = match known {
            Known::There => there,
            Known::Gone => !there,
            Known::Either => true,
        };
        assert!(right, "{when}: hour {hour} is {known:?}, found {found:?}");
    }
    assert!(found.windows(2).all(|pair| pair[0] < pair[1]), "{when}: {found:?}");
    assert!(found.iter().all(|hour| book.contains_key(hour)), "{when}: {found:?} has rows that were never written");
}

/// Says which file and what happened; a store that takes no more writes says that.
#[track_caller]
fn check_error(error: &StorageError, dir: &Path, when: &str) {
    let text = error.to_string();
    let place = text.contains(&dir.display().to_string());
    let cause = text.contains("a fault made by a test");
    assert!(place && cause, "{when}: {text}");
}

#[test]
fn every_operation_fails_once() {
    for operations in 0.. {
        let dir = folder();
        let files = Arc::new(Files::default());
        let mut store = Store::open_on(options(dir.path()), Arc::clone(&files)).expect("opens");
        store.put_bucket(bucket(), 0, WEEK_NS).expect("a bucket");
        let mut book = Book::new();
        files.fail_once(operations);
        for (number, step) in STEPS.iter().enumerate() {
            let when = format!("operation {operations}, step {number} {step:?}");
            if let Step::Reopen = step {
                close(store);
                store = Store::open_on(options(dir.path()), Arc::clone(&files)).unwrap_or_else(|error| {
                    check_error(&error, dir.path(), &when);
                    Store::open_on(options(dir.path()), Arc::clone(&files)).expect("opens the second time")
                });
                continue;
            }
            let outcome = run(&store, *step);
            if let Err(error) = &outcome {
                check_error(error, dir.path(), &when);
            }
            note(&mut book, *step, outcome.is_ok());
            match read(&store) {
                Ok(found) => compare(&book, &found, &when),
                Err(error) => check_error(&error, dir.path(), &when),
            }
        }
        let done = !files.has_failed();
        drop(store);
        let store = open(dir.path());
        compare(&book, &read(&store).expect("read"), &format!("operation {operations}, opened again"));
        assert_eq!(store.verify().expect("verified").damages, []);
        if operations % 4 > 0 && !done {
            continue;
        }
        // The folder is as good as any: it takes rows, and sealing leaves one partition.
        run(&store, Step::Write(&[108])).expect("written");
        run(&store, Step::Compact).expect("sealed");
        note(&mut book, Step::Write(&[108]), true);
        compare(&book, &read(&store).expect("read"), &format!("operation {operations}, sealed"));
        if done {
            assert!(operations > 100, "only {operations} operations were made");
            return;
        }
    }
}

/// A folder with rows in partitions, deletes in a manifest, and rows and a delete in the log.
fn filled() -> (tempfile::TempDir, Book) {
    let (dir, store) = store();
    let mut book = Book::new();
    let steps = [
        Step::Write(&[0, 1, 2]),
        Step::Flush,
        Step::Write(&[3, 4]),
        Step::Delete(1, 1),
        Step::Flush,
        Step::Write(&[5]),
        Step::Delete(3, 3),
        Step::Write(&[6]),
    ];
    for step in steps {
        run(&store, step).expect("done");
        note(&mut book, step, true);
    }
    close(store);
    (dir, book)
}

#[test]
fn every_byte_is_changed_once() {
    let (dir, book) = filled();
    let right: Vec<i64> = read(&open_read_only(dir.path())).expect("read");
    compare(&book, &right, "before");
    let (mut noticed, mut harmless, mut cut) = (0, 0, 0);
    for name in paths(dir.path()).iter().filter(|name| !name.ends_with("store.lock")) {
        let path = dir.path().join(name);
        let bytes = fs::read(&path).expect("a file");
        // Long files are sampled; the primes keep the samples from falling on like places.
        let stride = if bytes.len() > 3_000 { 13 } else { 1 };
        for place in (0..bytes.len()).step_by(stride) {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1 << (place % 8);
            fs::write(&path, &damaged).expect("damaged");
            let opened = block_on(Store::open(StoreOptions { read_only: true, ..options(dir.path()) }));
            let outcome = opened.and_then(|store| Ok((read(&store)?, store.verify()?)));
            match outcome {
                Err(StorageError::Damaged { path: told, .. } | StorageError::Version { path: told, .. }) => {
                    assert_eq!(told, path, "byte {place}");
                    noticed += 1;
                }
                Err(other) => panic!("{name}, byte {place}: {other}"),
                // The last group of the log looks as a crash leaves it: it is cut off, and a warning says so.
                Ok((found, _)) if name.ends_with(".wal") && found == right[..right.len() - 1] => cut += 1,
                Ok((found, verification)) => {
                    assert_eq!(found, right, "{name}, byte {place} went unnoticed");
                    assert_eq!(verification.damages, [], "{name}, byte {place}");
                    harmless += 1;
                }
            }
        }
        fs::write(&path, &bytes).expect("mended");
    }
    assert!(noticed > 500 && cut > 0, "{noticed} noticed, {harmless} harmless, {cut} cut");
    assert_eq!(harmless, 0, "every byte is under a checksum");
}
