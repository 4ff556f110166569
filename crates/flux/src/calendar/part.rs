//! Parts of a local time: the functions `year` to `nanosecond` of Flux's `date` package.

use super::civil::{Civil, DAY_NS, date_of_days, days_of_date};

/// A part of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    Year,
    /// 1 to 4.
    Quarter,
    /// 1 to 12.
    Month,
    /// Week of ISO 8601, 1 to 53.
    Week,
    /// 1 to 366.
    YearDay,
    /// 1 to 31.
    MonthDay,
    /// Sunday is 0.
    WeekDay,
    Hour,
    Minute,
    Second,
    /// Within the second, 0 to 999.
    Millisecond,
    /// Within the second, 0 to 999,999.
    Microsecond,
    /// Within the second, 0 to 999,999,999.
    Nanosecond,
}

impl Part {
    /// This part of a local time ([`super::Zone::to_local`]).
    pub fn of_local(self, local: i64) -> i64 {
        let nanos_of_day = local.rem_euclid(DAY_NS);
        match self {
            Self::Hour => nanos_of_day / 3_600_000_000_000,
            Self::Minute => nanos_of_day / 60_000_000_000 % 60,
            Self::Second => nanos_of_day / 1_000_000_000 % 60,
            Self::Millisecond => nanos_of_day / 1_000_000 % 1_000,
            Self::Microsecond => nanos_of_day / 1_000 % 1_000_000,
            Self::Nanosecond => nanos_of_day % 1_000_000_000,
            Self::WeekDay => week_day(local.div_euclid(DAY_NS)),
            Self::Week => iso_week(local.div_euclid(DAY_NS)),
            Self::Year => Civil::from_local(local).year,
            Self::Quarter => (Civil::from_local(local).month - 1) / 3 + 1,
            Self::Month => Civil::from_local(local).month,
            Self::MonthDay => Civil::from_local(local).day,
            Self::YearDay => year_day(local.div_euclid(DAY_NS)),
        }
    }
}

/// Sunday is 0; the epoch was a Thursday.
fn week_day(days: i64) -> i64 {
    (days + 4).rem_euclid(7)
}

fn year_day(days: i64) -> i64 {
    let (year, ..) = date_of_days(days);
    days - days_of_date(year, 1, 1) + 1
}

/// The week of a day is the one that its Thursday has in the Thursday's year.
fn iso_week(days: i64) -> i64 {
    let monday_is_zero = (days + 3).rem_euclid(7);
    let thursday = days - monday_is_zero + 3;
    (year_day(thursday) - 1) / 7 + 1
}
