//! Sizes and durations as people write them.

use anyhow::{Result, anyhow};

/// `512MB`, `1GiB`, `1073741824`: units of 1,024, with or without `i` and `B`.
pub(crate) fn bytes(text: &str) -> Result<usize> {
    let lower = text.trim().to_ascii_lowercase();
    let digits = lower.find(|c: char| !c.is_ascii_digit()).unwrap_or(lower.len());
    let (number, unit) = lower.split_at(digits);
    let shift = match unit.trim().trim_end_matches('b').trim_end_matches('i') {
        "" => 0,
        "k" => 10,
        "m" => 20,
        "g" => 30,
        _ => return Err(anyhow!("{text:?} is no size: write a number and KB, MB or GB, such as 512MB")),
    };
    let number: usize =
        number.parse().map_err(|_| anyhow!("{text:?} is no size: write a number first, such as 512MB"))?;
    number.checked_mul(1 << shift).ok_or_else(|| anyhow!("{text:?} is too large"))
}

/// Bytes as people read them: `512 B`, `1.5 MiB`.
pub(crate) fn readable(bytes: u64) -> String {
    let (mut size, mut unit) = (bytes as f64, "B");
    for larger in ["KiB", "MiB", "GiB", "TiB"] {
        if size < 1024.0 {
            break;
        }
        (size, unit) = (size / 1024.0, larger);
    }
    if unit == "B" { format!("{bytes} B") } else { format!("{size:.1} {unit}") }
}

/// A duration in Flux's units, in nanoseconds; `0` is no time. Months and years have no fixed length and are refused.
pub(crate) fn nanoseconds(text: &str) -> Result<i64> {
    if text.trim() == "0" {
        return Ok(0);
    }
    let duration = engine::FluxDuration::parse(text.trim()).map_err(|e| anyhow!("{e}"))?;
    if duration.months > 0 || duration.negative {
        return Err(anyhow!("{text:?}: give a length in weeks, days, hours, minutes or seconds, such as 30d"));
    }
    Ok(duration.nanos)
}

/// The same in whole seconds.
pub(crate) fn seconds(text: &str) -> Result<i64> {
    Ok(nanoseconds(text)? / 1_000_000_000)
}

#[test]
fn sizes_and_durations_are_read() {
    assert_eq!(bytes("512MB").ok(), Some(512 << 20));
    assert_eq!(bytes("1GiB").ok(), Some(1 << 30));
    assert_eq!(bytes("7").ok(), Some(7));
    assert!(bytes("12 parsecs").is_err() && bytes("MB").is_err());
    assert_eq!(seconds("1h30m").ok(), Some(5_400));
    assert_eq!(seconds("0").ok(), Some(0));
    assert!(seconds("1mo").is_err() && seconds("-1h").is_err() && seconds("x").is_err());
}
