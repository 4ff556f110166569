//! Arithmetic, comparisons, patterns and calls.

use flux::plan::ScalarType::{Bool, Float, Int, String, Time, UInt};

use super::*;

const COMPARISONS: [BinaryOperator; 6] = [
    BinaryOperator::Equal,
    BinaryOperator::NotEqual,
    BinaryOperator::Less,
    BinaryOperator::LessEqual,
    BinaryOperator::Greater,
    BinaryOperator::GreaterEqual,
];

const ARITHMETIC: [BinaryOperator; 6] = [
    BinaryOperator::Add,
    BinaryOperator::Subtract,
    BinaryOperator::Multiply,
    BinaryOperator::Divide,
    BinaryOperator::Modulo,
    BinaryOperator::Power,
];

fn ints() -> Vec<Scalar> {
    [i64::MIN, -1, 0, 1, i64::MAX].map(Scalar::Int).to_vec()
}

fn uints() -> Vec<Scalar> {
    [0, 1, 1 << 63, u64::MAX].map(Scalar::UInt).to_vec()
}

fn floats() -> Vec<Scalar> {
    let all = [f64::NEG_INFINITY, -1.5, -0.0, 0.0, 1.0, 1e19, f64::INFINITY, f64::NAN, -f64::NAN];
    all.map(Scalar::Float).to_vec()
}

fn type_of(values: &[Scalar]) -> ScalarType {
    values[0].column_type().unwrap()
}

/// All pairs of two lists, each value also with null, as a table of `a` and `b`.
fn pairs(a: &[Scalar], b: &[Scalar]) -> Table {
    let with_null = |values: &[Scalar]| values.iter().cloned().chain([Scalar::Null]).collect::<Vec<_>>();
    let rows: Vec<Vec<Scalar>> =
        with_null(a).iter().flat_map(|a| with_null(b).into_iter().map(|b| vec![a.clone(), b])).collect();
    let rows: Vec<&[Scalar]> = rows.iter().map(Vec::as_slice).collect();
    Table::new(&[("a", type_of(a)), ("b", type_of(b))], &rows)
}

/// What a row of operands should give.
type Expected = Box<dyn Fn(&[Scalar]) -> Scalar>;

/// Runs `a OPERATOR b` for both as columns, and with either as each literal, and compares with `flux::library`.
fn compare_with_the_library(table: &Table, operators: &[BinaryOperator]) {
    let mut literals: Vec<Scalar> = table.rows.iter().map(|row| row[1].clone()).collect();
    literals.truncate(table.rows.iter().take_while(|row| row[0] == table.rows[0][0]).count());
    literals.retain(|b| *b != Scalar::Null);
    let mut bodies = Vec::new();
    let mut expected: Vec<Expected> = Vec::new();
    for operator in operators.iter().copied() {
        let library = move |a: &Scalar, b: &Scalar| flux::library::operators::binary(operator, a, b).unwrap();
        bodies.push(op(operator, r("a"), r("b")));
        expected.push(Box::new(move |row| library(&row[0], &row[1])));
        for b in literals.clone() {
            bodies.push(op(operator, r("a"), l(b.clone())));
            let right = b.clone();
            expected.push(Box::new(move |row| library(&row[0], &right)));
            bodies.push(op(operator, l(b.clone()), r("a")));
            expected.push(Box::new(move |row| library(&b, &row[0])));
        }
    }
    let exprs = bodies.iter().map(|body| compile(body, &table.scope()).unwrap().expr).collect();
    for (row, found) in table.rows.iter().zip(table.run(exprs, None).unwrap()) {
        for ((body, found), expected) in bodies.iter().zip(found).zip(&expected) {
            assert_eq!(found, show(&expected(row)), "{row:?} {body:?}");
        }
    }
}

/// Every pair of numbers, as columns and as literals, gives what `flux::library` says.
#[test]
fn comparisons_agree_with_the_library() {
    let lists = [ints(), uints(), floats()];
    for a in &lists {
        for b in &lists {
            compare_with_the_library(&pairs(a, b), &COMPARISONS);
        }
    }
}

#[test]
fn arithmetic_agrees_with_the_library() {
    compare_with_the_library(&pairs(&floats(), &floats()), &ARITHMETIC);
    for mut values in [ints(), uints()] {
        let every = [BinaryOperator::Add, BinaryOperator::Subtract, BinaryOperator::Multiply, BinaryOperator::Power];
        compare_with_the_library(&pairs(&values, &values), &every);
        values.retain(|v| !matches!(v, Scalar::Int(0) | Scalar::UInt(0)));
        compare_with_the_library(&pairs(&values, &values), &[BinaryOperator::Divide, BinaryOperator::Modulo]);
    }
}

#[test]
fn integers_are_not_divided_by_zero() {
    for zero in [Scalar::Int(0), Scalar::UInt(0)] {
        let table = pairs(std::slice::from_ref(&zero), std::slice::from_ref(&zero));
        for right in [r("b"), l(zero)] {
            let message = |operator| table.values(&op(operator, r("a"), right.clone())).unwrap_err().message;
            assert_eq!(message(BinaryOperator::Divide), "cannot divide by zero");
            assert_eq!(message(BinaryOperator::Modulo), "cannot mod zero");
        }
    }
}

#[test]
fn texts_are_compared_joined_and_matched() {
    let rows: [&[Scalar]; 3] = [&[s("apple"), s("banana")], &[s("é"), s("z")], &[Scalar::Null, s("x")]];
    let table = Table::new(&[("a", String), ("b", String)], &rows);
    let joined = op(BinaryOperator::Add, op(BinaryOperator::Add, r("a"), text("-")), r("b"));
    assert_eq!(table.values(&joined).unwrap(), ["apple-banana", "é-z", "<null>"]);
    assert_eq!(table.values(&op(BinaryOperator::GreaterEqual, r("a"), r("b"))).unwrap(), ["false", "true", "<null>"]);
    let matches =
        |operator, pattern: &str| table.values(&op(operator, r("a"), l(Scalar::Regex(pattern.into())))).unwrap();
    assert_eq!(matches(BinaryOperator::Matches, "(?i)^APP"), ["true", "false", "<null>"]);
    assert_eq!(matches(BinaryOperator::NotMatches, r"^\w+$"), ["false", "true", "<null>"]);
}

#[test]
fn signs_and_times() {
    let t = time("2024-01-01");
    let table = Table::new(&[("i", Int), ("f", Float), ("t", Time)], &[&[i(i64::MIN), f(0.0), t.clone()]]);
    let minus = |name| RowExpr::Unary(UnaryOperator::Minus, Box::new(r(name)));
    assert_eq!(table.values(&minus("i")).unwrap(), [i64::MIN.to_string()]);
    assert_eq!(table.values(&minus("f")).unwrap(), ["-0"]);
    assert_eq!(table.values(&op(BinaryOperator::LessEqual, r("t"), l(t))).unwrap(), ["true"]);
    let later = l(time("2024-01-02"));
    assert_eq!(table.values(&op(BinaryOperator::Less, later, r("t"))).unwrap(), ["false"]);
}

#[test]
fn columns_are_converted() {
    let columns = [("i", Int), ("u", UInt), ("f", Float), ("b", Bool), ("s", String), ("t", Time)];
    let row = [i(-3), Scalar::UInt(7), f(2.9), b(true), s("12"), Scalar::Time(125)];
    let table = Table::new(&columns, &[&row, &[const { Scalar::Null }; 6]]);
    for (function, expected) in [
        ("float", ["-3", "7", "2.9", "1", "12", "error: cannot convert time to float"]),
        ("int", ["-3", "7", "2", "1", "12", "125"]),
        ("uint", ["18446744073709551613", "7", "2", "1", "12", "125"]),
        ("string", ["-3", "7", "2.9", "true", "12", "1970-01-01T00:00:00.000000125Z"]),
        (
            "bool",
            [
                "error: cannot convert int -3 to bool, must be 0 or 1",
                "error: cannot convert uint 7 to bool, must be 0 or 1",
                "error: cannot convert float 2.900000 to bool, must be 0 or 1",
                "true",
                "error: cannot convert string \"12\" to bool",
                "error: cannot convert time to bool",
            ],
        ),
    ] {
        for ((name, _), expected) in columns.iter().zip(expected) {
            let found = table.values(&call(function, &[("v", r(name))]));
            let found = found.unwrap_or_else(|e| vec![format!("error: {}", e.message)]);
            assert_eq!(found[0], expected, "{function}({name})");
            assert!(found.get(1).is_none_or(|v| v == "<null>"), "{function}({name}) of null");
        }
    }
    assert_eq!(table.values(&call("time", &[("v", r("i"))])).unwrap()[0], "1969-12-31T23:59:59.999999997Z");
    let missing = compile(&call("float", &[("v", r("nothing"))]), &table.scope()).unwrap();
    assert_eq!(missing.data_type, Some(Float));
}

#[test]
fn library_calls_over_columns() {
    let table = Table::new(&[("s", String), ("f", Float)], &[&[s("node=7"), f(2.25)], &[Scalar::Null, Scalar::Null]]);
    let check = |body: RowExpr, expected: &str| {
        assert_eq!(table.values(&body).unwrap(), [expected, "<null>"], "{body:?}");
    };
    check(call("strings.toUpper", &[("v", r("s"))]), "NODE=7");
    check(call("math.floor", &[("x", r("f"))]), "2");
    check(call("math.pow", &[("y", float(2.0)), ("x", r("f"))]), "5.0625");
    check(call("math.pow", &[("y", r("f")), ("x", r("f"))]), &2.25_f64.powf(2.25).to_string());
    check(call("math.signbit", &[("x", r("f"))]), "false");
    check(call("strings.substring", &[("v", r("s")), ("start", int(1)), ("end", int(4))]), "ode");
    let regex = l(Scalar::Regex(r".*=(\d+)".into()));
    check(call("regexp.replaceAllString", &[("r", regex), ("v", r("s")), ("t", text("$1"))]), "7");
    let set = RowExpr::Array(vec![text("node=7"), text("x")]);
    let contains = call("contains", &[("value", r("s")), ("set", set)]);
    assert_eq!(table.values(&contains).unwrap(), ["true", "false"]);
    assert_eq!(table.kept(&contains).unwrap(), ["node=7"]);
    assert_eq!(table.kept(&not(contains)).unwrap(), ["<null>"]);
    let floats = RowExpr::Array(vec![float(2.25)]);
    assert_eq!(table.values(&call("contains", &[("value", r("f")), ("set", floats)])).unwrap(), ["true", "false"]);
    let is_type = call("types.isType", &[("v", r("f")), ("type", text("float"))]);
    assert_eq!(table.values(&is_type).unwrap()[0], "true");
}

#[test]
fn dates_over_columns() {
    let rows: [&[Scalar]; 3] = [&[time("2024-03-31T01:30:00Z")], &[time("2024-10-27T00:30:00Z")], &[Scalar::Null]];
    let table = Table::new(&[("t", Time)], &rows);
    let zone = |name: &str| {
        let offset = l(Scalar::Duration(model::FluxDuration::default()));
        record(None, &[("zone", text(name)), ("offset", offset)])
    };
    let berlin = zone("Europe/Berlin");
    let hours = call("date.hour", &[("t", r("t")), ("location", berlin.clone())]);
    assert_eq!(table.values(&hours).unwrap(), ["3", "2", "<null>"]);
    let unit = |text: &str| l(Scalar::Duration(model::FluxDuration::parse(text).unwrap()));
    let truncated = call("date.truncate", &[("t", r("t")), ("unit", unit("1d")), ("location", berlin)]);
    let expected = ["2024-03-30T23:00:00.000000000Z", "2024-10-26T22:00:00.000000000Z", "<null>"];
    assert_eq!(table.values(&truncated).unwrap(), expected);
    let added = call("date.add", &[("d", unit("1mo")), ("to", r("t"))]);
    assert_eq!(table.values(&added).unwrap()[0], "2024-04-30T01:30:00.000000000Z");
    let mixed = call("date.truncate", &[("t", r("t")), ("unit", unit("1mo1d"))]);
    let message = table.values(&mixed).unwrap_err().message;
    assert_eq!(message, "duration used as an interval cannot mix month and nanosecond units");
}

#[test]
fn strings_are_interpolated() {
    let rows: [&[Scalar]; 2] = [&[f(62.1), time("2025-02-01T10:00:00Z")], &[Scalar::Null, time("2025-02-01")]];
    let table = Table::new(&[("v", Float), ("t", Time)], &rows);
    let at = RowExpr::Interpolate(vec![text("at "), r("t"), text(" "), int(1)]);
    assert_eq!(table.values(&at).unwrap()[0], "at 2025-02-01T10:00:00.000000000Z 1");
    let null = RowExpr::Interpolate(vec![text("v "), r("v")]);
    assert_eq!(table.values(&null).unwrap_err().message, "invalid interpolation type");
    let guarded = when(exists(r("v")), null, text("none"));
    assert_eq!(table.values(&guarded).unwrap(), ["v 62.1", "none"]);
}

#[test]
fn lists_and_records_inside_are_interpreted() {
    let table = Table::new(&[("s", String), ("f", Float)], &[&[s("a/b"), f(-3.25)], &[s("c"), f(1.5)]]);
    let parts = call("strings.split", &[("v", r("s")), ("t", text("/"))]);
    let part = |n| RowExpr::Index(Box::new(parts.clone()), Box::new(int(n)));
    assert_eq!(table.values(&part(0)).unwrap(), ["a", "c"]);
    let message = table.values(&part(1)).unwrap_err().message;
    assert_eq!(message, "cannot access element 1 of array of length 1");
    let length = call("length", &[("arr", parts)]);
    assert_eq!(table.values(&length).unwrap(), ["2", "1"]);
    let whole = RowExpr::Member(Box::new(call("math.modf", &[("f", r("f"))])), "int".to_owned());
    assert_eq!(table.values(&whole).unwrap(), ["-3", "1"]);
    assert_eq!(table.values(&call("display", &[("v", RowExpr::Row)])).unwrap()[1], "{f: 1.5, s: c}");
    let names = RowExpr::Dictionary(vec![(text("c"), int(3)), (text("a/b"), int(1))]);
    let found = call("dict.get", &[("dict", names), ("key", r("s")), ("default", int(0))]);
    assert_eq!(table.values(&found).unwrap(), ["1", "3"]);
}
