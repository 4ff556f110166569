//! Cuts a scan into pieces that are disjoint in time: a source that stands alone is read as it is, sources that overlap are
//! merged slice by slice, so that a merge holds a bounded number of rows.

use model::TimeRange;

use crate::source::{Densities, Source};

/// Rows that a merged slice aims for.
pub(crate) const MERGE_ROWS: usize = if cfg!(test) { 8_192 } else { 262_144 };
/// A source is cut out where it stands alone with this part of a slice's rows; less is merged with what is beside it.
const LEAST_ALONE: usize = 16;

/// A piece of a scan: rows of some sources (older ones first) within a range.
#[derive(Debug)]
pub(crate) struct Slice {
    pub(crate) range: TimeRange,
    pub(crate) sources: Vec<Source>,
}

impl Slice {
    /// Bytes of its rows in memory, roughly.
    pub(crate) fn bytes(&self) -> usize {
        self.sources.iter().map(|source| source.rows.bytes_between(self.range)).sum()
    }
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
            cut_out(&std::mem::take(&mut cluster), range, target_rows, &mut out);
        }
        last = if cluster.is_empty() { bounds.1 } else { last.max(bounds.1) };
        cluster.push(source);
    }
    cut_out(&cluster, range, target_rows, &mut out);
    out
}

/// Cuts sources that overlap, apart where one of them stands alone with enough rows.
fn cut_out(cluster: &[Source], range: TimeRange, target_rows: usize, out: &mut Vec<Slice>) {
    for stretch in stretches(cluster, target_rows / LEAST_ALONE) {
        let within = stretch.intersect(range);
        let meets = |source: &&Source| within.overlaps(source.time_bounds().0, source.time_bounds().1);
        if !within.is_empty() {
            out.extend(cut_cluster(cluster.iter().filter(meets).cloned().collect(), within, target_rows, false));
        }
    }
}

/// The time of a cluster in stretches: in every second one a source stands alone with at least so many rows.
fn stretches(cluster: &[Source], least_rows: usize) -> Vec<TimeRange> {
    let bounds = |source: &Source| (source.time_bounds().0, source.time_bounds().1.saturating_add(1));
    let mut edges: Vec<i64> = cluster.iter().flat_map(|s| [bounds(s).0, bounds(s).1]).collect();
    edges.sort_unstable();
    edges.dedup();
    let alone = |from: i64, to: i64| {
        let mut over = cluster.iter().filter(|s| bounds(s).0 < to && bounds(s).1 > from);
        let (only, other) = (over.next(), over.next());
        let rows = |source: &Source| Densities::of(std::slice::from_ref(source)).between(from, to);
        other.is_none() && only.is_some_and(|source| rows(source) >= least_rows as u64)
    };
    let mut out: Vec<(TimeRange, bool)> = Vec::new();
    for pair in edges.windows(2) {
        let &[from, to] = pair else { continue };
        let alone = alone(from, to);
        match out.last_mut() {
            Some((before, false)) if !alone => before.stop = to,
            _ => out.push((TimeRange::new(from, to), alone)),
        }
    }
    out.into_iter().map(|(stretch, _)| stretch).collect()
}

/// Cuts sources, whether they overlap or not, into slices of about `target_rows`; a source that stands alone only if
/// `even_alone`.
pub(crate) fn cut_cluster(cluster: Vec<Source>, range: TimeRange, target_rows: usize, even_alone: bool) -> Vec<Slice> {
    let mut out = Vec::new();
    let Some(hull) = hull(&cluster) else { return out };
    let range = range.intersect(hull);
    if range.is_empty() {
        return out;
    }
    let rows: usize = cluster.iter().map(|s| s.rows.count()).sum();
    let mut starts = vec![range.start];
    if (cluster.len() > 1 || even_alone) && rows > target_rows {
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
    out
}

fn hull(cluster: &[Source]) -> Option<TimeRange> {
    let first = cluster.iter().map(|s| s.time_bounds().0).min()?;
    let last = cluster.iter().map(|s| s.time_bounds().1).max()?;
    Some(TimeRange::new(first, last.saturating_add(1)))
}

/// Instants inside the range at which to cut, so that about `target_rows` rows lie between two of them, if rows are spread
/// evenly within each row group and each stretch of a chunk.
fn cuts(cluster: &[Source], range: TimeRange, target_rows: usize) -> Vec<i64> {
    let mut densities = Vec::new();
    cluster.iter().for_each(|s| s.rows.densities(&mut densities));
    let mut events: Vec<(i64, f64)> = Vec::with_capacity(2 * densities.len());
    for &(first, last, rows) in &densities {
        let rate = rows as f64 / (between(first, last) + 1.0);
        events.push((first, rate));
        events.push((last.saturating_add(1), -rate));
    }
    events.sort_unstable_by_key(|e| e.0);
    let target = target_rows as f64;
    let (mut out, mut at, mut filled, mut rate) = (Vec::new(), range.start, 0.0, 0.0_f64);
    for (instant, change) in events {
        let to = instant.clamp(range.start, range.stop);
        while at < to && filled + rate * between(at, to) >= target {
            let cut = at.saturating_add(((target - filled) / rate).max(0.0) as i64);
            filled = 0.0;
            if range.start < cut && cut < to && out.last().is_none_or(|&last| last < cut) {
                out.push(cut);
                at = cut;
            } else {
                // Too many rows at one instant: they stay together.
                filled = rate * between(at, at + 1);
                at += 1;
            }
        }
        filled += rate * between(at, to);
        at = to;
        rate = (rate + change).max(0.0);
    }
    if filled < target / 4.0 {
        out.pop();
    }
    out
}

fn between(from: i64, to: i64) -> f64 {
    (i128::from(to) - i128::from(from)) as f64
}
