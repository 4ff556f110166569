//! How texts are read: precedence, the forms of literals, what belongs together.

use super::{errors_of, shape, tree};
use crate::ast::{ExpressionKind, Statement};

/// Both texts must give the same tree, but for the parentheses of the second.
fn same(text: &str, grouped: &str) {
    let plain = |text: &str| {
        let lines: Vec<String> = shape(text).lines().map(|line| line.trim().to_owned()).collect();
        lines.into_iter().filter(|line| line != "Parenthesized").collect::<Vec<_>>()
    };
    assert_eq!(plain(text), plain(grouped), "{text}");
}

/// The value of `x = TEXT`.
fn value(text: &str) -> ExpressionKind {
    match tree(&format!("x = {text}")).body.pop() {
        Some(Statement::Variable(assignment)) => assignment.value.kind,
        other => panic!("{other:?}"),
    }
}

#[test]
fn precedence() {
    same("x = -2 ^ 2", "x = (-2) ^ 2");
    same("x = 2 ^ -2 ^ 3", "x = (2 ^ (-2)) ^ 3");
    same("x = a |> f() + 1", "x = (a |> f()) + 1");
    same("x = -a |> f()", "x = (-a) |> f()");
    same("x = a + b |> f()", "x = a + (b |> f())");
    same("x = 1 + 2 * 3 - 4 % 5", "x = (1 + (2 * 3)) - (4 % 5)");
    same("x = 1 - 2 - 3", "x = (1 - 2) - 3");
    same("x = not r.x == 1", "x = not (r.x == 1)");
    same("x = not exists r.x and b", "x = (not (exists r.x)) and b");
    same("x = a or b and c or d", "x = (a or (b and c)) or d");
    same("x = a == b + 1 and c =~ /x/", "x = (a == (b + 1)) and (c =~ /x/)");
    same("x = if a or b then c + 1 else d and e", "x = if (a or b) then (c + 1) else (d and e)");
    same("x = (r) => r.a or r.b", "x = (r) => ((r.a) or (r.b))");
    same("x = a.b[0].c(d: 1).e", "x = (((a.b)[0]).c(d: 1)).e");
}

#[test]
fn parentheses_are_kept() {
    assert!(matches!(value("(1)"), ExpressionKind::Parenthesized(_)));
    assert!(matches!(value("(a)"), ExpressionKind::Parenthesized(_)));
    assert!(matches!(value("(a) => a"), ExpressionKind::Function(_)));
    assert!(matches!(value("() => 1"), ExpressionKind::Function(_)));
}

#[test]
fn line_breaks_end_nothing() {
    assert_eq!(shape("x = f\n(a: 1)"), shape("x = f(a: 1)"));
    assert_eq!(shape("x = a\n[0]"), shape("x = a[0]"));
    assert_eq!(shape("x = a\n- 1"), shape("x = a - 1"));
    assert_eq!(tree("x = 1 y = 2 f()").body.len(), 3);
}

#[test]
fn slashes_divide_or_quote() {
    assert_eq!(value("/a\\/b/"), ExpressionKind::Regex("a/b".to_owned()));
    assert_eq!(value("/\\d+\\x2e/"), ExpressionKind::Regex("\\d+.".to_owned()));
    same("x = a / b / c", "x = (a / b) / c");
    same("x = a / /b/", "x = (a) / (/b/)");
    assert_eq!(shape("x = 1 // two / three\n+ 2 // end"), shape("x = 1 + 2"));
    assert_eq!(errors_of("/a/"), "");
}

#[test]
fn strings() {
    let text = |source: &str| match value(source) {
        ExpressionKind::String(text) => text,
        other => panic!("{other:?}"),
    };
    assert_eq!(text(r#""a\n\r\t\\\"\$\x41\xc2\xb5""#), "a\n\r\t\\\"$A\u{b5}");
    assert_eq!(text("\"two\nlines // no comment\""), "two\nlines // no comment");
    assert_eq!(text(r#""5 $ or $x or \${x} or $${x} or $""#), "5 $ or $x or ${x} or $${x} or $");
    let ExpressionKind::Interpolated(parts) = value(r#""a ${b + "}"} c ${ "${d}" }$""#) else { panic!("no parts") };
    assert_eq!(parts.len(), 5);
}

#[test]
fn numbers() {
    assert_eq!(value("9223372036854775807"), ExpressionKind::Integer(i64::MAX));
    assert_eq!(value("1."), ExpressionKind::Float(1.0));
    assert_eq!(value(".5"), ExpressionKind::Float(0.5));
    assert_eq!(value("007.5"), ExpressionKind::Float(7.5));
    assert_eq!(value("0"), ExpressionKind::Integer(0));
}

#[test]
fn times_and_durations() {
    assert_eq!(value("1970-01-02"), ExpressionKind::Time(86_400_000_000_000));
    assert_eq!(value("1970-01-01T02:00:00.5+02:00"), ExpressionKind::Time(500_000_000));
    assert_eq!(value("1969-12-31T23:59:59.999999999Z"), ExpressionKind::Time(-1));
    let ExpressionKind::Duration(duration) = value("1y2mo3w4d5h6m7s8ms9us10ns") else { panic!("no duration") };
    assert_eq!(duration.to_string(), "1y2mo3w4d5h6m7s8ms9us10ns");
    let ExpressionKind::Duration(duration) = value("1µs") else { panic!("no duration") };
    assert_eq!(duration.nanos, 1_000);
}

#[test]
fn collections() {
    assert_eq!(value("[:]"), ExpressionKind::Dictionary(Vec::new()));
    assert_eq!(value("[]"), ExpressionKind::Array(Vec::new()));
    assert!(matches!(value("[1, 2,]"), ExpressionKind::Array(elements) if elements.len() == 2));
    assert!(matches!(value("[\"a\": 1, \"b\": 2,]"), ExpressionKind::Dictionary(entries) if entries.len() == 2));
    assert!(
        matches!(value("{r with \"a b\": 1, c: 2,}"), ExpressionKind::Record { with: Some(_), properties } if properties.len() == 2)
    );
    assert!(
        matches!(value("{a, b}"), ExpressionKind::Record { properties, .. } if properties.iter().all(|p| p.shorthand))
    );
    assert!(matches!(value("r[\"a b\"]"), ExpressionKind::Member { property, .. } if property.name == "a b"));
    assert!(matches!(value("r[0]"), ExpressionKind::Index { .. }));
    assert!(matches!(value("f(l: .name)"), ExpressionKind::Call { arguments, .. }
        if arguments[0].value.kind == ExpressionKind::Label("name".to_owned())));
}

#[test]
fn statements() {
    let text = "@edition(\"2022.1\")\npackage foo\n@tag\nimport \"a/b\"\nimport c \"d\"\n\
        option now = () => 2020-01-01\noption b.x = 1\n\
        builtin f : (<-t: stream[A], ?x: T = .y, z: {A with b: [int], \"c d\": [string: float]}) => stream[B] where A: Record, B: Record + Equatable\n\
        testcase t extends \"x_test\" {\n y = 1\n f = (a, b=1, t=<-) => { return a }\n}\nf(z: 1)";
    let file = tree(text);
    assert_eq!(file.package.unwrap().name, "foo");
    assert_eq!(file.imports.len(), 2);
    assert_eq!(file.imports[1].alias.as_ref().unwrap().name, "c");
    assert_eq!(file.body.len(), 5);
    assert!(matches!(&file.body[1], Statement::Option { package: Some(package), .. } if package.name == "b"));
    assert!(matches!(&file.body[2], Statement::Builtin { type_text, .. } if type_text.ends_with("Record + Equatable")));
    assert!(matches!(&file.body[3], Statement::TestCase { extends: Some(path), body, .. }
        if path.value == "x_test" && body.body.len() == 2));
}

#[test]
fn expressions_side_by_side_pass_inside_brackets() {
    assert_eq!(errors_of("f(fn: (r) r.x == 1)"), "");
    assert!(shape("f(fn: (r) r.x == 1)").contains("Binary <INVALID_OP>"));
}
