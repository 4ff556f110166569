//! How partitions lie in time.

use super::PartState;

/// Partitions that overlap directly or through others, in time order.
pub(super) fn clusters(parts: &[PartState<'_>]) -> Vec<Vec<usize>> {
    clusters_of(parts, (0..parts.len()).collect())
}

fn clusters_of(parts: &[PartState<'_>], mut members: Vec<usize>) -> Vec<Vec<usize>> {
    members.sort_by_key(|&i| (parts[i].first, parts[i].sequence));
    let mut out: Vec<Vec<usize>> = Vec::new();
    let mut last = i64::MIN;
    for i in members {
        match out.last_mut().filter(|_| parts[i].first <= last) {
            Some(cluster) => cluster.push(i),
            None => out.push(vec![i]),
        }
        last = last.max(parts[i].last);
    }
    out
}

/// The places in time that partitions fall into, from first to last instant, ascending and disjoint. Those that lie over
/// several places make none.
pub(crate) fn cells(parts: &[PartState<'_>]) -> Vec<(i64, i64)> {
    let each = clusters(parts).into_iter();
    each.flat_map(|cluster| {
        taken_apart(parts, &cluster).map_or_else(|| vec![hull(parts, &cluster)], |apart| apart.cells)
    })
    .collect()
}

/// A partition that lies over several places, at least one of which it covers, with all places of its cluster.
pub(super) fn wide(parts: &[PartState<'_>]) -> Option<(usize, Vec<(i64, i64)>)> {
    let apart = clusters(parts).into_iter().find_map(|cluster| taken_apart(parts, &cluster))?;
    Some((apart.over, apart.cells))
}

struct Apart {
    over: usize,
    cells: Vec<(i64, i64)>,
}

/// A cluster without those of its members that lie over several places; `None` if there are no such members.
fn taken_apart(parts: &[PartState<'_>], cluster: &[usize]) -> Option<Apart> {
    let span = |i: usize| parts[i].first.abs_diff(parts[i].last);
    let mut by_span = cluster.to_vec();
    by_span.sort_by_key(|&i| (std::cmp::Reverse(span(i)), std::cmp::Reverse(parts[i].sequence)));
    for removed in 1..by_span.len().saturating_sub(1) {
        let (over, rest) = by_span.split_at(removed);
        let places = clusters_of(parts, rest.to_vec());
        if places.len() < 2 {
            continue;
        }
        let cells: Vec<(i64, i64)> = places.iter().map(|place| hull(parts, place)).collect();
        let lies_over = |&&i: &&usize| {
            let part = &parts[i];
            let touched = cells.iter().filter(|cell| part.first <= cell.1 && cell.0 <= part.last).count();
            touched >= 2 && cells.iter().any(|cell| part.first <= cell.0 && cell.1 <= part.last)
        };
        // Partitions that only reach into their neighbours are no reason to take the cluster apart.
        return over.iter().find(lies_over).map(|&over| Apart { over, cells });
    }
    None
}

fn hull(parts: &[PartState<'_>], members: &[usize]) -> (i64, i64) {
    let first = members.iter().map(|&i| parts[i].first).min().unwrap_or(0);
    (first, members.iter().map(|&i| parts[i].last).max().unwrap_or(first))
}

/// The partitions over an instant at which most lie; `None` if there are none.
pub(super) fn deepest(parts: &[PartState<'_>]) -> Option<Vec<usize>> {
    let mut starts: Vec<i64> = parts.iter().map(|part| part.first).collect();
    let mut ends: Vec<i64> = parts.iter().map(|part| part.last).collect();
    starts.sort_unstable();
    ends.sort_unstable();
    // The depth grows only where a partition begins.
    let depth = |at: i64| starts.partition_point(|&start| start <= at) - ends.partition_point(|&end| end < at);
    let at = starts.iter().copied().max_by_key(|&at| depth(at))?;
    Some((0..parts.len()).filter(|&i| parts[i].first <= at && at <= parts[i].last).collect())
}
