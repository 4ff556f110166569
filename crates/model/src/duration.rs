//! Flux durations: months and nanoseconds with one sign.

use std::fmt;

use crate::NANOS_PER_SECOND;

/// A Flux duration: months (of varying length) and nanoseconds under one sign, as in Flux's `values.Duration`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct FluxDuration {
    /// Whole months, not negative.
    pub months: i64,
    /// Nanoseconds, not negative.
    pub nanos: i64,
    /// Whether the whole is negative.
    pub negative: bool,
}

/// Why a text is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// No digits where a magnitude should stand, or an unknown unit; the text that was met.
    #[error("invalid duration {0:?}: write numbers with the units y mo w d h m s ms us ns, such as 1h30m")]
    Invalid(String),
    /// The sum is beyond 64 bits.
    #[error("duration {0:?} is too large")]
    Overflow(String),
}

/// Units longest name first, with their months or nanoseconds.
const UNITS: [(&str, i64, i64); 11] = [
    ("mo", 1, 0),
    ("ms", 0, 1_000_000),
    ("us", 0, 1_000),
    ("µs", 0, 1_000),
    ("ns", 0, 1),
    ("y", 12, 0),
    ("w", 0, 7 * 86_400 * NANOS_PER_SECOND),
    ("d", 0, 86_400 * NANOS_PER_SECOND),
    ("h", 0, 3_600 * NANOS_PER_SECOND),
    ("m", 0, 60 * NANOS_PER_SECOND),
    ("s", 0, NANOS_PER_SECOND),
];

impl FluxDuration {
    /// The average month in nanoseconds, 30.4375 days, which Flux uses where a duration must have one length.
    pub const AVERAGE_MONTH_NS: i64 = 2_629_800 * NANOS_PER_SECOND;

    /// A duration of so many nanoseconds.
    pub fn from_nanos(nanos: i64) -> Self {
        Self { months: 0, nanos: nanos.checked_abs().unwrap_or(i64::MAX), negative: nanos < 0 }
    }

    /// Reads the magnitude-unit pairs of a literal, such as `1y2mo3w4d5h6m7s8ms9us10ns`, with an optional `-` before.
    pub fn parse(text: &str) -> Result<Self, DurationError> {
        let (negative, mut rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let invalid = || DurationError::Invalid(text.to_owned());
        let overflow = || DurationError::Overflow(text.to_owned());
        let mut sum = Self { negative, ..Self::default() };
        if rest.is_empty() {
            return Err(invalid());
        }
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let (number, unit_on) = rest.split_at(digits);
            if number.is_empty() {
                return Err(invalid());
            }
            let n: i64 = number.parse().map_err(|_| overflow())?;
            let (name, months, nanos) =
                UNITS.iter().find(|(name, ..)| unit_on.starts_with(name)).ok_or_else(invalid)?;
            sum.months = n.checked_mul(*months).and_then(|m| sum.months.checked_add(m)).ok_or_else(overflow)?;
            sum.nanos = n.checked_mul(*nanos).and_then(|m| sum.nanos.checked_add(m)).ok_or_else(overflow)?;
            rest = &unit_on[name.len()..];
        }
        Ok(sum)
    }

    /// Whether it is no time at all.
    pub fn is_zero(self) -> bool {
        self.months == 0 && self.nanos == 0
    }

    /// The same length the other way.
    #[must_use]
    pub fn negated(self) -> Self {
        Self { negative: !self.negative && !self.is_zero(), ..self }
    }

    /// Its length in nanoseconds with average months, signed, saturating.
    pub fn approximate_nanos(self) -> i64 {
        let size = self.months.saturating_mul(Self::AVERAGE_MONTH_NS).saturating_add(self.nanos);
        if self.negative { -size } else { size }
    }
}

impl fmt::Display for FluxDuration {
    /// The largest units first, as Flux prints it: `1y2mo3w`; nothing is `0ns`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_zero() {
            return f.write_str("0ns");
        }
        if self.negative {
            f.write_str("-")?;
        }
        let (mut months, mut nanos) = (self.months, self.nanos);
        for (name, unit_months, unit_nanos) in [
            ("y", 12, 0),
            ("mo", 1, 0),
            ("w", 0, 604_800 * NANOS_PER_SECOND),
            ("d", 0, 86_400 * NANOS_PER_SECOND),
            ("h", 0, 3_600 * NANOS_PER_SECOND),
            ("m", 0, 60 * NANOS_PER_SECOND),
            ("s", 0, NANOS_PER_SECOND),
            ("ms", 0, 1_000_000),
            ("us", 0, 1_000),
            ("ns", 0, 1),
        ] {
            let (rest, unit) = if unit_months > 0 { (&mut months, unit_months) } else { (&mut nanos, unit_nanos) };
            let n = *rest / unit;
            *rest %= unit;
            if n > 0 {
                write!(f, "{n}{name}")?;
            }
        }
        Ok(())
    }
}
