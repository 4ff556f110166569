//! Series filters, ready to be asked often.

use hashbrown::HashMap;
use model::{Comparison, SeriesFilter, TagSource};
use regex::Regex;

use crate::store::StorageError;

/// A series filter with its patterns compiled.
#[derive(Debug, Clone)]
pub(crate) struct SeriesMatcher {
    filter: SeriesFilter,
    patterns: HashMap<String, Regex, ahash::RandomState>,
}

impl SeriesMatcher {
    pub(crate) fn new(filter: &SeriesFilter) -> Result<Self, StorageError> {
        let mut patterns = HashMap::default();
        compile(filter, &mut patterns)?;
        Ok(Self { filter: filter.clone(), patterns })
    }

    /// Whether it takes every series.
    pub(crate) fn is_all(&self) -> bool {
        matches!(self.filter, SeriesFilter::All)
    }

    pub(crate) fn filter(&self) -> &SeriesFilter {
        &self.filter
    }

    pub(crate) fn accepts(&self, series: &impl TagSource) -> bool {
        self.filter.accepts(series, &|pattern, text| self.patterns.get(pattern).is_some_and(|p| p.is_match(text)))
    }
}

fn compile(filter: &SeriesFilter, into: &mut HashMap<String, Regex, ahash::RandomState>) -> Result<(), StorageError> {
    match filter {
        SeriesFilter::All => Ok(()),
        SeriesFilter::And(parts) | SeriesFilter::Or(parts) => parts.iter().try_for_each(|part| compile(part, into)),
        SeriesFilter::Tag { comparison: Comparison::Equal | Comparison::NotEqual, .. } => Ok(()),
        SeriesFilter::Tag { value, .. } => {
            let pattern = Regex::new(value).map_err(|cause| {
                StorageError::Other(format!("the pattern /{value}/ of a tag filter is not valid: {cause}"))
            })?;
            into.insert(value.clone(), pattern);
            Ok(())
        }
    }
}
