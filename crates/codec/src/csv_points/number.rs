//! Numbers as people write them: any sign for the fraction, any signs between groups of digits.

use std::borrow::Cow;

use super::quote::quoted;

/// What a format takes out when none is given: the fraction's point first, then what is left out.
const USUAL: &str = ". \n\t\r_";

/// The number without the format's group signs and with `.` before its fraction. The first character of a format is the sign before the
/// fraction, the others are left out. With `whole`, the fraction is cut off, and the second value says that there was one.
pub(super) fn plain<'a>(text: &'a [u8], format: &[u8], whole: bool) -> (Cow<'a, [u8]>, bool) {
    let format = String::from_utf8_lossy(format);
    let format = if format.is_empty() { USUAL } else { format.as_ref() };
    let mut signs = format.chars();
    let (fraction, left_out) = (signs.next(), signs.as_str());
    let known = |c: char| Some(c) == fraction || left_out.contains(c);
    let text = String::from_utf8_lossy(text);
    if !text.chars().any(known) {
        return (into_bytes(text), false);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if left_out.contains(c) {
            continue;
        }
        if Some(c) == fraction {
            if whole {
                return (Cow::Owned(out.into_bytes()), true);
            }
            out.push('.');
        } else {
            out.push(c);
        }
    }
    (Cow::Owned(out.into_bytes()), false)
}

fn into_bytes(text: Cow<'_, str>) -> Cow<'_, [u8]> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

fn failed(function: &str, text: &[u8], why: &str) -> String {
    format!("strconv.{function}: parsing {}: {why}", quoted(text))
}

const SYNTAX: &str = "invalid syntax";
const RANGE: &str = "value out of range";

/// Whether digits, and only digits, stand behind what may be a sign.
fn digits_only(text: &[u8], signed: bool) -> Option<&str> {
    let digits = match text {
        [b'+' | b'-', digits @ ..] if signed => digits,
        digits => digits,
    };
    let fine = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    fine.then(|| std::str::from_utf8(text).ok()).flatten()
}

/// A 64-bit integer.
pub(super) fn integer(text: &[u8]) -> Result<i64, String> {
    let digits = digits_only(text, true).ok_or_else(|| failed("ParseInt", text, SYNTAX))?;
    digits.parse().map_err(|_| failed("ParseInt", text, RANGE))
}

/// A 64-bit integer without sign.
pub(super) fn unsigned(text: &[u8]) -> Result<u64, String> {
    let digits = digits_only(text, false).ok_or_else(|| failed("ParseUint", text, SYNTAX))?;
    digits.parse().map_err(|_| failed("ParseUint", text, RANGE))
}

/// A double, as Go reads one: decimal, hexadecimal with a binary exponent, infinite or not a number.
pub(super) fn double(text: &[u8]) -> Result<f64, String> {
    let read = if !text.contains(&b'_') {
        read_double(text)
    } else if underscores_separate_digits(text) {
        let digits: Vec<u8> = text.iter().copied().filter(|b| *b != b'_').collect();
        read_double(&digits)
    } else {
        Err(SYNTAX)
    };
    read.map_err(|why| failed("ParseFloat", text, why))
}

fn read_double(text: &[u8]) -> Result<f64, &'static str> {
    let (negative, bare) = match text {
        [b'-', bare @ ..] => (true, bare),
        [b'+', bare @ ..] => (false, bare),
        bare => (false, bare),
    };
    let sign = |size: f64| if negative { -size } else { size };
    if bare.eq_ignore_ascii_case(b"inf") || bare.eq_ignore_ascii_case(b"infinity") {
        return Ok(sign(f64::INFINITY));
    }
    if text.eq_ignore_ascii_case(b"nan") {
        return Ok(f64::NAN);
    }
    let size = match bare {
        [b'0', b'x' | b'X', digits @ ..] => hexadecimal(digits).ok_or(SYNTAX)?,
        _ if bare.iter().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-')) => {
            std::str::from_utf8(bare).ok().and_then(unsigned_decimal).ok_or(SYNTAX)?
        }
        _ => return Err(SYNTAX),
    };
    if size.is_infinite() { Err(RANGE) } else { Ok(sign(size)) }
}

/// Whether every underscore stands between two digits, or between the `0x` and a digit.
fn underscores_separate_digits(text: &[u8]) -> bool {
    let bare = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
    let (hexadecimal, bare, mut before) = match bare {
        [b'0', b'x' | b'X', rest @ ..] => (true, rest, b'0'),
        [b'0', b'b' | b'B' | b'o' | b'O', rest @ ..] => (false, rest, b'0'),
        bare => (false, bare, b'^'),
    };
    for &byte in bare {
        let now = match byte {
            b'0'..=b'9' => b'0',
            b'a'..=b'f' | b'A'..=b'F' if hexadecimal => b'0',
            b'_' if before != b'0' => return false,
            b'_' => b'_',
            _ if before == b'_' => return false,
            _ => b'!',
        };
        before = now;
    }
    before != b'_'
}

fn unsigned_decimal(text: &str) -> Option<f64> {
    if text.starts_with(['+', '-']) { None } else { text.parse().ok() }
}

/// The number behind `0x`; its binary exponent must be there.
fn hexadecimal(text: &[u8]) -> Option<f64> {
    let at = text.iter().position(|b| matches!(b, b'p' | b'P'))?;
    let exponent: i32 = std::str::from_utf8(digits_only(text.get(at + 1..)?, true)?.as_bytes()).ok()?.parse().ok()?;
    let (mut mantissa, mut shift, mut digits, mut behind_point) = (0_u64, exponent, 0, false);
    for &byte in text.get(..at)? {
        match (byte, char::from(byte).to_digit(16)) {
            (b'.', _) if !behind_point => behind_point = true,
            (_, Some(digit)) => {
                digits += 1;
                if mantissa >> 60 == 0 {
                    mantissa = mantissa << 4 | u64::from(digit);
                    shift -= if behind_point { 4 } else { 0 };
                } else {
                    // Bits below those of a double only keep it from being exact.
                    mantissa |= u64::from(digit != 0);
                    shift += if behind_point { 0 } else { 4 };
                }
            }
            _ => return None,
        }
    }
    (digits > 0).then(|| scale(mantissa as f64, shift))
}

/// `size` times two to the power of `shift`, in steps that do not overflow on their own.
fn scale(mut size: f64, mut shift: i32) -> f64 {
    while shift > 1000 && size.is_finite() && size != 0.0 {
        size *= 2_f64.powi(1000);
        shift -= 1000;
    }
    while shift < -1000 && size != 0.0 {
        size *= 2_f64.powi(-1000);
        shift += 1000;
    }
    size * 2_f64.powi(shift.clamp(-1000, 1000))
}

#[test]
fn formats_take_group_signs_out() {
    let plain = |text: &str, format: &str, whole| {
        let (number, cut) = plain(text.as_bytes(), format.as_bytes(), whole);
        (String::from_utf8_lossy(&number).into_owned(), cut)
    };
    assert_eq!(plain("3.494.826.157,123", ",.", false), ("3494826157.123".to_owned(), false));
    assert_eq!(plain("7,9", ",.", true), ("7".to_owned(), true));
    assert_eq!(plain("1_0 0", "", true), ("100".to_owned(), false));
    assert_eq!(plain("1'000·5", "·'", false), ("1000.5".to_owned(), false));
}

#[test]
fn numbers_are_those_of_go() {
    assert_eq!(integer(b"+7"), Ok(7));
    assert_eq!(unsigned(b"+7"), Err("strconv.ParseUint: parsing \"+7\": invalid syntax".to_owned()));
    assert_eq!(integer(b""), Err("strconv.ParseInt: parsing \"\": invalid syntax".to_owned()));
    assert_eq!(double(b"-0x1.8p1"), Ok(-3.0));
    assert_eq!(double(b".5e1"), Ok(5.0));
    assert_eq!((double(b"1_000.2_5"), double(b"0x_1p4")), (Ok(1000.25), Ok(16.0)));
    assert_eq!(double(b"-Infinity"), Ok(f64::NEG_INFINITY));
    assert!(double(b"NaN").is_ok_and(f64::is_nan));
    for text in ["", "+", "--1", "1e", "0x", "0x1", "+nan", "_1", "1_", "1__0", "1_.5", "1._5", "e1", "."] {
        assert_eq!(double(text.as_bytes()), Err(format!("strconv.ParseFloat: parsing \"{text}\": invalid syntax")));
    }
    assert_eq!(double(b"1_0e999"), Err("strconv.ParseFloat: parsing \"1_0e999\": value out of range".to_owned()));
    assert_eq!(double(b"0x1p99999"), Err("strconv.ParseFloat: parsing \"0x1p99999\": value out of range".to_owned()));
}
