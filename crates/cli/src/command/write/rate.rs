//! `--rate-limit`: so many bytes a second, and no more.

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail};

/// Keeps the average since the start below a rate.
#[derive(Debug)]
pub(super) struct Throttle {
    bytes_a_second: Option<f64>,
    begun: Instant,
    sent: f64,
}

impl Throttle {
    pub(super) fn new(limit: Option<&str>) -> Result<Self> {
        let bytes_a_second = limit.map(read).transpose()?.flatten();
        Ok(Self { bytes_a_second, begun: Instant::now(), sent: 0.0 })
    }

    /// Waits until so many bytes more may leave.
    pub(super) fn wait(&mut self, bytes: usize) {
        let Some(rate) = self.bytes_a_second else { return };
        self.sent += bytes as f64;
        let due = Duration::try_from_secs_f64(self.sent / rate).unwrap_or(Duration::MAX);
        std::thread::sleep(due.saturating_sub(self.begun.elapsed()));
    }
}

/// `5 MB / 5 min`, `17kBs`: a count, `B`, `kB` or `MB`, a count of time, `s`, `sec`, `m` or `min`. Nothing is no limit.
fn read(text: &str) -> Result<Option<f64>> {
    let packed: String = text.chars().filter(|c| *c != ' ').collect();
    if packed.is_empty() {
        return Ok(None);
    }
    let no_match = || {
        anyhow!(
            "invalid rate limit {packed:?}: it does not match format COUNT(B|kB|MB)/TIME(s|sec|m|min) with / and TIME \
             being optional, such as \"5 MB / 5 min\" or 17kBs"
        )
    };
    let digits = packed.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(packed.len());
    let (count, rest) = packed.split_at(digits);
    let units = [("kB", 1024.0), ("MB", 1_048_576.0), ("B", 1.0)];
    let found = units.iter().find_map(|(unit, bytes)| Some((rest.strip_prefix(unit)?, *bytes)));
    let (rest, unit_bytes) = found.ok_or_else(no_match)?;
    let rest = rest.strip_prefix('/').unwrap_or(rest);
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (time, unit) = rest.split_at(digits);
    let unit_seconds = match unit {
        "s" | "sec" => 1.0,
        "m" | "min" => 60.0,
        _ => return Err(no_match()),
    };
    let bytes: f64 =
        count.parse().map_err(|_| anyhow!("invalid rate limit {packed:?}: '{count}' is not count of bytes"))?;
    let time: u32 = if time.is_empty() { 1 } else { time.parse().map_err(|_| no_match())? };
    if time == 0 {
        bail!("invalid rate limit {packed:?}: positive time expected but 0 supplied");
    }
    let rate = bytes * unit_bytes / (f64::from(time) * unit_seconds);
    Ok(Some(rate).filter(|rate| *rate > 0.0))
}

#[test]
fn rates_are_read() {
    assert_eq!(read("5 MB / 5 min").ok(), Some(Some(1_048_576.0 / 60.0)));
    assert_eq!(read("17kBs").ok(), Some(Some(17.0 * 1024.0)));
    assert_eq!(read("0.5B/s").ok(), Some(Some(0.5)));
    assert_eq!((read("").ok(), read("0B/s").ok()), (Some(None), Some(None)));
    for wrong in ["5", "5GB/s", "5MB/0s", "5MB/h", "MBs", "5MB/99999999999s"] {
        assert!(read(wrong).is_err_and(|e| e.to_string().contains("invalid rate limit")), "{wrong}");
    }
}
