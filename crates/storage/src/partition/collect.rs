//! Gathers the index of a partition while its row groups are written.

use ahash::RandomState;
use hashbrown::HashMap;

use super::RowGroupMeta;
use super::group::{Group, SeriesRuns, TagColumn};
use super::index::{Bits, Index, MAX_TAG_VALUE_BYTES, MAX_TAG_VALUES, TagIndex};

/// The index so far.
#[derive(Debug)]
pub(super) struct IndexCollector {
    row_groups: Vec<RowGroupMeta>,
    tag_sets: HashMap<Bits, usize, RandomState>,
    row_group_sets: Vec<Bits>,
    tags: Vec<TagCollector>,
}

#[derive(Debug, Default)]
struct TagCollector {
    /// Values with numbers in the order of their first row; `None` once there were too many.
    values: Option<HashMap<String, usize, RandomState>>,
    bytes: usize,
    /// Per row group, numbers of the values in it.
    members: Vec<Vec<usize>>,
    presence: Vec<(bool, bool)>,
}

impl IndexCollector {
    pub(super) fn new(tag_count: usize) -> Self {
        let tag = || TagCollector { values: Some(HashMap::default()), ..TagCollector::default() };
        Self {
            row_groups: Vec::new(),
            tag_sets: HashMap::default(),
            row_group_sets: Vec::new(),
            tags: (0..tag_count).map(|_| tag()).collect(),
        }
    }

    pub(super) fn add(&mut self, group: &Group, columns: &[TagColumn<'_>]) {
        let runs = SeriesRuns::of(group.rows, columns);
        let mut sets = Bits::default();
        runs.tag_sets(columns, |set| {
            let next = self.tag_sets.len();
            let at = match self.tag_sets.get(set) {
                Some(at) => *at,
                None => *self.tag_sets.entry(set.clone()).or_insert(next),
            };
            sets.set(at);
        });
        self.row_group_sets.push(sets);
        self.row_groups.push(RowGroupMeta {
            first_time: group.first_time,
            last_time: group.last_time,
            rows: group.rows as u64,
            series: runs.starts.len() as u64,
        });
        self.tags.iter_mut().zip(columns).for_each(|(tag, column)| tag.add(column));
    }

    pub(super) fn row_groups(&self) -> &[RowGroupMeta] {
        &self.row_groups
    }

    /// The index; `checksums` are per row group and column.
    pub(super) fn finish(self, checksums: Vec<Vec<Vec<u32>>>) -> Index {
        let mut sets: Vec<(Bits, usize)> = self.tag_sets.into_iter().collect();
        sets.sort_by_cached_key(|(set, _)| set.ones().collect::<Vec<_>>());
        let place = ranks(&sets);
        Index {
            row_groups: self.row_groups,
            row_group_sets: self.row_group_sets.iter().map(|old| renumber(old.ones(), &place)).collect(),
            tag_sets: sets.into_iter().map(|(set, _)| set).collect(),
            tags: self.tags.into_iter().map(TagCollector::finish).collect(),
            checksums,
        }
    }
}

/// Maps old numbers to places in the sorted list.
fn ranks<T>(sorted: &[(T, usize)]) -> Vec<usize> {
    let mut place = vec![0; sorted.len()];
    for (new, (_, old)) in sorted.iter().enumerate() {
        if let Some(slot) = place.get_mut(*old) {
            *slot = new;
        }
    }
    place
}

fn renumber(old: impl Iterator<Item = usize>, place: &[usize]) -> Bits {
    let mut bits = Bits::default();
    old.filter_map(|at| place.get(at)).for_each(|at| bits.set(*at));
    bits
}

impl TagCollector {
    fn add(&mut self, column: &TagColumn<'_>) {
        self.presence.push((column.absent, !column.values.is_empty()));
        let Some(known) = &mut self.values else { return };
        let mut members = Vec::with_capacity(column.values.len());
        for value in &column.values {
            let next = known.len();
            let number = match known.get(*value) {
                Some(number) => *number,
                None => {
                    self.bytes += value.len();
                    known.insert((*value).to_owned(), next);
                    next
                }
            };
            members.push(number);
            if known.len() > MAX_TAG_VALUES || self.bytes > MAX_TAG_VALUE_BYTES {
                self.values = None;
                self.members = Vec::new();
                return;
            }
        }
        self.members.push(members);
    }

    fn finish(self) -> TagIndex {
        let Some(values) = self.values else { return TagIndex::Presence { row_groups: self.presence } };
        let mut values: Vec<(String, usize)> = values.into_iter().collect();
        values.sort_unstable();
        let place = ranks(&values);
        let group = |(members, (absent, _)): (&Vec<usize>, &(bool, bool))| {
            let mut bits = renumber(members.iter().copied(), &place);
            if *absent {
                bits.set(values.len());
            }
            bits
        };
        let row_groups = self.members.iter().zip(&self.presence).map(group).collect();
        TagIndex::Values { values: values.into_iter().map(|(value, _)| value).collect(), row_groups }
    }
}
