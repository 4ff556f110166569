//! A server under load, killed at random moments while it flushes, merges, deletes and drops what has expired: all that was
//! acknowledged is there afterwards, nothing that was deleted, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use serde_json::json;

use crate::served::{self, BUCKET, ORG, Served, column};

/// How often the server is killed.
const KILLS: usize = 100;
/// Threads that write.
const WRITERS: usize = 4;
/// How long the load lasts before a kill, in milliseconds.
const LOAD_MS: std::ops::Range<u64> = 20..200;
/// The load gets shorter when all kills together would take longer than this.
const ENOUGH: Duration = Duration::from_secs(90);
/// A full reading of everything happens after so many kills, and at the end; in between the newest points are read.
const FULL_READING_EVERY: usize = 50;
/// A small budget, so that memtables are written out and merged under the load.
const FLAGS: &[&str] = &["--memory-limit", "24MB", "--storage-retention-check-interval", "1s"];
/// A bucket that keeps points for an hour.
const SHORT: &str = "short";
/// Text that makes points large, so that memtables are full after a few hundred of them.
const PAD: &str = "All that was acknowledged is there afterwards, and nothing else is. ";

/// What one writer knows of its numbers. Number N is the point `load,writer=W n=Ni,square=N*Ni,pad="…" N` (time in nanoseconds).
#[derive(Debug, Default)]
struct Book {
    /// Numbers below this were sent.
    next: u64,
    /// Acknowledged, or found after a restart.
    stored: BTreeSet<u64>,
    /// Sent in the request that the kill cut off: all of them are stored, or none.
    in_flight: Option<Range<u64>>,
    /// Numbers that the delete was to remove that the kill cut off: all of them are gone, or none.
    in_removal: Option<Range<u64>>,
    deletes: usize,
}

#[test]
fn acknowledged_points_survive_kills() {
    let seed = std::env::var("CRASH_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or_else(|| rand::rng().random());
    println!("CRASH_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut served = Served::start(&data, FLAGS);
    served.set_up();
    make_short(&served);

    let mut books: Vec<Book> = (0..WRITERS).map(|_| Book::default()).collect();
    let mut before = 0;
    let (begun, mut found, mut not_found) = (Instant::now(), 0, 0);
    let mut starts = Vec::new();
    for kill in 1..=KILLS {
        // All go on from the same number, so that what is new is one range of times.
        let since = books.iter().map(|book| book.next).max().unwrap_or(0);
        books.iter_mut().for_each(|book| book.next = since);
        let left = ENOUGH.saturating_sub(begun.elapsed()).as_millis() as u64 / (KILLS - kill + 1) as u64;
        let load_ms = random.random_range(LOAD_MS).min(left.max(LOAD_MS.start));
        books = load_and_kill(served, books, load_ms, random.random());
        let starting = Instant::now();
        served = Served::start(&data, FLAGS);
        starts.push(starting.elapsed());
        if kill % 10 == 0 {
            println!("{kill} kills after {:.0} s", begun.elapsed().as_secs_f64());
        }
        let all = kill % FULL_READING_EVERY == 0 || kill == KILLS;
        // Deletes reach back one round, or further where a writer got nothing done in it.
        let removals = books.iter().filter_map(|book| book.in_removal.as_ref()).map(|range| range.start);
        let first = if all { 0 } else { removals.min().unwrap_or(before).min(before) };
        before = since;
        let stored = read(&served, first, books.iter().map(|book| book.next).max().unwrap_or(0));
        for (writer, book) in books.iter_mut().enumerate() {
            let numbers = stored.get(&writer).map(Vec::as_slice).unwrap_or_default();
            match check(numbers, book, first, &format!("kill {kill}, writer {writer}")) {
                Some(true) => found += 1,
                Some(false) => not_found += 1,
                None => {}
            }
        }
    }
    check_short(&served);
    let log = served.logged();
    assert!(served.stop().success());
    for word in ["panicked", "ERROR"] {
        let line = log.lines().find(|line| line.contains(word));
        assert_eq!(line, None, "the log has an error");
    }
    let deletes: usize = books.iter().map(|book| book.deletes).sum();
    let partitions = partitions(&data);
    let of = |half: &[Duration]| half.iter().sum::<Duration>().as_secs_f64() * 1e3 / half.len().max(1) as f64;
    let (early, late) = starts.split_at(starts.len() / 2);
    println!(
        "{deletes} deletes, {partitions} partitions at the end; a start took {:.0} ms, then {:.0} ms",
        of(early),
        of(late)
    );
    assert!(deletes > 20, "only {deletes} deletes were acknowledged");
    assert!((1..60).contains(&partitions), "{partitions} partitions: are they merged?");
    let stored: usize = books.iter().map(|book| book.stored.len()).sum();
    println!(
        "{KILLS} kills in {:.0} s: {stored} points stored; of the requests cut off {found} were stored, {not_found} not",
        begun.elapsed().as_secs_f64()
    );
    assert!(stored > KILLS * WRITERS, "the load was no load: {stored} points");
}

/// Writes for a while, kills the server; gives back what the writers know then.
fn load_and_kill(served: Served, books: Vec<Book>, load_ms: u64, seed: u64) -> Vec<Book> {
    let stopping = Arc::new(AtomicBool::new(false));
    let (ended, wait) = mpsc::channel::<()>();
    let writers: Vec<_> = books
        .into_iter()
        .enumerate()
        .map(|(writer, mut book)| {
            let (url, stopping, ended) = (served.url.clone(), Arc::clone(&stopping), ended.clone());
            let mut random = StdRng::seed_from_u64(seed.wrapping_add(writer as u64));
            std::thread::spawn(move || {
                let agent = served::agent();
                while !stopping.load(Ordering::Relaxed) && work(&agent, &url, writer, &mut book, &mut random) {}
                drop(ended);
                book
            })
        })
        .collect();
    drop(ended);
    // The load lasts until its time is over; that every writer ended before would be a failure told by `write`.
    assert_eq!(
        wait.recv_timeout(Duration::from_millis(load_ms)),
        Err(mpsc::RecvTimeoutError::Timeout),
        "writers ended"
    );
    served.kill();
    stopping.store(true, Ordering::Relaxed);
    writers.into_iter().map(|w| w.join().unwrap()).collect()
}

/// Sends one request; false when the server is gone.
fn work(agent: &ureq::Agent, url: &str, writer: usize, book: &mut Book, random: &mut StdRng) -> bool {
    match random.random_range(0..30) {
        0 => delete(agent, url, writer, book, random),
        1 => write_short(agent, url),
        _ => write(agent, url, writer, book, random),
    }
}

/// Deletes some of the newest numbers that are stored for certain.
fn delete(agent: &ureq::Agent, url: &str, writer: usize, book: &mut Book, random: &mut StdRng) -> bool {
    let Some(last) = book.stored.last().copied() else { return true };
    let count = random.random_range(1..30);
    let range = last.saturating_sub(count)..last + 1;
    let time = |number: u64| format!("1970-01-01T00:00:00.{number:09}Z");
    let body = json!({
        "start": time(range.start), "stop": time(range.end - 1),
        "predicate": format!("_measurement=\"load\" AND writer=\"{writer}\""),
    });
    book.in_removal = Some(range.clone());
    let path = format!("/api/v2/delete?org={ORG}&bucket={BUCKET}");
    match served::send(agent, url, "POST", &path, &[], body.to_string().as_bytes()) {
        Ok(answer) => {
            assert_eq!(answer.status, 204, "{}", answer.text);
            book.stored.retain(|n| !range.contains(n));
            book.in_removal = None;
            book.deletes += 1;
            true
        }
        Err(_) => false,
    }
}

/// Nanoseconds since the epoch.
fn now_ns() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as i64
}

fn make_short(served: &Served) {
    let orgs = served.send("GET", "/api/v2/orgs", &[], &[]);
    let orgs: serde_json::Value = serde_json::from_str(&orgs.text).unwrap();
    let rule = json!([{"type": "expire", "everySeconds": 3_600, "shardGroupDurationSeconds": 3_600}]);
    let body = json!({"orgID": orgs["orgs"][0]["id"], "name": SHORT, "retentionRules": rule});
    let answer = served.send("POST", "/api/v2/buckets", &[], body.to_string().as_bytes());
    assert_eq!(answer.status, 201, "{}", answer.text);
}

/// Writes a point that expires in two seconds and one that does not.
fn write_short(agent: &ureq::Agent, url: &str) -> bool {
    let (now, hour) = (now_ns(), 3_600_000_000_000);
    let lines = format!("old pad=\"{PAD}\" {}\nyoung pad=\"{PAD}\" {now}\n", now - hour + 2_000_000_000);
    let path = format!("/api/v2/write?org={ORG}&bucket={SHORT}");
    match served::send(agent, url, "POST", &path, &[], lines.as_bytes()) {
        // A machine that is very slow sends it after it has expired.
        Ok(answer) => assert!(answer.status == 204 || answer.status == 422, "{}", answer.text),
        Err(_) => return false,
    }
    true
}

/// What has expired is not shown; what has not is.
fn check_short(served: &Served) {
    let count = |measurement: &str| {
        let script = format!(
            r#"from(bucket: "{SHORT}") |> range(start: -2h) |> filter(fn: (r) => r._measurement == "{measurement}")"#
        );
        let answer = served.ask(&script);
        assert_eq!(answer.status, 200, "{}", answer.text);
        column(&answer.text, "_value").len()
    };
    let deadline = Instant::now() + served::DEADLINE;
    while count("old") > 0 {
        assert!(Instant::now() < deadline, "expired points stay");
        std::thread::yield_now();
    }
    assert!(count("young") > 0);
}

/// Partitions of the first bucket's measurement that are on disk.
fn partitions(data: &std::path::Path) -> usize {
    let mut folders = vec![data.join("data")];
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_partition = path.extension().is_some_and(|e| e == "parquet");
            count += usize::from(is_partition && path.parent().is_some_and(|folder| folder.ends_with("load")));
            if path.is_dir() {
                folders.push(path);
            }
        }
    }
    count
}

/// Sends one request with the next numbers; false when the server is gone.
fn write(agent: &ureq::Agent, url: &str, writer: usize, book: &mut Book, random: &mut StdRng) -> bool {
    let count = match random.random_range(0..40) {
        0 => 500,
        1..12 => 20,
        _ => 1,
    };
    let numbers = book.next..book.next + count;
    let (mut lines, pad) = (String::new(), PAD.repeat(8));
    for n in numbers.clone() {
        lines.push_str(&format!("load,writer={writer} n={n}i,square={}i,pad=\"{pad}\" {n}\n", n * n));
    }
    book.next = numbers.end;
    book.in_flight = Some(numbers.clone());
    let path = format!("/api/v2/write?org={ORG}&bucket={BUCKET}");
    match served::send(agent, url, "POST", &path, &[], lines.as_bytes()) {
        Ok(answer) => {
            assert_eq!(answer.status, 204, "{}", answer.text);
            book.stored.extend(numbers);
            book.in_flight = None;
            true
        }
        Err(_) => false,
    }
}

/// The numbers from one on that are stored, by writer; each point has to be whole.
fn read(served: &Served, first: u64, end: u64) -> BTreeMap<usize, Vec<u64>> {
    let script = format!(
        r#"from(bucket: "{BUCKET}")
            |> range(start: time(v: {first}), stop: time(v: {}))
            |> filter(fn: (r) => r._measurement == "load" and r._field != "pad")"#,
        end + 1_000_000
    );
    let answer = served.ask(&script);
    assert_eq!(answer.status, 200, "{}", answer.text);
    let read = |name: &str| column(&answer.text, name);
    let (mut numbers, mut squares) = (BTreeMap::<usize, Vec<u64>>::new(), BTreeMap::<usize, Vec<u64>>::new());
    for ((writer, field), value) in read("writer").iter().zip(read("_field")).zip(read("_value")) {
        let of = if field == "n" { &mut numbers } else { &mut squares };
        of.entry(writer.parse().unwrap()).or_default().push(value.parse().unwrap());
    }
    for (writer, numbers) in &numbers {
        let whole: Vec<u64> = numbers.iter().map(|n| n * n).collect();
        assert_eq!(squares.get(writer), Some(&whole), "writer {writer}: a point is not whole");
    }
    assert_eq!(numbers.len(), squares.len());
    numbers
}

/// Compares what is stored from a number on with what was acknowledged. Tells of the request that was cut off whether it is there.
fn check(numbers: &[u64], book: &mut Book, first: u64, when: &str) -> Option<bool> {
    let found: BTreeSet<u64> = numbers.iter().copied().collect();
    assert_eq!(found.len(), numbers.len(), "{when}: a point is there twice");
    let there = book.in_flight.take().map(|range| {
        let count = range.clone().filter(|n| found.contains(n)).count() as u64;
        let all = range.end - range.start;
        assert!(count == 0 || count == all, "{when}: {count} of {all} points of one request");
        if count > 0 {
            book.stored.extend(range);
        }
        count > 0
    });
    if let Some(range) = book.in_removal.take() {
        let touched: Vec<u64> = book.stored.range(range.clone()).copied().collect();
        let left = touched.iter().filter(|n| found.contains(n)).count();
        assert!(left == 0 || left == touched.len(), "{when}: {left} of {} points of one delete", touched.len());
        if left == 0 {
            book.stored.retain(|n| !range.contains(n));
        }
    }
    let wanted: BTreeSet<u64> = book.stored.range(first..).copied().collect();
    let lost: Vec<&u64> = wanted.difference(&found).take(10).collect();
    let strange: Vec<&u64> = found.difference(&wanted).take(10).collect();
    assert!(lost.is_empty() && strange.is_empty(), "{when}: lost {lost:?}, never sent {strange:?}");
    there
}
