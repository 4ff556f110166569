//! Deletes, and what they free.

use model::SeriesFilter;

use super::*;

#[test]
fn both_ends_of_a_delete_are_inside_and_later_rows_stay() {
    let (_dir, store) = store();
    write(&store, &["m,k=a v=1 10", "m,k=a v=2 20", "m,k=a v=3 30", "m,k=b v=4 20"]);
    delete(&store, 10, 20, tag_equals("k", "a"));
    assert_eq!(all(&store, "m"), ["m,k=a v=3 30", "m,k=b v=4 20"]);
    write(&store, &["m,k=a v=5 10"]);
    assert_eq!(all(&store, "m"), ["m,k=a v=5 10", "m,k=a v=3 30", "m,k=b v=4 20"]);
}

#[test]
fn a_deleted_measurement_disappears_and_its_types_are_free() {
    let (_dir, store) = store();
    write(&store, &["hut heat=1 10", "boat speed=1i 10"]);
    delete(&store, i64::MIN, i64::MAX, tag_equals("_measurement", "hut"));
    let names = store.snapshot(bucket()).expect("a snapshot").measurements();
    assert_eq!(names.iter().map(AsRef::as_ref).collect::<Vec<&str>>(), ["boat"]);
    assert_eq!(write(&store, &["hut heat=\"hot\" 10"]).stored, 1);
    assert_eq!(write(&store, &["boat speed=1.5 10"]).refused, 1);
    delete(&store, 0, MONDAY, SeriesFilter::All);
    assert!(store.snapshot(bucket()).expect("a snapshot").measurements().is_empty());
}
