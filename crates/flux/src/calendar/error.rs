//! What can be wrong with an interval or a location.

/// Why a window, a truncation or a location cannot be made; the words are Flux's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// An interval of no length.
    #[error("duration used as an interval cannot be zero")]
    ZeroInterval,
    /// An interval of months and nanoseconds.
    #[error("duration used as an interval cannot mix month and nanosecond units")]
    MixedInterval,
    /// An interval that runs backwards.
    #[error("duration used as an interval cannot be negative")]
    NegativeInterval,
    /// A zone that the IANA database does not list.
    #[error("unknown time zone {0}")]
    UnknownZone(String),
}
