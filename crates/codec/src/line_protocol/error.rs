//! Why lines are refused, in InfluxDB 2's words where it has some.

use std::fmt;

use super::{Limits, MAX_KEY_BYTES, MAX_TIME_NS, MIN_TIME_NS};

/// Why one line is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The line begins with a comma.
    #[error("missing measurement")]
    MissingMeasurement,
    /// Nothing before the `=` of a tag, or a comma without a tag.
    #[error("missing tag key")]
    MissingTagKey,
    /// A tag without `=`, or with nothing behind it.
    #[error("missing tag value")]
    MissingTagValue,
    /// An unescaped `=` in a tag's value.
    #[error("invalid tag format")]
    InvalidTagFormat,
    /// The key as a quoted text.
    #[error("cannot use reserved tag key {0}")]
    ReservedTagKey(String),
    /// A tag key that stands twice.
    #[error("duplicate tags")]
    DuplicateTags,
    /// No space behind the measurement and its tags.
    #[error("missing fields")]
    MissingFields,
    /// Nothing before the `=` of a field.
    #[error("missing field key")]
    MissingFieldKey,
    /// Nothing behind the `=` of a field.
    #[error("missing field value")]
    MissingFieldValue,
    /// Fields that are not pairs with commas between them.
    #[error("invalid field format")]
    InvalidFieldFormat,
    /// A field whose `=` is escaped; its text.
    #[error("invalid value: field-key={0}")]
    InvalidValue(String),
    /// A word that begins as a number and is none.
    #[error("invalid number")]
    InvalidNumber,
    /// A float with a broken exponent, or beyond the largest double.
    #[error("invalid float")]
    InvalidFloat,
    /// A word that is no spelling of a boolean.
    #[error("invalid boolean")]
    InvalidBoolean,
    /// An integer beyond 64 bits; its digits.
    #[error("unable to parse integer {0}: strconv.ParseInt: parsing {0:?}: value out of range")]
    IntegerRange(String),
    /// An unsigned integer beyond 64 bits; its digits.
    #[error("unable to parse unsigned {0}: strconv.ParseUint: parsing {0:?}: value out of range")]
    UnsignedRange(String),
    /// A quoted value that is not closed.
    #[error("unbalanced quotes")]
    UnbalancedQuotes,
    /// The field's name.
    #[error(
        "text behind the closing quote of field {0:?}: put a comma or a space behind it, or write a quote inside as \\\""
    )]
    TextAfterString(String),
    /// The bytes of a series key, with its field, beyond [`MAX_KEY_BYTES`].
    #[error("max key length exceeded: {0} > {max}", max = MAX_KEY_BYTES)]
    KeyTooLong(usize),
    /// A timestamp that is not digits.
    #[error("bad timestamp")]
    BadTimestamp,
    /// A sign without digits.
    #[error("strconv.ParseInt: parsing {0:?}: invalid syntax")]
    TimestampSyntax(String),
    /// A timestamp beyond 64 bits; its digits.
    #[error("strconv.ParseInt: parsing {0:?}: value out of range")]
    TimestampInteger(String),
    /// A timestamp beyond the range of times once it is scaled.
    #[error("time outside range {min} - {max}", min = MIN_TIME_NS, max = MAX_TIME_NS)]
    TimestampRange,
    /// Something behind the timestamp.
    #[error("point is invalid")]
    TextAfterTimestamp,
    /// Text that is not UTF-8.
    #[error("invalid UTF-8: byte 0x{byte:02x} at offset {at} of the line; names and values are UTF-8 text")]
    NotUtf8 {
        /// The first byte that is not.
        byte: u8,
        /// Its offset in the line.
        at: usize,
    },
}

/// A refused line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineError {
    /// Its number in the body, from 1; a quoted value may hold line ends, which count.
    pub line: usize,
    /// Its text without leading blanks, cut at [`Limits::max_line_bytes`]; bytes that are not UTF-8 are replaced.
    pub text: String,
    /// Why it is refused.
    pub reason: Reason,
}

/// All refused lines of a body, as far as [`Limits`] keeps them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseErrors {
    /// The refused lines, in their order.
    pub errors: Vec<LineError>,
    /// How many more there were.
    pub untold: usize,
}

impl std::error::Error for ParseErrors {}

impl fmt::Display for ParseErrors {
    /// `unable to parse '<line>': <reason>`, one for each line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.errors.iter().enumerate() {
            let before = if i > 0 { "\n" } else { "" };
            write!(f, "{before}unable to parse '{}': {}", error.text, error.reason)?;
        }
        if self.untold > 0 {
            write!(f, "\nand {} more lines could not be parsed", self.untold)?;
        }
        Ok(())
    }
}

/// Gathers errors while a body is read; counts lines only when one is refused.
pub(super) struct Collector<'a> {
    body: &'a [u8],
    limits: Limits,
    errors: Vec<LineError>,
    untold: usize,
    kept_bytes: usize,
    /// Offset up to which line ends were counted, and their number.
    counted: (usize, usize),
}

impl<'a> Collector<'a> {
    pub(super) fn new(body: &'a [u8], limits: &Limits) -> Self {
        Self { body, limits: *limits, errors: Vec::new(), untold: 0, kept_bytes: 0, counted: (0, 0) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.errors.is_empty() && self.untold == 0
    }

    /// Adds the line that begins at `start` of the body.
    pub(super) fn push(&mut self, start: usize, line: &[u8], reason: Reason) {
        let room = self.limits.max_total_bytes.saturating_sub(self.kept_bytes);
        if !self.errors.is_empty() && (self.errors.len() >= self.limits.max_errors || room == 0) {
            self.untold += 1;
            return;
        }
        let (from, ends) = self.counted;
        let new_ends = self.body.get(from..start).map_or(0, |part| memchr::memchr_iter(b'\n', part).count());
        self.counted = (start, ends + new_ends);
        let text = shortened(line, room.min(self.limits.max_line_bytes));
        self.kept_bytes += text.len();
        self.errors.push(LineError { line: self.counted.1 + 1, text, reason });
    }

    pub(super) fn finish(self) -> Option<ParseErrors> {
        (!self.is_empty()).then_some(ParseErrors { errors: self.errors, untold: self.untold })
    }
}

/// A line as text of at most so many bytes, its whole length told when it is cut.
fn shortened(line: &[u8], max: usize) -> String {
    match line.get(..max) {
        Some(head) if line.len() > max => format!("{}... ({} bytes)", String::from_utf8_lossy(head), line.len()),
        _ => String::from_utf8_lossy(line).into_owned(),
    }
}
