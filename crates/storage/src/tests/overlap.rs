//! Sources that overlap in time: rows without a twin pass, twins are merged.

use super::*;
use crate::overlap::Instants;
use crate::slices::{Slice, slices};

#[test]
fn instants_of_two_sources_are_shared_and_few_others() {
    let mut instants = Instants::new(20_000);
    instants.add((0..10_000).map(|i| i * 1_000), false);
    instants.add((9_000..20_000).map(|i| i * 1_000), false);
    assert!((9_000..10_000).all(|i| instants.are_shared(i * 1_000)));
    let wrong = (0..9_000).chain(10_000..20_000).filter(|i| instants.are_shared(i * 1_000)).count();
    assert!(wrong < 19_000 / 4, "{wrong} of 19000");
    let mut repeats = Instants::new(10);
    repeats.add([1, 2, 2, 3].into_iter(), true);
    assert!(repeats.are_shared(2) && !repeats.are_shared(1));
}

/// So many rows of one series, a second apart, from a second on.
fn seconds(store: &Store, from: i64, count: i64, field: &str) {
    let mut batch = WriteBatch::default();
    for second in from..from + count {
        push(&mut batch, &format!("m,k=a {field}={second} {}", second * 1_000_000_000));
    }
    block_on(store.write(bucket(), batch, MONDAY)).expect("written");
}

#[test]
fn twins_are_merged_and_all_others_pass() {
    let (_dir, store) = store();
    seconds(&store, 0, 3_000, "v");
    flush(&store);
    seconds(&store, 2_900, 3_000, "w");
    flush(&store);
    seconds(&store, 1_000, 50, "v");
    store.rest();
    let snapshot = store.snapshot(bucket()).expect("a snapshot");
    let found = rows(&snapshot, "m", TimeRange::ALL, SeriesFilter::All);
    assert_eq!(found.len(), 5_900);
    for (second, fields) in (0..5_900).zip(found.values()) {
        let of = |name: &str| fields.get(name).map(String::as_str);
        let text = second.to_string();
        assert_eq!(of("v"), (second < 3_000).then_some(text.as_str()), "{second}");
        assert_eq!(of("w"), (second >= 2_900).then_some(text.as_str()), "{second}");
    }
}

#[test]
fn a_source_is_cut_out_where_it_stands_alone() {
    let (_dir, store) = store();
    seconds(&store, 0, 2_000, "v");
    flush(&store);
    // The last instant is split between two partitions.
    seconds(&store, 1_999, 2_000, "w");
    flush(&store);
    store.rest();
    let snapshot = store.snapshot(bucket()).expect("a snapshot");
    let cut = slices(snapshot.sources("m"), TimeRange::ALL, 16_000);
    let sources: Vec<usize> = cut.iter().map(|slice: &Slice| slice.sources.len()).collect();
    assert_eq!(sources, [1, 2, 1], "{cut:?}");
    let second = 1_000_000_000;
    assert_eq!(cut[1].range, TimeRange::new(1_999 * second, 1_999 * second + 1));
    // Where neither has enough rows alone, all is one slice.
    let cut = slices(snapshot.sources("m"), TimeRange::ALL, 262_144);
    assert_eq!(cut.iter().map(|slice| slice.sources.len()).collect::<Vec<_>>(), [2]);
}
