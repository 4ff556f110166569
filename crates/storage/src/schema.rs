//! Which type a field has: fixed per measurement, field and shard group by whoever writes first.

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::HashMap;
use model::{FieldType, ShardGroup, TimeRange};

type Map<V> = HashMap<Arc<str>, V, ahash::RandomState>;

/// The types of all fields of a bucket.
#[derive(Debug, Clone, Default)]
pub(crate) struct Schema {
    measurements: Map<Map<FieldRuns>>,
}

/// The types of one field over time: neighbouring shard groups of one type are one run, so the size follows the
/// number of gaps and changes, not the number of groups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FieldRuns {
    /// First instant of a run to the first instant behind it and the type; runs do not overlap.
    runs: BTreeMap<i64, (i64, FieldType)>,
}

impl FieldRuns {
    /// The type that holds at some instant of a shard group.
    pub(crate) fn kind_in(&self, group: TimeRange) -> Option<FieldType> {
        let (_, &(stop, kind)) = self.runs.range(..group.stop).next_back()?;
        (stop > group.start).then_some(kind)
    }

    /// Whether every run has this type.
    pub(crate) fn only(&self, kind: FieldType) -> bool {
        self.runs.values().all(|&(_, k)| k == kind)
    }

    /// Fixes the type of a shard group; does nothing if it is fixed already.
    pub(crate) fn fix(&mut self, group: TimeRange, kind: FieldType) {
        if group.is_empty() || self.kind_in(group).is_some() {
            return;
        }
        let (mut start, mut stop) = (group.start, group.stop);
        if let Some((&before, &(before_stop, k))) = self.runs.range(..group.start).next_back()
            && before_stop == start
            && k == kind
        {
            start = before;
        }
        if let Some(&(after_stop, k)) = self.runs.get(&stop)
            && k == kind
        {
            self.runs.remove(&stop);
            stop = after_stop;
        }
        self.runs.insert(start, (stop, kind));
    }

    /// Frees what lies in a range, cutting runs that reach out of it.
    fn free(&mut self, range: TimeRange) {
        let touched: Vec<i64> =
            self.runs.range(..range.stop).filter(|(_, r)| r.0 > range.start).map(|(&s, _)| s).collect();
        for start in touched {
            let Some((stop, kind)) = self.runs.remove(&start) else { continue };
            if start < range.start {
                self.runs.insert(start, (range.start, kind));
            }
            if stop > range.stop {
                self.runs.insert(range.stop, (stop, kind));
            }
        }
    }

    pub(crate) fn runs(&self) -> impl Iterator<Item = (TimeRange, FieldType)> + '_ {
        self.runs.iter().map(|(&start, &(stop, kind))| (TimeRange::new(start, stop), kind))
    }
}

impl Schema {
    /// The runs of a field.
    pub(crate) fn field(&self, measurement: &str, field: &str) -> Option<&FieldRuns> {
        self.measurements.get(measurement)?.get(field)
    }

    /// How many fields a measurement has.
    pub(crate) fn field_count(&self, measurement: &str) -> usize {
        self.measurements.get(measurement).map_or(0, Map::len)
    }

    /// Fixes the type of a field in a shard group, if nothing is fixed there.
    pub(crate) fn fix(&mut self, measurement: &Arc<str>, field: &Arc<str>, group: TimeRange, kind: FieldType) {
        if let Some(runs) = self.measurements.get_mut(&**measurement).and_then(|m| m.get_mut(&**field)) {
            return runs.fix(group, kind);
        }
        let fields = self.measurements.entry(Arc::clone(measurement)).or_default();
        fields.entry(Arc::clone(field)).or_default().fix(group, kind);
    }

    /// Frees the shard groups that lie wholly in a range: nothing is left there. `None` means every measurement.
    pub(crate) fn free(&mut self, measurement: Option<&str>, range: TimeRange, group_ns: i64) {
        let first = ShardGroup::of(range.start, group_ns).range(group_ns);
        let last = ShardGroup::of(range.stop.saturating_sub(1), group_ns).range(group_ns);
        let start = if first.start >= range.start { first.start } else { first.stop };
        let stop = if last.stop <= range.stop { last.stop } else { last.start };
        let whole = TimeRange::new(start, stop);
        if whole.is_empty() {
            return;
        }
        for (_, fields) in self.measurements.iter_mut().filter(|(name, _)| measurement.is_none_or(|m| ***name == *m)) {
            fields.values_mut().for_each(|runs| runs.free(whole));
            fields.retain(|_, runs| !runs.runs.is_empty());
        }
        self.measurements.retain(|_, fields| !fields.is_empty());
    }

    /// The runs of a measurement's fields.
    pub(crate) fn of(&self, measurement: &str) -> BTreeMap<String, FieldRuns> {
        let fields = self.measurements.get(measurement).into_iter().flatten();
        fields.map(|(name, runs)| (name.to_string(), runs.clone())).collect()
    }

    /// Measurements with a field, in no order.
    pub(crate) fn measurements(&self) -> impl Iterator<Item = &Arc<str>> {
        self.measurements.keys()
    }

    /// All runs of all fields, in no order.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<str>, &FieldRuns)> {
        self.measurements.iter().flat_map(|(m, fields)| fields.iter().map(move |(f, runs)| (m, f, runs)))
    }
}
