//! Choices as tables: what is there, and what is to be merged and cut.

use super::*;

const EVER: u64 = u64::MAX;
const BIG: u64 = SMALL;

fn part(first: i64, last: i64, rows: u64, sequence: u64) -> PartState<'static> {
    PartState { first, last, rows, bytes: 0, sequence, has_tombstones: false, fields: &[] }
}

fn tidy(parts: &[PartState<'_>]) -> Option<Merge> {
    choose(parts, Goal::Tidy, EVER)
}

fn seal(parts: &[PartState<'_>]) -> Option<Merge> {
    choose(parts, Goal::Seal, EVER)
}

/// Inputs in ascending order, and cuts.
fn sorted(merge: Option<Merge>) -> Option<(Vec<usize>, Vec<i64>)> {
    merge.map(|mut merge| {
        merge.inputs.sort_unstable();
        (merge.inputs, merge.cuts)
    })
}

/// Years of a measurement, each one large partition of ten instants.
fn years(count: i64) -> Vec<PartState<'static>> {
    (0..count).map(|i| part(i * 10, i * 10 + 9, TARGET, i as u64 + 1)).collect()
}

#[test]
fn few_or_disjoint_partitions_are_left_alone() {
    assert_eq!(tidy(&[]), None);
    assert_eq!((tidy(&years(20)), seal(&years(20))), (None, None));
    let overlapping: Vec<_> = (0..4).map(|i| part(0, 100, 10, i)).collect();
    assert_eq!(tidy(&overlapping), None);
    assert_eq!(sorted(seal(&overlapping)), Some((vec![0, 1, 2, 3], vec![])));
}

#[test]
fn overlapping_partitions_of_like_size_are_merged_newest_first() {
    let mut parts: Vec<_> = (0..5).map(|i| part(0, 100, BIG, i)).collect();
    parts[0].rows = 100 * BIG;
    assert_eq!(tidy(&parts).map(|m| m.inputs), Some(vec![4, 3, 2, 1]));
    parts[0].rows = 4 * BIG;
    assert_eq!(tidy(&parts).map(|m| m.inputs), Some(vec![4, 3, 2, 1, 0]));
}

#[test]
fn late_points_over_many_years_do_not_touch_the_years() {
    let mut parts = years(40);
    for late in 0..3 {
        parts.push(part(5, 395, 1_000, 100 + late));
        assert_eq!(tidy(&parts), None, "{late} late flushes are read as they are");
    }
    parts.push(part(5, 395, 1_000, 103));
    assert_eq!(sorted(tidy(&parts)), Some((vec![40, 41, 42, 43], vec![])), "the late ones alone are merged");
    // Sealing cuts them along the years.
    let merge = seal(&parts).expect("something to do");
    assert_eq!((merge.inputs.len(), merge.cuts.len()), (1, 39));
    assert!(merge.inputs[0] >= 40);
    assert_eq!(merge.cuts[..3], [10, 20, 30]);
}

#[test]
fn what_lies_over_many_years_is_cut_when_the_pieces_are_worth_it() {
    let mut parts = years(4);
    parts.push(part(5, 35, 4 * MIN_PIECE - 1, 9));
    assert_eq!(tidy(&parts), None);
    parts[4].rows += 1;
    assert_eq!(tidy(&parts), Some(Merge { inputs: vec![4], cuts: vec![10, 20, 30] }));
    // Wide rows count by their bytes.
    parts[4].rows = 1_000;
    parts[4].bytes = PARTITION_BYTES;
    assert_eq!(tidy(&parts).map(|m| m.inputs), Some(vec![4]));
}

#[test]
fn partitions_that_reach_into_their_neighbours_are_no_reason_to_cut() {
    let chain: Vec<_> = (0..20).map(|i| part(i * 10, i * 10 + 12, TARGET, i as u64)).collect();
    assert_eq!(tidy(&chain), None);
    assert_eq!(seal(&chain).map(|m| m.inputs.len()), Some(20));
}

#[test]
fn small_neighbours_of_like_size_are_merged() {
    let mut parts: Vec<_> = (0..8).map(|i| part(i * 10, i * 10 + 12, 10, i as u64)).collect();
    assert_eq!(tidy(&parts), Some(Merge { inputs: (0..8).collect(), cuts: vec![] }));
    parts[0].rows = 1_000;
    assert_eq!(tidy(&parts), None, "seven and one that is too large for them");
    parts[0].rows = SMALL;
    parts.push(part(80, 89, 10, 8));
    assert_eq!(tidy(&parts).map(|m| m.inputs), Some((1..9).collect()), "a large one divides");
}

#[test]
fn a_row_is_rewritten_a_logarithmic_number_of_times() {
    // A flush of 1,000 rows after another, each a little over the one before; what is chosen is done.
    let (mut parts, mut written, mut flushed) = (Vec::new(), 0, 0);
    for i in 0..2_000_i64 {
        parts.push(part(i * 10, i * 10 + 12, 1_000, i as u64 + 1));
        flushed += 1_000;
        while let Some(merge) = tidy(&parts) {
            let inputs: Vec<_> = merge.inputs.iter().map(|&i| parts[i]).collect();
            let mut out = inputs[0];
            for input in &inputs[1..] {
                out.rows += input.rows;
                out.first = out.first.min(input.first);
                out.last = out.last.max(input.last);
                out.sequence = out.sequence.max(input.sequence);
            }
            written += out.rows;
            parts = (0..parts.len()).filter(|i| !merge.inputs.contains(i)).map(|i| parts[i]).collect();
            parts.push(out);
        }
    }
    assert!(parts.len() < 40, "{} partitions", parts.len());
    assert!(written < 5 * flushed, "{written} rows were written for {flushed}");
}

#[test]
fn retention_bounds_how_far_apart_neighbours_may_be() {
    let parts: Vec<_> = (0..16).map(|i| part(i * 10, i * 10 + 9, 10, i as u64)).collect();
    assert_eq!(choose(&parts, Goal::Tidy, 60), None);
    assert_eq!(choose(&parts, Goal::Tidy, 99).map(|m| m.inputs.len()), Some(10));
}

#[test]
fn neighbours_whose_types_differ_stay_apart() {
    let (float, integer) = ([("v".to_owned(), FieldType::Float)], [("v".to_owned(), FieldType::Integer)]);
    let mut parts: Vec<_> = (0..16).map(|i| part(i * 10, i * 10 + 9, 10, i as u64)).collect();
    for (i, part) in parts.iter_mut().enumerate() {
        part.fields = if i % 2 == 0 { &float } else { &integer };
    }
    assert_eq!((tidy(&parts), seal(&parts)), (None, None));
    parts.iter_mut().skip(8).for_each(|p| p.fields = &float);
    assert_eq!(tidy(&parts).map(|m| m.inputs), Some((8..16).collect()));
}

#[test]
fn newer_rows_stay_newer() {
    // A merge of 0 with 2 would put the rows of 0 above those of 1.
    let parts = [part(0, 20, 10, 1), part(15, 40, TARGET, 2), part(30, 50, 10, 3)];
    assert_eq!(closed(&parts, vec![0, 2]), [0, 2, 1]);
    assert_eq!(closed(&parts, vec![1, 2]), [1, 2]);
    assert_eq!(seal(&parts).map(|m| m.inputs.len()), Some(3));
    let mut small: Vec<_> = (0..8).map(|i| part(i * 10, i * 10 + 9, 10, 2 * i as u64 + 1)).collect();
    assert!(tidy(&small).is_some());
    small.push(part(-100, 5, TARGET, 4));
    assert_eq!(tidy(&small), None, "a newer one lies over the oldest");
    small[8].sequence = 0;
    assert!(tidy(&small).is_some());
}

#[test]
fn what_has_tombstones_is_written_anew() {
    let mut parts = vec![part(0, 9, SMALL, 1), part(10, 19, SMALL, 2)];
    parts[1].has_tombstones = true;
    assert_eq!(tidy(&parts).map(|m| m.inputs), Some(vec![1]));
    assert_eq!(seal(&parts).map(|m| m.inputs), Some(vec![1]));
    parts.push(part(0, 19, 10, 3));
    assert_eq!(tidy(&parts).map(|m| m.inputs), Some(vec![1]));
}

#[test]
fn a_flush_is_cut_along_what_is_there() {
    let parts = years(4);
    let there = cells(&parts);
    assert_eq!(there, [(0, 9), (10, 19), (20, 29), (30, 39)]);
    // A row at every instant from 5 to 54.
    let even = |from: i64, to: i64| (to.min(55) - from.max(5)).max(0) as u64;
    assert_eq!(cuts(&there, 1, even), [10, 20, 30, 40]);
    assert_eq!(cuts(&there, 15, even), [20, 40], "pieces of at least 15 rows");
    assert_eq!(cuts(&there, 30, even), Vec::<i64>::new(), "what is left would be too small");
    assert_eq!(cuts(&[], 1, even), Vec::<i64>::new());
    let mut parts = parts;
    parts.push(part(0, 39, 10, 9));
    assert_eq!(cells(&parts), there, "one over all makes no place of its own");
    assert_eq!(cells(&[part(0, 20, 1, 1), part(10, 30, 1, 2)]), [(0, 30)]);
}
