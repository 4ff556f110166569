//! What is written is read: merging, ranges, filters, tag sets, fields.

use model::{Comparison, FieldType, SeriesFilter, TimeRange};

use super::*;

#[test]
fn of_one_series_and_time_the_newest_value_of_each_field_stays() {
    let (_dir, store) = store();
    write(&store, &["m,k=a v=1,w=1i 10", "m,k=a v=2 10", "m,k=b v=5 10"]);
    write(&store, &["m,k=a x=t 10", "m v=7 10", "m,k=a s=\"é\" 11"]);
    assert_eq!(all(&store, "m"), ["m v=7 10", "m,k=a v=2,w=1i,x=t 10", "m,k=a s=\"é\" 11", "m,k=b v=5 10"]);
    assert!(all(&store, "nothing").is_empty());
}

#[test]
fn a_snapshot_does_not_change() {
    let (_dir, store) = store();
    write(&store, &["m v=1 10"]);
    let before = store.snapshot(bucket()).expect("a snapshot");
    write(&store, &["m v=2 10", "n v=1 10"]);
    delete(&store, 0, 100, SeriesFilter::All);
    assert_eq!(rows(&before, "m", TimeRange::ALL, SeriesFilter::All).len(), 1);
    assert_eq!(before.measurements().len(), 1);
    assert!(store.snapshot(bucket()).expect("a snapshot").measurements().is_empty());
}

#[test]
fn ranges_filters_tag_sets_and_fields_choose_rows_exactly() {
    let (_dir, store) = store();
    write(
        &store,
        &["m,a=1,b=x v=1 10", "m,a=2,b=x v=2,w=2 20", "m,a=1 v=3 30", "m,b=y w=4 40", "m v=5 50", "o,a=1 v=1 10"],
    );
    let snapshot = store.snapshot(bucket()).expect("a snapshot");
    let times = |range, filter| -> Vec<i64> {
        let mut times: Vec<i64> = rows(&snapshot, "m", range, filter).into_keys().map(|k| k.1).collect();
        times.sort_unstable();
        times
    };
    assert_eq!(times(TimeRange::new(20, 40), SeriesFilter::All), [20, 30]);
    assert_eq!(times(TimeRange::ALL, tag_equals("a", "1")), [10, 30]);
    assert_eq!(times(TimeRange::ALL, tag_equals("a", "")), [40, 50]);
    let pattern = |comparison| SeriesFilter::Tag { key: "b".into(), comparison, value: "^[xy]$".into() };
    assert_eq!(times(TimeRange::ALL, pattern(Comparison::Matches)), [10, 20, 40]);
    assert_eq!(times(TimeRange::ALL, pattern(Comparison::NotMatches)), [30, 50]);
    let both = SeriesFilter::And(vec![tag_equals("a", "1"), pattern(Comparison::Matches)]);
    assert_eq!(times(TimeRange::ALL, both), [10]);
    let request = |fields: &[&str], tag_sets: Option<&[&[&str]]>| ScanRequest {
        measurement: "m".into(),
        tags: vec!["b".into()],
        fields: fields.iter().map(|f| ((*f).to_owned(), FieldType::Float)).collect(),
        range: TimeRange::ALL,
        filter: SeriesFilter::All,
        tag_sets: tag_sets.map(|sets| sets.iter().map(|set| set.iter().map(|k| (*k).to_owned()).collect()).collect()),
        near: Vec::new(),
    };
    assert_eq!(scan(&snapshot, &request(&["w"], None)).len(), 2);
    assert_eq!(scan(&snapshot, &request(&["nothing"], None)).len(), 0);
    assert_eq!(scan(&snapshot, &request(&[], None)).len(), 5);
    assert_eq!(scan(&snapshot, &request(&["v"], Some(&[&["a", "b"]]))).len(), 2);
    assert_eq!(scan(&snapshot, &request(&["v"], Some(&[&[]]))).len(), 1);
    assert_eq!(scan(&snapshot, &request(&["v"], Some(&[&[], &["b", "a"], &["c"]]))).len(), 3);
    assert_eq!(scan(&snapshot, &request(&["v"], Some(&[]))).len(), 0);
}

#[test]
fn a_pattern_that_is_none_is_refused_by_name() {
    let (_dir, store) = store();
    write(&store, &["m,a=1 v=1 10"]);
    let snapshot = store.snapshot(bucket()).expect("a snapshot");
    let filter = SeriesFilter::Tag { key: "a".into(), comparison: Comparison::Matches, value: "(".into() };
    let request = ScanRequest {
        measurement: "m".into(),
        tags: vec![],
        fields: vec![],
        range: TimeRange::ALL,
        filter,
        tag_sets: None,
        near: Vec::new(),
    };
    let error = snapshot.scan(&request).expect_err("refused");
    assert!(error.to_string().starts_with("the pattern /(/ of a tag filter is not valid"), "{error}");
}

#[test]
fn a_measurement_is_described_without_reading_rows() {
    let (_dir, store) = store();
    write(&store, &["m,b=1,a=2 v=1i 10", "m,c=1 w=\"x\" -5", "m v=2i 7"]);
    write(&store, &[&format!("m v=1.5 {MONDAY}")]);
    let snapshot = store.snapshot(bucket()).expect("a snapshot");
    let info = snapshot.measurement("m").expect("is there");
    assert_eq!(info.tag_keys, ["a", "b", "c"]);
    assert_eq!(info.time_bounds, Some((-5, MONDAY)));
    let kinds: Vec<_> = info.fields.iter().map(|(n, k)| (n.as_str(), *k)).collect();
    assert_eq!(kinds, [("v", FieldType::Float), ("v", FieldType::Integer), ("w", FieldType::String)]);
    let sets: Vec<Vec<&str>> = info.tag_sets.iter().map(|s| s.iter().map(String::as_str).collect()).collect();
    assert_eq!(sets, [vec![], vec!["a", "b"], vec!["c"]]);
    assert_eq!(snapshot.measurement("n"), None);
}
