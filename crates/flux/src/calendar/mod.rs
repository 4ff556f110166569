//! Calendar arithmetic on nanoseconds since the epoch: durations, truncation, windows, parts of a date, RFC 3339.
//!
//! All of it runs in the wall-clock time of a [`Zone`]: a time is moved to local time, changed there, and moved back. A
//! local time that does not exist becomes the moment of the change, an ambiguous one the earlier of the two.

mod civil;
mod error;
mod part;
mod shift;
mod text;
mod window;
mod zone;

#[cfg(test)]
mod tests;

pub use error::CalendarError;
pub use part::Part;
pub use shift::{add, scale, subtract};
pub use text::{TimeTextError, format_nine_decimals, format_trimmed, parse_time, write_nine_decimals, write_trimmed};
pub use window::{WindowCursor, Windows, midnight, truncate};
pub use zone::{Zone, ZoneCursor};
