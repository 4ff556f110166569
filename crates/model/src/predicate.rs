//! Predicates on series: what a delete request names and what a query pushes into storage.

/// How a tag is compared with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`; the value is a pattern in RE2's syntax, unanchored.
    Matches,
    /// `!~`
    NotMatches,
}

/// A predicate on a series. A tag that the series lacks compares as an empty text, as in InfluxDB's storage.
///
/// The key `_measurement` stands for the measurement's name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SeriesFilter {
    /// Every series.
    All,
    /// All of these hold; no member means true.
    And(Vec<SeriesFilter>),
    /// One of these holds; no member means false.
    Or(Vec<SeriesFilter>),
    /// One comparison.
    Tag {
        /// Tag key, or `_measurement`.
        key: String,
        /// The operator.
        comparison: Comparison,
        /// Text or pattern.
        value: String,
    },
}

/// Where a predicate finds the tags of a series.
pub trait TagSource {
    /// The value of a tag; an empty text if the series lacks it. `_measurement` gives the measurement.
    fn tag(&self, key: &str) -> &str;
}

impl SeriesFilter {
    /// Decides by asking `tag` for values and `matches(pattern, text)` for patterns.
    pub fn accepts(&self, tags: &impl TagSource, matches: &impl Fn(&str, &str) -> bool) -> bool {
        match self {
            Self::All => true,
            Self::And(all) => all.iter().all(|f| f.accepts(tags, matches)),
            Self::Or(any) => any.iter().any(|f| f.accepts(tags, matches)),
            Self::Tag { key, comparison, value } => {
                let text = tags.tag(key);
                match comparison {
                    Comparison::Equal => text == value,
                    Comparison::NotEqual => text != value,
                    Comparison::Matches => matches(value, text),
                    Comparison::NotMatches => !matches(value, text),
                }
            }
        }
    }

    /// The keys that the predicate looks at, each once, in the order of their first appearance.
    pub fn keys(&self) -> Vec<&str> {
        fn walk<'a>(filter: &'a SeriesFilter, keys: &mut Vec<&'a str>) {
            match filter {
                SeriesFilter::All => {}
                SeriesFilter::And(parts) | SeriesFilter::Or(parts) => parts.iter().for_each(|f| walk(f, keys)),
                SeriesFilter::Tag { key, .. } if keys.contains(&key.as_str()) => {}
                SeriesFilter::Tag { key, .. } => keys.push(key),
            }
        }
        let mut keys = Vec::new();
        walk(self, &mut keys);
        keys
    }
}
