//! Deletes: a range of time and a predicate on series, in force for rows that are older than the delete.

use std::sync::Arc;

use model::{SeriesFilter, TagSource, TimeRange};

use crate::filter::SeriesMatcher;
use crate::store::StorageError;

/// A delete. Rows of sources whose sequence is below this one are gone if range and filter take them.
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
}

/// The tombstones that a source of this sequence and these times has to mind.
pub(crate) fn relevant(all: &[Tombstone], measurement: &str, sequence: u64, first: i64, last: i64) -> Vec<Tombstone> {
    let minds = |t: &&Tombstone| {
        t.sequence > sequence && t.range.overlaps(first, last) && t.whole_measurement(measurement) != Some(false)
    };
    all.iter().filter(minds).cloned().collect()
}

struct JustMeasurement<'a>(&'a str);

impl TagSource for JustMeasurement<'_> {
    fn tag(&self, key: &str) -> &str {
        if key == "_measurement" { self.0 } else { "" }
    }
}
