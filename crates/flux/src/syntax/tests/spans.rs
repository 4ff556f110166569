//! Places of nodes: run-time errors print those of calls.

use super::errors_of;
use crate::ast::{Expression, ExpressionKind, FunctionBody, Statement};
use crate::syntax::{parse, parse_or_error};

/// The expression of a script that is one expression.
fn expression(text: &str) -> Expression {
    match parse_or_error(text).unwrap().body.pop() {
        Some(Statement::Expression { expression, .. }) => expression,
        other => panic!("{text} is no expression: {other:?}"),
    }
}

#[test]
fn a_piped_call_has_its_own_place() {
    let pipe = expression("from(bucket: \"b\")\n    |> range(start: -1h)\n    |> map(fn: (r) => r)");
    assert_eq!(pipe.span.to_string(), "1:1-3:25");
    let ExpressionKind::Pipe { argument, call } = pipe.kind else { panic!("no pipe") };
    assert_eq!(call.span.to_string(), "3:8-3:25");
    let ExpressionKind::Pipe { call, .. } = argument.kind else { panic!("no pipe") };
    assert_eq!(call.span.to_string(), "2:8-2:25");
    let ExpressionKind::Call { arguments, .. } = &call.kind else { panic!("no call") };
    assert_eq!(arguments[0].span.to_string(), "2:14-2:24");
    assert_eq!(arguments[0].value.span.to_string(), "2:21-2:24");
}

#[test]
fn columns_are_bytes() {
    let call = expression("f(s: \"µµ\", x: g(\n  y: 1))");
    assert_eq!(call.span.to_string(), "1:1-2:9");
    let ExpressionKind::Call { arguments, .. } = &call.kind else { panic!("no call") };
    assert_eq!(arguments[0].value.span.to_string(), "1:6-1:12");
    assert_eq!(arguments[1].value.span.to_string(), "1:17-2:8");
}

#[test]
fn functions_start_at_their_parenthesis() {
    let function = expression("(r, x=1) => {\n  return r + x\n}");
    assert_eq!(function.span.to_string(), "1:1-3:2");
    let ExpressionKind::Function(function) = function.kind else { panic!("no function") };
    assert_eq!(function.parameters[1].span.to_string(), "1:5-1:8");
    let FunctionBody::Block(block) = function.body else { panic!("no block") };
    assert_eq!(block.span.to_string(), "1:13-3:2");
}

#[test]
fn nesting_is_bounded_and_fast() {
    let deep = |open: &str, close: &str, n: usize| format!("x = {}1{}", open.repeat(n), close.repeat(n));
    assert_eq!(errors_of(&deep("(", ")", 70)), "");
    for (open, close) in
        [("(", ")"), ("[", "]"), ("{a: ", "}"), ("f(a: ", ")"), ("() => ", ""), ("if true then ", " else 2")]
    {
        let text = deep(open, close, 10_000);
        assert!(errors_of(&text).contains("Program is nested too deep"), "{open}");
    }
}

#[test]
fn chains_are_bounded() {
    let chain = |link: &str, n: usize| format!("x = a{}", link.repeat(n));
    for link in [" or a", " + a", " |> f()", ".b", "[0]", "()", " ^ 2"] {
        assert_eq!(errors_of(&chain(link, 150)), "", "{link}");
        let parsed = parse(&chain(link, 100_000));
        assert_eq!(parsed.errors.len(), 1, "{link}");
        assert_eq!(parsed.errors[0].message, "Program is nested too deep");
    }
    for prefix in ["-", "not ", "exists ", "+ - "] {
        let parsed = parse(&format!("x = {}a", prefix.repeat(100_000)));
        assert_eq!(parsed.errors[0].message, "Program is nested too deep", "{prefix}");
    }
    let list = format!("x = [{}]", "a.b + 1, ".repeat(100_000));
    assert_eq!(errors_of(&list), "", "neighbours do not add up");
}
