//! Zones that times without an offset of their own are read in.

use chrono::{DateTime, NaiveDateTime, Offset as _, TimeZone as _};
use chrono_tz::{OffsetName as _, Tz};

/// Seconds of a day.
const DAY: i64 = 86_400;

/// A zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Zone {
    Utc,
    /// The zone of this machine.
    Local,
    /// Seconds east of UTC.
    Fixed(i64),
    Named(Tz),
}

impl Zone {
    /// Reads what `#timezone` names: nothing, `local`, `+hhmm`, or a name such as `Europe/Berlin`.
    pub(super) fn read(text: &[u8]) -> Result<Self, String> {
        let text = String::from_utf8_lossy(text);
        if text.is_empty() || text == "UTC" {
            return Ok(Self::Utc);
        }
        if text.eq_ignore_ascii_case("local") {
            return Ok(Self::Local);
        }
        if text.starts_with(['+', '-']) {
            let four_digits =
                |start: &[u8]| matches!(start, [b'+' | b'-', digits @ ..] if digits.iter().all(u8::is_ascii_digit));
            if !text.as_bytes().windows(5).any(four_digits) {
                return Err(format!("timezone '{text}' is not  +hhmm or -hhmm"));
            }
            let number: i64 = text.parse().unwrap_or(0);
            return Ok(Self::Fixed(number / 100 * 3600 + number % 100 * 60));
        }
        if text.contains("..") || text.starts_with(['/', '\\']) {
            return Err("time: invalid location name".to_owned());
        }
        text.parse().map(Self::Named).map_err(|_| format!("unknown time zone {text}"))
    }

    /// The instant, in seconds since 1970, at which a clock in this zone shows what a clock in UTC shows at `wall`. Where clocks are put forward
    /// or back the choice is that of Go's `time.Date`.
    pub(super) fn instant(self, wall: i64) -> i64 {
        match self.offset(wall) {
            0 => wall,
            first => wall - self.offset(wall - first),
        }
    }

    /// Seconds east of UTC at an instant.
    fn offset(self, instant: i64) -> i64 {
        match self {
            Self::Utc => 0,
            Self::Fixed(seconds) => seconds,
            Self::Local => {
                moment(instant).map_or(0, |m| chrono::Local.offset_from_utc_datetime(&m).fix().local_minus_utc().into())
            }
            Self::Named(tz) => {
                moment(instant).map_or(0, |m| tz.offset_from_utc_datetime(&m).fix().local_minus_utc().into())
            }
        }
    }

    /// The offset that goes by an abbreviation such as `CEST` in this zone about that time.
    pub(super) fn offset_named(self, name: &str, wall: i64) -> Option<i64> {
        let Self::Named(tz) = self else { return None };
        let at = |instant| {
            let offset = tz.offset_from_utc_datetime(&moment(instant)?);
            let named = offset.abbreviation() == Some(name);
            named.then(|| i64::from(offset.fix().local_minus_utc()))
        };
        // A name that is in force at that very time wins over one of half a year before or after.
        let near = (0..24).filter_map(|month| at(wall + (month - 12) * 31 * DAY));
        let mut offsets: Vec<i64> = near.collect();
        offsets.dedup();
        offsets.iter().copied().find(|offset| at(wall - offset).is_some()).or(offsets.first().copied())
    }
}

fn moment(instant: i64) -> Option<NaiveDateTime> {
    Some(DateTime::from_timestamp(instant, 0)?.naive_utc())
}

#[test]
fn zones_are_read() {
    assert_eq!(Zone::read(b""), Ok(Zone::Utc));
    assert_eq!(Zone::read(b"-0530"), Ok(Zone::Fixed(-19_800)));
    assert_eq!(Zone::read(b"+25"), Err("timezone '+25' is not  +hhmm or -hhmm".to_owned()));
    assert_eq!(Zone::read(b"Mars/Olympus"), Err("unknown time zone Mars/Olympus".to_owned()));
    let berlin = Zone::Named(Tz::Europe__Berlin);
    assert_eq!(berlin.instant(1_711_852_200), 1_711_848_600, "an hour that is not there");
    assert_eq!(berlin.instant(1_729_996_200), 1_729_992_600, "an hour that is there twice");
    assert_eq!(berlin.offset_named("CEST", 1_704_067_200), Some(7200));
    assert_eq!(berlin.offset_named("EST", 1_704_067_200), None);
}
