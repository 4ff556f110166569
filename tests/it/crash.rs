//! A server under load, killed at random moments: all that was acknowledged is there afterwards, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::served::{self, BUCKET, ORG, Served, column};

/// How often the server is killed.
const KILLS: usize = 100;
/// Threads that write.
const WRITERS: usize = 4;
/// How long the load lasts before a kill, in milliseconds.
const LOAD_MS: std::ops::Range<u64> = 20..200;
/// A full reading of everything happens after so many kills, and at the end; in between the newest points are read.
const FULL_READING_EVERY: usize = 50;
/// A small budget, so that memtables are written out and merged under the load.
const FLAGS: &[&str] = &["--memory-limit", "24MB"];

/// What one writer knows of its numbers. Number N is the point `load,writer=W n=Ni,square=N*Ni N` (time in nanoseconds).
#[derive(Debug, Default)]
struct Book {
    /// Numbers below this were sent.
    next: u64,
    /// Acknowledged, or found after a restart.
    stored: BTreeSet<u64>,
    /// Sent in the request that the kill cut off: all of them are stored, or none.
    in_flight: Option<std::ops::Range<u64>>,
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

    let mut books: Vec<Book> = (0..WRITERS).map(|_| Book::default()).collect();
    let (begun, mut found, mut not_found) = (Instant::now(), 0, 0);
    for kill in 1..=KILLS {
        // All go on from the same number, so that what is new is one range of times.
        let since = books.iter().map(|book| book.next).max().unwrap_or(0);
        books.iter_mut().for_each(|book| book.next = since);
        books = load_and_kill(served, books, random.random_range(LOAD_MS), random.random());
        served = Served::start(&data, FLAGS);
        if kill % 10 == 0 {
            println!("{kill} kills after {:.0} s", begun.elapsed().as_secs_f64());
        }
        let first = if kill % FULL_READING_EVERY == 0 || kill == KILLS { 0 } else { since };
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
    assert!(served.stop().success());
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
                while !stopping.load(Ordering::Relaxed) && write(&agent, &url, writer, &mut book, &mut random) {}
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

/// Sends one request with the next numbers; false when the server is gone.
fn write(agent: &ureq::Agent, url: &str, writer: usize, book: &mut Book, random: &mut StdRng) -> bool {
    let count = match random.random_range(0..40) {
        0 => 500,
        1..12 => 20,
        _ => 1,
    };
    let numbers = book.next..book.next + count;
    let mut lines = String::new();
    for n in numbers.clone() {
        lines.push_str(&format!("load,writer={writer} n={n}i,square={}i {n}\n", n * n));
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
            |> filter(fn: (r) => r._measurement == "load")"#,
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
    let wanted: BTreeSet<u64> = book.stored.range(first..).copied().collect();
    let lost: Vec<&u64> = wanted.difference(&found).take(10).collect();
    let strange: Vec<&u64> = found.difference(&wanted).take(10).collect();
    assert!(lost.is_empty() && strange.is_empty(), "{when}: lost {lost:?}, never sent {strange:?}");
    there
}
