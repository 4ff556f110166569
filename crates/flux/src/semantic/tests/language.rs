//! The language itself: scopes, options, functions, packages, looking into tables.

use super::{FakeHost, compiled, must, refused};
use crate::plan::{Op, Scalar};
use crate::semantic::{CompileRequest, compile};
use crate::syntax;

/// The single value of `array.from(rows: [{v: EXPRESSION}])`.
fn value_in(prefix: &str, expression: &str) -> Scalar {
    let imports = "import \"array\"\n";
    let compiled = must(&format!("{imports}{prefix}\narray.from(rows: [{{v: {expression}}}])"));
    let node = compiled.plan.nodes.last().unwrap();
    match &node.op {
        Op::Rows { rows, .. } => rows[0][0].clone(),
        other => panic!("{other:?}"),
    }
}

fn value(expression: &str) -> Scalar {
    value_in("", expression)
}

fn text(s: &str) -> Scalar {
    Scalar::String(s.into())
}

#[test]
fn expressions_are_evaluated() {
    assert_eq!(value("1 + 2 * 3"), Scalar::Int(7));
    assert_eq!(value("2 ^ 3"), Scalar::Float(8.0));
    assert_eq!(value("\"a\" + \"b\""), text("ab"));
    assert_eq!(value("[10, 20][1]"), Scalar::Int(20));
    assert_eq!(value("{a: {b: 3}}.a.b"), Scalar::Int(3));
    assert_eq!(value("\"n is ${1 + 1}\""), text("n is 2"));
    assert_eq!(value("if 1 < 2.5 and not false then \"y\" else \"n\""), text("y"));
}

#[test]
fn functions_have_defaults_pipes_and_blocks() {
    let script = "add = (a, b=10) => a + b\ntwice = (x=<-) => x * 2\nblock = (n) => {\n m = n + 1\n return m * m\n}";
    assert_eq!(value_in(script, "add(a: 1)"), Scalar::Int(11));
    assert_eq!(value_in(script, "add(a: 1, b: 2) |> twice()"), Scalar::Int(6));
    assert_eq!(value_in(script, "block(n: 2)"), Scalar::Int(9));
    let counter = "make = (n) => (x) => x + n\nplus = make(n: 5)";
    assert_eq!(value_in(counter, "plus(x: 1)"), Scalar::Int(6));
}

#[test]
fn packages_are_imported_with_aliases() {
    assert_eq!(value_in("import s \"strings\"", "s.toUpper(v: \"x\")"), text("X"));
    assert_eq!(value_in("import \"math\"", "math.pi > 3.14 and math.pi < 3.15"), Scalar::Bool(true));
    assert_eq!(
        value_in("import \"experimental/array\"", "array.map(arr: [1, 2], fn: (x) => x * 3)[1]"),
        Scalar::Int(6)
    );
    assert!(
        refused("import \"influxdata/influxdb/monitors\"").contains("invalid import path influxdata/influxdb/monitors")
    );
    assert!(refused("import \"sql\"").contains("package \"sql\" is not supported"));
}

#[test]
fn options_change_what_the_library_does() {
    let now = "option now = () => 2021-01-02T03:04:05Z";
    assert_eq!(value_in(now, "now()"), Scalar::Time(1_609_556_645_000_000_000));
    assert_eq!(value_in(now, "today()"), Scalar::Time(1_609_545_600_000_000_000));
    let zone = "import \"timezone\"\noption location = timezone.location(name: \"Europe/Berlin\")\n";
    let compiled =
        must(&format!("{zone}from(bucket: \"b\") |> range(start: -1d) |> aggregateWindow(every: 1d, fn: mean)"));
    let windows: Vec<_> = compiled
        .plan
        .nodes
        .iter()
        .filter_map(|n| match &n.op {
            Op::Window(w) => Some((w.location.zone.as_str(), n.pushed)),
            _ => None,
        })
        .collect();
    assert_eq!(windows, [("Europe/Berlin", false), ("Europe/Berlin", false)]);
    assert!(
        refused("import \"math\"\noption math.speed = 5\nfrom(bucket: \"b\") |> range(start: -1h)")
            .contains("record is missing label speed")
    );
}

#[test]
fn a_request_may_bring_options() {
    let brought = syntax::parse_or_error("option v = {timeRangeStart: -2h, timeRangeStop: now()}").unwrap();
    let run = |text: &str| {
        let request = CompileRequest { text, extern_file: Some(brought.clone()) };
        compile(&request, &mut FakeHost::default())
    };
    let compiled = run("from(bucket: \"b\") |> range(start: v.timeRangeStart, stop: v.timeRangeStop)").unwrap();
    assert!(
        matches!(&compiled.plan.nodes[1].op, Op::Range { bounds, .. } if bounds.stop - bounds.start == 7_200_000_000_000)
    );
    let twice = run("option v = {timeRangeStart: -1h}\nfrom(bucket: \"b\") |> range(start: v.timeRangeStart)");
    assert!(twice.unwrap_err().message.ends_with("option \"v\" reassigned"));
}

#[test]
fn a_first_row_is_looked_up_once() {
    let asked = |looks: &str| {
        let text = format!("d = from(bucket: \"b\") |> range(start: -1h)\n{looks}\nd |> yield()");
        let mut host = FakeHost::default();
        compile(&CompileRequest { text: &text, extern_file: None }, &mut host).unwrap();
        host.asked
    };
    let look = |host: &str, n: u8| {
        format!("(d |> limit(n: {n}) |> findRecord(fn: (key) => key.host == \"{host}\", idx: 0))._value")
    };
    let both = |a: String, b: String| asked(&format!("x = {a}\ny = {b}"));
    assert_eq!(both(look("alpha", 1), look("alpha", 1)), 1);
    assert_eq!(both(look("alpha", 1), look("beta", 1)), 2, "another table may be the first of these");
    assert_eq!(both(look("alpha", 2), look("alpha", 2)), 2, "more rows are not kept");
}

#[test]
fn tables_can_be_looked_into() {
    let data = "d = from(bucket: \"b\") |> range(start: -1h)\nalpha = (key) => key.host == \"alpha\"\nnone = (key) => key.host == \"x\"";
    assert_eq!(value_in(data, "(d |> findRecord(fn: alpha, idx: 1))._value"), Scalar::Float(1.5));
    assert_eq!(value_in(data, "length(arr: d |> findColumn(fn: alpha, column: \"_value\"))"), Scalar::Int(2));
    assert_eq!(value_in(data, "length(arr: d |> findColumn(fn: none, column: \"_value\"))"), Scalar::Int(0));
    assert_eq!(value_in(data, "(d |> tableFind(fn: alpha) |> getRecord(idx: 0)).host"), text("alpha"));
    assert_eq!(value_in(data, "exists (d |> findRecord(fn: none, idx: 0))._value"), Scalar::Bool(false));
    let missing = compiled(&format!("{data}\nx = d |> tableFind(fn: none)")).unwrap_err();
    assert_eq!(missing.code, crate::ErrorCode::NotFound);
    assert!(
        missing.message.starts_with("error calling function \"tableFind\" @4:10-4:29: no table found"),
        "{missing}"
    );
}

#[test]
fn unused_streams_are_never_run_and_writes_always_are() {
    let compiled = must("from(bucket: \"b\")\n|> range(start: -1h)\nunused = from(bucket: \"c\")\n");
    assert_eq!(compiled.outputs.len(), 1);
    let writes = must("x = from(bucket: \"b\") |> range(start: -1h) |> to(bucket: \"c\")");
    assert!(matches!(writes.plan.node(writes.outputs[0].node).op, Op::To(_)));
}

#[test]
fn errors_can_be_caught() {
    assert_eq!(
        value_in("import \"experimental\"", "experimental.catch(fn: () => int(v: \"12.0\")).msg"),
        text("error calling function \"int\" @3:52-3:66: cannot convert string \"12.0\" to int due to invalid syntax")
    );
}
