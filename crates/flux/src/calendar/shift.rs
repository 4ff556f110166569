//! A time and a duration: months first, the day clipped to the end of the month, then nanoseconds.

use model::FluxDuration;

use super::Zone;
use super::civil::Civil;

/// `time + duration` in wall-clock time.
pub fn add(time: i64, duration: FluxDuration, zone: &Zone) -> i64 {
    zone.to_utc(add_local(zone.to_local(time), duration))
}

/// `time - duration` in wall-clock time.
pub fn subtract(time: i64, duration: FluxDuration, zone: &Zone) -> i64 {
    add(time, duration.negated(), zone)
}

/// `n` times a duration.
pub fn scale(duration: FluxDuration, n: i64) -> FluxDuration {
    let size = n.checked_abs().unwrap_or(i64::MAX);
    let scaled = FluxDuration {
        months: duration.months.saturating_mul(size),
        nanos: duration.nanos.saturating_mul(size),
        negative: duration.negative,
    };
    let scaled = if n < 0 { scaled.negated() } else { scaled };
    if scaled.is_zero() { FluxDuration::default() } else { scaled }
}

/// The sum on the clock on the wall.
pub(super) fn add_local(local: i64, duration: FluxDuration) -> i64 {
    let sign = if duration.negative { -1 } else { 1 };
    let moved = match duration.months {
        0 => local,
        months => Civil::from_local(local).add_months(sign * months).to_local(),
    };
    moved.saturating_add(sign * duration.nanos)
}
