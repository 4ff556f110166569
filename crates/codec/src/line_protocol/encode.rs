//! Points -> canonical lines: tags in order, the fewest escapes, nanoseconds.

use std::fmt::Write as _;

use model::{FieldValue, Point};

use super::exact;

/// Why a point cannot be written as a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// The field's name.
    #[error("field {0:?} is NaN or infinite, which line protocol cannot write: leave the field out")]
    NotFinite(String),
    /// Such as a name that ends in a backslash, or one with a line end.
    #[error(
        "the point of measurement {measurement:?} has a name that line protocol cannot write: {line:?} would not read back as it is"
    )]
    Name {
        /// The point's measurement.
        measurement: String,
        /// The line that would not read back.
        line: String,
    },
}

/// Appends the point as one line with its LF; a point without a time gets none. After an error `out` is as it was.
pub fn encode(point: &Point<'_>, out: &mut String) -> Result<(), EncodeError> {
    if let Some((key, _)) = point.fields.iter().find(|(_, v)| matches!(v, FieldValue::Float(x) if !x.is_finite())) {
        return Err(EncodeError::NotFinite(key.clone().into_owned()));
    }
    let start = out.len();
    line(point, out);
    if has_doubtful_name(point) && !reads_back(point, out.get(start..).unwrap_or_default()) {
        let line = out.split_off(start);
        return Err(EncodeError::Name { measurement: point.measurement.clone().into_owned(), line });
    }
    Ok(())
}

fn line(point: &Point<'_>, out: &mut String) {
    escape(&point.measurement, &[',', ' '], out);
    for (key, value) in &point.tags {
        out.push(',');
        escape(key, &[',', ' ', '='], out);
        out.push('=');
        escape(value, &[',', ' ', '='], out);
    }
    let mut before = ' ';
    for (key, value) in &point.fields {
        out.push(before);
        before = ',';
        escape(key, &[',', ' ', '='], out);
        out.push('=');
        field(value, out);
    }
    if let Some(time) = point.time {
        // Writing to a String cannot fail.
        let _ = write!(out, " {time}");
    }
    out.push('\n');
}

/// Whether a name holds what its escapes may not carry.
fn has_doubtful_name(point: &Point<'_>) -> bool {
    let doubtful = |name: &str| name.is_empty() || name.bytes().any(|b| b == b'\\' || b < b' ');
    doubtful(&point.measurement)
        || point.measurement.starts_with('#')
        || point.tags.iter().any(|(k, v)| doubtful(k) || doubtful(v))
        || point.fields.iter().any(|(k, _)| doubtful(k))
}

fn reads_back(point: &Point<'_>, text: &str) -> bool {
    let (line, next) = exact::next_line(text.as_bytes(), 0);
    let mut read = Point::default();
    next == text.len() && exact::point(line, 1, &mut exact::Layout::default(), &mut read) == Ok(true) && read == *point
}

/// Whole floats are written without a point and large ones without an exponent: the shortest text that reads back as
/// the same double.
fn field(value: &FieldValue<'_>, out: &mut String) {
    let _ = match value {
        FieldValue::Float(x) => write!(out, "{x}"),
        FieldValue::Integer(n) => write!(out, "{n}i"),
        FieldValue::Unsigned(n) => write!(out, "{n}u"),
        FieldValue::Boolean(b) => write!(out, "{b}"),
        FieldValue::String(text) => {
            out.push('"');
            escape(text, &['"', '\\'], out);
            out.push('"');
            Ok(())
        }
    };
}

fn escape(text: &str, escaped: &[char], out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find(escaped) {
        let (head, tail) = rest.split_at(at);
        out.push_str(head);
        out.push('\\');
        let mut chars = tail.chars();
        out.extend(chars.next());
        rest = chars.as_str();
    }
    out.push_str(rest);
}
