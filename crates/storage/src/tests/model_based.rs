//! Random work against a simple model, from seeds: every state of the store holds the same rows.

use std::collections::{BTreeMap, BTreeSet};

use model::{Comparison, SeriesFilter, TimeRange};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::*;

/// Measurement, tags and time.
type Key = (String, Vec<(String, String)>, i64);

#[derive(Default)]
struct Model {
    rows: BTreeMap<Key, BTreeMap<String, String>>,
}

impl Model {
    fn rows(&self, measurement: &str, range: TimeRange, filter: &SeriesFilter) -> Rows {
        let mut out = Rows::new();
        for ((m, tags, time), fields) in &self.rows {
            if m == measurement && range.contains(*time) && takes(filter, m, tags) {
                let mut series = m.clone();
                tags.iter().for_each(|(k, v)| series.push_str(&format!(",{k}={v}")));
                out.insert((series, *time), fields.clone());
            }
        }
        out
    }

    fn delete(&mut self, first: i64, last: i64, filter: &SeriesFilter) {
        self.rows.retain(|(m, tags, time), _| !(first <= *time && *time <= last && takes(filter, m, tags)));
    }
}

fn takes(filter: &SeriesFilter, measurement: &str, tags: &[(String, String)]) -> bool {
    match filter {
        SeriesFilter::All => true,
        SeriesFilter::And(parts) => parts.iter().all(|p| takes(p, measurement, tags)),
        SeriesFilter::Or(parts) => parts.iter().any(|p| takes(p, measurement, tags)),
        SeriesFilter::Tag { key, comparison, value } => {
            let tag = tags.iter().find(|(k, _)| k == key).map_or("", |(_, v)| v);
            let text = if key == "_measurement" { measurement } else { tag };
            (text == value) == (*comparison == Comparison::Equal)
        }
    }
}

fn random_filter(rng: &mut StdRng) -> SeriesFilter {
    let tag = |rng: &mut StdRng| {
        let key = ["a", "b", "c", "_measurement"][rng.random_range(0..4)];
        let value = if key == "_measurement" {
            format!("m{}", rng.random_range(0..3))
        } else {
            ["", "0", "1", "2"][rng.random_range(0..4)].to_owned()
        };
        let comparison = if rng.random_bool(0.7) { Comparison::Equal } else { Comparison::NotEqual };
        SeriesFilter::Tag { key: key.into(), comparison, value }
    };
    match rng.random_range(0..5) {
        0 => SeriesFilter::All,
        1 => SeriesFilter::And(vec![tag(rng), tag(rng)]),
        2 => SeriesFilter::Or(vec![tag(rng), tag(rng)]),
        _ => tag(rng),
    }
}

/// Times lie in a few weeks; fields `x0` have one type in even weeks and another in odd ones.
fn random_time(rng: &mut StdRng, dense: bool) -> i64 {
    let week = rng.random_range(0..4);
    MONDAY + week * WEEK_NS + rng.random_range(0..if dense { 12 } else { 100_000 })
}

fn random_write(rng: &mut StdRng, store: &Store, model: &mut Model, points: usize) {
    let mut batch = WriteBatch::default();
    for _ in 0..points {
        let measurement = format!("m{}", rng.random_range(0..3));
        let mut tags = Vec::new();
        for key in ["a", "b", "c"] {
            if rng.random_bool(0.6) {
                tags.push((key.to_owned(), rng.random_range(0..3).to_string()));
            }
        }
        let time = random_time(rng, points < 20);
        let odd_week = (time - MONDAY) / WEEK_NS % 2 == 1;
        let mut fields = BTreeMap::new();
        for _ in 0..rng.random_range(1..4) {
            let n = rng.random_range(0..100);
            let (name, value) = match rng.random_range(0..5) {
                0 if odd_week => ("x0", format!("{n}i")),
                0 => ("x0", n.to_string()),
                1 => ("x1", n.to_string()),
                2 => ("x2", format!("\"text {n}\"")),
                3 => ("x3", if n % 2 == 0 { "t" } else { "f" }.to_owned()),
                _ => ("x4", format!("{n}u")),
            };
            fields.insert(name.to_owned(), value);
        }
        let mut line = measurement.clone();
        tags.iter().for_each(|(k, v)| line.push_str(&format!(",{k}={v}")));
        let words: Vec<_> = fields.iter().map(|(k, v)| format!("{k}={}", v.replace(' ', "_"))).collect();
        push(&mut batch, &format!("{line} {} {time}", words.join(",")));
        let fields = fields.into_iter().map(|(k, v)| (k, v.replace(' ', "_")));
        model.rows.entry((measurement, tags, time)).or_default().extend(fields);
    }
    let report = block_on(store.write(bucket(), batch, MONDAY)).expect("written");
    assert_eq!((report.stored, report.refused), (points, 0), "{:?}", report.reason);
}

fn compare(rng: &mut StdRng, store: &Store, model: &Model, what: &str) {
    let snapshot = store.snapshot(bucket()).expect("a snapshot");
    for measurement in ["m0", "m1", "m2"] {
        let (range, filter) = if rng.random_bool(0.5) {
            (TimeRange::ALL, SeriesFilter::All)
        } else {
            let (a, b) = (random_time(rng, false), random_time(rng, false));
            (TimeRange::new(a.min(b), a.max(b)), random_filter(rng))
        };
        let found = rows(&snapshot, measurement, range, filter.clone());
        let expected = model.rows(measurement, range, &filter);
        let wrong: Vec<_> = found.iter().filter(|(key, fields)| expected.get(*key) != Some(*fields)).take(3).collect();
        let missing: Vec<_> = expected.keys().filter(|key| !found.contains_key(*key)).take(3).collect();
        assert!(
            wrong.is_empty() && missing.is_empty(),
            "{what}: {measurement} {range:?} {filter:?}: wrong {wrong:?}, missing {missing:?}"
        );
        super::ends::compare(&snapshot, measurement, range, &filter, &found, what);
        let is_listed = snapshot.measurements().iter().any(|m| **m == *measurement);
        let is_there = !model.rows(measurement, TimeRange::ALL, &SeriesFilter::All).is_empty();
        assert_eq!(is_listed, is_there, "{what}: {measurement} is listed");
        compare_info(&snapshot, model, measurement, what);
    }
}

/// Names, tag sets, fields and bounds are exact, deletes or not.
fn compare_info(snapshot: &Snapshot, model: &Model, measurement: &str, what: &str) {
    let info = snapshot.measurement(measurement).unwrap_or_default();
    let rows = || model.rows.iter().filter(|((m, ..), _)| m == measurement);
    let sets: BTreeSet<Vec<String>> =
        rows().map(|((_, tags, _), _)| tags.iter().map(|(k, _)| k.clone()).collect()).collect();
    assert_eq!(info.tag_sets, sets.into_iter().collect::<Vec<_>>(), "{what}: tag sets of {measurement}");
    let times: Vec<i64> = rows().map(|((_, _, time), _)| *time).collect();
    let bounds = times.iter().min().copied().zip(times.iter().max().copied());
    assert_eq!(info.time_bounds, bounds, "{what}: bounds of {measurement}");
    let names: BTreeSet<&str> = rows().flat_map(|(_, fields)| fields.keys().map(String::as_str)).collect();
    let found: BTreeSet<&str> = info.fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(found, names, "{what}: fields of {measurement}");
}

fn run(seed: u64, steps: usize) {
    let mut rng = StdRng::seed_from_u64(seed);
    let (dir, mut store) = store();
    let mut model = Model::default();
    for step in 0..steps {
        let action = rng.random_range(0..100);
        match action {
            0..50 => random_write(&mut rng, &store, &mut model, action % 7 + 1),
            50..60 => random_write(&mut rng, &store, &mut model, 300),
            60..72 => {
                let filter = random_filter(&mut rng);
                let (a, b) = (random_time(&mut rng, true), random_time(&mut rng, true));
                let (first, last) = if rng.random_bool(0.1) { (i64::MIN, i64::MAX) } else { (a.min(b), a.max(b)) };
                model.delete(first, last, &filter);
                delete(&store, first, last, filter);
            }
            72..84 => flush(&store),
            84..90 => compact(&store),
            90..97 => {
                close(store);
                store = open(dir.path());
            }
            _ => {
                let reader = open_read_only(dir.path());
                compare(&mut rng, &reader, &model, &format!("seed {seed}, step {step}, read-only"));
            }
        }
        compare(&mut rng, &store, &model, &format!("seed {seed}, step {step}, action {action}"));
    }
}

#[test]
fn random_work_agrees_with_a_simple_model() {
    for seed in 0..3 {
        run(seed, 100);
    }
}
