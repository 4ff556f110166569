//! Puts rows of several sources together: of rows with one series and time the newest value of each field stays.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch, TimestampNanosecondArray, UInt32Array};
use arrow_schema::SchemaRef;
use arrow_select::take::take;

use crate::chunk::{SeriesTable, tag_values};
use crate::source::{Piece, Wanted, concat};
use crate::store::StorageError;

/// The order of a merge's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// None is promised.
    Any,
    /// By the values of the tags in the order of their keys (an absent tag first), then by time.
    SeriesTime,
}

/// Merges pieces, older before newer, whose series are numbered in `all`. `unique` says that no series and time repeats.
pub(crate) fn merge(
    pieces: &[Piece],
    all: &SeriesTable,
    wanted: &Wanted,
    schema: &SchemaRef,
    order: Order,
    unique: bool,
) -> Result<RecordBatch, StorageError> {
    let ranks = (order == Order::SeriesTime).then(|| ranks(all));
    let rows = if unique && order == Order::Any { Vec::new() } else { numbered_rows(pieces, ranks.as_deref()) };
    let in_order = rows.is_sorted_by_key(|row| row.2);
    let repeated = rows.windows(2).any(|w| same(&w[0], &w[1]));
    let series: Vec<u32> = pieces.iter().flat_map(|p| p.series.iter().copied()).collect();
    let times: Vec<i64> = pieces.iter().flat_map(|p| p.times.iter().copied()).collect();
    let pick: Option<UInt32Array> = if repeated {
        Some(last_of_each(&rows).map(|(_, _, place)| *place).collect::<Vec<_>>().into())
    } else if order == Order::Any || in_order {
        None
    } else {
        Some(rows.iter().map(|row| row.2).collect::<Vec<_>>().into())
    };
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(schema.fields().len());
    columns.push(Arc::new(TimestampNanosecondArray::from(picked(&times, pick.as_ref())).with_timezone("UTC")));
    let series = UInt32Array::from(picked(&series, pick.as_ref()));
    for tag in &wanted.tags {
        columns.push(take(&tag_values(all, tag), &series, None).map_err(StorageError::arrow)?);
    }
    for (i, (_, kind)) in wanted.fields.iter().enumerate() {
        let parts: Vec<ArrayRef> = pieces.iter().filter_map(|p| p.fields.get(i).cloned()).collect();
        let values = concat(*kind, &parts)?;
        columns.push(match &pick {
            None => values,
            Some(_) if repeated && values.null_count() > 0 => {
                take(&values, &newest_values(&rows, &values), None).map_err(StorageError::arrow)?
            }
            Some(pick) => take(&values, pick, None).map_err(StorageError::arrow)?,
        });
    }
    RecordBatch::try_new(Arc::clone(schema), columns).map_err(StorageError::arrow)
}

/// Series (or its rank), time and place of each row, sorted.
fn numbered_rows(pieces: &[Piece], ranks: Option<&[u32]>) -> Vec<(u32, i64, u32)> {
    let total = pieces.iter().map(|p| p.times.len()).sum();
    let mut rows: Vec<(u32, i64, u32)> = Vec::with_capacity(total);
    for piece in pieces {
        for (&series, &time) in piece.series.iter().zip(&piece.times) {
            let rank = ranks.map_or(series, |ranks| ranks[series as usize]);
            rows.push((rank, time, rows.len() as u32));
        }
    }
    if !rows.is_sorted() {
        rows.sort_unstable();
    }
    rows
}

fn same(a: &(u32, i64, u32), b: &(u32, i64, u32)) -> bool {
    a.0 == b.0 && a.1 == b.1
}

/// The newest row of each series and time.
fn last_of_each(rows: &[(u32, i64, u32)]) -> impl Iterator<Item = &(u32, i64, u32)> {
    rows.iter().enumerate().filter(|(i, row)| rows.get(i + 1).is_none_or(|next| !same(row, next))).map(|(_, row)| row)
}

/// For each series and time the place of the newest value that is not null.
fn newest_values(rows: &[(u32, i64, u32)], values: &ArrayRef) -> UInt32Array {
    let mut out = Vec::new();
    for group in rows.chunk_by(same) {
        let newest = group.iter().rev().find(|row| values.is_valid(row.2 as usize)).or(group.last());
        out.extend(newest.map(|row| row.2));
    }
    out.into()
}

fn picked<T: Copy>(values: &[T], pick: Option<&UInt32Array>) -> Vec<T> {
    match pick {
        None => values.to_vec(),
        Some(pick) => pick.values().iter().map(|&i| values[i as usize]).collect(),
    }
}

/// For each series its place in the order of tag values.
fn ranks(all: &SeriesTable) -> Vec<u32> {
    let mut order: Vec<u32> = (0..all.len() as u32).collect();
    order.sort_unstable_by(|&a, &b| compare_tags(all.get(a).tags(), all.get(b).tags()));
    let mut ranks = vec![0; order.len()];
    for (rank, &series) in order.iter().enumerate() {
        ranks[series as usize] = rank as u32;
    }
    ranks
}

/// Compares as if every key of either were a column, an absent value before any other.
fn compare_tags<'a>(
    mut a: impl Iterator<Item = (&'a str, &'a str)>,
    mut b: impl Iterator<Item = (&'a str, &'a str)>,
) -> Ordering {
    loop {
        let (x, y) = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(x), Some(y)) => (x, y),
        };
        // The one with the smaller key has a value where the other has none.
        let decided = y.0.cmp(x.0).then_with(|| x.1.cmp(y.1));
        if decided != Ordering::Equal {
            return decided;
        }
    }
}
