//! A cell's text as a value of line protocol.

use std::io::Write as _;

use super::column::{Column, Reader, Type};
use super::time::{self, RFC3339, RFC3339_NANO};
use super::{base64, boolean, duration, number};

/// Appends a value, or tells why it cannot be read; then `out` may end in the middle of a value. `remark` is told of what was cut off a number,
/// even where the rest is none.
pub(super) fn append(
    column: &Column,
    text: &[u8],
    out: &mut Vec<u8>,
    remark: &mut dyn FnMut(String),
) -> Result<(), String> {
    match &column.reader {
        Some(Reader::Words(words)) => append_boolean(words.read(&String::from_utf8_lossy(text))?, out),
        Some(Reader::StrictLong(format)) => {
            let digits = without_fraction(text, format, "long")?;
            append_number(number::integer(&digits)?, "i", out);
        }
        Some(Reader::StrictUnsignedLong(format)) => {
            let digits = without_fraction(text, format, "unsignedLong")?;
            append_number(number::unsigned(&digits)?, "u", out);
        }
        None => append_typed(column, text, out, remark)?,
    }
    Ok(())
}

fn append_typed(column: &Column, text: &[u8], out: &mut Vec<u8>, remark: &mut dyn FnMut(String)) -> Result<(), String> {
    let mut whole = || {
        let (digits, cut) = number::plain(text, &column.format, true);
        if cut {
            let (text, digits) = (String::from_utf8_lossy(text), String::from_utf8_lossy(&digits));
            remark(format!("'{text}' truncated to '{digits}' to fit into {} data type", column.kind.name()));
        }
        digits
    };
    match &column.kind {
        Type::Untyped => out.extend_from_slice(text),
        Type::String => append_string(text, out),
        Type::Double => append_double(number::double(&number::plain(text, &column.format, false).0)?, out)?,
        Type::Boolean => append_boolean(boolean::by_letter(text)?, out),
        Type::Long => append_number(number::integer(&whole())?, "i", out),
        Type::UnsignedLong => append_number(number::unsigned(&whole())?, "u", out),
        Type::Duration => append_number(duration::nanoseconds(text)?, "i", out),
        Type::Base64Binary => out.extend_from_slice(&base64::usual(text)?),
        Type::DateTime => append_number(date_time(column, text)?, "", out),
        Type::Other(name) => return Err(format!("unsupported data type '{name}'")),
    }
    Ok(())
}

fn date_time(column: &Column, text: &[u8]) -> Result<i64, String> {
    match column.format.as_slice() {
        b"" => number::integer(text).or_else(|_| time::parse(RFC3339, text, None)),
        b"number" => number::integer(text),
        b"RFC3339" => time::parse(RFC3339, text, None),
        b"RFC3339Nano" => time::parse(RFC3339_NANO, text, None),
        layout => time::parse(layout, text, column.zone),
    }
}

fn without_fraction<'a>(text: &'a [u8], format: &[u8], name: &str) -> Result<std::borrow::Cow<'a, [u8]>, String> {
    let (digits, cut) = number::plain(text, format, true);
    if cut {
        return Err(format!("'{}' cannot fit into {name} data type", String::from_utf8_lossy(text)));
    }
    Ok(digits)
}

fn append_boolean(value: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(if value { b"true" } else { b"false" });
}

fn append_number(number: impl std::fmt::Display, suffix: &str, out: &mut Vec<u8>) {
    // Writing to a vector does not fail.
    write!(out, "{number}{suffix}").unwrap_or_default();
}

fn append_double(number: f64, out: &mut Vec<u8>) -> Result<(), String> {
    if number.is_nan() {
        return Err("value is NaN".to_owned());
    }
    if number.is_infinite() {
        return Err("value is Infinite".to_owned());
    }
    append_number(number, "", out);
    Ok(())
}

fn append_string(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    escape(text, b"\"\\", out);
    out.push(b'"');
}

/// Appends text with a backslash before each of these.
pub(super) fn escape(text: &[u8], special: &[u8], out: &mut Vec<u8>) {
    for &byte in text {
        if special.contains(&byte) {
            out.push(b'\\');
        }
        out.push(byte);
    }
}
