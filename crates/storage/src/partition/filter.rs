//! Predicates on series, decided on the index and on dictionary codes.

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, DictionaryArray};
use arrow_buffer::BooleanBuffer;
use model::{Comparison, SeriesFilter};
use regex::Regex;

use super::index::{Bits, TagIndex};
use super::read::Inner;
use crate::store::StorageError;

/// What is known of the rows of a row group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Some row may be accepted.
    pub(super) may: bool,
    /// All rows are accepted.
    pub(super) must: bool,
}

impl Verdict {
    pub(super) const NONE: Self = Self { may: false, must: false };
    pub(super) const ALL: Self = Self { may: true, must: true };
    pub(super) const OPEN: Self = Self { may: true, must: false };

    fn of(truth: bool) -> Self {
        if truth { Self::ALL } else { Self::NONE }
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self { may: self.may && other.may, must: self.must && other.must }
    }

    fn or(self, other: Self) -> Self {
        Self { may: self.may || other.may, must: self.must || other.must }
    }
}

/// A predicate made ready for one file.
#[derive(Debug)]
pub(super) enum Filter {
    Constant(bool),
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Tag(Leaf),
}

/// A comparison of one tag column.
#[derive(Debug)]
pub(super) struct Leaf {
    /// Place among the tag columns.
    tag: usize,
    test: Test,
    /// Over the values of the index, and at `values.len()` the absent tag.
    truth: Option<Bits>,
}

#[derive(Debug)]
enum Test {
    Equal(String),
    NotEqual(String),
    Matches(Regex),
    NotMatches(Regex),
}

impl Test {
    fn new(comparison: Comparison, value: &str) -> Result<Self, StorageError> {
        let regex =
            || Regex::new(value).map_err(|e| StorageError::Other(format!("the pattern /{value}/ is not valid: {e}")));
        Ok(match comparison {
            Comparison::Equal => Self::Equal(value.to_owned()),
            Comparison::NotEqual => Self::NotEqual(value.to_owned()),
            Comparison::Matches => Self::Matches(regex()?),
            Comparison::NotMatches => Self::NotMatches(regex()?),
        })
    }

    fn accepts(&self, text: &str) -> bool {
        match self {
            Self::Equal(value) => text == value,
            Self::NotEqual(value) => text != value,
            Self::Matches(pattern) => pattern.is_match(text),
            Self::NotMatches(pattern) => !pattern.is_match(text),
        }
    }
}

impl Filter {
    pub(super) fn new(filter: &SeriesFilter, file: &Inner) -> Result<Self, StorageError> {
        let all =
            |parts: &[SeriesFilter]| parts.iter().map(|part| Self::new(part, file)).collect::<Result<Vec<_>, _>>();
        Ok(match filter {
            SeriesFilter::All => Self::Constant(true),
            SeriesFilter::And(parts) => Self::And(all(parts)?),
            SeriesFilter::Or(parts) => Self::Or(all(parts)?),
            SeriesFilter::Tag { key, comparison, value } => {
                let test = Test::new(*comparison, value)?;
                if key == "_measurement" {
                    return Ok(Self::Constant(test.accepts(&file.meta.measurement)));
                }
                let Some(tag) = file.meta.tag_keys.iter().position(|tag| tag == key) else {
                    return Ok(Self::Constant(test.accepts("")));
                };
                let truth = file.index.tags.get(tag).and_then(|index| truth(&test, index));
                Self::Tag(Leaf { tag, test, truth })
            }
        })
    }

    /// Decides as far as the index knows.
    pub(super) fn verdict(&self, file: &Inner, row_group: usize) -> Verdict {
        match self {
            Self::Constant(truth) => Verdict::of(*truth),
            Self::And(parts) => parts.iter().fold(Verdict::ALL, |all, part| all.and(part.verdict(file, row_group))),
            Self::Or(parts) => parts.iter().fold(Verdict::NONE, |any, part| any.or(part.verdict(file, row_group))),
            Self::Tag(leaf) => leaf.verdict(file, row_group),
        }
    }

    /// The tag columns that the predicate looks at and that are not decided for this row group.
    pub(super) fn tags(&self, file: &Inner, row_group: usize, tags: &mut Vec<usize>) {
        match self {
            Self::Constant(_) => {}
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.tags(file, row_group, tags)),
            Self::Tag(leaf) => {
                if leaf.verdict(file, row_group) == Verdict::OPEN && !tags.contains(&leaf.tag) {
                    tags.push(leaf.tag);
                }
            }
        }
    }

    /// Decides row by row. `column` gives the codes of those columns that [`Filter::tags`] named.
    pub(super) fn mask(&self, file: &Inner, row_group: usize, rows: usize, codes: &CodeColumns) -> BooleanBuffer {
        match self {
            Self::Constant(true) => BooleanBuffer::new_set(rows),
            Self::Constant(false) => BooleanBuffer::new_unset(rows),
            Self::And(parts) => combine(parts, file, row_group, rows, codes, true),
            Self::Or(parts) => combine(parts, file, row_group, rows, codes, false),
            Self::Tag(leaf) => match codes.get(leaf.tag) {
                Some(column) => leaf.mask(column),
                None if leaf.verdict(file, row_group).must => BooleanBuffer::new_set(rows),
                None => BooleanBuffer::new_unset(rows),
            },
        }
    }
}

fn combine(
    parts: &[Filter],
    file: &Inner,
    row_group: usize,
    rows: usize,
    codes: &CodeColumns,
    and: bool,
) -> BooleanBuffer {
    let masks = parts.iter().map(|part| part.mask(file, row_group, rows, codes));
    let both = |a: BooleanBuffer, b: BooleanBuffer| if and { &a & &b } else { &a | &b };
    masks
        .reduce(both)
        .unwrap_or_else(|| if and { BooleanBuffer::new_set(rows) } else { BooleanBuffer::new_unset(rows) })
}

fn truth(test: &Test, index: &TagIndex) -> Option<Bits> {
    let TagIndex::Values { values, .. } = index else { return None };
    let mut bits = Bits::default();
    match test {
        // Values are sorted, and each stands once.
        Test::Equal(value) if !value.is_empty() => {
            if let Ok(at) = values.binary_search(value) {
                bits.set(at);
            }
        }
        _ => {
            let accepted = values.iter().enumerate().filter(|(_, value)| test.accepts(value));
            accepted.for_each(|(at, _)| bits.set(at));
            if test.accepts("") {
                bits.set(values.len());
            }
        }
    }
    Some(bits)
}

impl Leaf {
    fn verdict(&self, file: &Inner, row_group: usize) -> Verdict {
        match (file.index.tags.get(self.tag), &self.truth) {
            (Some(TagIndex::Values { row_groups, .. }), Some(truth)) => match row_groups.get(row_group) {
                Some(here) => Verdict { may: here.meets(truth), must: here.within(truth) },
                None => Verdict::OPEN,
            },
            (Some(TagIndex::Presence { row_groups }), _) => {
                let (absent, present) = row_groups.get(row_group).copied().unwrap_or((true, true));
                let empty = self.test.accepts("");
                let some = present && self.in_bounds(file, row_group);
                Verdict { may: absent && empty || some, must: !present && empty }
            }
            _ => Verdict::OPEN,
        }
    }

    /// Whether a value that is equal can be between the least and the greatest of the row group.
    fn in_bounds(&self, file: &Inner, row_group: usize) -> bool {
        let Test::Equal(value) = &self.test else { return true };
        let chunk =
            file.coded.metadata().row_groups().get(row_group).and_then(|group| group.columns().get(self.tag + 1));
        let Some(statistics) = chunk.and_then(|chunk| chunk.statistics()) else { return true };
        let least = statistics.min_bytes_opt().is_none_or(|least| least <= value.as_bytes());
        let most = statistics.max_bytes_opt().is_none_or(|most| most >= value.as_bytes());
        least && most
    }

    fn mask(&self, column: &DictionaryArray<Int32Type>) -> BooleanBuffer {
        let values = column.values().as_string::<i32>();
        let truth: Vec<bool> = (0..values.len()).map(|at| self.test.accepts(values.value(at))).collect();
        let absent = self.test.accepts("");
        let keys = column.keys();
        let codes = keys.values();
        let decide = |code: i32| usize::try_from(code).ok().and_then(|code| truth.get(code)).copied().unwrap_or(false);
        match keys.nulls() {
            None => BooleanBuffer::collect_bool(codes.len(), |row| codes.get(row).is_some_and(|code| decide(*code))),
            Some(nulls) => BooleanBuffer::collect_bool(codes.len(), |row| {
                if nulls.is_null(row) { absent } else { codes.get(row).is_some_and(|code| decide(*code)) }
            }),
        }
    }
}

/// Tag columns of a row group as codes, by place among the tags.
#[derive(Debug, Default)]
pub(super) struct CodeColumns {
    pub(super) columns: Vec<(usize, DictionaryArray<Int32Type>)>,
}

impl CodeColumns {
    pub(super) fn get(&self, tag: usize) -> Option<&DictionaryArray<Int32Type>> {
        self.columns.iter().find(|(at, _)| *at == tag).map(|(_, column)| column)
    }
}
