//! Zones: from moments to wall-clock time and back.

use chrono::{DateTime, MappedLocalTime, NaiveDateTime, Offset, TimeZone};
use chrono_tz::Tz;
use model::NANOS_PER_SECOND;

use super::CalendarError;
use super::civil::DAY_NS;
use crate::plan::Location;

/// A zone of the IANA database and a fixed offset beyond it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone {
    /// `None`: UTC.
    named: Option<Tz>,
    offset_ns: i64,
}

impl Zone {
    /// UTC without an offset.
    pub const UTC: Self = Self { named: None, offset_ns: 0 };

    /// The zone of a location record.
    pub fn new(location: &Location) -> Result<Self, CalendarError> {
        let named = match location.zone.as_str() {
            "UTC" | "" => None,
            name => Some(name.parse::<Tz>().map_err(|_| CalendarError::UnknownZone(name.to_owned()))?),
        };
        Ok(Self { named, offset_ns: location.offset.approximate_nanos() })
    }

    /// A fixed distance to UTC in nanoseconds, east is positive.
    pub fn fixed(offset_ns: i64) -> Self {
        Self { named: None, offset_ns }
    }

    /// The distance to UTC if it never changes.
    pub fn constant_offset_ns(&self) -> Option<i64> {
        self.named.is_none().then_some(self.offset_ns)
    }

    /// Wall-clock time of a moment, as nanoseconds since 1970-01-01T00:00:00 on that clock.
    pub fn to_local(&self, time: i64) -> i64 {
        time.saturating_add(self.offset_at(time))
    }

    /// The moment at which the clock shows `local`: the earlier of two, the moment of the change if there is none.
    pub fn to_utc(&self, local: i64) -> i64 {
        let shown = local.saturating_sub(self.offset_ns);
        let Some(zone) = self.named else { return shown };
        match zone.offset_from_local_datetime(&naive(shown)) {
            MappedLocalTime::Single(offset) | MappedLocalTime::Ambiguous(offset, _) => {
                shown.saturating_sub(i64::from(offset.fix().local_minus_utc()) * NANOS_PER_SECOND)
            }
            MappedLocalTime::None => moment_of_change(zone, shown),
        }
    }

    fn offset_at(&self, time: i64) -> i64 {
        self.named.map_or(0, |zone| zone_offset(zone, time)).saturating_add(self.offset_ns)
    }

    /// A cursor that remembers the offset of the last day it met.
    pub fn cursor(&self) -> ZoneCursor {
        ZoneCursor { zone: *self, day: None, offset_ns: 0 }
    }
}

/// [`Zone::to_local`] for many times that lie close together.
#[derive(Debug, Clone)]
pub struct ZoneCursor {
    zone: Zone,
    /// The day of UTC over which `offset_ns` holds.
    day: Option<i64>,
    offset_ns: i64,
}

impl ZoneCursor {
    /// Wall-clock time of a moment.
    pub fn to_local(&mut self, time: i64) -> i64 {
        if let Some(offset) = self.zone.constant_offset_ns() {
            return time.saturating_add(offset);
        }
        let day = time.div_euclid(DAY_NS);
        if self.day != Some(day) {
            let first = day.saturating_mul(DAY_NS);
            let (from, until) = (self.zone.offset_at(first), self.zone.offset_at(first.saturating_add(DAY_NS)));
            if from != until {
                self.day = None;
                return self.zone.to_local(time);
            }
            (self.day, self.offset_ns) = (Some(day), from);
        }
        time.saturating_add(self.offset_ns)
    }
}

fn naive(nanos: i64) -> NaiveDateTime {
    DateTime::from_timestamp_nanos(nanos).naive_utc()
}

fn zone_offset(zone: Tz, time: i64) -> i64 {
    i64::from(zone.offset_from_utc_datetime(&naive(time)).fix().local_minus_utc()) * NANOS_PER_SECOND
}

/// The first moment whose wall-clock time is past `shown`, which the clock never shows; found by halving, as the clock
/// only runs forwards around it.
fn moment_of_change(zone: Tz, shown: i64) -> i64 {
    const REACH_S: i64 = 26 * 3_600;
    let shown_s = shown.div_euclid(NANOS_PER_SECOND);
    let (mut before, mut after) = (shown_s - REACH_S, shown_s + REACH_S);
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        let moment = middle.saturating_mul(NANOS_PER_SECOND);
        if moment.saturating_add(zone_offset(zone, moment)) > shown {
            after = middle;
        } else {
            before = middle;
        }
    }
    after.saturating_mul(NANOS_PER_SECOND)
}
