//! Days of the proleptic Gregorian calendar, without a zone.

/// Nanoseconds of a day without changes of the clock.
pub(super) const DAY_NS: i64 = 86_400_000_000_000;

/// A date and the time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Civil {
    pub(super) year: i64,
    /// 1 to 12.
    pub(super) month: i64,
    /// 1 to 31.
    pub(super) day: i64,
    pub(super) nanos_of_day: i64,
}

impl Civil {
    /// The date of a local time.
    pub(super) fn from_local(local: i64) -> Self {
        let (year, month, day) = date_of_days(local.div_euclid(DAY_NS));
        Self { year, month, day, nanos_of_day: local.rem_euclid(DAY_NS) }
    }

    /// The local time of this date, saturating at the ends of 64 bits.
    pub(super) fn to_local(self) -> i64 {
        let days = i128::from(days_of_date(self.year, self.month, self.day));
        saturate(days * i128::from(DAY_NS) + i128::from(self.nanos_of_day))
    }

    /// So many months later (earlier if negative), the day clipped to the end of the month.
    pub(super) fn add_months(self, months: i64) -> Self {
        let total = (self.year * 12 + self.month - 1).saturating_add(months);
        let (year, month) = (total.div_euclid(12), total.rem_euclid(12) + 1);
        Self { year, month, day: self.day.min(days_in_month(year, month)), ..self }
    }
}

/// Months since January of 1970.
pub(super) fn month_index(local: i64) -> i64 {
    let (year, month, _) = date_of_days(local.div_euclid(DAY_NS));
    (year - 1970) * 12 + month - 1
}

/// The nearest value that 64 bits hold.
pub(super) fn saturate(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

/// Days since the epoch of a date; the year begins in March so that leap days come last.
pub(super) fn days_of_date(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day of a day since the epoch.
pub(super) fn date_of_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

pub(super) fn is_leap_year(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub(super) fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap_year(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
