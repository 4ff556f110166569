//! Numbers and their texts, by the rules of Go that Flux inherits.

use std::fmt::Write;

/// Writes a float in plain decimal with the fewest digits that read back; never an exponent.
pub fn write_float(out: &mut impl Write, v: f64) -> std::fmt::Result {
    if v.is_nan() {
        out.write_str("NaN")
    } else if v.is_infinite() {
        out.write_str(if v > 0.0 { "+Inf" } else { "-Inf" })
    } else {
        write!(out, "{v}")
    }
}

/// [`write_float`] to a new string.
pub fn format_float(v: f64) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_float(&mut text, v);
    text
}

/// Reads a decimal integer with an optional sign.
pub fn parse_int(text: &str) -> Option<i64> {
    text.parse().ok()
}

/// Reads a decimal integer without a sign.
pub fn parse_uint(text: &str) -> Option<u64> {
    if text.starts_with('+') { None } else { text.parse().ok() }
}

/// Reads a float: decimal or hexadecimal (`0x1p-2`), `inf`, `infinity`, `nan` in any case, underscores between digits.
/// What is too large for a float is none.
pub fn parse_float(text: &str) -> Option<f64> {
    let (sign, rest) = match text.as_bytes().first()? {
        b'-' => (-1.0, text.get(1..)?),
        b'+' => (1.0, text.get(1..)?),
        _ => (1.0, text),
    };
    if rest.eq_ignore_ascii_case("inf") || rest.eq_ignore_ascii_case("infinity") {
        return Some(sign * f64::INFINITY);
    }
    if text.eq_ignore_ascii_case("nan") {
        return Some(f64::NAN);
    }
    let lower = rest.to_ascii_lowercase();
    let value = match lower.strip_prefix("0x") {
        Some(digits) => parse_hexadecimal(digits)?,
        None => parse_decimal(&lower)?,
    };
    (value.is_finite()).then_some(sign * value)
}

fn parse_decimal(text: &str) -> Option<f64> {
    if !text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'+' | b'-' | b'_')) {
        return None;
    }
    if text.starts_with(['+', '-']) {
        return None;
    }
    without_underscores(text, false)?.parse().ok()
}

/// The text without underscores, if each of them stands between digits (or after the prefix of a base).
fn without_underscores(text: &str, after_prefix: bool) -> Option<String> {
    if !text.contains('_') {
        return Some(text.to_owned());
    }
    let bytes = text.as_bytes();
    for place in (0..bytes.len()).filter(|i| bytes.get(*i) == Some(&b'_')) {
        let digit = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_hexdigit());
        let before = match place.checked_sub(1) {
            Some(i) => digit(bytes.get(i)),
            None => after_prefix,
        };
        if !before || !digit(bytes.get(place + 1)) {
            return None;
        }
    }
    Some(text.replace('_', ""))
}

/// `1.8p-3` behind `0x`; the exponent must be there.
fn parse_hexadecimal(text: &str) -> Option<f64> {
    let text = without_underscores(text, true)?;
    let (mantissa, exponent) = text.split_once('p')?;
    let exponent: i32 = exponent.parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value = 0.0;
    for digit in whole.chars().chain(fraction.chars()) {
        value = value * 16.0 + f64::from(digit.to_digit(16)?);
    }
    let shift = i32::try_from(fraction.len()).ok()?.checked_mul(4)?;
    let exponent = exponent.checked_sub(shift)?;
    // In two steps, because the power alone may be out of range where the product is not.
    let half = exponent / 2;
    Some(value * 2f64.powi(half) * 2f64.powi(exponent - half))
}

/// The integer part; what has none (NaN, too large) is the least integer, as on the processors InfluxDB runs on.
pub fn int_of_float(v: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&v) { v as i64 } else { i64::MIN }
}

/// The integer part; negative numbers wrap.
pub fn uint_of_float(v: f64) -> u64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if v < LIMIT { int_of_float(v).cast_unsigned() } else { int_of_float(v - LIMIT).cast_unsigned() ^ (1 << 63) }
}
