//! Null in logic, conditions, missing columns, and what is not evaluated.

use flux::plan::ScalarType::{Bool, Float, Int};

use super::*;

fn three_values() -> Table {
    let n = Scalar::Null;
    let rows = [
        [i(1), b(true), b(true)],
        [i(2), b(true), n.clone()],
        [i(3), n.clone(), b(true)],
        [i(4), b(false), n.clone()],
        [i(5), n.clone(), b(false)],
        [i(6), n.clone(), n],
    ];
    let rows: Vec<&[Scalar]> = rows.iter().map(|r| r.as_slice()).collect();
    Table::new(&[("k", Int), ("a", Bool), ("b", Bool)], &rows)
}

#[test]
fn a_function_with_calls_takes_null_on_the_left_for_false() {
    let table = three_values();
    let and = table.values(&and(r("a"), r("b"))).unwrap();
    assert_eq!(and, ["true", "<null>", "false", "false", "false", "false"]);
    let or = table.values(&or(r("a"), r("b"))).unwrap();
    assert_eq!(or, ["true", "true", "true", "<null>", "false", "<null>"]);
    let not = table.values(&not(r("a"))).unwrap();
    assert_eq!(not, ["false", "false", "<null>", "true", "<null>", "<null>"]);
}

#[test]
fn a_vectorized_function_has_three_values() {
    let table = three_values();
    let mut scope = table.scope();
    scope.three_valued = true;
    let and = table.values_in(&and(r("a"), r("b")), &scope).unwrap();
    assert_eq!(and, ["true", "<null>", "<null>", "false", "false", "<null>"]);
    let or = table.values_in(&or(r("a"), r("b")), &scope).unwrap();
    assert_eq!(or, ["true", "true", "true", "<null>", "<null>", "<null>"]);
}

#[test]
fn filters_keep_what_is_true() {
    let table = three_values();
    assert_eq!(table.kept(&or(r("a"), not(r("b")))).unwrap(), ["1", "2", "5"]);
    assert_eq!(table.kept(&not(and(r("a"), r("b")))).unwrap(), ["3", "4", "5", "6"]);
    assert_eq!(table.kept(&and(r("a"), r("b"))).unwrap(), ["1"]);
    assert_eq!(table.kept(&exists(r("a"))).unwrap(), ["1", "2", "4"]);
    assert_eq!(table.kept(&not(exists(r("nothing")))).unwrap().len(), 6);
}

#[test]
fn a_missing_column_is_null_of_the_other_sides_type() {
    let table = three_values();
    for operator in [BinaryOperator::Equal, BinaryOperator::NotEqual] {
        assert!(table.kept(&op(operator, r("missing"), text("x"))).unwrap().is_empty());
    }
    let pattern = l(Scalar::Regex("x".into()));
    assert!(table.kept(&op(BinaryOperator::NotMatches, r("missing"), pattern)).unwrap().is_empty());
    let sum = compile(&op(BinaryOperator::Add, r("missing"), float(1.0)), &table.scope()).unwrap();
    assert_eq!(sum.data_type, Some(Float));
    assert!(table.kept(&r("missing")).unwrap().is_empty());
    assert_eq!(table.kept(&or(r("missing"), r("a"))).unwrap(), ["1", "2"]);
    assert_eq!(table.kept(&not(and(r("missing"), r("a")))).unwrap().len(), 6);
}

#[test]
fn null_takes_the_other_branch() {
    let table = three_values();
    let chosen = table.values(&when(r("a"), text("yes"), text("no"))).unwrap();
    assert_eq!(chosen, ["yes", "yes", "no", "no", "no", "no"]);
    let typed = table.values(&when(r("a"), r("missing"), r("k"))).unwrap();
    assert_eq!(typed, ["<null>", "<null>", "3", "4", "5", "6"]);
    let conflict = table.values(&when(r("a"), int(1), text("no"))).unwrap_err();
    assert_eq!(conflict.message, "type conflict: int != string");
}

#[test]
fn what_is_not_reached_does_not_fail() {
    let table = Table::new(&[("k", Int), ("x", Int)], &[&[i(1), i(0)], &[i(2), i(5)], &[i(3), Scalar::Null]]);
    let quotient = op(BinaryOperator::Divide, int(10), r("x"));
    let nonzero = op(BinaryOperator::NotEqual, r("x"), int(0));
    let large = op(BinaryOperator::Greater, quotient.clone(), int(1));
    assert_eq!(table.kept(&and(nonzero.clone(), large.clone())).unwrap(), ["2"]);
    let zero = op(BinaryOperator::Equal, r("x"), int(0));
    assert_eq!(table.kept(&or(zero, large)).unwrap(), ["1", "2"]);
    assert_eq!(table.values(&when(nonzero, quotient.clone(), int(-1))).unwrap(), ["-1", "2", "-1"]);
    assert_eq!(table.values(&quotient).unwrap_err().message, "cannot divide by zero");
}

#[test]
fn death_in_a_branch_comes_with_its_row() {
    let table = Table::new(&[("k", Int)], &[&[i(30)], &[i(40)]]);
    let message = RowExpr::Interpolate(vec![text("too little: "), r("k")]);
    let die = call("die", &[("msg", message)]);
    let body = |bound| when(op(BinaryOperator::Less, r("k"), int(bound)), die.clone(), r("k"));
    assert_eq!(table.values(&body(25)).unwrap(), ["30", "40"]);
    assert_eq!(table.values(&body(35)).unwrap_err().message, "too little: 30");
    let constant = when(op(BinaryOperator::Less, r("k"), int(5)), call("die", &[("msg", text("x"))]), r("k"));
    assert_eq!(table.values(&constant).unwrap(), ["30", "40"]);
}
