//! Points -> canonical lines: tags in order, the fewest escapes, nanoseconds.

use std::fmt::Write as _;

use model::{FieldValue, Point};

/// Appends the point as one line with its LF; a point without a time gets none.
pub fn encode(point: &Point<'_>, out: &mut String) {
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
