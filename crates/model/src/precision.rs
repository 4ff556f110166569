//! The unit of the times in a write request.

use std::str::FromStr;

/// The unit of a timestamp in line protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// Nanoseconds, the default.
    #[default]
    Nanoseconds,
    /// Microseconds.
    Microseconds,
    /// Milliseconds.
    Milliseconds,
    /// Seconds.
    Seconds,
}

impl Precision {
    /// How many nanoseconds one unit has.
    pub fn nanos(self) -> i64 {
        match self {
            Self::Nanoseconds => 1,
            Self::Microseconds => 1_000,
            Self::Milliseconds => 1_000_000,
            Self::Seconds => 1_000_000_000,
        }
    }
}

impl FromStr for Precision {
    type Err = String;

    /// Reads `ns`, `us`, `ms` or `s`; an empty text is `ns`. The error is the text InfluxDB 2 answers with.
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "" | "ns" => Ok(Self::Nanoseconds),
            "us" => Ok(Self::Microseconds),
            "ms" => Ok(Self::Milliseconds),
            "s" => Ok(Self::Seconds),
            _ => Err("invalid precision; valid precision units are ns, us, ms, and s".to_owned()),
        }
    }
}
