//! Which partitions to merge: a pure function of what is there.

use std::collections::BTreeMap;

use model::FieldType;

use crate::part_file::PartFile;
use crate::rewrite::PARTITION_ROWS;

/// What the choice needs to know of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PartState<'a> {
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) rows: u64,
    pub(crate) sequence: u64,
    /// Whether a tombstone has to be minded when reading it.
    pub(crate) has_tombstones: bool,
    pub(crate) fields: &'a [(String, FieldType)],
}

/// Picks partitions to merge, as indexes.
pub(crate) type Choose = fn(&[PartState<'_>]) -> Option<Vec<usize>>;

impl<'a> PartState<'a> {
    pub(crate) fn of(file: &'a PartFile, has_tombstones: bool) -> Self {
        let meta = &file.meta;
        Self {
            first: meta.first_time,
            last: meta.last_time,
            rows: meta.rows,
            sequence: file.sequence,
            has_tombstones,
            fields: &meta.fields,
        }
    }
}

/// Overlapping runs of one place in time that are left alone. A run is what one flush or merge wrote.
const MAX_RUNS: usize = 4;
/// Small neighbours in time that are left alone.
const MAX_SMALL: usize = 8;
/// A partition below this is small.
const SMALL_ROWS: u64 = PARTITION_ROWS as u64 / 4;

/// The next merge for background work, as indexes; `None` if things are well.
///
/// Partitions that overlap in time are ordered by sequence, so only such are merged between whose sequences no other one of
/// the same place lies. Of these, those of like size are taken, so that a row is rewritten a logarithmic number of times.
pub(crate) fn choose(parts: &[PartState<'_>]) -> Option<Vec<usize>> {
    let clusters = clusters(parts);
    let runs = clusters.iter().find_map(|c| newest_of_like_size(parts, c));
    let deleted = || parts.iter().position(|p| p.has_tombstones).map(|i| vec![i]);
    runs.or_else(|| small_neighbours(parts, &clusters)).or_else(deleted)
}

/// All merges that are left until partitions are disjoint and without tombstones.
pub(crate) fn choose_seal(parts: &[PartState<'_>]) -> Option<Vec<usize>> {
    let clusters = clusters(parts);
    let unsealed = |c: &&Vec<usize>| c.len() > 1 || c.iter().any(|&i| parts[i].has_tombstones);
    clusters.iter().find(unsealed).cloned().or_else(|| small_neighbours(parts, &clusters))
}

/// Partitions that overlap directly or through others, in time order.
fn clusters(parts: &[PartState<'_>]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|&i| (parts[i].first, parts[i].sequence));
    let mut out: Vec<Vec<usize>> = Vec::new();
    let mut last = i64::MIN;
    for i in order {
        match out.last_mut().filter(|_| parts[i].first <= last) {
            Some(cluster) => cluster.push(i),
            None => out.push(vec![i]),
        }
        last = last.max(parts[i].last);
    }
    out
}

/// Going from the newest run back: takes the next older one while it is not larger than all taken so far together, at
/// least as many as have to go. `None` if there are few enough.
fn newest_of_like_size(parts: &[PartState<'_>], cluster: &[usize]) -> Option<Vec<usize>> {
    let mut runs: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    cluster.iter().for_each(|&i| runs.entry(parts[i].sequence).or_default().push(i));
    if runs.len() <= MAX_RUNS {
        return None;
    }
    let mut taken: Vec<usize> = Vec::new();
    let mut rows = 0;
    for (count, run) in runs.values().rev().enumerate() {
        let size: u64 = run.iter().map(|&i| parts[i].rows).sum();
        if count >= MAX_RUNS && size > rows {
            break;
        }
        rows += size;
        taken.extend(run);
    }
    Some(taken)
}

/// Small partitions one after another, each alone in its time, whose fields agree in type.
fn small_neighbours(parts: &[PartState<'_>], clusters: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut group = Neighbours::default();
    for cluster in clusters {
        let next = match cluster.as_slice() {
            [one] if parts[*one].rows < SMALL_ROWS => Some(*one),
            _ => None,
        };
        if !next.is_some_and(|i| group.takes(&parts[i])) {
            if group.members.len() >= MAX_SMALL {
                break;
            }
            group = Neighbours::default();
        }
        if let Some(i) = next {
            group.add(i, &parts[i]);
        }
    }
    (group.members.len() >= MAX_SMALL).then_some(group.members)
}

#[derive(Default)]
struct Neighbours<'a> {
    members: Vec<usize>,
    rows: u64,
    kinds: BTreeMap<&'a str, FieldType>,
}

impl<'a> Neighbours<'a> {
    fn takes(&self, part: &PartState<'a>) -> bool {
        let agrees = |(name, kind): &(String, FieldType)| self.kinds.get(name.as_str()).is_none_or(|k| k == kind);
        self.rows + part.rows <= PARTITION_ROWS as u64 && part.fields.iter().all(agrees)
    }

    fn add(&mut self, i: usize, part: &PartState<'a>) {
        self.members.push(i);
        self.rows += part.rows;
        self.kinds.extend(part.fields.iter().map(|(name, kind)| (name.as_str(), *kind)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(first: i64, last: i64, rows: u64, sequence: u64) -> PartState<'static> {
        PartState { first, last, rows, sequence, has_tombstones: false, fields: &[] }
    }

    #[test]
    fn few_or_disjoint_partitions_are_left_alone() {
        assert_eq!(choose(&[]), None);
        let big = SMALL_ROWS;
        let disjoint: Vec<_> = (0..20).map(|i| part(i * 10, i * 10 + 9, big, i as u64)).collect();
        assert_eq!(choose(&disjoint), None);
        let overlapping: Vec<_> = (0..4).map(|i| part(0, 100, 10, i)).collect();
        assert_eq!(choose(&overlapping), None);
        assert_eq!(choose_seal(&overlapping).map(|c| c.len()), Some(4));
        assert_eq!(choose_seal(&disjoint), None);
    }

    #[test]
    fn overlapping_partitions_of_like_size_are_merged_newest_first() {
        let mut parts: Vec<_> = (0..5).map(|i| part(0, 100, 10, i)).collect();
        parts[0].rows = 1_000;
        assert_eq!(choose(&parts), Some(vec![4, 3, 2, 1]));
        parts[0].rows = 40;
        assert_eq!(choose(&parts), Some(vec![4, 3, 2, 1, 0]));
    }

    #[test]
    fn files_of_one_merge_count_as_one_and_stay_together() {
        let mut parts = vec![part(0, 100, 1_000, 1)];
        parts.extend((0..6).map(|i| part(i * 10, i * 10 + 9, 10, 2)));
        assert_eq!(choose(&parts), None);
        parts.extend((3..6).map(|i| part(0, 100, 10, i)));
        assert_eq!(choose(&parts).map(|c| c.len()), Some(9));
    }

    #[test]
    fn neighbours_whose_types_differ_stay_apart() {
        let (float, integer) = ([("v".to_owned(), FieldType::Float)], [("v".to_owned(), FieldType::Integer)]);
        let mut parts: Vec<_> = (0..16).map(|i| part(i * 10, i * 10 + 9, 10, i as u64)).collect();
        for (i, part) in parts.iter_mut().enumerate() {
            part.fields = if i % 2 == 0 { &float } else { &integer };
        }
        assert_eq!(choose(&parts), None);
        assert_eq!(choose_seal(&parts), None);
        parts.iter_mut().skip(8).for_each(|p| p.fields = &float);
        assert_eq!(choose(&parts), Some((8..16).collect()));
    }

    #[test]
    fn many_small_neighbours_are_merged_and_a_large_one_divides_them() {
        let mut parts: Vec<_> = (0..17).map(|i| part(i * 10, i * 10 + 9, 10, i as u64)).collect();
        parts[8].rows = SMALL_ROWS;
        assert_eq!(choose(&parts), Some((0..8).collect()));
        parts[3].rows = SMALL_ROWS;
        assert_eq!(choose(&parts), Some((9..17).collect()));
    }

    #[test]
    fn sealing_takes_what_has_tombstones() {
        let mut parts = vec![part(0, 9, SMALL_ROWS, 1), part(10, 19, SMALL_ROWS, 2)];
        parts[1].has_tombstones = true;
        assert_eq!(choose_seal(&parts), Some(vec![1]));
        parts.push(part(0, 19, 10, 3));
        assert_eq!(choose(&parts), Some(vec![1]));
    }
}
