//! The JSON form: what InfluxDB 2 answers and its clients send.

use serde_json::{Value, json};

use super::{oracle, shape, tree};
use crate::syntax::dump::dump_without_places;
use crate::syntax::json::{read_extern, read_script, write_package};
use crate::syntax::printer::print;

#[test]
fn the_recorded_trees() {
    for text in ["x = 1", "from(bucket: \"b\") |> range(start: -1h)"] {
        let recorded = include_str!("query_ast.json");
        let recorded: Value = serde_json::from_str(recorded).unwrap();
        assert_eq!(write_package(text, &tree(text)), recorded[text], "{text}");
    }
    let empty = json!({"type": "Package", "package": "main", "files": [
        {"type": "File", "metadata": "parser-type=rust", "package": null, "imports": null, "body": []}]});
    assert_eq!(write_package("", &tree("")), empty);
}

#[test]
fn trees_read_back() {
    let mut count = 0;
    for (path, text) in oracle::scripts().into_iter().step_by(4) {
        let Ok(file) = crate::syntax::parse_or_error(&text) else { continue };
        let written = write_package(&text, &file).to_string();
        match read_script(&written) {
            Ok(read) => assert_eq!(dump_without_places(&read), dump_without_places(&file), "{}", path.display()),
            Err(error) => assert!(error.message.contains("recursion limit"), "{}: {error}", path.display()),
        }
        count += 1;
    }
    assert!(count > 200, "only {count}");
}

#[test]
fn places_come_along() {
    let text = "x = f(a: 1)";
    let read = read_script(&write_package(text, &tree(text)).to_string()).unwrap();
    assert_eq!(read.span.to_string(), "1:1-1:12");
}

/// The file that declares `option v = {...}` as clients send it.
fn option_v(value: Value) -> String {
    let property = json!({"type": "Property", "key": {"type": "Identifier", "name": "a"}, "value": value});
    let object = json!({"type": "ObjectExpression", "properties": [property]});
    let id = json!({"type": "Identifier", "name": "v"});
    let assignment = json!({"type": "VariableAssignment", "id": id, "init": object});
    let body = json!([{"type": "OptionStatement", "assignment": assignment}]);
    json!({"type": "File", "package": null, "imports": null, "body": body}).to_string()
}

#[test]
fn values_of_a_dashboard() {
    let minute =
        json!({"type": "DurationLiteral", "values": [{"magnitude": 1, "unit": "m"}, {"magnitude": 5, "unit": "s"}]});
    for (value, expected) in [
        (json!({"type": "DateTimeLiteral", "value": "2024-03-04T00:00:00Z"}), "2024-03-04T00:00:00Z"),
        (json!({"type": "DateTimeLiteral", "value": "2024-03-04T01:00:00.5+01:00"}), "2024-03-04T00:00:00.500Z"),
        (minute.clone(), "1m5s"),
        (json!({"type": "UnaryExpression", "operator": "-", "argument": minute}), "-1m5s"),
        (json!({"type": "StringLiteral", "value": "a \"b\""}), "\"a \\\"b\\\"\""),
        (json!({"type": "IntegerLiteral", "value": "-7"}), "-7"),
        (
            json!({"type": "UnsignedIntegerLiteral", "value": "18446744073709551615"}),
            "uint(v: \"18446744073709551615\")",
        ),
        (json!({"type": "FloatLiteral", "value": 2}), "2.0"),
        (json!({"type": "BooleanLiteral", "value": true}), "true"),
        (json!({"type": "ArrayExpression", "elements": [{"type": "IntegerLiteral", "value": "1"}]}), "[1]"),
        (json!({"type": "CallExpression", "callee": {"type": "Identifier", "name": "now"}}), "now()"),
        (
            json!({"type": "MemberExpression", "object": {"type": "Identifier", "name": "w"},
            "property": {"type": "StringLiteral", "value": "b c"}}),
            "w[\"b c\"]",
        ),
    ] {
        let file = read_extern(&option_v(value)).unwrap();
        assert_eq!(print(&file), format!("option v = {{a: {expected}}}\n"));
    }
}

#[test]
fn operators_get_their_parentheses() {
    let one = json!({"type": "IntegerLiteral", "value": "1"});
    let sum = json!({"type": "BinaryExpression", "operator": "+", "left": one, "right": one});
    let product = json!({"type": "BinaryExpression", "operator": "*", "left": sum, "right": sum});
    let file = read_extern(&option_v(product)).unwrap();
    assert_eq!(print(&file), "option v = {a: (1 + 1) * (1 + 1)}\n");
}

#[test]
fn wrong_files() {
    let message = |text: &str| read_extern(text).unwrap_err().message;
    let head = "compilation failed: extern json parse error: ";
    assert_eq!(message("\"x\""), format!("{head}invalid type: string \"x\", expected struct File at line 1 column 47"));
    assert_eq!(message("{}"), format!("{head}missing field `imports` at line 1 column 46"));
    assert!(message(&option_v(json!({"type": "Nothing"}))).contains("unknown variant `Nothing`"));
    let bad = json!({"type": "BinaryExpression", "operator": "%%", "left": {"type": "PipeLiteral"}, "right": {"type": "PipeLiteral"}});
    assert_eq!(message(&option_v(bad)), format!("{head}unknown operator: %%"));
    assert!(message(&option_v(json!({"type": "RegexpLiteral", "value": "("}))).contains("unclosed group"));
    assert!(message("{").starts_with(head));
    assert!(read_script("[]").unwrap_err().message.starts_with("compilation failed: ast json parse error: "));
}

#[test]
fn a_single_file_is_a_script() {
    let text = "package p\nimport \"array\"\nx = (r) => ({r with a: 1})";
    let written = write_package(text, &tree(text));
    let read = read_script(&written["files"][0].to_string()).unwrap();
    assert_eq!(dump_without_places(&read), shape(text));
}
