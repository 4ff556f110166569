//! Calendar arithmetic against what a live InfluxDB 2.9.1 answered (oracle topics `time`, `windows`, `libraries`).

use model::{FluxDuration, TimeRange};

use super::*;
use crate::plan::Location;

fn t(text: &str) -> i64 {
    parse_time(text).unwrap()
}

fn d(text: &str) -> FluxDuration {
    FluxDuration::parse(text).unwrap()
}

fn zone(name: &str) -> Zone {
    Zone::new(&Location { zone: name.to_owned(), offset: FluxDuration::default() }).unwrap()
}

fn windows(every: &str, period: &str, offset: &str, zone: Zone) -> Windows {
    Windows::new(d(every), d(period), d(offset), zone).unwrap()
}

fn clipped(windows: &Windows, start: &str, stop: &str) -> Vec<String> {
    let bounds = TimeRange::new(t(start), t(stop));
    windows
        .overlapping(bounds)
        .map(|w| w.intersect(bounds))
        .map(|w| format!("{} {}", format_trimmed(w.start), format_trimmed(w.stop)))
        .collect()
}

#[test]
fn times_are_read_and_written() {
    for (text, trimmed) in [
        ("2024-02-29", "2024-02-29T00:00:00Z"),
        ("2024-02-29T01:02:03.5+01:00", "2024-02-29T00:02:03.5Z"),
        ("2024-05-01T10:00:00.123456789Z", "2024-05-01T10:00:00.123456789Z"),
        ("1969-12-31T23:59:58.999999999Z", "1969-12-31T23:59:58.999999999Z"),
        ("1677-09-22T00:00:00Z", "1677-09-22T00:00:00Z"),
        ("2262-04-11T00:00:00.00000025Z", "2262-04-11T00:00:00.00000025Z"),
    ] {
        assert_eq!(format_trimmed(t(text)), trimmed);
    }
    assert_eq!(format_nine_decimals(t("2024-01-01T00:00:00.5Z")), "2024-01-01T00:00:00.500000000Z");
    for bad in ["01/05/2024 10:00", "2024-02-30", "", "2023-02-29"] {
        assert_eq!(parse_time(bad), Err(TimeTextError::Date), "{bad}");
    }
    for bad in ["2024-01-01T10:00", "2024-01-01T10:00:00", "2024-01-01T24:00:00Z", "2024-13-01T00:00:00Z"] {
        assert_eq!(parse_time(bad), Err(TimeTextError::DateTime), "{bad}");
    }
    assert_eq!(parse_time("1500-01-01T00:00:00Z"), Err(TimeTextError::OutOfRange));
}

#[test]
fn dates_agree_with_chrono() {
    use chrono::Datelike;
    for days in (-106_000..106_000).step_by(37) {
        let date = chrono::DateTime::from_timestamp(days * 86_400, 0).unwrap().date_naive();
        let local = days * civil::DAY_NS;
        let parts = [Part::Year, Part::Month, Part::MonthDay, Part::YearDay, Part::Week, Part::WeekDay];
        let expected = [
            i64::from(date.year()),
            i64::from(date.month()),
            i64::from(date.day()),
            i64::from(date.ordinal()),
            i64::from(date.iso_week().week()),
            i64::from(date.weekday().num_days_from_sunday()),
        ];
        assert_eq!(parts.map(|part| part.of_local(local)), expected);
        assert_eq!(civil::Civil::from_local(local).to_local(), local);
    }
}

#[test]
fn parts_of_a_time() {
    let local = t("2024-02-29T23:59:58.123456789Z");
    let parts = [Part::Quarter, Part::Hour, Part::Minute, Part::Second];
    assert_eq!(parts.map(|p| p.of_local(local)), [1, 23, 59, 58]);
    let small = [Part::Millisecond, Part::Microsecond, Part::Nanosecond];
    assert_eq!(small.map(|p| p.of_local(local)), [123, 123_456, 123_456_789]);
    assert_eq!(Part::Hour.of_local(zone("Europe/Berlin").to_local(t("2024-03-31T01:30:00Z"))), 3);
    assert_eq!(Part::Week.of_local(zone("America/New_York").to_local(t("2024-12-31T23:30:00Z"))), 1);
    assert_eq!(Part::Year.of_local(Zone::fixed(3_600_000_000_000).to_local(t("2024-12-31T23:30:00Z"))), 2025);
}

#[test]
fn months_are_added_first_and_clipped() {
    for (from, duration, to) in [
        ("2024-01-31T10:00:00Z", "1mo", "2024-02-29T10:00:00Z"),
        ("2023-01-31T10:00:00Z", "1mo", "2023-02-28T10:00:00Z"),
        ("2024-02-29T10:00:00Z", "1y", "2025-02-28T10:00:00Z"),
        ("2024-03-30T10:00:00Z", "-1mo", "2024-02-29T10:00:00Z"),
        ("2024-01-31T10:00:00Z", "1mo1d12h", "2024-03-01T22:00:00Z"),
        ("2024-01-31T10:00:00Z", "-1mo1d", "2023-12-30T10:00:00Z"),
    ] {
        assert_eq!(format_trimmed(add(t(from), d(duration), &Zone::UTC)), to, "{from} + {duration}");
    }
    assert_eq!(scale(d("1mo2d"), -3), d("-3mo6d"));
    assert_eq!(scale(d("-1h"), -5), d("5h"));
    assert_eq!(scale(d("-1h"), 0), FluxDuration::default());
}

#[test]
fn a_zone_adds_on_the_wall_clock() {
    let berlin = zone("Europe/Berlin");
    for (from, duration, to) in [
        ("2024-03-30T01:30:00Z", "1d", "2024-03-31T01:00:00Z"),
        ("2024-03-30T01:30:00Z", "24h", "2024-03-31T01:00:00Z"),
        ("2024-03-30T01:30:00Z", "1mo", "2024-04-30T00:30:00Z"),
        ("2024-10-26T00:30:00Z", "1d", "2024-10-27T00:30:00Z"),
        ("2024-10-26T00:30:00Z", "1mo", "2024-11-26T01:30:00Z"),
    ] {
        assert_eq!(format_trimmed(add(t(from), d(duration), &berlin)), to, "{from} + {duration}");
    }
}

#[test]
fn times_are_truncated() {
    let time = t("2024-05-17T13:47:59.123456789Z");
    for (unit, to) in [
        ("1y", "2024-01-01T00:00:00Z"),
        ("5mo", "2024-03-01T00:00:00Z"),
        ("10y", "2020-01-01T00:00:00Z"),
        ("7y", "2019-01-01T00:00:00Z"),
        ("1w", "2024-05-16T00:00:00Z"),
        ("2w", "2024-05-09T00:00:00Z"),
        ("3d", "2024-05-17T00:00:00Z"),
        ("5h", "2024-05-17T10:00:00Z"),
        ("7m", "2024-05-17T13:41:00Z"),
        ("1us", "2024-05-17T13:47:59.123456Z"),
    ] {
        assert_eq!(format_trimmed(truncate(time, d(unit), &Zone::UTC).unwrap()), to, "{unit}");
    }
    let before = t("1969-12-31T23:59:59.999999999Z");
    assert_eq!(format_trimmed(truncate(before, d("3mo"), &Zone::UTC).unwrap()), "1969-10-01T00:00:00Z");
    assert_eq!(truncate(time, d("1mo1d"), &Zone::UTC), Err(CalendarError::MixedInterval));
    assert_eq!(truncate(time, d("0s"), &Zone::UTC), Err(CalendarError::ZeroInterval));
}

#[test]
fn truncation_in_a_zone_over_changes_of_the_clock() {
    let berlin = zone("Europe/Berlin");
    for (time, unit, to) in [
        ("2024-03-31T01:30:00Z", "1h", "2024-03-31T01:00:00Z"),
        ("2024-10-27T00:30:00Z", "1h", "2024-10-27T00:00:00Z"),
        ("2024-10-27T01:30:00Z", "1h", "2024-10-27T00:00:00Z"),
        ("2024-10-27T22:30:00Z", "6h", "2024-10-27T17:00:00Z"),
        ("2024-03-31T10:00:00Z", "6h", "2024-03-31T10:00:00Z"),
        ("2024-03-31T00:30:00Z", "1w", "2024-03-27T23:00:00Z"),
        ("2024-03-31T00:30:00Z", "1mo", "2024-02-29T23:00:00Z"),
    ] {
        assert_eq!(format_trimmed(truncate(t(time), d(unit), &berlin).unwrap()), to, "{time} {unit}");
    }
    assert_eq!(format_trimmed(midnight(t("2024-03-31T22:30:00Z"), &berlin)), "2024-03-31T22:00:00Z");
}

#[test]
fn windows_are_clipped_to_the_range() {
    let daily = windows("1d", "1d", "0s", zone("Europe/Berlin"));
    assert_eq!(
        clipped(&daily, "2024-10-25T22:00:00Z", "2024-10-28T23:00:00Z"),
        [
            "2024-10-25T22:00:00Z 2024-10-26T22:00:00Z",
            "2024-10-26T22:00:00Z 2024-10-27T23:00:00Z",
            "2024-10-27T23:00:00Z 2024-10-28T23:00:00Z",
        ]
    );
    let monthly = windows("1mo", "1mo", "14d", Zone::UTC);
    assert_eq!(
        clipped(&monthly, "2024-01-01T00:00:00Z", "2024-03-01T00:00:00Z"),
        [
            "2024-01-01T00:00:00Z 2024-01-15T00:00:00Z",
            "2024-01-15T00:00:00Z 2024-02-15T00:00:00Z",
            "2024-02-15T00:00:00Z 2024-03-01T00:00:00Z",
        ]
    );
}

#[test]
fn the_missing_hour_has_no_window_and_the_doubled_one_has_one() {
    let hourly = windows("1h", "1h", "0s", zone("Europe/Berlin"));
    let spring = clipped(&hourly, "2024-03-31T00:00:00Z", "2024-03-31T02:00:00Z");
    assert_eq!(spring, ["2024-03-31T00:00:00Z 2024-03-31T01:00:00Z", "2024-03-31T01:00:00Z 2024-03-31T02:00:00Z"]);
    let autumn = clipped(&hourly, "2024-10-26T23:00:00Z", "2024-10-27T03:00:00Z");
    assert_eq!(
        autumn,
        [
            "2024-10-26T23:00:00Z 2024-10-27T00:00:00Z",
            "2024-10-27T00:00:00Z 2024-10-27T02:00:00Z",
            "2024-10-27T02:00:00Z 2024-10-27T03:00:00Z",
        ]
    );
}

#[test]
fn overlapping_windows_hold_a_time_several_times() {
    let quarters = windows("1mo", "3mo", "0s", Zone::UTC);
    assert!(!quarters.are_disjoint());
    let mut found = Vec::new();
    quarters.containing(t("2024-05-15T00:00:00Z"), &mut found);
    let starts: Vec<String> = found.iter().map(|w| format_trimmed(w.start)).collect();
    assert_eq!(starts, ["2024-03-01T00:00:00Z", "2024-04-01T00:00:00Z", "2024-05-01T00:00:00Z"]);
    assert_eq!(clipped(&quarters, "2023-12-01T00:00:00Z", "2024-01-01T00:00:00Z").len(), 3);
    let gaps = windows("1h", "10m", "0s", Zone::UTC);
    gaps.containing(t("2024-05-15T00:30:00Z"), &mut found);
    assert!(found.is_empty());
}

#[test]
fn every_time_lies_in_its_latest_window() {
    let zones = [Zone::UTC, zone("Europe/Berlin"), zone("Asia/Kathmandu"), zone("America/Los_Angeles")];
    for zone in zones {
        for every in ["30m", "1h", "5h", "1d", "1w", "1mo", "3mo", "1y"] {
            let windows = windows(every, every, "0s", zone);
            let mut cursor = windows.cursor();
            let mut time = t("2023-12-30T00:00:00Z");
            while time < t("2025-01-03T00:00:00Z") {
                let window = windows.latest(time);
                assert!(window.contains(time), "{every} {zone:?} {}", format_trimmed(time));
                assert_eq!(cursor.latest(time), window);
                time += 2_339_000_000_001;
            }
        }
    }
}

#[test]
fn the_ends_of_time_are_no_trap() {
    for every in ["1ns", "1h", "1w", "1mo", "1000y"] {
        for zone in [Zone::UTC, zone("Europe/Berlin")] {
            let windows = windows(every, every, "0s", zone);
            assert!(windows.latest(i64::MIN).start <= i64::MIN + 400 * civil::DAY_NS);
            assert!(windows.latest(i64::MAX).stop >= i64::MAX - civil::DAY_NS);
        }
    }
    let infinite = Windows::new(
        FluxDuration::from_nanos(i64::MAX),
        FluxDuration::from_nanos(i64::MAX),
        FluxDuration::default(),
        Zone::UTC,
    )
    .unwrap();
    assert_eq!(infinite.latest(0), TimeRange::ALL);
}

#[test]
fn a_cursor_agrees_with_its_zone() {
    let berlin = zone("Europe/Berlin");
    let mut cursor = berlin.cursor();
    let mut time = t("2024-01-01T00:00:00Z");
    while time < t("2025-01-01T00:00:00Z") {
        assert_eq!(cursor.to_local(time), berlin.to_local(time));
        time += 3_001_000_000_007;
    }
    assert_eq!(
        Zone::new(&Location { zone: "Europe/Atlantis".to_owned(), offset: FluxDuration::default() }),
        Err(CalendarError::UnknownZone("Europe/Atlantis".to_owned()))
    );
}
