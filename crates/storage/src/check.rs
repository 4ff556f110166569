//! The step from a batch to what may be stored: retention, field names, field types. Points are refused one by one.

use std::sync::Arc;

use hashbrown::HashSet;
use model::{FieldType, ShardGroup, TimeRange};

use crate::batch::{BatchTable, MAX_FIELDS, MAX_STRING_BYTES, Oddity, OddityKind, WriteBatch, series_key};
use crate::chunk::Chunk;
use crate::schema::Schema;
use crate::store::WriteReport;
use crate::text::{go_duration, rfc3339};

/// What a bucket demands of points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rules {
    /// 0 is for ever.
    pub(crate) retention_ns: i64,
    pub(crate) shard_group_ns: i64,
}

/// What of a batch may be stored; its field types are fixed in the schema.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    pub(crate) tables: Vec<(Arc<str>, Chunk)>,
    pub(crate) report: WriteReport,
}

/// Checks a batch against the rules and the schema, and fixes the types of fields that are new.
pub(crate) fn check(batch: WriteBatch, schema: &mut Schema, rules: Rules, now_ns: i64) -> Checked {
    let bound = (rules.retention_ns > 0).then(|| now_ns.saturating_sub(rules.retention_ns));
    let mut checker = Checker {
        schema,
        groups: Groups::new(rules.shard_group_ns),
        bound,
        first_refusal: None,
        expired: Expired::default(),
        refused: 0,
    };
    let mut out = Checked::default();
    for table in batch.tables {
        let table = checker.without_expired(table);
        let table = checker.without_excess(table);
        let keep = checker.refusals(&table);
        let mut chunk = match keep {
            Some(keep) => table.chunk.filtered(&keep),
            None => table.chunk,
        };
        chunk.drop_empty_columns();
        if !chunk.is_empty() {
            out.report.stored += chunk.len();
            out.tables.push((table.measurement, chunk));
        }
    }
    for oddity in &batch.oddities {
        checker.oddity(oddity);
    }
    out.report.refused = checker.refused;
    out.report.reason = checker.first_refusal.map(|(_, text)| text);
    out.report.expired = checker.expired.count;
    out.report.expired_text = bound.and_then(|bound| checker.expired.text(rules.retention_ns, bound));
    out
}

/// Fixes the types of rows that were checked when they were logged.
pub(crate) fn learn(measurement: &Arc<str>, chunk: &Chunk, schema: &mut Schema, rules: Rules) {
    fix_groups(measurement, chunk, schema, Groups::new(rules.shard_group_ns));
}

/// Fixes the types of all fields of a chunk in the shard groups of its rows.
fn fix_groups(measurement: &Arc<str>, chunk: &Chunk, schema: &mut Schema, groups: Groups) {
    let row_groups: Vec<TimeRange> = groups.of_each(&chunk.times);
    let mut seen = HashSet::with_hasher(ahash::RandomState::default());
    let distinct: Vec<TimeRange> = row_groups.iter().filter(|g| seen.insert(g.start)).copied().collect();
    for column in &chunk.columns {
        let kind = column.values.kind();
        if column.values.len() == chunk.len() {
            distinct.iter().for_each(|&g| schema.fix(measurement, &column.name, g, kind));
            continue;
        }
        seen.clear();
        for group in column.entries().filter_map(|(row, _)| row_groups.get(row as usize)) {
            if seen.insert(group.start) {
                schema.fix(measurement, &column.name, *group, kind);
            }
        }
    }
}

struct Checker<'a> {
    schema: &'a mut Schema,
    groups: Groups,
    bound: Option<i64>,
    first_refusal: Option<(u32, String)>,
    expired: Expired,
    refused: usize,
}

impl Checker<'_> {
    /// Leaves out and counts the points before the retention bound.
    fn without_expired(&mut self, table: BatchTable) -> BatchTable {
        let first = table.chunk.time_bounds().map(|b| b.0);
        let Some(bound) = self.bound.filter(|&bound| first.is_some_and(|first| first < bound)) else {
            return table;
        };
        let keep: Vec<bool> = table.chunk.times.iter().map(|&t| t >= bound).collect();
        for (row, _) in keep.iter().enumerate().filter(|(_, keep)| !**keep) {
            let series = table.chunk.series.get(table.chunk.rows[row]);
            self.expired.add(table.chunk.times[row], || series_key(&table.measurement, series.tags()));
        }
        let ordinals = table.ordinals.iter().zip(&keep).filter(|(_, keep)| **keep).map(|(&o, _)| o).collect();
        BatchTable { chunk: table.chunk.filtered(&keep), ordinals, measurement: table.measurement }
    }

    /// Refuses the points that would give their measurement more than [`MAX_FIELDS`] fields.
    fn without_excess(&mut self, table: BatchTable) -> BatchTable {
        let room = MAX_FIELDS.saturating_sub(self.schema.field_count(&table.measurement));
        if table.chunk.columns.len() <= room {
            return table;
        }
        let new = table.chunk.columns.iter().filter(|c| self.schema.field(&table.measurement, &c.name).is_none());
        let mut keep = vec![true; table.chunk.len()];
        let mut first: Option<Arc<str>> = None;
        for column in new.skip(room) {
            first.get_or_insert_with(|| Arc::clone(&column.name));
            for (row, _) in column.entries() {
                if let Some(keep) = keep.get_mut(row as usize) {
                    *keep = false;
                }
            }
        }
        let Some(field) = first else { return table };
        let text = || {
            format!(
                "too many fields: input field \"{field}\" on measurement \"{}\" would be one more than the {MAX_FIELDS} that a measurement may have",
                table.measurement
            )
        };
        let refused = keep.iter().zip(&table.ordinals).filter(|(keep, _)| !**keep).map(|(_, &ordinal)| ordinal);
        refused.for_each(|ordinal| self.refuse(ordinal, text));
        let ordinals = table.ordinals.iter().zip(&keep).filter(|(_, keep)| **keep).map(|(&o, _)| o).collect();
        BatchTable { chunk: table.chunk.filtered(&keep), ordinals, measurement: table.measurement }
    }

    /// Fixes types and finds the rows that conflict; `None` if none does.
    fn refusals(&mut self, table: &BatchTable) -> Option<Vec<bool>> {
        let (first, last) = table.chunk.time_bounds()?;
        let group = self.groups.of(first);
        if !table.chunk.is_mixed() && group.contains(last) {
            let agrees = |name: &str, kind| {
                self.schema
                    .field(&table.measurement, name)
                    .and_then(|runs| runs.kind_in(group))
                    .is_none_or(|k| k == kind)
            };
            if table.chunk.columns.iter().all(|c| agrees(&c.name, c.values.kind())) {
                for column in table.chunk.columns.iter().filter(|c| c.values.len() > 0) {
                    self.schema.fix(&table.measurement, &column.name, group, column.values.kind());
                }
                return None;
            }
        } else if !table.chunk.is_mixed() && self.no_other_types(table) {
            fix_groups(&table.measurement, &table.chunk, self.schema, self.groups);
            return None;
        }
        self.row_by_row(table)
    }

    fn no_other_types(&self, table: &BatchTable) -> bool {
        let only = |name: &str, kind| self.schema.field(&table.measurement, name).is_none_or(|runs| runs.only(kind));
        table.chunk.columns.iter().all(|c| only(&c.name, c.values.kind()))
    }

    fn row_by_row(&mut self, table: &BatchTable) -> Option<Vec<bool>> {
        let chunk = &table.chunk;
        let mut keep = vec![true; chunk.len()];
        let mut entries: Vec<_> = chunk.columns.iter().map(|c| (c, c.entries().peekable())).collect();
        let mut present = Vec::new();
        for (row, &time) in chunk.times.iter().enumerate() {
            present.clear();
            for (column, entries) in &mut entries {
                if entries.next_if(|(r, _)| *r as usize == row).is_some() {
                    present.push(*column);
                }
            }
            let group = self.groups.of(time);
            let conflict = present.iter().find_map(|column| {
                let fixed = self.schema.field(&table.measurement, &column.name)?.kind_in(group)?;
                (fixed != column.values.kind()).then(|| (&column.name, column.values.kind(), fixed))
            });
            if let Some((field, given, fixed)) = conflict {
                keep[row] = false;
                let ordinal = table.ordinals.get(row).copied().unwrap_or(u32::MAX);
                self.refuse(ordinal, || conflict_text(&table.measurement, field, given, fixed));
                continue;
            }
            for column in &present {
                self.schema.fix(&table.measurement, &column.name, group, column.values.kind());
            }
        }
        keep.contains(&false).then_some(keep)
    }

    fn oddity(&mut self, oddity: &Oddity) {
        if self.bound.is_some_and(|bound| oddity.time < bound) {
            // The row of a stripped point was counted with the rows.
            if !matches!(oddity.kind, OddityKind::TimeStripped) {
                self.expired.add(oddity.time, || oddity.series_key.clone());
            }
            return;
        }
        let measurement = &oddity.measurement;
        match &oddity.kind {
            OddityKind::TimeAlone => self.refuse(oddity.ordinal, || time_text(measurement)),
            OddityKind::TimeStripped => self.note(oddity.ordinal, || {
                format!("{}. Field \"time\" has been stripped from point.", time_text(measurement))
            }),
            OddityKind::TooLong { field, bytes } => self.refuse(oddity.ordinal, || {
                format!(
                    "input field \"{field}\" on measurement \"{measurement}\" is too long, {bytes} > {MAX_STRING_BYTES}"
                )
            }),
            OddityKind::TwoTypes { field, first, second } => {
                let fixed =
                    self.schema.field(measurement, field).and_then(|runs| runs.kind_in(self.groups.of(oddity.time)));
                let (given, exists) = match fixed {
                    Some(fixed) if fixed != *first => (*first, fixed),
                    Some(fixed) => (*second, fixed),
                    None => (*second, *first),
                };
                self.refuse(oddity.ordinal, || conflict_text(measurement, field, given, exists));
            }
        }
    }

    fn refuse(&mut self, ordinal: u32, text: impl FnOnce() -> String) {
        self.refused += 1;
        self.note(ordinal, text);
    }

    fn note(&mut self, ordinal: u32, text: impl FnOnce() -> String) {
        if self.first_refusal.as_ref().is_none_or(|(first, _)| ordinal < *first) {
            self.first_refusal = Some((ordinal, text()));
        }
    }
}

fn conflict_text(measurement: &str, field: &str, given: FieldType, fixed: FieldType) -> String {
    format!(
        "field type conflict: input field \"{field}\" on measurement \"{measurement}\" is type {given}, already exists as type {fixed}"
    )
}

fn time_text(measurement: &str) -> String {
    format!("invalid field name: input field \"time\" on measurement \"{measurement}\" is invalid")
}

/// Points before the retention bound.
#[derive(Debug, Default)]
struct Expired {
    count: usize,
    oldest: Option<(i64, String)>,
    newest: Option<(i64, String)>,
}

impl Expired {
    fn add(&mut self, time: i64, key: impl Fn() -> String) {
        self.count += 1;
        if self.oldest.as_ref().is_none_or(|(t, _)| time < *t) {
            self.oldest = Some((time, key()));
        }
        if self.newest.as_ref().is_none_or(|(t, _)| time > *t) {
            self.newest = Some((time, key()));
        }
    }

    fn text(&self, retention_ns: i64, bound: i64) -> Option<String> {
        let bound = rfc3339(bound);
        let point = |(time, key): &(i64, String)| {
            format!(
                "point {key} at {} dropped because it violates a Retention Policy Lower Bound at {bound}",
                rfc3339(*time)
            )
        };
        Some(format!(
            "dropped {} points outside retention policy of duration {} - oldest {}, newest {}",
            self.count,
            go_duration(retention_ns),
            point(self.oldest.as_ref()?),
            point(self.newest.as_ref()?),
        ))
    }
}

/// Finds shard groups without 128-bit divisions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Groups {
    duration_ns: i64,
    /// Start of the group that holds the epoch.
    zero: i64,
}

impl Groups {
    pub(crate) fn new(duration_ns: i64) -> Self {
        let duration_ns = duration_ns.max(1);
        Self { duration_ns, zero: ShardGroup::of(0, duration_ns).range(duration_ns).start }
    }

    /// The shard group of an instant.
    pub(crate) fn of(self, time: i64) -> TimeRange {
        let quick = time.checked_sub(self.zero).and_then(|since| {
            let start = time.checked_sub(since.rem_euclid(self.duration_ns))?;
            Some(TimeRange::new(start, start.checked_add(self.duration_ns)?))
        });
        quick.unwrap_or_else(|| ShardGroup::of(time, self.duration_ns).range(self.duration_ns))
    }

    fn of_each(self, times: &[i64]) -> Vec<TimeRange> {
        let mut last = TimeRange::new(0, 0);
        let each = times.iter().map(|&time| {
            if !last.contains(time) {
                last = self.of(time);
            }
            last
        });
        each.collect()
    }
}
