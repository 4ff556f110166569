//! Cells of a CSV answer, appended to a buffer of bytes.

use std::io::Write as _;

/// Appends a text, quoted when it must be: when it holds the delimiter, a quote, a CR or an LF, begins with white space
/// or is `\.`. Inside quotes a quote is doubled, an LF becomes CRLF and a CR is dropped, as Go's CSV writer does it with
/// CRLF line ends.
pub(super) fn text(out: &mut Vec<u8>, text: &str, delimiter: u8) {
    if !needs_quotes(text, delimiter) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    out.push(b'"');
    for &byte in text.as_bytes() {
        match byte {
            b'"' => out.extend_from_slice(b"\"\""),
            b'\r' => {}
            b'\n' => out.extend_from_slice(b"\r\n"),
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

fn needs_quotes(text: &str, delimiter: u8) -> bool {
    let Some(&first) = text.as_bytes().first() else { return false };
    let white = if first.is_ascii() {
        matches!(first, b' ' | b'\t'..=b'\r')
    } else {
        text.chars().next().is_some_and(char::is_whitespace)
    };
    white || text == "\\." || text.bytes().any(|b| b == delimiter || matches!(b, b'"' | b'\r' | b'\n'))
}

pub(super) fn boolean(out: &mut Vec<u8>, value: bool) {
    out.extend_from_slice(if value { b"true" } else { b"false" });
}

pub(super) fn unsigned(out: &mut Vec<u8>, value: u64) {
    // The longest number has 20 digits.
    let mut digits = [0; 20];
    let (mut rest, mut used) = (value, 0);
    for slot in digits.iter_mut().rev() {
        // A remainder below ten.
        *slot = b'0' + (rest % 10) as u8;
        rest /= 10;
        used += 1;
        if rest == 0 {
            break;
        }
    }
    out.extend(digits.iter().skip(20 - used));
}

pub(super) fn integer(out: &mut Vec<u8>, value: i64) {
    if value < 0 {
        out.push(b'-');
    }
    unsigned(out, value.unsigned_abs());
}

/// Decimals tried before the general algorithm.
const SHORT: [f64; 7] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6];
/// Every decimal below this many units (15 digits) has a double of its own.
const UNITS: f64 = 1e15;

/// Appends the shortest decimal that reads back as the same double, never with an exponent; `NaN`, `+Inf`, `-Inf`.
pub(super) fn float(out: &mut Vec<u8>, value: f64) {
    if value.is_nan() {
        return out.extend_from_slice(b"NaN");
    }
    if value.is_infinite() {
        return out.extend_from_slice(if value > 0.0 { b"+Inf" } else { b"-Inf" });
    }
    if value.is_sign_negative() {
        out.push(b'-');
    }
    let size = value.abs();
    for (decimals, scale) in SHORT.iter().enumerate() {
        let units = (size * scale).round();
        if units >= UNITS {
            break;
        }
        // Fewer than 16 digits that give this double: no other such decimal does.
        if units / scale == size {
            return decimal(out, units as u64, decimals);
        }
    }
    // Writing to a vector cannot fail.
    let _ = write!(out, "{size}");
}

/// Appends `units` with a point before its last `decimals` digits, the last of which is not zero.
fn decimal(out: &mut Vec<u8>, units: u64, decimals: usize) {
    let scale = 10u64.pow(u32::try_from(decimals).unwrap_or_default());
    unsigned(out, units / scale);
    if decimals == 0 {
        return;
    }
    out.push(b'.');
    let (mut rest, mut place) = (units % scale, scale / 10);
    while place > 0 {
        out.push(b'0' + (rest / place) as u8);
        rest %= place;
        place /= 10;
    }
}
