//! Numbers, booleans and timestamps of a line.

use model::FieldValue;

use super::Reason;

/// Powers of ten that a double holds exactly.
const POW10: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];
/// Digits whose number surely fits 64 bits; leading zeros count.
const MAX_QUICK_DIGITS: usize = 18;
/// Numbers below this are exact in a double.
const EXACT_DOUBLE: u64 = 1 << 53;

/// Reads digits from the start: their number (wrapped beyond 19 digits) and how many there are.
#[inline]
fn digits(bytes: &[u8], mut number: u64) -> (u64, usize) {
    let mut count = 0;
    for byte in bytes {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
        count += 1;
    }
    (number, count)
}

/// Reads a number of at most 18 digits without exponent from the start of `bytes` into `slot` and returns its length.
/// `None`: not of that kind; [`value`] decides. What follows the number is the caller's to look at.
#[inline(always)]
pub(super) fn quick(bytes: &[u8], slot: &mut FieldValue<'_>) -> Option<usize> {
    let negative = bytes.first() == Some(&b'-');
    let start = usize::from(negative);
    let (whole, whole_digits) = digits(bytes.get(start..)?, 0);
    let at = start + whole_digits;
    if whole_digits > MAX_QUICK_DIGITS {
        return None;
    }
    match bytes.get(at) {
        Some(b'i') if whole_digits > 0 => {
            *slot = FieldValue::Integer(if negative { -(whole as i64) } else { whole as i64 });
            Some(at + 1)
        }
        Some(b'u') if whole_digits > 0 && !negative => {
            *slot = FieldValue::Unsigned(whole);
            Some(at + 1)
        }
        Some(b'.') => {
            let (number, fraction_digits) = digits(bytes.get(at + 1..)?, whole);
            let count = whole_digits + fraction_digits;
            if count == 0 || count > MAX_QUICK_DIGITS || number >= EXACT_DOUBLE {
                return None;
            }
            // Both are exact, so the quotient is rounded once: the nearest double.
            let size = number as f64 / POW10.get(fraction_digits)?;
            *slot = FieldValue::Float(if negative { -size } else { size });
            Some(at + 1 + fraction_digits)
        }
        _ if whole_digits > 0 && whole < EXACT_DOUBLE => {
            let size = whole as f64;
            *slot = FieldValue::Float(if negative { -size } else { size });
            Some(at)
        }
        _ => None,
    }
}

/// Reads a whole unquoted value. Its first byte decides what it is meant to be, as in InfluxDB.
pub(super) fn value(word: &[u8]) -> Result<FieldValue<'static>, Reason> {
    match word.first() {
        None => Err(Reason::MissingFieldValue),
        Some(b'0'..=b'9' | b'.' | b'-' | b'n' | b'N') => number(word),
        Some(_) => boolean(word).map(FieldValue::Boolean).ok_or(Reason::InvalidBoolean),
    }
}

/// Exactly the spellings `t T true True TRUE f F false False FALSE`.
pub(super) fn boolean(word: &[u8]) -> Option<bool> {
    match word {
        b"t" | b"T" | b"true" | b"True" | b"TRUE" => Some(true),
        b"f" | b"F" | b"false" | b"False" | b"FALSE" => Some(false),
        _ => None,
    }
}

fn number(word: &[u8]) -> Result<FieldValue<'static>, Reason> {
    match word.split_last() {
        Some((b'i', body)) => {
            let text = ascii_digits(body.strip_prefix(b"-").unwrap_or(body), body)?;
            text.parse().map(FieldValue::Integer).map_err(|_| Reason::IntegerRange(text.to_owned()))
        }
        Some((b'u', body)) => {
            let text = ascii_digits(body, body)?;
            text.parse().map(FieldValue::Unsigned).map_err(|_| Reason::UnsignedRange(text.to_owned()))
        }
        _ => float(word).map(FieldValue::Float),
    }
}

/// `whole` as text when `digits` are one digit or more.
fn ascii_digits<'a>(digits: &[u8], whole: &'a [u8]) -> Result<&'a str, Reason> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Reason::InvalidNumber);
    }
    std::str::from_utf8(whole).map_err(|_| Reason::InvalidNumber)
}

fn float(word: &[u8]) -> Result<f64, Reason> {
    let (mut points, mut digits, mut exponent, mut before) = (0, 0, false, 0);
    for (i, &byte) in word.iter().enumerate() {
        match byte {
            b'0'..=b'9' => digits += 1,
            b'.' if points == 0 => points = 1,
            b'-' if i == 0 => {}
            b'e' | b'E' if i > 0 => exponent = true,
            b'+' | b'-' if matches!(before, b'e' | b'E') => {}
            _ => return Err(Reason::InvalidNumber),
        }
        before = byte;
    }
    if digits == 0 && !exponent {
        return Err(Reason::InvalidNumber);
    }
    let text = std::str::from_utf8(word).map_err(|_| Reason::InvalidNumber)?;
    text.parse().ok().filter(|x: &f64| x.is_finite()).ok_or(Reason::InvalidFloat)
}

/// The number that eight digits make, if all are digits: pairs, then fours, then all eight are joined at once.
#[inline]
fn eight_digits(bytes: &[u8]) -> Option<u64> {
    let word = u64::from_le_bytes(*bytes.first_chunk()?);
    let zeros = u64::from_le_bytes([b'0'; 8]);
    let nibbles = word ^ zeros;
    // A digit leaves its high half empty and stays below ten.
    let high = u64::from_le_bytes([0xf0; 8]);
    if (nibbles | nibbles.wrapping_add(u64::from_le_bytes([6; 8]))) & high != 0 {
        return None;
    }
    let pairs = nibbles.wrapping_mul(10).wrapping_add(nibbles >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_ffff_0000_ffff;
    Some(fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xffff_ffff)
}

/// Reads a timestamp of at most 19 digits from the start: the number and its length.
#[inline]
pub(super) fn quick_time(bytes: &[u8]) -> Option<(i64, usize)> {
    let negative = bytes.first() == Some(&b'-');
    let start = usize::from(negative);
    let (mut number, mut count) = (0u64, 0);
    while let Some(eight) = bytes.get(start + count..).and_then(eight_digits) {
        number = number.wrapping_mul(100_000_000).wrapping_add(eight);
        count += 8;
    }
    let (number, last) = digits(bytes.get(start + count..)?, number);
    count += last;
    // 19 digits are the usual nanoseconds and may pass the range only from 9.2e18 on.
    if count == 0 || count > 19 || number > i64::MAX as u64 {
        return None;
    }
    let number = number as i64;
    Some((if negative { -number } else { number }, start + count))
}

/// Reads a whole timestamp: digits with a `-` before.
pub(super) fn time(word: &[u8]) -> Result<i64, Reason> {
    let body = word.strip_prefix(b"-").unwrap_or(word);
    if !body.iter().all(u8::is_ascii_digit) {
        return Err(Reason::BadTimestamp);
    }
    let text = String::from_utf8_lossy(word);
    if body.is_empty() {
        return Err(Reason::TimestampSyntax(text.into_owned()));
    }
    text.parse().map_err(|_| Reason::TimestampInteger(text.into_owned()))
}
