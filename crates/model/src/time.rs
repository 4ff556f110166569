//! Time ranges and shard groups. All times are nanoseconds since 1970-01-01T00:00:00Z.

/// Nanoseconds in a second.
pub const NANOS_PER_SECOND: i64 = 1_000_000_000;

const HOUR_NS: i64 = 3_600 * NANOS_PER_SECOND;
const DAY_NS: i64 = 24 * HOUR_NS;

/// Half-open range of time, `start <= t < stop`. The widest range misses only the instant `i64::MAX`, which is no
/// valid time of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeRange {
    /// First instant inside.
    pub start: i64,
    /// First instant outside.
    pub stop: i64,
}

impl TimeRange {
    /// All of time.
    pub const ALL: Self = Self { start: i64::MIN, stop: i64::MAX };

    /// The range `start <= t < stop`.
    pub fn new(start: i64, stop: i64) -> Self {
        Self { start, stop }
    }

    /// Whether no instant is inside.
    pub fn is_empty(self) -> bool {
        self.start >= self.stop
    }

    /// Whether `time` is inside.
    pub fn contains(self, time: i64) -> bool {
        self.start <= time && time < self.stop
    }

    /// Whether the closed range `first..=last` shares an instant with this one.
    pub fn overlaps(self, first: i64, last: i64) -> bool {
        !self.is_empty() && first < self.stop && last >= self.start
    }

    /// Whether the closed range `first..=last` is wholly inside.
    pub fn covers(self, first: i64, last: i64) -> bool {
        self.start <= first && last < self.stop
    }

    /// What both ranges share; may be empty.
    #[must_use]
    pub fn intersect(self, other: Self) -> Self {
        Self { start: self.start.max(other.start), stop: self.stop.min(other.stop) }
    }
}

/// A shard group: the span of time within which a field keeps one type.
///
/// InfluxDB 2 truncates times to the bucket's shard-group duration counted from year 1 (Go's zero time), which was a
/// Monday; so weekly groups begin on Mondays, unlike Flux's weeks, which begin on Thursdays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShardGroup(pub i64);

impl ShardGroup {
    /// The group of `time` when groups last `duration_ns` (> 0); the number inside counts groups from Go's zero time.
    pub fn of(time: i64, duration_ns: i64) -> Self {
        let since = i128::from(time) + Self::GO_ZERO_TO_EPOCH_NS;
        Self(i64::try_from(since.div_euclid(i128::from(duration_ns.max(1)))).unwrap_or(i64::MAX))
    }

    /// The time this group covers.
    pub fn range(self, duration_ns: i64) -> TimeRange {
        let start = i128::from(self.0) * i128::from(duration_ns) - Self::GO_ZERO_TO_EPOCH_NS;
        let clamp = |t: i128| i64::try_from(t).unwrap_or(if t < 0 { i64::MIN } else { i64::MAX });
        TimeRange::new(clamp(start), clamp(start + i128::from(duration_ns)))
    }

    /// Seconds from 0001-01-01 to 1970-01-01 in the proleptic Gregorian calendar, in nanoseconds.
    const GO_ZERO_TO_EPOCH_NS: i128 = 62_135_596_800 * 1_000_000_000;
}

/// InfluxDB's default shard-group duration for a retention period (`None` or 0: infinite): 7 days from 180 days on or
/// without end, 1 day from 2 days on, else 1 hour.
pub fn default_shard_group_ns(retention_ns: Option<i64>) -> i64 {
    match retention_ns {
        None | Some(0) => 7 * DAY_NS,
        Some(r) if r >= 180 * DAY_NS => 7 * DAY_NS,
        Some(r) if r >= 2 * DAY_NS => DAY_NS,
        Some(_) => HOUR_NS,
    }
}
