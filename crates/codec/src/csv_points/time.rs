//! Times by a layout, read as Go's `time.Parse` reads them, with its complaints.

use super::layout::{self, OffsetForm, Part, Step};
use super::quote::ascii_quoted;
use super::zone::Zone;

/// The layout behind the format `RFC3339`.
pub(super) const RFC3339: &[u8] = b"2006-01-02T15:04:05Z07:00";
/// The layout behind the format `RFC3339Nano`.
pub(super) const RFC3339_NANO: &[u8] = b"2006-01-02T15:04:05.999999999Z07:00";

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
/// Letters of a short name.
const SHORT: usize = 3;

/// Why a part of a value could not be read.
enum Bad {
    Form,
    Range(&'static str),
}

/// The zone that a value names itself.
enum Named {
    Offset(i64),
    Utc,
    Name(String),
}

/// What was read of a value so far.
#[derive(Default)]
struct Reading<'a> {
    rest: &'a [u8],
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    year_day: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanos: i64,
    afternoon: Option<bool>,
    zone: Option<Named>,
}

/// Nanoseconds since 1970 of `value`, written by `layout`; without an offset of its own it is a time in `zone`. Out of the range of 64 bits the number
/// wraps around.
pub(super) fn parse(layout: &[u8], value: &[u8], zone: Option<Zone>) -> Result<i64, String> {
    let mut reading = Reading { rest: value, ..Reading::default() };
    let mut left = layout;
    let failed = |element: &[u8], rest: &[u8]| {
        let (value, layout) = (ascii_quoted(value), ascii_quoted(layout));
        format!("parsing time {value} as {layout}: cannot parse {} as {}", ascii_quoted(rest), ascii_quoted(element))
    };
    let wrong = |what: &str| format!("parsing time {}: {what}", ascii_quoted(value));
    loop {
        let Step { prefix, part, rest: behind } = layout::next(left);
        if !reading.skip(prefix) {
            return Err(failed(prefix, reading.rest));
        }
        let Some((part, own)) = part else {
            if !reading.rest.is_empty() {
                return Err(wrong(&format!("extra text: {}", ascii_quoted(reading.rest))));
            }
            break;
        };
        left = behind;
        let held = reading.rest;
        match reading.part(part, left) {
            Ok(()) => {}
            Err(Bad::Form) => return Err(failed(own, held)),
            Err(Bad::Range(what)) => return Err(wrong(&format!("{what} out of range"))),
        }
    }
    reading.finish(zone).map_err(wrong)
}

impl<'a> Reading<'a> {
    /// Reads over the text between two parts; any number of blanks stands for any other.
    fn skip(&mut self, mut prefix: &[u8]) -> bool {
        while let Some((first, rest)) = prefix.split_first() {
            if *first == b' ' {
                if self.rest.first().is_some_and(|b| *b != b' ') {
                    return false;
                }
                prefix = without_blanks(prefix);
                self.rest = without_blanks(self.rest);
            } else if self.rest.first() == Some(first) {
                prefix = rest;
                self.rest = self.rest.get(1..).unwrap_or_default();
            } else {
                return false;
            }
        }
        true
    }

    fn part(&mut self, part: Part, behind: &[u8]) -> Result<(), Bad> {
        match part {
            Part::Year => {
                let year = signed(self.take(2)?)?;
                self.year = year + if year >= 69 { 1900 } else { 2000 };
            }
            Part::LongYear => {
                if !self.digit(0) {
                    return Err(Bad::Form);
                }
                self.year = signed(self.take(4)?)?;
            }
            Part::Month => self.month = Some(self.name(&MONTHS, true)? + 1),
            Part::LongMonth => self.month = Some(self.name(&MONTHS, false)? + 1),
            Part::WeekDay => drop(self.name(&DAYS, true)?),
            Part::LongWeekDay => drop(self.name(&DAYS, false)?),
            Part::NumMonth | Part::ZeroMonth => {
                let month = self.two_digits(part == Part::ZeroMonth)?;
                self.month = Some(within(month, 1, 12, "month")?);
            }
            Part::Day | Part::UnderDay | Part::ZeroDay => {
                if part == Part::UnderDay {
                    self.blank();
                }
                self.day = Some(self.two_digits(part == Part::ZeroDay)?);
            }
            Part::UnderYearDay | Part::ZeroYearDay => {
                if part == Part::UnderYearDay {
                    self.blank();
                    self.blank();
                }
                self.year_day = Some(self.three_digits(part == Part::ZeroYearDay)?);
            }
            Part::Hour => self.hour = within(self.two_digits(false)?, 0, 23, "hour")?,
            Part::Hour12 | Part::ZeroHour12 => {
                self.hour = within(self.two_digits(part == Part::ZeroHour12)?, 0, 12, "hour")?;
            }
            Part::Minute | Part::ZeroMinute => {
                self.minute = within(self.two_digits(part == Part::ZeroMinute)?, 0, 59, "minute")?;
            }
            Part::Second | Part::ZeroSecond => {
                self.second = within(self.two_digits(part == Part::ZeroSecond)?, 0, 59, "second")?;
                self.fraction_without_layout(behind)?;
            }
            Part::Noon | Part::SmallNoon => {
                let names: [&[u8]; 2] = if part == Part::Noon { [b"AM", b"PM"] } else { [b"am", b"pm"] };
                let word = self.take(2)?;
                self.afternoon = Some(names.iter().position(|n| *n == word).ok_or(Bad::Form)? == 1);
            }
            Part::ZoneName => self.zone_name()?,
            Part::Offset { zulu, form } => self.offset(zulu, form)?,
            Part::Fraction(digits) => self.nanos = self.fraction(1 + digits)?,
            Part::OpenFraction => {
                if self.starts_fraction() {
                    self.nanos = self.fraction(self.fraction_length())?;
                }
            }
        }
        Ok(())
    }

    fn digit(&self, at: usize) -> bool {
        self.rest.get(at).is_some_and(u8::is_ascii_digit)
    }

    fn blank(&mut self) {
        self.rest = self.rest.strip_prefix(b" ").unwrap_or(self.rest);
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Bad> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Bad::Form)?;
        self.rest = rest;
        Ok(taken)
    }

    /// One or two digits; `both` wants two.
    fn two_digits(&mut self, both: bool) -> Result<i64, Bad> {
        match (self.digit(0), self.digit(1)) {
            (false, _) => Err(Bad::Form),
            (true, false) if both => Err(Bad::Form),
            (true, second) => Ok(number(self.take(1 + usize::from(second))?)),
        }
    }

    fn three_digits(&mut self, all: bool) -> Result<i64, Bad> {
        let count = (0..3).take_while(|at| self.digit(*at)).count();
        if count == 0 || all && count != 3 { Err(Bad::Form) } else { Ok(number(self.take(count)?)) }
    }

    /// The place of the name that the value starts with, whatever its letters' size.
    fn name(&mut self, names: &[&str], short: bool) -> Result<i64, Bad> {
        for (at, name) in names.iter().enumerate() {
            let name = name.as_bytes();
            let name = if short { name.get(..SHORT).unwrap_or(name) } else { name };
            if self.rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)) {
                self.take(name.len())?;
                return i64::try_from(at).map_err(|_| Bad::Form);
            }
        }
        Err(Bad::Form)
    }

    fn starts_fraction(&self) -> bool {
        matches!(self.rest, [b'.' | b',', digit, ..] if digit.is_ascii_digit())
    }

    fn fraction_length(&self) -> usize {
        1 + self.rest.iter().skip(1).take_while(|b| b.is_ascii_digit()).count()
    }

    /// Seconds may have a fraction that the layout does not speak of.
    fn fraction_without_layout(&mut self, behind: &[u8]) -> Result<(), Bad> {
        let spoken_of = matches!(layout::next(behind).part, Some((Part::Fraction(_) | Part::OpenFraction, _)));
        if self.starts_fraction() && !spoken_of {
            self.nanos = self.fraction(self.fraction_length())?;
        }
        Ok(())
    }

    /// Nanoseconds of a fraction that is, with its sign, so many bytes long.
    fn fraction(&mut self, length: usize) -> Result<i64, Bad> {
        let taken = self.take(length)?;
        let [b'.' | b',', digits @ ..] = taken else { return Err(Bad::Form) };
        let digits = digits.get(..9).unwrap_or(digits);
        let nanos = signed(digits)?;
        if nanos < 0 {
            return Err(Bad::Range("fractional second"));
        }
        Ok((digits.len()..9).fold(nanos, |n, _| n * 10))
    }

    fn zone_name(&mut self) -> Result<(), Bad> {
        if let Some(rest) = self.rest.strip_prefix(b"UTC") {
            self.rest = rest;
            self.zone = Some(Named::Utc);
            return Ok(());
        }
        let length = zone_name_length(self.rest).ok_or(Bad::Form)?;
        let name = self.take(length)?;
        self.zone = Some(Named::Name(String::from_utf8_lossy(name).into_owned()));
        Ok(())
    }

    fn offset(&mut self, zulu: bool, form: OffsetForm) -> Result<(), Bad> {
        if zulu && let Some(rest) = self.rest.strip_prefix(b"Z") {
            self.rest = rest;
            self.zone = Some(Named::Utc);
            return Ok(());
        }
        let (length, colons, places): (usize, &[usize], &[usize]) = match form {
            OffsetForm::Hours => (3, &[], &[1]),
            OffsetForm::Minutes => (5, &[], &[1, 3]),
            OffsetForm::MinutesColon => (6, &[3], &[1, 4]),
            OffsetForm::Seconds => (7, &[], &[1, 3, 5]),
            OffsetForm::SecondsColon => (9, &[3, 6], &[1, 4, 7]),
        };
        let text = self.take(length)?;
        if colons.iter().any(|at| text.get(*at) != Some(&b':')) {
            return Err(Bad::Form);
        }
        let mut seconds = 0;
        let limits = [
            ("time zone offset hour", 24, 3600),
            ("time zone offset minute", 60, 60),
            ("time zone offset second", 60, 1),
        ];
        for (at, (what, most, unit)) in places.iter().zip(limits) {
            let digits = text.get(*at..at + 2).filter(|d| d.iter().all(u8::is_ascii_digit)).ok_or(Bad::Form)?;
            seconds += within(number(digits), 0, most, what)? * unit;
        }
        self.zone = Some(Named::Offset(match text.first() {
            Some(b'+') => seconds,
            Some(b'-') => -seconds,
            _ => return Err(Bad::Form),
        }));
        Ok(())
    }

    fn finish(mut self, zone: Option<Zone>) -> Result<i64, &'static str> {
        match self.afternoon {
            Some(true) if self.hour < 12 => self.hour += 12,
            Some(false) if self.hour == 12 => self.hour = 0,
            _ => {}
        }
        let (month, day) = self.month_and_day()?;
        if day < 1 || day > days_in(month, self.year) {
            return Err("day out of range");
        }
        let days = days_since_1970(self.year, month, day);
        let wall = ((days * 24 + self.hour) * 60 + self.minute) * 60 + self.second;
        let seconds = match &self.zone {
            Some(Named::Utc) => wall,
            Some(Named::Offset(offset)) => wall - offset,
            // A name that the zone does not know is kept as a name and means nothing, as in Go.
            Some(Named::Name(name)) => wall - zone.and_then(|z| z.offset_named(name, wall)).unwrap_or(0),
            None => zone.unwrap_or(Zone::Utc).instant(wall),
        };
        Ok(seconds.wrapping_mul(1_000_000_000).wrapping_add(self.nanos))
    }

    /// Month and day, of the day of the year if that is there.
    fn month_and_day(&self) -> Result<(i64, i64), &'static str> {
        let Some(year_day) = self.year_day else {
            return Ok((self.month.unwrap_or(1), self.day.unwrap_or(1)));
        };
        if year_day < 1 || year_day > 365 + i64::from(is_leap(self.year)) {
            return Err("day-of-year out of range");
        }
        let (mut month, mut day) = (1, year_day);
        while day > days_in(month, self.year) {
            day -= days_in(month, self.year);
            month += 1;
        }
        if self.month.is_some_and(|m| m != month) {
            return Err("day-of-year does not match month");
        }
        if self.day.is_some_and(|d| d != day) {
            return Err("day-of-year does not match day");
        }
        Ok((month, day))
    }
}

fn without_blanks(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|b| **b == b' ').count();
    text.get(blanks..).unwrap_or_default()
}

/// The number that digits make.
fn number(digits: &[u8]) -> i64 {
    digits.iter().fold(0, |n, b| n * 10 + i64::from(b.wrapping_sub(b'0')))
}

/// Digits with a sign before them, perhaps.
fn signed(text: &[u8]) -> Result<i64, Bad> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return Err(Bad::Form);
    }
    Ok(if negative { -number(digits) } else { number(digits) })
}

fn within(number: i64, least: i64, most: i64, what: &'static str) -> Result<i64, Bad> {
    if (least..=most).contains(&number) { Ok(number) } else { Err(Bad::Range(what)) }
}

/// How long the zone's abbreviation is that a text starts with.
fn zone_name_length(text: &[u8]) -> Option<usize> {
    if text.starts_with(b"ChST") || text.starts_with(b"MeST") {
        return Some(4);
    }
    if let Some(rest) = text.strip_prefix(b"GMT") {
        return Some(3 + signed_offset_length(rest).unwrap_or(0));
    }
    if matches!(text.first(), Some(b'+' | b'-')) {
        return if text.len() < 3 { None } else { signed_offset_length(text) };
    }
    let capitals = text.iter().take(6).take_while(|b| b.is_ascii_uppercase()).count();
    match capitals {
        3 => Some(3),
        4 if text.get(3) == Some(&b'T') || text.starts_with(b"WITA") => Some(4),
        5 if text.get(4) == Some(&b'T') => Some(5),
        _ => None,
    }
}

/// How long an offset such as `+8` is, if its hours are fewer than 24.
fn signed_offset_length(text: &[u8]) -> Option<usize> {
    let [b'+' | b'-', rest @ ..] = text else { return None };
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let hours = rest.get(..digits.min(9)).map(number)?;
    (digits > 0 && digits < 9 && hours <= 23).then_some(1 + digits)
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(month: i64, year: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a day of the Gregorian calendar; years are counted from March for that.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}
