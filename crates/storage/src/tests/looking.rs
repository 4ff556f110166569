//! Looking at a folder: what it holds, and whether it is whole.

use std::fs;

use super::*;
use crate::store::StorageError;

#[test]
fn an_inspection_counts_what_a_reader_sees() {
    let (dir, store) = store();
    write(&store, &["m,k=a v=1 10", "m,k=b v=2,s=\"x\" 10", "n v=1 10"]);
    flush(&store);
    write(&store, &["m,k=a v=3 10", "m,k=c v=4 20"]);
    store.rest();
    delete(&store, 10, 10, tag_equals("k", "b"));
    let found = store.inspect(Some(bucket())).expect("looked at");
    let [one] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((one.bucket, one.retention_ns, one.pending_deletes), (bucket(), 0, 1));
    assert!(one.memory_bytes > 0);
    let names: Vec<&str> = one.measurements.iter().map(|m| &*m.name).collect();
    assert_eq!(names, ["m", "n"]);
    let m = &one.measurements[0];
    assert_eq!((m.series, m.rows, m.memory_rows), (2, 2, 2));
    assert_eq!((m.tag_keys.as_slice(), m.fields.len()), (["k".to_owned()].as_slice(), 1));
    let [part] = m.partitions.as_slice() else { panic!("{m:?}") };
    assert_eq!((part.first_ns, part.last_ns, part.rows, part.row_groups), (10, 10, 2, 1));
    assert_eq!(part.bytes, fs::metadata(&part.path).expect("the file").len());
    assert!(part.path.starts_with(dir.path()) && part.has_pending_deletes && part.index.bytes > 0);
    assert_eq!(part.index.listed, [("k".to_owned(), 2)]);
    close(store);
    let store = open(dir.path());
    compact(&store);
    let sealed = store.inspect(None).expect("looked at");
    let m = &sealed[0].measurements[0];
    assert_eq!((m.series, m.rows, m.memory_rows, sealed[0].pending_deletes), (2, 2, 0, 0));
    assert_eq!((m.partitions.len(), m.partitions[0].rows), (1, 2));
    let unknown = store.inspect(model::Id::new(9)).expect_err("refused");
    assert!(matches!(unknown, StorageError::NoBucket(_)));
}

#[test]
fn one_bucket_can_be_sealed_without_the_others() {
    let (_dir, store) = store();
    let other = model::Id::new(0xcafe).expect("an id");
    store.put_bucket(other, 0, WEEK_NS).expect("a bucket");
    for line in ["m v=1 10", "m v=2 10"] {
        write(&store, &[line]);
        let mut batch = WriteBatch::default();
        push(&mut batch, line);
        block_on(store.write(other, batch, MONDAY)).expect("written");
        flush(&store);
    }
    block_on(store.compact(Some(other))).expect("sealed");
    let partitions = |bucket| store.inspect(Some(bucket)).expect("looked at")[0].measurements[0].partitions.len();
    assert_eq!((partitions(other), partitions(bucket())), (1, 2));
    assert!(block_on(store.compact(model::Id::new(9))).is_err());
}

#[test]
fn a_verification_reads_every_file_and_names_what_is_damaged() {
    let (dir, store) = store();
    write(&store, &["m,k=a v=1 10", "n v=1 10"]);
    flush(&store);
    write(&store, &["m,k=a v=3 10"]);
    let on_disk: u64 = paths(dir.path())
        .iter()
        .filter(|p| !p.ends_with("store.lock"))
        .map(|p| fs::metadata(dir.path().join(p)).expect("a file").len())
        .sum();
    let whole = store.verify().expect("verified");
    assert_eq!((whole.bytes, whole.damages.len()), (on_disk, 0));
    assert_eq!(whole.files, 4, "two partitions, a manifest, a segment");
    let part = paths(dir.path()).into_iter().find(|p| p.contains("/m/")).expect("a partition");
    let path = dir.path().join(part);
    let mut bytes = fs::read(&path).expect("a partition");
    bytes[10] ^= 1;
    fs::write(&path, &bytes).expect("damaged");
    let found = store.verify().expect("verified");
    assert_eq!((found.files, found.damages.len()), (4, 1), "{:?}", found.damages);
    assert_eq!(found.damages[0].path, path);
    assert!(found.damages[0].text.contains("checksum"), "{:?}", found.damages);
}
