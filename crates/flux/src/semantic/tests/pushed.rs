//! What InfluxDB would answer inside its storage engine.

use super::must;

/// The printed plan behind `from |> range`, its marks at the ends of lines.
fn plan(rest: &str) -> Vec<String> {
    let compiled = must(&format!("d = from(bucket: \"b\") |> range(start: -1h)\n{rest}"));
    compiled.plan.to_string().lines().skip(2).map(str::to_owned).collect()
}

fn pushed(rest: &str) -> Vec<bool> {
    plan(rest).iter().map(|line| line.ends_with("[pushed]")).collect()
}

#[test]
fn simple_comparisons_are_pushed() {
    for predicate in [
        "r.host == \"a\" and r._value > 5.0",
        "r.host != \"a\" or r.host =~ /b/",
        "exists r.host",
        "not exists r.host",
        "r[\"_field\"] == \"x\"",
    ] {
        assert_eq!(pushed(&format!("d |> filter(fn: (r) => {predicate})")), [true], "{predicate}");
    }
    for predicate in [
        "\"a\" == r.host",
        "not (r.host == \"a\")",
        "r.host == \"\"",
        "r.host < \"a\"",
        "r.a == r.b",
        "r.host == \"a\" or r._time > 2020-01-01",
        "exists r._value",
    ] {
        assert_eq!(pushed(&format!("d |> filter(fn: (r) => {predicate})")), [false], "{predicate}");
    }
    assert_eq!(pushed("d |> filter(fn: (r) => r.host == \"a\", onEmpty: \"keep\")"), [false]);
}

#[test]
fn mixed_conjunctions_are_split() {
    assert_eq!(
        plan("d |> filter(fn: (r) => r._time > r._start and r._field == \"x\" and r.a != \"y\")"),
        ["#2 filter(((r._field == \"x\") and (r.a != \"y\"))) <- #1 [pushed]", "#3 filter((r._time > r._start)) <- #2",]
    );
}

#[test]
fn groups_and_aggregates_are_pushed_over_reads() {
    assert_eq!(pushed("d |> group(columns: [\"host\"]) |> sum()"), [true, true]);
    assert_eq!(pushed("d |> group(columns: [\"host\"]) |> mean()"), [true, false]);
    assert_eq!(pushed("d |> group(columns: [\"_value\"])"), [false]);
    assert_eq!(pushed("d |> group(columns: [\"host\"], mode: \"except\")"), [false]);
    assert_eq!(pushed("d |> filter(fn: (r) => r.a == r.b) |> group()"), [false, false]);
    assert_eq!(pushed("d |> mean()"), [true]);
    assert_eq!(pushed("d |> mean(column: \"x\")"), [false]);
    assert_eq!(pushed("d |> median()"), [false]);
    assert_eq!(pushed("d |> sum() |> sum()"), [true, false]);
}

#[test]
fn a_shared_source_stops_groups_but_not_filters() {
    let rest = "d |> group() |> yield(name: \"a\")\nd |> filter(fn: (r) => r.host != \"x\") |> yield(name: \"b\")";
    assert_eq!(pushed(rest), [false, false, true, false]);
}

#[test]
fn window_aggregates_are_pushed_whole() {
    assert_eq!(pushed("d |> aggregateWindow(every: 1m, fn: mean)"), [true, true, true, true, true]);
    assert_eq!(pushed("d |> aggregateWindow(every: 1mo, fn: sum, createEmpty: false)"), [true, true, true, true]);
    assert_eq!(pushed("d |> aggregateWindow(every: 1m, fn: median)"), [false; 5]);
    assert_eq!(pushed("d |> aggregateWindow(every: 1m, period: 2m, fn: mean)"), [false; 5]);
    assert_eq!(pushed("d |> aggregateWindow(every: 1m, offset: -5s, fn: mean)"), [false; 5]);
    assert_eq!(
        pushed("d |> group() |> aggregateWindow(every: 1m, fn: mean)"),
        [true, false, false, false, false, false]
    );
    assert_eq!(
        pushed("d |> aggregateWindow(every: 1m, fn: mean, timeDst: \"at\", createEmpty: false)"),
        [true, true, false, false]
    );
    assert_eq!(pushed("d |> window(every: 1m)"), [false]);
}

#[test]
fn only_the_last_of_two_groups_counts() {
    let lines = plan("d |> group(columns: [\"a\"]) |> group(columns: [\"b\"]) |> sum()");
    assert_eq!(lines[1], "#3 group(columns: [b], mode: by) <- #1 [pushed]");
    assert_eq!(lines[2], "#4 sum(_value) <- #3 [pushed]");
}

#[test]
fn filters_in_a_row_are_one() {
    assert_eq!(
        plan(
            "d |> filter(fn: (r) => r.a == r.b) |> filter(fn: (r) => r.c < r.d) |> filter(fn: (r) => r.host != \"x\")"
        ),
        [
            "#2 filter((r.host != \"x\")) <- #1 [pushed]",
            "#3 filter((r.a == r.b)) <- #2",
            "#4 filter((r.c < r.d)) <- #3",
        ]
    );
}
