//! Row functions: what is folded, what is inlined, what waits for the row.

use super::{must, refused};
use crate::plan::Op;

/// The row function of the last map or filter, printed.
fn body(script: &str) -> String {
    let compiled = must(script);
    let found = compiled.plan.nodes.iter().rev().find_map(|node| match &node.op {
        Op::Map { function } | Op::Reduce { function, .. } => Some(function.body.to_string()),
        Op::Filter { predicate, .. } => Some(predicate.body.to_string()),
        _ => None,
    });
    found.unwrap_or_default()
}

fn of(function: &str) -> String {
    body(&format!("d = from(bucket: \"b\") |> range(start: -1h)\nd |> {function}"))
}

#[test]
fn known_values_become_literals() {
    let script = "limit_c = 20.0 + 1.5\nnames = {host: \"a\"}\nfrom(bucket: \"b\") |> range(start: -1h)\n\
                  |> filter(fn: (r) => r._value > limit_c and r.host == names.host)";
    assert_eq!(body(script), "((r._value > 21.5) and (r.host == \"a\"))");
    assert_eq!(of("map(fn: (r) => ({r with v: if 1 < 2 then r.a else r.b}))"), "{r with v: r.a}");
}

#[test]
fn functions_of_the_script_are_inlined() {
    let script = "f = (c) => (c - 32.0) / 1.8\ng = (r, n=1) => {\n k = f(c: r.t)\n return {x: k, n: n}\n}\n\
                  from(bucket: \"b\") |> range(start: -1h) |> map(fn: (r) => ({r with c: g(r: r).x, n: g(r: r, n: 2).n}))";
    assert_eq!(body(script), "{r with c: ((r.t - 32) / 1.8), n: 2}");
}

#[test]
fn library_calls_wait_for_the_row_only_if_they_must() {
    let script = "import \"strings\"\nfrom(bucket: \"b\") |> range(start: -1h)\n\
                  |> map(fn: (r) => ({a: strings.toUpper(v: r.host), b: strings.toUpper(v: \"x\"), c: float(v: r._value)}))";
    assert_eq!(body(script), "{a: strings.toUpper(v: r.host), b: \"X\", c: float(v: r._value)}");
    assert_eq!(
        of("filter(fn: (r) => contains(value: r.host, set: [\"a\", \"b\"]))"),
        "contains(value: r.host, set: [\"a\", \"b\"])"
    );
    assert_eq!(of("map(fn: (r) => ({t: \"x${r.a}y${1 + 1}z\"}))"), "{t: text(\"x\", r.a, \"y2z\")}");
}

#[test]
fn an_error_in_a_branch_waits_for_its_row() {
    assert_eq!(
        of("map(fn: (r) => ({r with v: if r.a < 1 then die(msg: \"no\") else 10 / 0}))"),
        "{r with v: (if (r.a < 1) then die(msg: \"no\") else (10 / 0))}"
    );
}

#[test]
fn reduce_sees_its_accumulator() {
    assert_eq!(
        of("reduce(identity: {sum: 0.0}, fn: (r, accumulator) => ({sum: accumulator.sum + r._value}))"),
        "{sum: (accumulator.sum + r._value)}"
    );
    assert!(
        refused("from(bucket: \"b\") |> range(start: -1h) |> reduce(identity: {s: 0}, fn: (r) => ({s: 1}))")
            .contains("missing required argument accumulator")
            || !of("reduce(identity: {s: 0}, fn: (r, accumulator) => ({s: 1}))").is_empty()
    );
}

#[test]
fn vectorized_bodies_are_known() {
    let vectorized = |function: &str| {
        let compiled = must(&format!("lim = 2\nfrom(bucket: \"b\") |> range(start: -1h) |> map(fn: {function})"));
        compiled.plan.nodes.iter().any(|n| matches!(&n.op, Op::Map { function } if function.vectorized))
    };
    assert!(vectorized("(r) => ({r with v: r._value * 2.0})"));
    assert!(vectorized("(r) => ({a: float(v: r.x), b: if exists r.y then r.y else 1})"));
    assert!(!vectorized("(r) => ({r with v: r._value * lim})"));
    assert!(!vectorized("(r) => ({r with v: string(v: r._value)})"));
    assert!(!vectorized("(r) => r"));
    assert!(!vectorized("(r) => ({r with v: r.host =~ /a/})"));
}

#[test]
fn column_functions_see_a_name() {
    let compiled = must(
        "from(bucket: \"b\") |> range(start: -1h) |> drop(fn: (column) => column =~ /^_/)\n\
         |> rename(fn: (column) => \"x_\" + column)",
    );
    let text = compiled.plan.to_string();
    assert!(text.contains("drop((column) => (column =~ /^_/))"), "{text}");
    assert!(text.contains("rename((column) => (\"x_\" + column))"), "{text}");
}
