//! RFC 3339: reading times, and writing them with nine decimals or without trailing zeros.

use std::fmt::{self, Write};

use model::NANOS_PER_SECOND;

use super::civil::{Civil, DAY_NS, days_in_month, days_of_date};

/// Why a text is no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimeTextError {
    /// No `T` in it, and not a date.
    #[error("cannot parse date")]
    Date,
    /// Not a date, a time and an offset.
    #[error("cannot parse date time")]
    DateTime,
    /// Outside of what 64 bits of nanoseconds hold.
    #[error("time is outside 1677-09-21T00:12:43Z to 2262-04-11T23:47:16Z")]
    OutOfRange,
}

/// Reads `2006-01-02` (midnight UTC) or RFC 3339 with any number of decimals.
pub fn parse_time(text: &str) -> Result<i64, TimeTextError> {
    let bytes = text.as_bytes();
    let Some((date, rest)) = bytes.split_once_at(b'T') else {
        let days = parse_date(bytes).ok_or(TimeTextError::Date)?;
        return days.checked_mul(DAY_NS).ok_or(TimeTextError::OutOfRange);
    };
    let days = parse_date(date).ok_or(TimeTextError::DateTime)?;
    let (nanos_of_day, offset_s) = parse_clock(rest).ok_or(TimeTextError::DateTime)?;
    let nanos = i128::from(days) * i128::from(DAY_NS) + i128::from(nanos_of_day)
        - i128::from(offset_s) * i128::from(NANOS_PER_SECOND);
    i64::try_from(nanos).map_err(|_| TimeTextError::OutOfRange)
}

trait SplitOnce {
    fn split_once_at(&self, at: u8) -> Option<(&[u8], &[u8])>;
}

impl SplitOnce for [u8] {
    fn split_once_at(&self, at: u8) -> Option<(&[u8], &[u8])> {
        let place = self.iter().position(|b| *b == at)?;
        Some((self.get(..place)?, self.get(place + 1..)?))
    }
}

/// Days since the epoch of `2006-01-02`.
fn parse_date(bytes: &[u8]) -> Option<i64> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = bytes else { return None };
    let year = number(&[*y1, *y2, *y3, *y4])?;
    let month = number(&[*m1, *m2])?;
    let day = number(&[*d1, *d2])?;
    let real = (1..=12).contains(&month) && day >= 1 && day <= days_in_month(year, month);
    real.then(|| days_of_date(year, month, day))
}

/// Nanoseconds of the day and the offset in seconds of `15:04:05.999+01:00`.
fn parse_clock(bytes: &[u8]) -> Option<(i64, i64)> {
    let [h1, h2, b':', m1, m2, b':', s1, s2, rest @ ..] = bytes else { return None };
    let (hour, minute, second) = (number(&[*h1, *h2])?, number(&[*m1, *m2])?, number(&[*s1, *s2])?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (fraction_ns, rest) = match rest {
        [b'.' | b',', decimals @ ..] => parse_fraction(decimals)?,
        _ => (0, rest),
    };
    let offset_s = match rest {
        [b'Z'] => 0,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (number(&[*h1, *h2])?, number(&[*m1, *m2])?);
            if hours > 24 || minutes > 60 {
                return None;
            }
            (hours * 3_600 + minutes * 60) * if *sign == b'-' { -1 } else { 1 }
        }
        _ => return None,
    };
    Some(((hour * 3_600 + minute * 60 + second) * NANOS_PER_SECOND + fraction_ns, offset_s))
}

/// Nanoseconds of the decimals (those past the ninth do not count) and what follows them.
fn parse_fraction(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let length = bytes.iter().position(|b| !b.is_ascii_digit()).unwrap_or(bytes.len());
    let (digits, rest) = bytes.split_at_checked(length)?;
    if digits.is_empty() {
        return None;
    }
    let nanos = (0..9).fold(0, |sum, i| sum * 10 + digits.get(i).map_or(0, |b| i64::from(b - b'0')));
    Some((nanos, rest))
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |sum, b| b.is_ascii_digit().then(|| sum * 10 + i64::from(b - b'0')))
}

/// `2021-01-01T00:00:00.000000000Z`, as `string(v: time)` writes it.
pub fn format_nine_decimals(time: i64) -> String {
    let mut text = String::with_capacity(30);
    // Writing to a string cannot fail.
    let _ = write_nine_decimals(&mut text, time);
    text
}

/// `2021-01-01T00:00:00.5Z`, as annotated CSV writes it.
pub fn format_trimmed(time: i64) -> String {
    let mut text = String::with_capacity(30);
    let _ = write_trimmed(&mut text, time);
    text
}

/// [`format_nine_decimals`] into a buffer.
pub fn write_nine_decimals(out: &mut impl Write, time: i64) -> fmt::Result {
    write_seconds(out, time)?;
    write!(out, ".{:09}Z", time.rem_euclid(NANOS_PER_SECOND))
}

/// [`format_trimmed`] into a buffer.
pub fn write_trimmed(out: &mut impl Write, time: i64) -> fmt::Result {
    write_seconds(out, time)?;
    let mut fraction = time.rem_euclid(NANOS_PER_SECOND);
    if fraction != 0 {
        let mut width = 9;
        while fraction % 10 == 0 {
            fraction /= 10;
            width -= 1;
        }
        write!(out, ".{fraction:0width$}")?;
    }
    out.write_char('Z')
}

fn write_seconds(out: &mut impl Write, time: i64) -> fmt::Result {
    let date = Civil::from_local(time);
    let second = date.nanos_of_day / NANOS_PER_SECOND;
    let (year, month, day) = (date.year, date.month, date.day);
    write!(out, "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60)
}
