//! Go's escapes and Go's complaints.

use serde_json::json;

use super::{Fields, parse, write_text};

fn complaint(text: &str) -> String {
    parse(text.as_bytes()).unwrap_err()
}

#[test]
fn texts_are_escaped_as_go_does() {
    let mut out = Vec::new();
    write_text(&mut out, "a<b>&\"c\"\n\u{2028}é");
    assert_eq!(String::from_utf8(out).unwrap(), r#""a\u003cb\u003e\u0026\"c\"\n\u2028é""#);
}

#[test]
fn the_first_value_is_read_and_the_rest_is_ignored() {
    assert_eq!(parse(b" {\"a\": 1} trailing").unwrap(), json!({"a": 1}));
}

#[test]
fn syntax_errors_are_worded_as_go_words_them() {
    for (text, words) in [
        ("", "EOF"),
        (" \n", "EOF"),
        ("{", "unexpected EOF"),
        ("{\"query\": \"buckets()\"", "unexpected EOF"),
        ("x", "invalid character 'x' looking for beginning of value"),
        ("not json", "invalid character 'o' in literal null (expecting 'u')"),
        ("from(", "invalid character 'r' in literal false (expecting 'a')"),
        ("{a", "invalid character 'a' looking for beginning of object key string"),
        ("{\"a\" 1", "invalid character '1' after object key"),
        ("{\"a\": 1 2", "invalid character '2' after object key:value pair"),
        ("[1 2", "invalid character '2' after array element"),
        ("[1.x", "invalid character 'x' after decimal point in numeric literal"),
        ("[1ex", "invalid character 'x' in exponent of numeric literal"),
        ("[-x", "invalid character 'x' in numeric literal"),
        ("\"a\\q", "invalid character 'q' in string escape code"),
        ("\"a\\u00g", "invalid character 'g' in \\u hexadecimal character escape"),
        ("\"a\nb\"", "invalid character '\\n' in string literal"),
        ("{\"a\":1,}", "invalid character '}' looking for beginning of object key string"),
        ("'", "invalid character '\\'' looking for beginning of value"),
    ] {
        assert_eq!(complaint(text), words, "{text:?}");
    }
}

#[test]
fn deep_nesting_is_refused_and_does_not_overflow() {
    let text = "[".repeat(100_000);
    assert!(complaint(&text).starts_with("exceeded max depth"));
}

#[test]
fn wrong_types_name_the_field() {
    let value = json!({"query": 1, "n": 1.5, "list": ["a", null], "d": "csv"});
    let fields = Fields::of(&value, "QueryRequest", "http.QueryRequest").unwrap();
    assert_eq!(
        fields.text("query").unwrap_err(),
        "json: cannot unmarshal number into Go struct field QueryRequest.query of type string"
    );
    assert_eq!(
        fields.integer("n").unwrap_err(),
        "json: cannot unmarshal number 1.5 into Go struct field QueryRequest.n of type int64"
    );
    assert_eq!(fields.texts("list").unwrap().unwrap(), ["a", ""]);
    assert_eq!(
        fields.object("d", "QueryDialect.dialect", "http.QueryDialect").unwrap_err(),
        "json: cannot unmarshal string into Go struct field QueryRequest.d of type http.QueryDialect"
    );
    assert_eq!(
        Fields::of(&json!([]), "QueryRequest", "http.QueryRequest").unwrap_err(),
        "json: cannot unmarshal array into Go value of type http.QueryRequest"
    );
    assert_eq!(fields.text("absent").unwrap(), None);
}
