//! Tests of delete predicates: what InfluxDB 2.9.1 answered, and shapes beyond the recordings.

use super::*;

fn tag(key: &str, comparison: Comparison, value: &str) -> SeriesFilter {
    SeriesFilter::Tag { key: key.to_owned(), comparison, value: value.to_owned() }
}

fn equal(key: &str, value: &str) -> SeriesFilter {
    tag(key, Comparison::Equal, value)
}

#[test]
fn recorded_predicates_are_read() {
    assert_eq!(parse(""), Ok(SeriesFilter::All));
    assert_eq!(parse("kind!=\"sail\""), Ok(tag("kind", Comparison::NotEqual, "sail")));
    assert_eq!(parse("kind=\"\""), Ok(equal("kind", "")));
    assert_eq!(parse("kind=sail"), Ok(equal("kind", "sail")));
    let three = vec![equal("_measurement", "boat"), equal("pier", "p1"), equal("kind", "sail")];
    let text = "_measurement=\"boat\" AND pier=\"p1\" AND kind=\"sail\"";
    assert_eq!(parse(text), Ok(SeriesFilter::And(three)));
    let two = vec![equal("pier", "p2"), equal("kind", "motor")];
    assert_eq!(parse("(pier=\"p2\" and (kind=\"motor\"))"), Ok(SeriesFilter::And(two)));
}

#[test]
fn values_are_names_numbers_durations_and_booleans() {
    for (text, value) in [
        ("a=5", "5"),
        ("a = -1.50", "-1.50"),
        ("a=1h30m", "1h30m"),
        ("a=TRUE", "true"),
        ("a=\"x \\\"y\\\" \\\\ z\"", "x \"y\" \\ z"),
        ("\"a\"=\"日本\"", "日本"),
    ] {
        assert_eq!(parse(text), Ok(equal("a", value)), "{text}");
    }
    assert_eq!(parse("a<>b"), Ok(tag("a", Comparison::NotEqual, "b")));
}

#[test]
fn refusals_are_worded_as_recorded() {
    for (text, want) in [
        ("pier=\"p1\" OR pier=\"p2\"", "the logical operator OR is not supported yet at position 10"),
        ("pier=~/p.*/", "operator: \"=~\" at position: 4 is not supported yet"),
        ("pier!~/p.*/", "operator: \"!~\" at position: 4 is not supported yet"),
        ("speed > 3", "invalid operator \">\" at position: 6"),
        ("speed <= 3", "invalid operator \"<=\" at position: 6"),
        ("pier='p1'", "bad tag value: \"p1\", at position 4"),
        ("(pier=\"p1\"", "extra ( seen"),
        ("pier=\"p1\")", "extra ) seen"),
        ("pier", "invalid operator \"EOF\" at position: 5"),
        ("pier=\"p1\" kind=\"sail\"", "the logical operator '\\x00' is invalid"),
        ("pier==p1", "bad tag value: \"\", at position 5"),
        ("NOT pier=\"p1\"", "invalid operator \"IDENT\" at position: 4"),
        ("5=\"p1\"", "bad tag key, at position 0"),
        ("'pier'=\"p1\"", "bad logical expression, at position 0"),
    ] {
        let message = parse(text).unwrap_err().to_string();
        assert_eq!(message, format!("error decoding json body: {want}"), "{text}");
    }
    let expected = "expected identifier, string, number, bool at line 1, char";
    for (text, found) in [
        ("AND pier=\"p1\"", format!("found AND, {expected} 1")),
        ("  ", format!("found EOF, {expected} 4")),
        ("a=b AND", format!("found EOF, {expected} 9")),
    ] {
        let message = parse(text).unwrap_err().to_string();
        assert_eq!(message, format!("invalid request; error parsing predicate: {found}"), "{text}");
    }
    assert_eq!(parse("_field=\"speed\""), Err(PredicateError::ByField));
    assert_eq!(parse("a=b AND _field=\"speed\"").unwrap_err().to_string(), "delete by field is not supported");
}

#[test]
fn deep_and_broken_texts_end_in_an_answer() {
    let deep = format!("{}a=b{}", "(".repeat(100_000), ")".repeat(100_000));
    assert_eq!(parse(&deep), Ok(equal("a", "b")));
    for text in ["()", "((", "a=", "a=\"x", "a=\"\\q\"", "-", "é=1", "a=-b", "\"", "a=b AND ()", "=", "\0"] {
        assert!(parse(text).is_err(), "{text:?}");
    }
}
