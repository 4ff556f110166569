//! Unit tests of the model.

#![allow(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

use super::*;

#[test]
fn ids_are_sixteen_hex_digits_and_not_zero() {
    let id: Id = "00000000000000ff".parse().unwrap();
    assert_eq!((id.get(), id.to_string()), (255, "00000000000000ff".to_owned()));
    assert_eq!("ff".parse::<Id>(), Err(IdError::Length));
    assert_eq!("zz000000000000ff".parse::<Id>(), Err(IdError::Invalid));
    assert_eq!("0000000000000000".parse::<Id>(), Err(IdError::Invalid));
}

#[test]
fn weekly_shard_groups_begin_on_mondays() {
    let week = default_shard_group_ns(None);
    let monday_2024_01_01 = 1_704_067_200 * NANOS_PER_SECOND;
    let group = ShardGroup::of(monday_2024_01_01, week);
    assert_eq!(group.range(week), TimeRange::new(monday_2024_01_01, monday_2024_01_01 + week));
    assert_ne!(ShardGroup::of(monday_2024_01_01 - 1, week), group);
    assert_eq!(ShardGroup::of(monday_2024_01_01 + week - 1, week), group);
}

#[test]
fn shard_groups_reach_the_ends_of_time() {
    let week = default_shard_group_ns(Some(0));
    for time in [i64::MIN, i64::MAX] {
        let range = ShardGroup::of(time, week).range(week);
        assert!(range.start <= time && time <= range.stop);
    }
}

#[test]
fn durations_round_trip_in_the_largest_units() {
    for text in ["1y2mo3w4d5h6m7s8ms9us10ns", "0ns", "-3h", "1w", "30m"] {
        assert_eq!(FluxDuration::parse(text).unwrap().to_string(), text);
    }
    assert_eq!(FluxDuration::parse("90m").unwrap().to_string(), "1h30m");
    assert_eq!(FluxDuration::parse("1µs").unwrap().nanos, 1_000);
    assert_eq!(FluxDuration::parse("1mo").unwrap().approximate_nanos(), FluxDuration::AVERAGE_MONTH_NS);
    for bad in ["", "5", "h", "1x", "99999999999999999999h", "9223372036854775807h"] {
        assert!(FluxDuration::parse(bad).is_err(), "{bad}");
    }
}

struct One(&'static str, &'static str);

impl TagSource for One {
    fn tag(&self, key: &str) -> &str {
        if key == self.0 { self.1 } else { "" }
    }
}

#[test]
fn a_missing_tag_compares_as_empty_text() {
    let tag =
        |comparison, value: &str| SeriesFilter::Tag { key: "host".to_owned(), comparison, value: value.to_owned() };
    let same = |pattern: &str, text: &str| pattern == text;
    assert!(tag(Comparison::NotEqual, "a").accepts(&One("room", "x"), &same));
    assert!(tag(Comparison::Equal, "").accepts(&One("room", "x"), &same));
    assert!(!tag(Comparison::NotEqual, "a").accepts(&One("host", "a"), &same));
    assert!(SeriesFilter::And(vec![]).accepts(&One("host", "a"), &same));
    assert!(!SeriesFilter::Or(vec![]).accepts(&One("host", "a"), &same));
}

#[test]
fn ranges_are_half_open() {
    let range = TimeRange::new(0, 10);
    assert!(range.contains(0) && !range.contains(10));
    assert!(range.overlaps(9, 20) && !range.overlaps(10, 20) && range.covers(0, 9) && !range.covers(0, 10));
    assert!(range.intersect(TimeRange::new(10, 20)).is_empty());
}
