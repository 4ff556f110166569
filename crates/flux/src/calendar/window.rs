//! Windows of time: window i starts `offset + i * every` past the epoch and lasts `period`, in wall-clock time.
//!
//! Windows of nanoseconds in a zone that never changes its offset are integer arithmetic; all others go through the
//! local clock. A window that a change of the clock leaves without length is none.

use model::{FluxDuration, TimeRange};

use super::civil::{Civil, month_index, saturate};
use super::shift::add_local;
use super::{CalendarError, Zone};

/// The windows of `window(every:, period:, offset:, location:)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Windows {
    step: Step,
    period: FluxDuration,
    /// Local time at which window 0 starts.
    zero: i64,
    zone: Zone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Nanos(i64),
    Months(i64),
    /// `inf`: one window over all time.
    Infinite,
}

impl Windows {
    /// Checks the intervals: neither zero, negative, nor of months and nanoseconds at once.
    pub fn new(
        every: FluxDuration,
        period: FluxDuration,
        offset: FluxDuration,
        zone: Zone,
    ) -> Result<Self, CalendarError> {
        check_interval(every)?;
        check_interval(period)?;
        let step = match every {
            FluxDuration { nanos: i64::MAX, .. } => Step::Infinite,
            FluxDuration { months: 0, nanos, .. } => Step::Nanos(nanos),
            FluxDuration { months, .. } => Step::Months(months),
        };
        Ok(Self { step, period, zero: add_local(0, offset), zone })
    }

    /// The last window that starts at or before `time`; it may already have ended if `period` is shorter than `every`.
    pub fn latest(&self, time: i64) -> TimeRange {
        match self.step {
            Step::Infinite => TimeRange::ALL,
            _ => self.window(self.latest_index(time)),
        }
    }

    /// All windows that contain `time`, earliest first.
    pub fn containing(&self, time: i64, into: &mut Vec<TimeRange>) {
        into.clear();
        if self.step == Step::Infinite {
            into.push(TimeRange::ALL);
            return;
        }
        let mut index = self.latest_index(time);
        loop {
            let window = self.window(index);
            if window.contains(time) {
                into.push(window);
            } else if window.stop <= time && !window.is_empty() {
                break;
            }
            let Some(earlier) = index.checked_sub(1) else { break };
            if window.start == i64::MIN {
                break;
            }
            index = earlier;
        }
        into.reverse();
    }

    /// All windows that share a moment with `bounds`, earliest first, not clipped.
    pub fn overlapping(&self, bounds: TimeRange) -> impl Iterator<Item = TimeRange> + '_ {
        let all = (self.step == Step::Infinite && !bounds.is_empty()).then_some(TimeRange::ALL);
        let first = match self.step {
            Step::Infinite => None,
            _ if bounds.is_empty() => None,
            _ => Some(self.first_index_past(bounds.start)),
        };
        let windows = first.into_iter().flat_map(|first| first..).map(|index| self.window(index));
        all.into_iter().chain(
            windows
                .take_while(move |window| window.start < bounds.stop && window.start < i64::MAX)
                .filter(move |window| !window.intersect(bounds).is_empty()),
        )
    }

    /// Whether each time lies in at most one window.
    pub fn are_disjoint(&self) -> bool {
        match (self.step, self.period) {
            (Step::Infinite, _) => true,
            (Step::Nanos(every), FluxDuration { months: 0, nanos, .. }) => nanos <= every,
            (Step::Months(every), FluxDuration { months, nanos: 0, .. }) => months <= every,
            _ => false,
        }
    }

    /// A cursor for times that lie close together.
    pub fn cursor(&self) -> WindowCursor<'_> {
        WindowCursor { windows: self, even: Even::of(self), known: None }
    }

    fn window(&self, index: i64) -> TimeRange {
        let start = self.local_start(index);
        let stop = add_local(start, self.period);
        TimeRange { start: self.zone.to_utc(start), stop: self.zone.to_utc(stop) }
    }

    fn start(&self, index: i64) -> i64 {
        self.zone.to_utc(self.local_start(index))
    }

    fn local_start(&self, index: i64) -> i64 {
        match self.step {
            Step::Nanos(every) => saturate(i128::from(index) * i128::from(every) + i128::from(self.zero)),
            Step::Months(every) => Civil::from_local(self.zero).add_months(index.saturating_mul(every)).to_local(),
            Step::Infinite => i64::MIN,
        }
    }

    /// The last window that starts at or before `time`. Guessed from the local clock, then set right by moments: in the
    /// hour that a clock shows twice the guess may be early.
    fn latest_index(&self, time: i64) -> i64 {
        let local = self.zone.to_local(time);
        let mut index = match self.step {
            Step::Nanos(every) => saturate((i128::from(local) - i128::from(self.zero)).div_euclid(i128::from(every))),
            Step::Months(every) => (month_index(local) - month_index(self.zero)).div_euclid(every),
            Step::Infinite => 0,
        };
        while self.start(index) > time && index > i64::MIN && self.start(index) > i64::MIN {
            index -= 1;
        }
        while self.may_lag(time) && self.start(index.saturating_add(1)) <= time {
            index += 1;
        }
        index
    }

    /// Whether the guess of [`Self::latest_index`] can be too early at all.
    fn may_lag(&self, time: i64) -> bool {
        let lags = self.zone.constant_offset_ns().is_none() || matches!(self.step, Step::Months(_));
        lags && time < i64::MAX - super::civil::DAY_NS * 366
    }

    /// The first window that stops after `time`.
    fn first_index_past(&self, time: i64) -> i64 {
        let mut index = self.latest_index(time);
        loop {
            let earlier = self.window(index.saturating_sub(1));
            let ends_before = earlier.stop <= time && !earlier.is_empty();
            if ends_before || earlier.start == i64::MIN || index == i64::MIN {
                return index;
            }
            index -= 1;
        }
    }
}

/// [`Windows::latest`] for rows that come close together: a boundary is computed once per window, not per row.
#[derive(Debug, Clone)]
pub struct WindowCursor<'a> {
    windows: &'a Windows,
    even: Option<Even>,
    /// The last window found and the start of the one behind it.
    known: Option<(TimeRange, i64)>,
}

impl WindowCursor<'_> {
    /// The last window that starts at or before `time`.
    pub fn latest(&mut self, time: i64) -> TimeRange {
        if let Some((window, next_start)) = self.known
            && (window.start..next_start).contains(&time)
        {
            return window;
        }
        if self.windows.step == Step::Infinite {
            return TimeRange::ALL;
        }
        if let Some(even) = self.even
            && let Some(window) = even.latest(time)
        {
            self.known = Some((window, window.start + even.every));
            return window;
        }
        let index = self.windows.latest_index(time);
        let window = self.windows.window(index);
        self.known = Some((window, self.windows.start(index.saturating_add(1))));
        window
    }
}

/// Windows of nanoseconds where the clock never changes: one division tells the window of a time.
#[derive(Debug, Clone, Copy)]
struct Even {
    every: i64,
    period: i64,
    /// When window 0 starts, as an instant.
    zero: i64,
}

impl Even {
    fn of(windows: &Windows) -> Option<Self> {
        let (Step::Nanos(every), FluxDuration { months: 0, nanos: period, negative: false }) =
            (windows.step, windows.period)
        else {
            return None;
        };
        let zero = windows.zero.checked_sub(windows.zone.constant_offset_ns()?)?;
        Some(Self { every, period, zero })
    }

    /// `None` where the end of time is near.
    fn latest(self, time: i64) -> Option<TimeRange> {
        let start = time.checked_sub(time.checked_sub(self.zero)?.rem_euclid(self.every))?;
        start.checked_add(self.every)?;
        Some(TimeRange { start, stop: start.checked_add(self.period)? })
    }
}

/// The start of the interval of length `unit`, counted from the epoch in local time, in which `time` lies.
pub fn truncate(time: i64, unit: FluxDuration, zone: &Zone) -> Result<i64, CalendarError> {
    Ok(Windows::new(unit, unit, FluxDuration::default(), *zone)?.latest(time).start)
}

/// The last midnight at or before `time`.
pub fn midnight(time: i64, zone: &Zone) -> i64 {
    let day = FluxDuration::from_nanos(super::civil::DAY_NS);
    truncate(time, day, zone).unwrap_or(time)
}

fn check_interval(interval: FluxDuration) -> Result<(), CalendarError> {
    if interval.is_zero() {
        return Err(CalendarError::ZeroInterval);
    }
    if interval.months != 0 && interval.nanos != 0 {
        return Err(CalendarError::MixedInterval);
    }
    if interval.negative {
        return Err(CalendarError::NegativeInterval);
    }
    Ok(())
}
