//! Times as text: RFC 3339 in UTC, with as many decimals as the nanoseconds need.

use model::NANOS_PER_SECOND;

const SECONDS_PER_DAY: i64 = 86_400;

/// Writes times; remembers the day of the last one, since neighbours mostly share it.
#[derive(Debug, Clone)]
pub struct TimeFormat {
    day: i64,
    /// `2024-03-04T`
    date: [u8; 11],
}

impl Default for TimeFormat {
    fn default() -> Self {
        Self { day: 0, date: *b"1970-01-01T" }
    }
}

impl TimeFormat {
    /// Appends nanoseconds since 1970 as `2024-03-04T05:06:07.089Z`.
    pub fn write(&mut self, time_ns: i64, out: &mut Vec<u8>) {
        let seconds = time_ns.div_euclid(NANOS_PER_SECOND);
        let nanos = time_ns.rem_euclid(NANOS_PER_SECOND);
        let day = seconds.div_euclid(SECONDS_PER_DAY);
        let in_day = seconds.rem_euclid(SECONDS_PER_DAY);
        if day != self.day {
            self.day = day;
            self.date = date_text(day);
        }
        out.extend_from_slice(&self.date);
        let [h1, h0] = two(in_day / 3_600);
        let [m1, m0] = two(in_day / 60 % 60);
        let [s1, s0] = two(in_day % 60);
        out.extend_from_slice(&[h1, h0, b':', m1, m0, b':', s1, s0]);
        if nanos > 0 {
            out.push(b'.');
            let (mut rest, mut place) = (nanos, NANOS_PER_SECOND / 10);
            while rest > 0 {
                out.push(digit(rest / place));
                rest %= place;
                place /= 10;
            }
        }
        out.push(b'Z');
    }
}

/// Nanoseconds since 1970 as a text.
pub fn text(time_ns: i64) -> String {
    let mut out = Vec::new();
    TimeFormat::default().write(time_ns, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// Nanoseconds since 1970 of a text with any offset; none if it is no time, or out of the range of 64 bits.
pub fn parse(text: &str) -> Option<i64> {
    chrono::DateTime::parse_from_rfc3339(text).ok()?.timestamp_nanos_opt()
}

#[test]
fn times_are_read_back() {
    for time_ns in [0, 1_700_000_000_123_456_789, i64::MIN + 2, i64::MAX] {
        assert_eq!(parse(&text(time_ns)), Some(time_ns));
    }
    assert_eq!(parse("1970-01-01T02:00:00+02:00"), Some(0));
    assert_eq!((parse("1970-01-01"), parse("9999-01-01T00:00:00Z")), (None, None));
}

/// One decimal digit of a number below ten.
fn digit(n: i64) -> u8 {
    b'0' + (n % 10) as u8
}

fn two(n: i64) -> [u8; 2] {
    [digit(n / 10), digit(n)]
}

/// The civil date of a day since 1970 in the proleptic Gregorian calendar, by eras of 400 years that begin in March.
fn date_text(day: i64) -> [u8; 11] {
    let since = day + 719_468;
    let era = since.div_euclid(146_097);
    let day_of_era = since.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let ([y3, y2], [y1, y0], [m1, m0], [d1, d0]) = (two(year / 100), two(year % 100), two(month), two(day));
    [y3, y2, y1, y0, b'-', m1, m0, b'-', d1, d0, b'T']
}
