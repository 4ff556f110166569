//! Cuts a scan into pieces that are disjoint in time: a source that stands alone is read as it is, sources that overlap are
//! merged slice by slice, so that a merge holds a bounded number of rows.

use model::TimeRange;

use crate::source::Source;

/// Rows that a merged slice aims for.
pub(crate) const MERGE_ROWS: usize = 262_144;

/// A piece of a scan: rows of some sources (older ones first) within a range.
#[derive(Debug)]
pub(crate) struct Slice {
    pub(crate) range: TimeRange,
    pub(crate) sources: Vec<Source>,
}

/// Cuts sources into slices in time order.
pub(crate) fn slices(mut sources: Vec<Source>, range: TimeRange, target_rows: usize) -> Vec<Slice> {
    sources.retain(|s| {
        let (first, last) = s.time_bounds();
        range.overlaps(first, last)
    });
    sources.sort_by_key(|s| (s.time_bounds().0, s.rows.sequence()));
    let mut out = Vec::new();
    let mut cluster: Vec<Source> = Vec::new();
    let mut last = i64::MIN;
    for source in sources {
        let bounds = source.time_bounds();
        if !cluster.is_empty() && bounds.0 > last {
            cut_cluster(std::mem::take(&mut cluster), range, target_rows, &mut out);
        }
        last = if cluster.is_empty() { bounds.1 } else { last.max(bounds.1) };
        cluster.push(source);
    }
    cut_cluster(cluster, range, target_rows, &mut out);
    out
}

fn cut_cluster(cluster: Vec<Source>, range: TimeRange, target_rows: usize, out: &mut Vec<Slice>) {
    let Some(hull) = hull(&cluster) else { return };
    let range = range.intersect(hull);
    if range.is_empty() {
        return;
    }
    let rows: usize = cluster.iter().map(|s| s.rows.count()).sum();
    let mut starts = vec![range.start];
    if cluster.len() > 1 && rows > target_rows {
        starts.extend(cuts(&cluster, range, target_rows));
    }
    for (i, &start) in starts.iter().enumerate() {
        let slice = TimeRange::new(start, starts.get(i + 1).copied().unwrap_or(range.stop));
        let overlaps = |s: &&Source| {
            let (first, last) = s.time_bounds();
            slice.overlaps(first, last)
        };
        let mut sources: Vec<Source> = cluster.iter().filter(overlaps).cloned().collect();
        sources.sort_by_key(|s| s.rows.sequence());
        if !sources.is_empty() {
            out.push(Slice { range: slice, sources });
        }
    }
}

fn hull(cluster: &[Source]) -> Option<TimeRange> {
    let first = cluster.iter().map(|s| s.time_bounds().0).min()?;
    let last = cluster.iter().map(|s| s.time_bounds().1).max()?;
    Some(TimeRange::new(first, last.saturating_add(1)))
}

/// Instants inside the range at which to cut, so that about `target_rows` rows lie between two of them, if rows are spread
/// evenly within each row group and chunk.
fn cuts(cluster: &[Source], range: TimeRange, target_rows: usize) -> Vec<i64> {
    let mut densities = Vec::new();
    cluster.iter().for_each(|s| s.rows.densities(&mut densities));
    let mut candidates = Vec::new();
    for &(first, last, rows) in &densities {
        candidates.push(first);
        candidates.push(last.saturating_add(1));
        let parts = (rows / (target_rows / 4).max(1) + 1) as i128;
        let width = i128::from(last) - i128::from(first) + 1;
        for part in 1..parts {
            candidates.extend(i64::try_from(i128::from(first) + width * part / parts));
        }
    }
    candidates.retain(|&t| range.start < t && t < range.stop);
    candidates.sort_unstable();
    candidates.dedup();
    let mut out = Vec::new();
    let (mut begin, mut filled) = (range.start, 0.0);
    for candidate in candidates {
        let between = expected(&densities, begin, candidate);
        if filled + between >= target_rows as f64 && filled > 0.0 {
            out.push(begin);
            filled = 0.0;
        }
        filled += between;
        begin = candidate;
    }
    if filled + expected(&densities, begin, range.stop) > target_rows as f64 && begin > range.start {
        out.push(begin);
    }
    out.dedup();
    out
}

/// Rows expected between two instants.
fn expected(densities: &[(i64, i64, usize)], from: i64, to: i64) -> f64 {
    let share = |&(first, last, rows): &(i64, i64, usize)| {
        let width = (last as f64 - first as f64) + 1.0;
        let inside = to.min(last.saturating_add(1)) as f64 - from.max(first) as f64;
        rows as f64 * (inside / width).clamp(0.0, 1.0)
    };
    densities.iter().map(share).sum()
}
