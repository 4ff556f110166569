//! Line protocol: bytes -> points, and points -> canonical lines.
//!
//! What is accepted, what is refused and in which words follows the parser inside InfluxDB 2.9 (its `models` package),
//! with these decided differences: a CR before a line's end belongs to the line's end; text behind a quoted value is
//! refused instead of stored cut; names and values must be UTF-8; nothing is dropped silently behind a line's fields.
//!
//! Two readers share the work. [`plain`] reads a well-formed line without backslashes in one pass and gives up on
//! anything else; [`exact`] then reads that line with every rule and gives the reason when it is refused.

mod encode;
mod error;
mod exact;
mod limits;
mod number;
mod plain;
#[cfg(test)]
mod tests;

pub use encode::{EncodeError, encode};
pub use error::{LineError, ParseErrors, Reason};
pub use limits::Limits;

use model::{Point, Precision};

/// The earliest time of a point, in nanoseconds since 1970.
pub const MIN_TIME_NS: i64 = i64::MIN + 2;
/// The latest time of a point.
pub const MAX_TIME_NS: i64 = i64::MAX - 1;
/// The longest series key: measurement and tags as written, and with each field's name four bytes more.
pub const MAX_KEY_BYTES: usize = 65_535;

/// Calls `sink` for each point of `body` with its time in nanoseconds and returns how many there were.
///
/// A point without a timestamp keeps `time: None` and gets `default_time_ns`, cut down to the precision. Every bad line
/// is told, not only the first; once a line was bad `sink` is not called again, and what it took must be discarded.
pub fn for_each_point<'a>(
    body: &'a [u8],
    precision: Precision,
    default_time_ns: i64,
    limits: &Limits,
    mut sink: impl FnMut(&Point<'a>, i64),
) -> Result<usize, ParseErrors> {
    let scale = precision.nanos();
    let default_time_ns = default_time_ns.div_euclid(scale).saturating_mul(scale);
    // The quick reader cuts its texts from one that is known to be UTF-8 throughout.
    let text = std::str::from_utf8(body).ok();
    let mut layout = exact::Layout::default();
    let mut point = Point::default();
    let mut errors = error::Collector::new(body, limits);
    let (mut at, mut count) = (0, 0);
    while at < body.len() {
        if let Some(next) = text.and_then(|text| plain::line(text, at, scale, &mut point)) {
            at = next;
        } else {
            let (line, next) = exact::next_line(body, at);
            let start = at;
            at = next;
            match exact::point(line, scale, &mut layout, &mut point) {
                Ok(true) => {}
                Ok(false) => continue,
                Err(reason) => {
                    errors.push(start, line, reason);
                    continue;
                }
            }
        }
        count += 1;
        if errors.is_empty() {
            sink(&point, point.time.unwrap_or(default_time_ns));
        }
    }
    errors.finish().map_or(Ok(count), Err)
}

/// Scales a timestamp to nanoseconds; `None` when it leaves the range of times.
fn scale_time(time: i64, scale: i64) -> Option<i64> {
    time.checked_mul(scale).filter(|ns| (MIN_TIME_NS..=MAX_TIME_NS).contains(ns))
}

/// Tag keys that would shadow what a point has already: its measurement, its field's name, its time.
fn is_reserved_tag(key: &[u8]) -> bool {
    matches!(key, b"_field" | b"_measurement" | b"time" | b"\x00" | b"\xff")
}

/// Blanks that may stand before a line, its fields and its timestamp.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | 0)
}
