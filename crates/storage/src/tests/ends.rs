//! The part of a range that has the first or the last row of each series and field.

use std::collections::BTreeMap;

use model::{SeriesFilter, TimeRange};

use super::{MONDAY, Rows, bucket, delete, flush, rows, store, tag_equals, write};
use crate::snapshot::{End, ScanRequest, Snapshot};

fn narrowed(snapshot: &Snapshot, measurement: &str, range: TimeRange, filter: &SeriesFilter, end: End) -> TimeRange {
    let Some(info) = snapshot.measurement(measurement) else { return range };
    let request = ScanRequest {
        measurement: measurement.to_owned(),
        tags: Vec::new(),
        fields: info.fields,
        range,
        filter: filter.clone(),
        tag_sets: None,
        near: Vec::new(),
    };
    snapshot.narrowed(&request, end).expect("narrows")
}

/// The first or last value of each series and field with its time.
fn ends(rows: &Rows, end: End) -> BTreeMap<(&str, &str), (i64, &str)> {
    let mut out = BTreeMap::new();
    for ((series, time), fields) in rows {
        for (field, value) in fields {
            let known = out.entry((series.as_str(), field.as_str())).or_insert((*time, value.as_str()));
            // Rows of a series come by time.
            if end == End::Last {
                *known = (*time, value.as_str());
            }
        }
    }
    out
}

/// Both ends of all that was found are found in the narrowed ranges, too.
pub(super) fn compare(
    snapshot: &Snapshot,
    measurement: &str,
    range: TimeRange,
    filter: &SeriesFilter,
    found: &Rows,
    what: &str,
) {
    for end in [End::First, End::Last] {
        let part = narrowed(snapshot, measurement, range, filter, end);
        let there = rows(snapshot, measurement, part, filter.clone());
        assert_eq!(
            ends(&there, end),
            ends(found, end),
            "{what}: {end:?} of {measurement} {range:?} {filter:?} in {part:?}"
        );
    }
}

#[test]
fn newest_rows_of_all_series_are_enough() {
    let (_dir, store) = store();
    let line = |host: &str, field: &str, second: i64| format!("cpu,host={host} {field}={second} {}", MONDAY + second);
    let put = |lines: &[String]| {
        write(&store, &lines.iter().map(String::as_str).collect::<Vec<_>>());
    };
    for second in [0, 1_000, 2_000] {
        put(&["a", "b"].map(|host| line(host, "usage", second)));
        flush(&store);
    }
    let ends_at = |filter: &SeriesFilter| {
        let snapshot = store.snapshot(bucket()).expect("a snapshot");
        let ask = |end| narrowed(&snapshot, "cpu", TimeRange::ALL, filter, end);
        (ask(End::First).stop.saturating_sub(MONDAY), ask(End::Last).start.saturating_sub(MONDAY))
    };
    let (low, high) = (i64::MIN.saturating_sub(MONDAY), i64::MAX.saturating_sub(MONDAY));
    assert_eq!(ends_at(&SeriesFilter::All), (1, 2_000));
    // A series that only older rows have, and a field that only newer rows have.
    put(&[line("old", "usage", 1_000)]);
    flush(&store);
    assert_eq!(ends_at(&SeriesFilter::All), (1_001, 1_000));
    assert_eq!(ends_at(&tag_equals("host", "b")), (1, 2_000));
    put(&[line("a", "more", 3_000)]);
    assert_eq!(ends_at(&SeriesFilter::All), (3_001, 1_000));
    // Deletes take rows away that what is known of files still counts.
    delete(&store, MONDAY, MONDAY, SeriesFilter::All);
    let (first, last) = ends_at(&SeriesFilter::All);
    assert!(first == high || first > 1, "{first}");
    assert!(last == low || last <= 1_000, "{last}");
}
