//! The log: group commit, rotation, and what replay makes of damaged ends.

use std::time::Duration;

use parking_lot::Mutex;

use super::*;
use crate::file::Files;

fn bucket() -> Id {
    Id::new(7).expect("an id")
}

fn delete_payload(start: i64) -> Vec<u8> {
    serde_json::to_vec(&DeleteRecord::new(TimeRange::new(start, start + 1), &SeriesFilter::All)).expect("JSON")
}

#[test]
fn requests_that_wait_share_a_group_and_are_applied_in_order() {
    let dir = tempfile::tempdir().expect("a folder");
    let files = Arc::new(Files::default());
    let log = Log::start(Arc::clone(&files), dir.path().to_owned(), 1, 40, Duration::from_millis(20)).expect("starts");
    let applied = Arc::new(Mutex::new(Vec::new()));
    let (send, receive) = std::sync::mpsc::channel();
    for i in 0..50_u64 {
        let (applied, send) = (Arc::clone(&applied), send.clone());
        log.append(Append {
            bucket: bucket(),
            kind: Kind::Delete,
            payload: delete_payload(i as i64),
            apply: Box::new(move |sequence| applied.lock().push((sequence, i))),
            done: Box::new(move |outcome| send.send(outcome.expect("logged")).expect("sent")),
        });
    }
    let sequences: Vec<u64> = receive.iter().take(50).collect();
    assert_eq!(sequences, (41..=90).collect::<Vec<_>>());
    assert_eq!(*applied.lock(), (0..50).map(|i| (i + 41, i)).collect::<Vec<_>>());
    log.stop();
    let mut starts = Vec::new();
    let replayed = replay(&files, dir.path(), false, |sequence, id, record| {
        assert_eq!(id, bucket());
        let Record::Delete { range, filter: SeriesFilter::All } = record else { panic!("{record:?}") };
        starts.push((sequence, range.start));
        Ok(())
    })
    .expect("replayed");
    assert_eq!(starts, (0..50).map(|i| (i as u64 + 41, i)).collect::<Vec<_>>());
    assert_eq!((replayed.sequence, replayed.segments), (90, vec![1]));
}

#[test]
fn nothing_is_logged_after_stop() {
    let dir = tempfile::tempdir().expect("a folder");
    let log = Log::start(Arc::new(Files::default()), dir.path().to_owned(), 1, 0, Duration::ZERO).expect("starts");
    log.stop();
    let (send, receive) = std::sync::mpsc::channel();
    log.append(Append {
        bucket: bucket(),
        kind: Kind::Delete,
        payload: delete_payload(1),
        apply: Box::new(|_| panic!("applied")),
        done: Box::new(move |outcome| send.send(outcome.map_err(|e| e.to_string())).expect("sent")),
    });
    assert_eq!(receive.recv().expect("answered"), Err("the store is closed".to_owned()));
}

#[test]
fn a_kind_that_is_unknown_is_no_record() {
    assert!(decode(3, &[]).is_none());
    assert!(decode(1, &[5]).is_none());
    assert!(decode(2, b"{}").is_none());
    assert!(matches!(decode(1, &[0]), Some(Record::Batch(tables)) if tables.is_empty()));
}
