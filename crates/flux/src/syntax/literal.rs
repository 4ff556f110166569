//! The values of literals: numbers, times, durations, escapes and patterns.

use chrono::{DateTime, NaiveDate, NaiveTime};
use model::FluxDuration;

/// A whole number in decimal. Its error completes `invalid integer literal "...": `.
pub(super) fn integer(text: &str) -> Result<i64, &'static str> {
    if text.len() > 1 && text.starts_with('0') {
        return Err("nonzero value cannot start with 0");
    }
    text.parse().map_err(|_| "value out of range")
}

/// Why a text in the form of a time is none.
pub(super) enum TimeError {
    /// No such day or hour, or no offset.
    Invalid(String),
    /// A time that 64 bits of nanoseconds do not hold.
    Range(String),
}

/// A date (midnight UTC) or an RFC 3339 time, in nanoseconds since the epoch.
pub(super) fn time(text: &str) -> Result<i64, TimeError> {
    let moment = if text.contains('T') {
        if !(text.ends_with('Z') || text.get(text.len().saturating_sub(6)..).is_some_and(is_offset)) {
            return Err(TimeError::Invalid("invalid date time literal, missing time offset".to_owned()));
        }
        DateTime::parse_from_rfc3339(text).map(|moment| moment.to_utc())
    } else {
        text.parse::<NaiveDate>().map(|date| date.and_time(NaiveTime::MIN).and_utc())
    };
    let moment = moment.map_err(|why| TimeError::Invalid(format!("invalid date time literal {text}: {why}")))?;
    moment.timestamp_nanos_opt().ok_or_else(|| {
        TimeError::Range(format!("invalid date time literal {text}: times lie between 1677-09-21 and 2262-04-11"))
    })
}

fn is_offset(text: &str) -> bool {
    let mut bytes = text.bytes();
    matches!(bytes.next(), Some(b'+' | b'-')) && bytes.nth(2) == Some(b':')
}

/// Magnitudes with units, such as `1h30m`.
pub(super) fn duration(text: &str) -> Result<FluxDuration, String> {
    FluxDuration::parse(text).map_err(|why| why.to_string())
}

/// The text that a string literal stands for.
pub(super) fn unescape(text: &str) -> Result<String, String> {
    if !text.contains('\\') {
        return Ok(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            push_char(&mut bytes, c);
            continue;
        }
        match chars.next() {
            Some('n') => bytes.push(b'\n'),
            Some('r') => bytes.push(b'\r'),
            Some('t') => bytes.push(b'\t'),
            Some(c @ ('\\' | '"' | '$')) => push_char(&mut bytes, c),
            Some('x') => bytes.push(hexadecimal(&mut chars)?),
            Some(c) => return Err(format!("invalid escape character {c}; write \\\\ for a backslash")),
            None => return Err("invalid escape sequence".to_owned()),
        }
    }
    String::from_utf8(bytes).map_err(|why| format!("string is not UTF-8: {why}"))
}

fn push_char(bytes: &mut Vec<u8>, c: char) {
    bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

/// The byte of `\xHH`, behind the `x`.
fn hexadecimal(chars: &mut std::str::Chars<'_>) -> Result<u8, String> {
    let digits = chars.as_str().get(..2).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
    let byte = byte.ok_or("invalid byte value: \\x wants two hexadecimal digits")?;
    chars.nth(1);
    Ok(byte)
}

/// The pattern between the slashes, with `\/` and `\xHH` resolved, which must be a regular expression.
pub(super) fn regex(literal: &str) -> Result<String, String> {
    let body = literal.get(1..literal.len().saturating_sub(1)).unwrap_or_default();
    let mut bytes = Vec::with_capacity(body.len());
    let mut chars = body.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            push_char(&mut bytes, c);
            continue;
        }
        match chars.next() {
            Some('/') => bytes.push(b'/'),
            Some('x') => bytes.push(hexadecimal(&mut chars)?),
            Some(c) => {
                bytes.push(b'\\');
                push_char(&mut bytes, c);
            }
            None => return Err("unterminated regex sequence".to_owned()),
        }
    }
    pattern(String::from_utf8(bytes).map_err(|why| format!("regular expression is not UTF-8: {why}"))?)
}

/// The pattern itself, if it is a regular expression.
pub(super) fn pattern(pattern: String) -> Result<String, String> {
    match regex::Regex::new(&pattern) {
        Ok(_) => Ok(pattern),
        Err(regex::Error::Syntax(why)) => Err(one_line(&why)),
        Err(why) => Err(why.to_string()),
    }
}

/// The message of a wrong pattern without its line breaks and the marks below the pattern, as InfluxDB 2 tells it.
fn one_line(message: &str) -> String {
    message.replace('\n', "").replace("    ", " ").replace('^', "")
}
