//! Points that are refused, in InfluxDB's words.

use super::*;

#[test]
fn a_type_is_fixed_by_whoever_writes_first_in_a_shard_group() {
    let (_dir, store) = store();
    assert_eq!(write(&store, &[&format!("pump rpm=1200i {MONDAY}")]), WriteReport { stored: 1, ..Default::default() });
    let other_week = MONDAY + 8 * WEEK_NS / 7;
    let report = write(&store, &[&format!("pump rpm=1200.5 {other_week}")]);
    assert_eq!(report, WriteReport { stored: 1, ..Default::default() });
    let report = write(&store, &[&format!("pump rpm=3i {}", other_week + 60)]);
    let text = "field type conflict: input field \"rpm\" on measurement \"pump\" is type integer, already exists as type float";
    assert_eq!(report, WriteReport { refused: 1, reason: Some(text.into()), ..Default::default() });
    let report = write(
        &store,
        &[
            &format!("pump,hall=b rpm=\"fast\" {}", MONDAY + 60),
            &format!("pump,hall=b rpm=900i {}", MONDAY + 120),
            &format!("pump,hall=c rpm=t {}", MONDAY + 60),
        ],
    );
    let text = "field type conflict: input field \"rpm\" on measurement \"pump\" is type string, already exists as type integer";
    assert_eq!(report, WriteReport { stored: 1, refused: 2, reason: Some(text.into()), ..Default::default() });
    assert_eq!(all(&store, "pump").len(), 3);
}

#[test]
fn one_bad_field_drops_the_point_and_the_first_in_a_request_wins() {
    let (_dir, store) = store();
    let report = write(&store, &["g level=1.5 10", "g level=2i,other=1 20", "g level=3.5 30"]);
    let text =
        "field type conflict: input field \"level\" on measurement \"g\" is type integer, already exists as type float";
    assert_eq!(report, WriteReport { stored: 2, refused: 1, reason: Some(text.into()), ..Default::default() });
    assert_eq!(all(&store, "g"), ["g level=1.5 10", "g level=3.5 30"]);
    // The field of the point that was dropped has no type yet.
    assert_eq!(write(&store, &["g other=\"x\" 10"]).stored, 1);
}

#[test]
fn a_field_twice_in_a_line() {
    let (_dir, store) = store();
    assert_eq!(write(&store, &["buoy temp=1,temp=2 10", "buoy temp=3,salt=1,temp=4 20"]).stored, 2);
    let report = write(&store, &["buoy chill=1,chill=2i 10"]);
    let text = "field type conflict: input field \"chill\" on measurement \"buoy\" is type integer, already exists as type float";
    assert_eq!(report, WriteReport { refused: 1, reason: Some(text.into()), ..Default::default() });
    let report = write(&store, &["buoy temp=1,temp=2i 30", "buoy temp=2i,temp=2 30", "buoy temp=5 30"]);
    let text = "field type conflict: input field \"temp\" on measurement \"buoy\" is type integer, already exists as type float";
    assert_eq!(report, WriteReport { stored: 1, refused: 2, reason: Some(text.into()), ..Default::default() });
    assert_eq!(all(&store, "buoy"), ["buoy temp=2 10", "buoy salt=1,temp=4 20", "buoy temp=5 30"]);
}

#[test]
fn many_reasons_in_one_request_tell_the_first_and_count_all() {
    let (_dir, store) = store();
    write(&store, &["g v=1i,s=\"x\" 10"]);
    let report = write(&store, &["g v=1.5 60", "g s=5 60", "g time=1 60", "g v=7i 60"]);
    let text =
        "field type conflict: input field \"v\" on measurement \"g\" is type float, already exists as type integer";
    assert_eq!(report, WriteReport { stored: 1, refused: 3, reason: Some(text.into()), ..Default::default() });
}

#[test]
fn a_field_called_time_is_refused_alone_and_stripped_beside_others() {
    let (_dir, store) = store();
    let text = "invalid field name: input field \"time\" on measurement \"gauge\" is invalid";
    let report = write(&store, &["gauge time=5i 10"]);
    assert_eq!(report, WriteReport { refused: 1, reason: Some(text.into()), ..Default::default() });
    let report = write(&store, &["gauge time=5i,level=1.5 10"]);
    let text = format!("{text}. Field \"time\" has been stripped from point.");
    assert_eq!(report, WriteReport { stored: 1, reason: Some(text), ..Default::default() });
    assert_eq!(all(&store, "gauge"), ["gauge level=1.5 10"]);
}

#[test]
fn a_text_too_long_drops_its_point() {
    let (_dir, store) = store();
    let fits = format!("log line=\"{}\" 10", "a".repeat(1_048_576));
    let longer = format!("log line=\"{}\" 60", "a".repeat(1_048_577));
    let report = write(&store, &[&fits, &longer, "log line=\"short\" 120"]);
    let text = "input field \"line\" on measurement \"log\" is too long, 1048577 > 1048576";
    assert_eq!(report, WriteReport { stored: 2, refused: 1, reason: Some(text.into()), ..Default::default() });
    assert_eq!(all(&store, "log").len(), 2);
}

#[test]
fn points_before_the_retention_bound_are_named() {
    let (_dir, store) = store();
    let hour = 3_600_000_000_000;
    store.put_bucket(bucket(), hour, hour).expect("settings");
    let (old, older) = (MONDAY - hour - 1, MONDAY - 3 * hour);
    let report = write(
        &store,
        &[
            &format!("g,a=x\u{20}level=2 {}", MONDAY - 60),
            &format!("g,a=x level=3 {older}"),
            &format!("g level=4 {old}"),
            &format!("g level=5 {}", MONDAY + hour),
        ],
    );
    let text = "dropped 2 points outside retention policy of duration 1h0m0s - oldest point g,a=x at 2024-03-03T21:00:00Z \
                dropped because it violates a Retention Policy Lower Bound at 2024-03-03T23:00:00Z, newest point g at \
                2024-03-03T22:59:59.999999999Z dropped because it violates a Retention Policy Lower Bound at \
                2024-03-03T23:00:00Z";
    assert_eq!(report, WriteReport { stored: 2, expired: 2, expired_text: Some(text.into()), ..Default::default() });
    assert_eq!(all(&store, "g").len(), 2);
}

#[test]
fn types_over_hundreds_of_weeks_are_checked_one_by_one() {
    let (_dir, store) = store();
    let line = |week: i64, value: &str| format!("m v={value},w=1 {}", MONDAY + week * WEEK_NS + 5);
    let weeks: Vec<String> = (0..300).map(|i| line((i * 7) % 300, if i == 299 { "1i" } else { "1" })).collect();
    let lines: Vec<&str> = weeks.iter().map(String::as_str).collect();
    assert_eq!(write(&store, &lines), WriteReport { stored: 300, ..Default::default() });
    let (integer, float) = (line((299 * 7) % 300, "2i"), line((299 * 7) % 300, "2"));
    assert_eq!(write(&store, &[&integer]).stored, 1);
    assert_eq!(write(&store, &[&float]).refused, 1);
    assert_eq!(write(&store, &[&line(300, "2i"), &line(3, "2i"), &line(3, "2")]).stored, 2);
}

#[test]
fn a_measurement_has_so_many_fields_and_no_more() {
    let (_dir, store) = store();
    let fields = |from: usize, to: usize| (from..to).map(|n| format!("f{n}=1i")).collect::<Vec<_>>().join(",");
    assert_eq!(write(&store, &[&format!("wide {} 10", fields(0, 4_095))]).stored, 1);
    let report = write(&store, &["wide last=1i 20", "wide f0=2i,over=1i 30", "wide f0=3i 40"]);
    let text = "too many fields: input field \"over\" on measurement \"wide\" would be one more than the 4096 that a measurement may have";
    assert_eq!(report, WriteReport { stored: 2, refused: 1, reason: Some(text.into()), ..Default::default() });
    assert_eq!(write(&store, &[&format!("wider {} 10", fields(0, 5_000))]).refused, 1);
    assert_eq!(write(&store, &["wider f0=1i 10"]).stored, 1);
}
