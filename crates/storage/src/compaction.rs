//! Which partitions to merge, and where to cut what comes of it: pure functions of what is there.
//!
//! Partitions of a measurement are to be disjoint in time and near a target size, so that thin years are one file and a
//! dense hour is one file. Of two that overlap in time the one with the higher sequence is newer, and what comes of a merge has
//! the highest sequence of what went in: so whoever merges `a` with something newer must also take every partition that
//! overlaps `a` and lies between the two ([`closed`]).

mod places;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use model::FieldType;

use crate::part_file::PartFile;
use crate::rewrite::PARTITION_ROWS;
use places::{deepest, wide};

pub(crate) use places::cells;

/// What the choice needs to know of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PartState<'a> {
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    pub(crate) sequence: u64,
    /// Whether a tombstone has to be minded when reading it.
    pub(crate) has_tombstones: bool,
    pub(crate) fields: &'a [(String, FieldType)],
}

/// What to do next: write these partitions anew as one sequence of rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Merge {
    /// Indexes of the partitions.
    pub(crate) inputs: Vec<usize>,
    /// Instants at which a new partition begins.
    pub(crate) cuts: Vec<i64>,
}

/// How far to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Goal {
    /// Background work: what has become too much.
    Tidy,
    /// Until partitions are disjoint and nothing deleted is left in them.
    Seal,
}

/// Partitions over one instant that are left alone.
const MAX_DEPTH: usize = 4;
/// Small neighbours of like size that are left alone.
const MAX_SMALL: usize = 8;
/// Bytes that a partition aims for, if it reaches them before its rows.
pub(crate) const PARTITION_BYTES: u64 = 256 << 20;
/// A partition below this weight is small.
const SMALL: u64 = TARGET / 4;
/// The weight that a partition aims for.
const TARGET: u64 = PARTITION_ROWS as u64;
/// Rows below which no piece is cut off in the background.
pub(crate) const MIN_PIECE: u64 = TARGET / 16;

impl<'a> PartState<'a> {
    pub(crate) fn of(file: &'a PartFile, has_tombstones: bool) -> Self {
        let meta = &file.meta;
        Self {
            first: meta.first_time,
            last: meta.last_time,
            rows: meta.rows,
            bytes: meta.bytes,
            sequence: file.sequence,
            has_tombstones,
            fields: &meta.fields,
        }
    }

    /// Rows, or what its bytes count for if rows are wide.
    fn weight(&self) -> u64 {
        self.rows.max(self.bytes / (PARTITION_BYTES / TARGET))
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// The next merge; `None` if things are well. Partitions far apart are merged only if all their rows lie within `max_span`
/// nanoseconds: retention drops whole files.
pub(crate) fn choose(parts: &[PartState<'_>], goal: Goal, max_span: u64) -> Option<Merge> {
    let merge = match goal {
        Goal::Tidy => split(parts, MIN_PIECE)
            .or_else(|| too_deep(parts))
            .or_else(|| neighbours(parts, max_span, MAX_SMALL))
            .or_else(|| buried(parts)),
        Goal::Seal => split(parts, 0)
            .or_else(|| overlapping(parts))
            .or_else(|| neighbours(parts, max_span, 2))
            .or_else(|| buried(parts)),
    };
    merge.filter(|merge| !merge.inputs.is_empty())
}

/// Where to cut rows on their way into new partitions, so that they fit the cells that are there: `rows` estimates how many
/// lie between two instants. No piece is below `least` rows, but for the last.
pub(crate) fn cuts(cells: &[(i64, i64)], least: u64, rows: impl Fn(i64, i64) -> u64) -> Vec<i64> {
    let mut edges: Vec<i64> = cells.iter().map(|cell| cell.0).collect();
    edges.extend(cells.last().and_then(|cell| cell.1.checked_add(1)));
    let (mut out, mut from) = (Vec::new(), i64::MIN);
    for edge in edges {
        if rows(from, edge) >= least.max(1) && rows(edge, i64::MAX) >= least.max(1) {
            out.push(edge);
            from = edge;
        }
    }
    out
}

/// A partition that lies over several others is cut along them, if the pieces are large enough.
fn split(parts: &[PartState<'_>], least: u64) -> Option<Merge> {
    let (at, cells) = wide(parts)?;
    let over = cells.iter().filter(|cell| cell.0 > parts[at].first && cell.0 <= parts[at].last);
    let cuts: Vec<i64> = over.map(|cell| cell.0).collect();
    let pieces = cuts.len() as u64 + 1;
    (!cuts.is_empty() && parts[at].weight() / pieces >= least).then(|| Merge { inputs: vec![at], cuts })
}

/// Where too many partitions lie over one instant: going from the newest back, takes the next older one while it is not
/// larger than all taken so far together, at least as many as have to go. So a row is rewritten a logarithmic number of times.
fn too_deep(parts: &[PartState<'_>]) -> Option<Merge> {
    let mut stack = deepest(parts).filter(|stack| stack.len() > MAX_DEPTH)?;
    stack.sort_unstable_by_key(|&i| std::cmp::Reverse(parts[i].sequence));
    let (mut taken, mut weight) = (Vec::new(), 0);
    for (count, i) in stack.into_iter().enumerate() {
        if count >= MAX_DEPTH && parts[i].weight() > weight {
            break;
        }
        weight += parts[i].weight();
        taken.push(i);
    }
    let inputs = closed(parts, taken);
    let others: Vec<PartState<'_>> =
        (0..parts.len()).filter(|i| !inputs.contains(i)).filter_map(|i| parts.get(i).copied()).collect();
    let cells = cells(&others);
    let taken: Vec<&PartState<'_>> = inputs.iter().map(|&i| &parts[i]).collect();
    let cuts = cuts(&cells, MIN_PIECE, |from, to| taken.iter().map(|part| rows_between(part, from, to)).sum());
    Some(Merge { inputs, cuts })
}

/// Rows of a partition from one instant to another, if they are spread evenly.
fn rows_between(part: &PartState<'_>, from: i64, to: i64) -> u64 {
    let (first, stop) = (i128::from(part.first), i128::from(part.last) + 1);
    let inside = i128::from(to).min(stop) - i128::from(from).max(first);
    u64::try_from(inside.max(0) * i128::from(part.rows) / (stop - first).max(1)).unwrap_or(0)
}

/// All of one place in time.
fn overlapping(parts: &[PartState<'_>]) -> Option<Merge> {
    let inputs = places::clusters(parts).into_iter().find(|cluster| cluster.len() > 1)?;
    Some(Merge { inputs, cuts: Vec::new() })
}

/// One with deleted rows.
fn buried(parts: &[PartState<'_>]) -> Option<Merge> {
    let at = parts.iter().position(|part| part.has_tombstones)?;
    Some(Merge { inputs: vec![at], cuts: Vec::new() })
}

/// Small partitions one after another whose fields agree in type, together not above the target.
fn neighbours(parts: &[PartState<'_>], max_span: u64, least: usize) -> Option<Merge> {
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|&i| (parts[i].first, parts[i].sequence));
    for (end, &last) in order.iter().enumerate().rev() {
        let mut group = Neighbours::default();
        for &i in order[..=end].iter().rev() {
            // Of like size: not more than all taken so far (the second may be twice the first), but where two are enough.
            let most = if group.members.len() == 1 { group.weight.saturating_mul(2) } else { group.weight };
            let of_like_size = least <= 2 || i == last || parts[i].weight() <= most;
            if !of_like_size || !group.takes(&parts[i], max_span) {
                break;
            }
            group.add(i, &parts[i]);
        }
        if group.members.len() >= least && closed(parts, group.members.clone()).len() == group.members.len() {
            group.members.reverse();
            return Some(Merge { inputs: group.members, cuts: Vec::new() });
        }
    }
    None
}

/// With all that must be merged as well, so that newer rows stay newer.
fn closed(parts: &[PartState<'_>], mut taken: Vec<usize>) -> Vec<usize> {
    let newest = taken.iter().map(|&i| parts[i].sequence).max().unwrap_or(0);
    let mut at = 0;
    while let Some(&i) = taken.get(at) {
        let a = &parts[i];
        for (j, b) in parts.iter().enumerate() {
            if a.sequence < b.sequence && b.sequence <= newest && a.overlaps(b) && !taken.contains(&j) {
                taken.push(j);
            }
        }
        at += 1;
    }
    taken
}

#[derive(Default)]
struct Neighbours<'a> {
    members: Vec<usize>,
    weight: u64,
    bounds: Option<(i64, i64)>,
    kinds: BTreeMap<&'a str, FieldType>,
}

impl<'a> Neighbours<'a> {
    fn takes(&self, part: &PartState<'a>, max_span: u64) -> bool {
        let agrees = |(name, kind): &(String, FieldType)| self.kinds.get(name.as_str()).is_none_or(|k| k == kind);
        let (first, last) = self.hull(part);
        part.weight() < SMALL
            && self.weight + part.weight() <= TARGET
            && first.abs_diff(last) <= max_span
            && part.fields.iter().all(agrees)
    }

    fn hull(&self, part: &PartState<'a>) -> (i64, i64) {
        self.bounds.map_or((part.first, part.last), |(first, last)| (first.min(part.first), last.max(part.last)))
    }

    fn add(&mut self, i: usize, part: &PartState<'a>) {
        self.bounds = Some(self.hull(part));
        self.members.push(i);
        self.weight += part.weight();
        self.kinds.extend(part.fields.iter().map(|(name, kind)| (name.as_str(), *kind)));
    }
}
