//! The rules over this repository, and each rule over a small repository that breaks it.

#![allow(clippy::unwrap_used, reason = "a test may fail anywhere")]

use std::sync::OnceLock;

use crate::repository::Repository;
use crate::{markdown, rules, source};

/// Asserts that a rule of [`rules::ALL`] finds nothing here.
fn holds(name: &str) {
    static HERE: OnceLock<Repository> = OnceLock::new();
    let repository = HERE.get_or_init(|| Repository::here().unwrap());
    assert!(repository.files().count() > 100, "the repository was not found");
    let rule = rules::ALL.iter().find(|rule| rule.name == name).unwrap();
    let messages = (rule.check)(repository);
    assert!(messages.is_empty(), "{name}:\n{}", messages.join("\n"));
}

macro_rules! house {
    ($($test:ident: $name:literal,)*) => {
        $(#[test] fn $test() { holds($name); })*

        #[test]
        fn every_rule_is_asked() {
            let asked = [$($name),*];
            let missing: Vec<&str> = rules::ALL.iter().map(|r| r.name).filter(|n| !asked.contains(n)).collect();
            assert!(missing.is_empty(), "{missing:?}");
        }
    };
}

house! {
    crate_edges_are_as_drawn: "crate edges",
    no_dependency_is_idle: "idle dependency",
    flags_are_documented: "documented flag",
    files_are_short_or_listed: "file length",
    functions_are_short_or_listed: "function length",
    every_file_has_a_header: "module header",
    there_is_one_integration_binary: "one integration binary",
    no_module_is_an_orphan: "orphan module",
    no_link_is_dead: "dead link",
    compatibility_names_cases_that_exist: "named case",
    no_path_of_one_machine: "machine path",
    every_allow_has_a_reason: "reason of an allow",
    words_stand_in_their_place: "word in its place",
}

#[test]
fn comments_and_literals_are_no_code() {
    let code = source::code_only(
        "let a = \"fn x() {\"; // fn y() {\nlet b = r#\"}\"#; /* { /* } */ */ let c = '{'; let d: &'a str = b\"{\";",
    );
    assert!(!code.contains("fn "), "{code}");
    assert!(!code.contains('{') && !code.contains('}'), "{code}");
    assert!(code.contains("let d: &'a str"), "{code}");
    assert_eq!(code.lines().count(), 2);
}

#[test]
fn functions_are_measured_from_signature_to_brace() {
    let code = source::code_only(
        "trait T { fn a(&self) -> [u8; 4]; }\nfn b(x: [u8; 2],\n     y: &str) -> u8 {\n    if x { y }\n}\nfn c() {}\n",
    );
    let found: Vec<(String, usize, usize)> =
        source::functions(&code).into_iter().map(|f| (f.name, f.line, f.lines)).collect();
    assert_eq!(found, [("b".to_owned(), 2, 4), ("c".to_owned(), 6, 1)]);
}

#[test]
fn a_long_function_and_a_grown_one_are_told() {
    let long = format!("//! Long.\nfn f() {{\n{}}}\n", "    a();\n".repeat(70));
    let list = ("crates/xtask/ratchet/functions.txt", "# list\n71 src/a.rs::f\n80 src/gone.rs::g\n");
    let repository = Repository::of(&[("src/a.rs", &long), ("src/b.rs", &long), list]);
    let messages = rules::length::functions(&repository);
    assert_eq!(messages.len(), 3, "{messages:?}");
    assert!(messages[0].contains("grew from 71 to 72"), "{messages:?}");
    assert!(messages[1].contains("src/b.rs::f has 72 lines"), "{messages:?}");
    assert!(messages[2].contains("src/gone.rs::g is short enough"), "{messages:?}");
}

#[test]
fn a_file_beyond_the_last_bound_is_told_although_it_is_listed() {
    let long = "//! Long.\n".repeat(1_001);
    let repository = Repository::of(&[("src/a.rs", &long), ("crates/xtask/ratchet/files.txt", "1001 src/a.rs\n")]);
    let messages = rules::length::files(&repository);
    assert_eq!(messages, ["src/a.rs has 1001 lines: no file may have more than 1000"]);
}

#[test]
fn a_dependency_across_a_wall_is_told() {
    let table = "# A\n\n## Crate edges\n\n| crate | crates | heavy |\n|---|---|---|\n| `a` | `b` | `arrow` |\n| `b` | | |\n| `cli` | | |\n";
    let manifest =
        "[dependencies]\narrow-array = \"1\"\ndatafusion-common = \"1\"\nserde = \"1\"\nb.workspace = true\n";
    let files = [
        ("docs/architecture.md", table),
        ("crates/a/Cargo.toml", manifest),
        ("crates/b/Cargo.toml", "[dependencies]\n"),
    ];
    let mut repository = files.to_vec();
    repository.push(("Cargo.toml", "[dependencies]\na.workspace = true\n"));
    let messages = rules::edges::check(&Repository::of(&repository));
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(messages[0].contains("cli must not use a"), "{messages:?}");
    assert!(messages[1].contains("a must not use datafusion"), "{messages:?}");
}

#[test]
fn orphans_headers_and_bare_allows_are_told() {
    let repository = Repository::of(&[
        ("Cargo.toml", "[package]\nname = \"x\"\n"),
        ("src/lib.rs", "//! A library.\npub(crate) mod used;\n#[allow(dead_code)]\nfn f() {}\n"),
        ("src/used.rs", "//! Used.\nmod deep;\n"),
        ("src/used/deep.rs", "mod a {}\n"),
        ("src/orphan.rs", "//! Nobody's.\n"),
    ]);
    assert_eq!(rules::modules::check(&repository).len(), 1);
    assert!(rules::modules::check(&repository)[0].starts_with("src/orphan.rs"));
    assert!(rules::headers::check(&repository)[0].starts_with("src/used/deep.rs"));
    assert!(rules::allowed::check(&repository)[0].starts_with("src/lib.rs:3"));
}

#[test]
fn a_second_integration_binary_is_told() {
    let root =
        "[package]\nautotests = false\nautobenches = false\nautobins = false\n[[test]]\npath = \"tests/it/main.rs\"\n";
    let good = Repository::of(&[("Cargo.toml", root), ("tests/it/main.rs", "")]);
    assert_eq!(rules::one_binary::check(&good), Vec::<String>::new());
    let bad = Repository::of(&[("Cargo.toml", root), ("crates/a/tests/x.rs", ""), ("crates/a/src/tests/y.rs", "")]);
    assert_eq!(rules::one_binary::check(&bad).len(), 1);
}

#[test]
fn dead_links_and_anchors_are_told() {
    let text = "# One two\n[a](b.md#there) [c](../gone.md) [d](#one-two) [e](https://x.y/z) `[f](gone)`\n\n```\n[g](gone)\n```\n[h](b.md#not-there)\n";
    let repository = Repository::of(&[("docs/a.md", text), ("docs/b.md", "## There\n")]);
    let messages = rules::links::check(&repository);
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(messages[0].contains("../gone.md") && messages[1].contains("not-there"), "{messages:?}");
}

#[test]
fn a_case_that_does_not_exist_is_told() {
    let table = "| what | state | case |\n|---|---|---|\n| a | built | `t/a.flux` |\n| b | built | `s.rs::works` |\n| c | built | `s.rs::helper` |\n| d | built | |\n| e | later | |\n| f | fine | `t/a.flux` |\n| g | partly: x | `l.json#in-it`, `l.json#not` |\n";
    let rust = "#[test]\nfn works() {}\n\nfn filler() {}\n\n\n\nfn helper() {}\n";
    let files =
        [("docs/compatibility.md", table), ("t/a.flux", ""), ("s.rs", rust), ("l.json", "{\"name\": \"in-it\"}")];
    let messages = rules::cases::check(&Repository::of(&files));
    assert_eq!(messages.len(), 4, "{messages:?}");
    assert!(messages[0].contains("s.rs::helper"), "{messages:?}");
    assert!(messages[1].contains("names no case"), "{messages:?}");
    assert!(messages[2].contains("\"fine\""), "{messages:?}");
    assert!(messages[3].contains("l.json#not"), "{messages:?}");
}

#[test]
fn a_path_of_one_machine_is_told() {
    let line = ["see /", "root", "/x and crates/x/", "root", "/y\n"].concat();
    let repository = Repository::of(&[("docs/a.md", &line)]);
    assert_eq!(rules::machine::check(&repository).len(), 1);
    let relative = ["see a/", "root", "/y\n"].concat();
    assert_eq!(rules::machine::check(&Repository::of(&[("docs/a.md", &relative)])), Vec::<String>::new());
}

#[test]
fn words_out_of_their_place_are_told_outside_of_tests() {
    let text = "fn f() { let t = SystemTime::now(); }\n#[cfg(test)]\nmod tests { fn g() { std::fs::read(\"\"); } }\n";
    let repository = Repository::of(&[("crates/query/src/a.rs", text), ("crates/query/src/tests.rs", text)]);
    let messages = rules::places::check(&repository);
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(messages[0].starts_with("crates/query/src/a.rs:1"), "{messages:?}");
}

#[test]
fn cells_keep_bars_in_code() {
    let rows = markdown::all_rows("| a | b |\n|---|---|\n| `x|y` | z |\n");
    assert_eq!(rows, [(3, vec!["`x|y`", "z"])]);
}

#[test]
fn an_idle_dependency_is_told() {
    let manifest = "[dependencies]\na-b = \"1\"\nc = \"1\"\n[dev-dependencies]\nd = \"1\"\n";
    let files = [
        ("crates/x/Cargo.toml", manifest),
        ("crates/x/src/lib.rs", "use a_b::C; // cc"),
        ("crates/x/benches/y.rs", "d::e()"),
    ];
    assert_eq!(
        rules::idle::check(&Repository::of(&files)),
        ["crates/x/Cargo.toml: dependencies: nothing uses c: remove it"]
    );
}

#[test]
fn a_flag_without_a_row_is_told() {
    let files = [
        ("docs/operating.md", "`INFLUXD_A` `--one-flag`"),
        (
            "crates/cli/src/arguments/serve.rs",
            "#[arg(env = \"INFLUXD_A\")] #[arg(env = \"INFLUX_B\")] #[arg(env = \"TIDE_C\")]",
        ),
        (
            "crates/cli/src/refused.rs",
            "const NOT_HONOURED: &[X] = &[\n    (\"one-flag\", W),\n    (\"two-flag\", W),\n];",
        ),
    ];
    let messages = rules::flags::check(&Repository::of(&files));
    assert_eq!(messages, ["docs/operating.md does not name TIDE_C", "docs/operating.md does not name --two-flag"]);
}
