//! The series of a chunk: interned tag sets, numbered in the order of their first appearance.

use std::borrow::Borrow;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

use hashbrown::{HashMap, HashTable};
use model::TagSource;

/// Interned series of one measurement. A series is a list of tag keys (a *tag set*) and one value for each key.
///
/// All values stand in one text, so a new series costs no allocation of its own; a known one costs a hash.
#[derive(Debug, Clone, Default)]
pub(crate) struct SeriesTable {
    /// Tag keys in the order of their first appearance.
    keys: Vec<Arc<str>>,
    /// Distinct tag sets: indexes into `keys`, in ascending order of the keys' bytes.
    sets: Vec<Box<[u32]>>,
    set_ids: HashMap<Box<[u32]>, u32, ahash::RandomState>,
    /// The values of all series one after another.
    text: String,
    /// Where each value ends in `text`.
    ends: Vec<u32>,
    /// Index in `ends` of the first value of each series.
    firsts: Vec<u32>,
    /// Tag set of each series.
    set_of: Vec<u32>,
    index: HashTable<u32>,
    hasher: ahash::RandomState,
    last_set: Option<u32>,
    scratch: String,
    lengths: Vec<u32>,
}

/// One series of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SeriesRef<'a> {
    table: &'a SeriesTable,
    id: u32,
}

impl SeriesTable {
    pub(crate) fn len(&self) -> usize {
        self.set_of.len()
    }

    /// Bytes held, roughly.
    pub(crate) fn bytes(&self) -> usize {
        self.text.len() + self.ends.len() * 4 + self.set_of.len() * 16
    }

    /// The values of all series, joined.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn keys(&self) -> &[Arc<str>] {
        &self.keys
    }

    /// The distinct tag sets, as indexes into [`SeriesTable::keys`].
    pub(crate) fn sets(&self) -> &[Box<[u32]>] {
        &self.sets
    }

    /// The number of a series' tag set.
    pub(crate) fn set_of(&self, id: u32) -> u32 {
        self.set_of.get(id as usize).copied().unwrap_or(0)
    }

    pub(crate) fn get(&self, id: u32) -> SeriesRef<'_> {
        SeriesRef { table: self, id }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = SeriesRef<'_>> {
        (0..self.set_of.len() as u32).map(|id| self.get(id))
    }

    /// The number of the series with these tags, which stand in ascending order of their keys.
    pub(crate) fn intern<S: Borrow<str>>(&mut self, tags: &[(S, S)]) -> u32 {
        let set = self.set_for(tags);
        self.intern_values(set, tags.iter().map(|(_, value)| value.borrow()))
    }

    /// The number of a tag set whose keys stand in ascending order.
    pub(crate) fn intern_set<'a>(&mut self, keys: impl Iterator<Item = &'a str>) -> u32 {
        let ids: Box<[u32]> = keys.map(|key| self.key_id(key)).collect();
        if let Some(&set) = self.set_ids.get(&ids) {
            return set;
        }
        let set = self.sets.len() as u32;
        self.sets.push(ids.clone());
        self.set_ids.insert(ids, set);
        set
    }

    /// The number of the series with this tag set and these values, in the order of the set's keys.
    pub(crate) fn intern_values<'a>(&mut self, set: u32, values: impl Iterator<Item = &'a str>) -> u32 {
        self.scratch.clear();
        self.lengths.clear();
        for value in values {
            self.scratch.push_str(value);
            self.lengths.push(value.len() as u32);
        }
        let hash = self.hash(set, &self.scratch, &self.lengths);
        let found = self.index.find(hash, |&id| {
            let (text, first) = self.raw(id);
            self.set_of[id as usize] == set && text == self.scratch && self.same_lengths(first, id)
        });
        if let Some(&id) = found {
            return id;
        }
        self.insert(set, hash)
    }

    /// Makes room for more series.
    pub(crate) fn reserve(&mut self, more: usize) {
        let mut index = std::mem::take(&mut self.index);
        index.reserve(more, |&id| self.hash_of(id));
        self.index = index;
    }

    /// Drops what only interning needs; [`SeriesTable::intern`] must not be called on a sealed table.
    pub(crate) fn seal(&mut self) {
        self.index = HashTable::new();
        self.set_ids = HashMap::default();
        self.scratch = String::new();
        self.lengths = Vec::new();
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.firsts.shrink_to_fit();
        self.set_of.shrink_to_fit();
    }

    fn insert(&mut self, set: u32, hash: u64) -> u32 {
        let id = self.set_of.len() as u32;
        self.firsts.push(self.ends.len() as u32);
        let mut end = self.text.len() as u32;
        for length in &self.lengths {
            end += length;
            self.ends.push(end);
        }
        self.text.push_str(&self.scratch);
        self.set_of.push(set);
        // Cloning handles out of `self` is not possible while the index is borrowed, so it is moved out for a moment.
        let mut index = std::mem::take(&mut self.index);
        index.insert_unique(hash, id, |&other| self.hash_of(other));
        self.index = index;
        id
    }

    fn set_for<S: Borrow<str>>(&mut self, tags: &[(S, S)]) -> u32 {
        if let Some(last) = self.last_set {
            let set = &self.sets[last as usize];
            if set.len() == tags.len()
                && set.iter().zip(tags).all(|(&k, (key, _))| *self.keys[k as usize] == *key.borrow())
            {
                return last;
            }
        }
        let set = self.intern_set(tags.iter().map(|(key, _)| key.borrow()));
        self.last_set = Some(set);
        set
    }

    fn key_id(&mut self, key: &str) -> u32 {
        let found = self.keys.iter().position(|k| **k == *key);
        found.unwrap_or_else(|| {
            self.keys.push(key.into());
            self.keys.len() - 1
        }) as u32
    }

    fn hash(&self, set: u32, text: &str, lengths: &[u32]) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write(text.as_bytes());
        hasher.write_u32(set);
        for &length in lengths {
            hasher.write_u32(length);
        }
        hasher.finish()
    }

    fn hash_of(&self, id: u32) -> u64 {
        let (text, first) = self.raw(id);
        let mut hasher = self.hasher.build_hasher();
        hasher.write(text.as_bytes());
        hasher.write_u32(self.set_of[id as usize]);
        let mut begin = self.begin_of(first);
        for &end in self.ends_of(id, first) {
            hasher.write_u32(end - begin);
            begin = end;
        }
        hasher.finish()
    }

    fn same_lengths(&self, first: usize, id: u32) -> bool {
        let mut begin = self.begin_of(first);
        self.ends_of(id, first).iter().zip(&self.lengths).all(|(&end, &length)| {
            let same = end - begin == length;
            begin = end;
            same
        })
    }

    fn ends_of(&self, id: u32, first: usize) -> &[u32] {
        let count = self.sets[self.set_of[id as usize] as usize].len();
        &self.ends[first..first + count]
    }

    fn begin_of(&self, first: usize) -> u32 {
        if first == 0 { 0 } else { self.ends[first - 1] }
    }

    fn raw(&self, id: u32) -> (&str, usize) {
        let first = self.firsts[id as usize] as usize;
        let begin = self.begin_of(first);
        let end = self.ends_of(id, first).last().copied().unwrap_or(begin);
        (&self.text[begin as usize..end as usize], first)
    }
}

impl<'a> SeriesRef<'a> {
    /// Tag values in the order of the keys of the series' tag set.
    pub(crate) fn values(self) -> impl Iterator<Item = &'a str> {
        let table = self.table;
        let (_, first) = table.raw(self.id);
        let ends = table.ends_of(self.id, first);
        let mut begin = table.begin_of(first);
        ends.iter().map(move |&end| {
            let value = &table.text[begin as usize..end as usize];
            begin = end;
            value
        })
    }

    /// Keys and values in ascending order of the keys.
    pub(crate) fn tags(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let table = self.table;
        let set = &table.sets[table.set_of[self.id as usize] as usize];
        set.iter().map(move |&key| &*table.keys[key as usize]).zip(self.values())
    }

    /// The value of a tag.
    pub(crate) fn value(self, key: &str) -> Option<&'a str> {
        self.tags().find(|(k, _)| *k == key).map(|(_, value)| value)
    }
}

/// A series with its measurement, as predicates ask for it.
pub(crate) struct NamedSeries<'a> {
    pub(crate) measurement: &'a str,
    pub(crate) series: SeriesRef<'a>,
}

impl TagSource for NamedSeries<'_> {
    fn tag(&self, key: &str) -> &str {
        if key == "_measurement" {
            return self.measurement;
        }
        self.series.value(key).unwrap_or("")
    }
}
