//! Printed forms: what is printed reads back as the same tree.

use super::{oracle, shape, tree};
use crate::syntax::dump::{dump, dump_without_places};
use crate::syntax::parse;
use crate::syntax::printer::print;

#[track_caller]
fn round_trip(text: &str) {
    let printed = print(&tree(text));
    assert_eq!(shape(&printed), shape(text), "{text}\nprinted as\n{printed}");
    assert_eq!(print(&tree(&printed)), printed, "printing is stable");
}

#[test]
fn recorded_scripts() {
    let mut count = 0;
    for (path, text) in oracle::scripts() {
        let parsed = parse(&text);
        if !parsed.errors.is_empty() {
            continue;
        }
        count += 1;
        let printed = print(&parsed.file);
        let again = parse(&printed);
        assert!(again.errors.is_empty(), "{}: {:?}\n{printed}", path.display(), again.errors);
        assert_eq!(dump_without_places(&again.file), dump_without_places(&parsed.file), "{}", path.display());
        assert_eq!(print(&again.file), printed, "{}", path.display());
    }
    assert!(count > 900, "only {count} scripts are right");
}

#[test]
fn corners() {
    for text in [
        r#"x = "a\n\\\"\${b} $ $$ $${c} \x24${d}\x24""#,
        r#"x = {r with "a b": 1, "if": 2, c: 3}"#,
        r#"x = r["a b"].c["if"][0]"#,
        "x = 1[\"a\"]",
        r"x = /a\/b\\/",
        r"x = /\\/",
        "x = a |> f() |> g(b: c |> h())",
        "f = (a, b=1, t=<-) => { x = 1\n return (x) => { return x } }",
        "f = () => ({a: 1})",
        "f = (r) => if r then 1 else if s then 2 else 3",
        "x = f(l: .name, m: .\"a b\")",
        "x = -(-1) - -1 + +2",
        "x = not (not a and b) or exists r.c",
        "x = [\"a\": [1, 2], \"b\": []]",
        "x = [:]",
        "x = f(fn: (r) r.x == 1)",
        "x = () => { return 1 }()",
        "x = 1.5 + 1e + 100000000000000000000000.0 + 0.000000000001",
        "x = 2020-01-01T12:00:00.123456789+05:30",
        "x = 0s + 25h + 13mo",
        "option a.b = 1\nbuiltin f : (a: A) => B where A: C\ntestcase t extends \"u\" { x = 1 }",
        "package a\nimport \"b/c\"\nimport d \"e\"\nx = 1",
    ] {
        round_trip(text);
    }
}

#[test]
fn the_canonical_form() {
    let text = "import   \"array\"\n// a comment\nfrom(bucket:\"b\")|>range(start:-1h)|>filter(fn:(r)=>r.a==\"x\" and not exists r[\"b\"])\n";
    let expected = "import \"array\"\n\nfrom(bucket: \"b\")\n    |> range(start: -1h)\n    \
        |> filter(fn: (r) => r.a == \"x\" and not exists r.b)\n";
    assert_eq!(print(&tree(text)), expected);
}

#[test]
fn the_dump() {
    let expected = "\
File @1:1-1:25
  Variable x @1:1-1:25
    Pipe @1:5-1:25
      Identifier a @1:5-1:6
      Call @1:10-1:25
        Identifier f @1:10-1:11
        Property n @1:12-1:17
          Unary - @1:15-1:17
            Integer 1 @1:16-1:17
        Property m @1:19-1:23
          Identifier m @1:22-1:23
";
    assert_eq!(dump(&tree("x = a |> f(n: -1, m: m,)")), expected);
}
