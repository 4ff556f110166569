//! Records of `map`, and `reduce`.

use flux::ast::Span;
use flux::plan::RowFunction;
use flux::plan::ScalarType::{Float, Int, String};

use super::*;
use crate::row::Reducer;

fn table() -> Table {
    let rows: [&[Scalar]; 3] = [&[s("x"), i(7), f(0.5)], &[s("y"), i(-2), Scalar::Null], &[s("x"), i(1), f(2.0)]];
    Table::new(&[("tag", String), ("n", Int), ("v", Float)], &rows)
}

#[test]
fn columns_keep_their_places_and_new_ones_follow() {
    let body = record(
        Some(RowExpr::Row),
        &[("double", op(BinaryOperator::Multiply, r("n"), int(2))), ("n", text("gone")), ("other", r("nothing"))],
    );
    let (names, rows) = table().record(&body).unwrap();
    assert_eq!(names, ["tag", "n", "v", "double"]);
    assert_eq!(rows[1], ["y", "gone", "<null>", "-4"]);
    let (names, _) = table().record(&RowExpr::Row).unwrap();
    assert_eq!(names, ["tag", "n", "v"]);
}

#[test]
fn records_are_chosen_property_by_property() {
    let positive = op(BinaryOperator::Greater, r("n"), int(0));
    let body = when(
        positive,
        record(Some(RowExpr::Row), &[("share", op(BinaryOperator::Divide, int(10), r("n")))]),
        record(None, &[("tag", text("none")), ("n", int(0)), ("v", r("v")), ("share", int(-1))]),
    );
    let (names, rows) = table().record(&body).unwrap();
    assert_eq!(names, ["tag", "n", "v", "share"]);
    assert_eq!(rows, [["x", "7", "0.5", "1"], ["none", "0", "<null>", "-1"], ["x", "1", "2", "10"]]);
}

#[test]
fn what_no_column_holds_is_refused_by_name() {
    let message = |body: RowExpr| compile_record(&body, &table().scope()).map(|_| ()).unwrap_err().message;
    let inner = record(None, &[("v", r("v"))]);
    assert_eq!(
        message(record(None, &[("both", inner)])),
        "map object property \"both\" is object type which is not supported in a flux table"
    );
    assert_eq!(message(r("n")), "map function must return an object, got int");
    let list = RowExpr::Array(vec![r("n")]);
    assert_eq!(
        message(record(None, &[("list", list)])),
        "map object property \"list\" is array type which is not supported in a flux table"
    );
}

#[test]
fn records_of_functions_become_columns() {
    let known = when(exists(r("v")), r("v"), float(0.0));
    let (names, rows) = table().record(&call("math.modf", &[("f", known)])).unwrap();
    assert_eq!(names, ["int", "frac"]);
    assert_eq!(rows, [["0", "0.5"], ["0", "0"], ["2", "0"]]);
    let message = table().record(&call("math.modf", &[("f", r("v"))])).unwrap_err().message;
    assert_eq!(message, "cannot access property \"int\" of a null record");
}

fn reduce(
    body: RowExpr,
    identity: &[(&str, Scalar)],
) -> Result<(Vec<std::string::String>, Vec<std::string::String>), FluxError> {
    let table = table();
    let function = RowFunction { body, span: Span::default(), vectorized: false };
    let identity: Vec<(std::string::String, Scalar)> =
        identity.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect();
    let reducer = Reducer::new(&function, &identity, &table.scope())?;
    let batch = table.batch();
    let arrays: Vec<_> = reducer.inputs().iter().map(|name| batch.column_by_name(name).unwrap().clone()).collect();
    let mut state = reducer.start();
    reducer.step(&mut state, &arrays, 0..batch.num_rows())?;
    let names = reducer.columns().iter().map(|(name, _)| name.clone()).collect();
    Ok((names, state.values().iter().map(show).collect()))
}

fn accumulator(name: &str) -> RowExpr {
    RowExpr::Accumulator(name.to_owned())
}

#[test]
fn values_run_through_a_table() {
    let body = record(
        None,
        &[
            ("sum", op(BinaryOperator::Add, accumulator("sum"), r("n"))),
            ("count", op(BinaryOperator::Add, accumulator("count"), int(1))),
        ],
    );
    let (names, values) = reduce(body, &[("sum", i(0)), ("count", i(0))]).unwrap();
    assert_eq!(names, ["count", "sum"]);
    assert_eq!(values, ["3", "6"]);
}

#[test]
fn running_values_keep_their_types_and_are_not_null() {
    let sum = |column| record(None, &[("sum", op(BinaryOperator::Add, accumulator("sum"), r(column)))]);
    assert_eq!(reduce(sum("v"), &[("sum", i(0))]).unwrap_err().message, "type conflict: int != float");
    assert_eq!(
        reduce(sum("v"), &[("sum", f(0.0))]).unwrap_err().message,
        "null values are not supported for \"sum\" in the reduce() function"
    );
}
