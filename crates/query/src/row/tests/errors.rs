//! Words and places of errors.

use flux::ast::{Position, Span};
use flux::plan::ScalarType::{Int, String};

use super::*;
use crate::row::{Place, evaluate_parameter};

fn span(line: u32, from: u32, to: u32) -> Span {
    Span { start: 0, end: 0, from: Position { line, column: from }, to: Position { line, column: to } }
}

fn place(name: &str, vectorized: bool) -> Place {
    Place { call: span(5, 8, 41), name: name.to_owned(), function: span(5, 19, 40), vectorized }
}

fn table() -> Table {
    Table::new(&[("_value", String), ("n", Int)], &[&[s("ok"), i(0)]])
}

fn message(body: &RowExpr, place: &Place) -> std::string::String {
    let table = table();
    let error = table.values_in(body, &table.scope().at(place)).unwrap_err();
    assert!(error.span.is_some());
    error.message
}

#[test]
fn a_filter_names_its_function() {
    let body = op(BinaryOperator::Greater, r("_value"), float(5.0));
    assert_eq!(
        message(&body, &place("filter", false)),
        "runtime error @5:8-5:41: filter: cannot compile @ 5:19-5:40: unsupported binary expression string > float"
    );
    let missing = op(BinaryOperator::Equal, r("left"), r("right"));
    assert_eq!(
        message(&missing, &place("filter", false)),
        "runtime error @5:8-5:41: filter: cannot compile @ 5:19-5:40: unsupported binary expression invalid == invalid"
    );
}

#[test]
fn a_vectorized_map_has_neither_place_nor_name() {
    let map = place("map", true);
    let message = |body| message(&body, &map);
    assert_eq!(message(op(BinaryOperator::Multiply, r("n"), float(1.5))), "runtime error: type conflict: float != int");
    assert_eq!(
        message(op(BinaryOperator::Greater, r("_value"), int(5))),
        "runtime error: unsupported type for vector GreaterThan: string > int"
    );
    assert_eq!(message(op(BinaryOperator::Divide, int(100), r("n"))), "runtime error: cannot divide by zero");
    assert_eq!(
        message(call("float", &[("v", r("_value"))])),
        "runtime error: cannot convert string \"ok\" to Float due to invalid syntax"
    );
}

#[test]
fn a_map_row_by_row_has_both() {
    let map = place("map", false);
    let message = |body| message(&body, &map);
    assert_eq!(
        message(op(BinaryOperator::Modulo, int(100), r("n"))),
        "runtime error @5:8-5:41: map: failed to evaluate map function: cannot mod zero"
    );
    assert_eq!(
        message(call("int", &[("v", r("_value"))])),
        "runtime error @5:8-5:41: map: failed to evaluate map function: cannot convert string \"ok\" to int due to invalid syntax"
    );
}

#[test]
fn unknown_functions_are_refused_with_near_names() {
    let error = table().values(&call("strings.uppercase", &[("v", r("_value"))])).unwrap_err();
    assert!(
        error
            .message
            .starts_with("function strings.uppercase is not supported inside a row function; known are strings.")
    );
    let error = table().values(&call("strings.toUpper", &[("x", r("_value"))])).unwrap_err();
    assert_eq!(error.message, "missing required argument v");
}

#[test]
fn functions_of_a_column_name() {
    let body = op(BinaryOperator::Matches, RowExpr::Parameter, l(Scalar::Regex("^_".into())));
    assert_eq!(evaluate_parameter(&body, &s("_value")), Ok(b(true)));
    assert_eq!(evaluate_parameter(&body, &s("host")), Ok(b(false)));
    let body = op(BinaryOperator::Add, RowExpr::Parameter, text("_new"));
    assert_eq!(evaluate_parameter(&body, &s("host")), Ok(s("host_new")));
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| {
        (1..depth).fold(r("n"), |inner, i| match i % 3 {
            0 => op(BinaryOperator::Add, inner, int(1)),
            1 => when(op(BinaryOperator::Less, r("n"), int(0)), int(0), inner),
            _ => call("int", &[("v", inner)]),
        })
    };
    let small_stack = std::thread::Builder::new().stack_size(2 << 20);
    let run = move || {
        let deepest = crate::row::limits::DEPTH;
        let table = table();
        let listed = |body| RowExpr::Index(Box::new(RowExpr::Array(vec![body])), Box::new(int(0)));
        let at_bound = (table.values(&nested(deepest - 4)), table.values(&listed(nested(deepest - 4))));
        (at_bound, compile(&nested(deepest + 1), &table.scope()).map(|_| ()))
    };
    let ((compiled, interpreted), refused) = small_stack.spawn(run).unwrap().join().unwrap();
    assert_eq!(compiled.unwrap().len(), 1);
    assert_eq!(interpreted.unwrap().len(), 1);
    assert!(refused.unwrap_err().message.starts_with("a row function nests deeper than 200 operations"));
}
