//! Memtables: how chunks are sealed and joined.

use model::FieldValue;

use super::*;

fn one_row(time: i64) -> Chunk {
    let mut chunk = Chunk::default();
    let series = chunk.series.intern(&[("host", "a")]);
    let row = chunk.begin_row(series, time);
    chunk.set(row, 0, "f", &FieldValue::Float(time as f64));
    chunk
}

#[test]
fn many_small_requests_and_readers_leave_few_chunks() {
    let mut memtable = Memtable::default();
    let name: Arc<str> = "m".into();
    for i in 0..10_000 {
        memtable.apply(&name, one_row(i), i as u64);
        if i % 3 == 0 {
            memtable.view();
        }
    }
    let view = memtable.view();
    let list = &view["m"];
    assert!(list.len() < 16, "{} chunks", list.len());
    assert_eq!(list.iter().map(|c| c.chunk.len()).sum::<usize>(), 10_000);
    let times: Vec<i64> = list.iter().flat_map(|c| c.chunk.times.iter().copied()).collect();
    assert!(times.is_sorted());
    assert!(list.iter().all(|c| c.is_unique()));
}

#[test]
fn a_barrier_keeps_chunks_apart() {
    let mut memtable = Memtable::default();
    let name: Arc<str> = "m".into();
    memtable.apply(&name, one_row(1), 1);
    memtable.barrier();
    for i in 3..100 {
        memtable.apply(&name, one_row(1), i);
        memtable.view();
    }
    let view = memtable.view();
    assert_eq!(view["m"].first().map(|c| (c.sequence, c.chunk.len())), Some((1, 1)));
    assert!(!view["m"][1].is_unique());
}
