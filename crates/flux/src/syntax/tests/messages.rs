//! What wrong scripts are told, beyond the recorded answers.

use super::errors_of;

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(errors_of(text), expected, "{text}");
}

#[test]
fn literals() {
    check("x = 00", "error @1:5-1:7: invalid integer literal \"00\": nonzero value cannot start with 0");
    check(
        "x = -9223372036854775808",
        "error @1:6-1:25: invalid integer literal \"9223372036854775808\": value out of range",
    );
    check(r#"x = "a\d""#, "error @1:5-1:10: invalid escape character d; write \\\\ for a backslash");
    check(r#"x = "\xg1""#, "error @1:5-1:11: invalid byte value: \\x wants two hexadecimal digits");
    check(r#"x = "\xff""#, "error @1:5-1:11: string is not UTF-8: invalid utf-8 sequence of 1 bytes from index 0");
    check("x = /a(/", "error @1:5-1:9: regex parse error: a(  error: unclosed group");
    check(
        "x = 2020-01-01T00:00:00",
        "error @1:5-1:24: invalid expression: invalid date time literal, missing time offset",
    );
    assert!(
        errors_of("x = 2020-13-01")
            .starts_with("error @1:5-1:15: invalid expression: invalid date time literal 2020-13-01: ")
    );
    check(
        "f(start: 2500-01-01, stop: 1)",
        "error @1:10-1:20: invalid date time literal 2500-01-01: times lie between 1677-09-21 and 2262-04-11",
    );
    check("f(a: 99999999999h)", "error @1:6-1:18: duration \"99999999999h\" is too large");
}

#[test]
fn brackets_and_keywords() {
    check("x = [1, 2", "error @1:5-1:10: expected RBRACK, got EOF");
    check("x = {a: 1", "error @1:5-1:10: expected RBRACE, got EOF");
    check(
        "x = {a b: 1}",
        "error @1:9-1:12: missing property key
\
         error @1:11-1:12: expected `with`, `:` or `,` behind a in a record, got b",
    );
    check("f = (a b) => a", "error @1:11-1:13: invalid statement: =>");
    check("x = a[]", "error @1:5-1:8: no expression included in brackets");
    check("option 1", "error @1:1-1:7: invalid statement: option");
    check("x = if a then b", "error @1:5-1:16: expected ELSE, got EOF");
    check(
        "x = \"${a\"",
        "error @1:5-1:10: got unexpected token in string expression @1:10-1:10: EOF\n\
         error @1:6-1:10: expected RBRACE, got QUOTE (\") at 1:9",
    );
}
