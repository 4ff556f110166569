//! Deletes: a range of time and a predicate on series, in force for rows that are older than the delete.

use std::sync::Arc;

use model::{Comparison, SeriesFilter, TagSource, TimeRange};
use serde::{Deserialize, Serialize};

use crate::filter::SeriesMatcher;
use crate::store::StorageError;

/// A delete. Rows of sources that have not applied it are gone if range and filter take them.
#[derive(Debug, Clone)]
pub(crate) struct Tombstone {
    pub(crate) sequence: u64,
    pub(crate) range: TimeRange,
    pub(crate) matcher: Arc<SeriesMatcher>,
}

/// Deletes of a bucket in the order of their sequences.
pub(crate) type Tombstones = Arc<Vec<Tombstone>>;

impl Tombstone {
    pub(crate) fn new(sequence: u64, range: TimeRange, filter: &SeriesFilter) -> Result<Self, StorageError> {
        Ok(Self { sequence, range, matcher: Arc::new(SeriesMatcher::new(filter)?) })
    }

    /// Whether the filter decides by the measurement alone, and how; `None` if it looks at tags.
    pub(crate) fn whole_measurement(&self, measurement: &str) -> Option<bool> {
        let only_measurement = self.matcher.filter().keys().iter().all(|key| *key == "_measurement");
        only_measurement.then(|| self.matcher.accepts(&JustMeasurement(measurement)))
    }

    /// Whether it leaves no row of a source of this measurement whose rows lie between these times.
    pub(crate) fn buries(&self, measurement: &str, first: i64, last: i64) -> bool {
        self.range.covers(first, last) && self.whole_measurement(measurement) == Some(true)
    }

    /// Whether a source that applied tombstones up to `applied` and has rows between these times has to mind it.
    pub(crate) fn concerns(&self, measurement: &str, applied: u64, first: i64, last: i64) -> bool {
        self.sequence > applied
            && self.range.overlaps(first, last)
            && self.whole_measurement(measurement) != Some(false)
    }
}

struct JustMeasurement<'a>(&'a str);

impl TagSource for JustMeasurement<'_> {
    fn tag(&self, key: &str) -> &str {
        if key == "_measurement" { self.0 } else { "" }
    }
}

/// A delete on disk, as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct DeleteRecord {
    /// First instant.
    start: i64,
    /// First instant behind.
    stop: i64,
    filter: FilterRecord,
}

/// A filter on disk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FilterRecord {
    All,
    And(Vec<FilterRecord>),
    Or(Vec<FilterRecord>),
    Equal(String, String),
    NotEqual(String, String),
    Matches(String, String),
    NotMatches(String, String),
}

impl DeleteRecord {
    pub(crate) fn new(range: TimeRange, filter: &SeriesFilter) -> Self {
        Self { start: range.start, stop: range.stop, filter: FilterRecord::new(filter) }
    }

    pub(crate) fn range(&self) -> TimeRange {
        TimeRange::new(self.start, self.stop)
    }

    pub(crate) fn filter(&self) -> SeriesFilter {
        self.filter.to_filter()
    }
}

impl FilterRecord {
    fn new(filter: &SeriesFilter) -> Self {
        match filter {
            SeriesFilter::All => Self::All,
            SeriesFilter::And(parts) => Self::And(parts.iter().map(Self::new).collect()),
            SeriesFilter::Or(parts) => Self::Or(parts.iter().map(Self::new).collect()),
            SeriesFilter::Tag { key, comparison, value } => {
                let make = match comparison {
                    Comparison::Equal => Self::Equal,
                    Comparison::NotEqual => Self::NotEqual,
                    Comparison::Matches => Self::Matches,
                    Comparison::NotMatches => Self::NotMatches,
                };
                make(key.clone(), value.clone())
            }
        }
    }

    fn to_filter(&self) -> SeriesFilter {
        let tag = |comparison, key: &String, value: &String| SeriesFilter::Tag {
            key: key.clone(),
            comparison,
            value: value.clone(),
        };
        match self {
            Self::All => SeriesFilter::All,
            Self::And(parts) => SeriesFilter::And(parts.iter().map(Self::to_filter).collect()),
            Self::Or(parts) => SeriesFilter::Or(parts.iter().map(Self::to_filter).collect()),
            Self::Equal(key, value) => tag(Comparison::Equal, key, value),
            Self::NotEqual(key, value) => tag(Comparison::NotEqual, key, value),
            Self::Matches(key, value) => tag(Comparison::Matches, key, value),
            Self::NotMatches(key, value) => tag(Comparison::NotMatches, key, value),
        }
    }
}
