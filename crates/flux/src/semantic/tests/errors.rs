//! What wrong scripts are told.

use std::path::Path;

use super::{FakeHost, refused};
use crate::semantic::{CompileRequest, compile};

#[test]
fn unknown_names_are_listed_from_the_last_call_to_the_first() {
    let text = "from(bucket: bkt)\n    |> range(start: begin, stop: end)\n    |> filter(fn: (r) => r._field == wanted)";
    assert_eq!(
        refused(text),
        "error @3:38-3:44: undefined identifier wanted\n\nerror @2:21-2:26: undefined identifier begin\n\n\
         error @2:34-2:37: undefined identifier end\n\nerror @1:14-1:17: undefined identifier bkt"
    );
}

#[test]
fn unknown_functions_come_with_the_nearest_names() {
    assert_eq!(
        refused("from(bucket: \"b\") |> range(start: -1h) |> agregateWindow(every: 1m, fn: mean)"),
        "error @1:43-1:57: undefined identifier agregateWindow (did you mean aggregateWindow?)"
    );
    assert_eq!(
        refused("x = strings.toUpper(v: \"a\")"),
        "error @1:5-1:12: undefined identifier strings (add: import \"strings\")"
    );
    assert!(refused("import \"strings\"\nx = strings.toUper(v: \"a\")").ends_with("(did you mean toUpper?)"));
    assert!(refused("import \"http\"\nhttp.get(url: \"a\")").contains("\"get\" of package \"http\" is not supported"));
}

#[test]
fn arguments_are_checked_by_name_and_type() {
    let start = "from(bucket: \"b\") |> range(start: -1h)\n";
    let cases = [
        (
            "|> limit(count: 5)",
            "error @2:17-2:18: found unexpected argument count (Expected one of `n` or `offset`)\n\nerror @2:4-2:19: missing required argument n",
        ),
        ("|> limit(n: 2.0)", "error @2:13-2:16: expected int but found float (argument n)"),
        ("|> group(columns: \"h\")", "error @2:19-2:22: expected [string] (array) but found string (argument columns)"),
        ("|> aggregateWindow(every: 1m)", "error @2:4-2:30: missing required argument fn"),
        (
            "|> aggregateWindow(every: \"1m\", fn: mean)",
            "error @2:27-2:31: expected duration but found string (argument every)",
        ),
        ("|> quantile(q: 1.5)", "error calling function \"quantile\" @2:4-2:20: quantile must be between 0 and 1"),
        (
            "|> filter(fn: (row) => true)",
            "error @2:15-2:28: found unexpected argument row (Expected `r`) (argument fn)\n\nerror @2:15-2:28: missing required argument r (argument fn)",
        ),
    ];
    for (call, message) in cases {
        assert_eq!(refused(&format!("{start}{call}")), message);
    }
}

#[test]
fn bounds_are_checked_before_the_plan_runs() {
    assert!(refused("from(bucket: \"b\") |> range(start: 1h)").ends_with("cannot query an empty range"));
    assert!(refused("from(bucket: \"b\") |> first()").contains("cannot submit unbounded read to \"b\""));
    assert!(
        refused(
            "import \"array\"\narray.from(rows: [{_time: 2024-06-01T00:00:00Z, _value: 1.0}]) |> window(every: 1h)"
        )
        .contains("nil bounds passed to window")
    );
}

#[test]
fn results_have_names_of_their_own() {
    let data = "d = from(bucket: \"b\") |> range(start: -1h)\n";
    assert!(
        refused(&format!("{data}d |> count()\nd |> first()"))
            .contains("more than one result with the name \"_result\"")
    );
    assert!(
        refused(&format!("{data}d |> yield(name: \"a\")\nd |> first() |> yield(name: \"a\")"))
            .contains("more than one call to yield() with the name \"a\"")
    );
}

#[test]
fn endless_recursion_and_huge_functions_are_refused() {
    assert!(refused("f = (x, g) => g(x: x, g: g)\ny = f(x: 1, g: f)").contains("nested expressions and calls"));
    let mut body = String::from("from(bucket: \"b\") |> range(start: -1h) |> map(fn: (r) => {\n x0 = r._value\n");
    for i in 1..60 {
        body.push_str(&format!(" x{i} = x{} + x{}\n", i - 1, i - 1));
    }
    body.push_str(" return {r with v: x59}\n})");
    assert!(refused(&body).contains("operations in one row function"));
    let chain = "from(bucket: \"b\") |> range(start: -1h)".to_owned() + &" |> limit(n: 1)".repeat(60);
    assert_eq!(super::must(&chain).plan.nodes.len(), 62);
}

#[test]
fn values_that_grow_without_end_are_refused() {
    let doubled = |first: &str, next: &str, last: &str| {
        let mut text = format!("import \"array\"\nx0 = {first}\n");
        for i in 1..64 {
            text.push_str(&format!("x{i} = {}\n", next.replace('#', &format!("x{}", i - 1))));
        }
        refused(&format!("{text}{last}"))
    };
    assert!(doubled("{a: 1}", "{a: #, b: #}", "y = x63 == x62").contains("evaluation steps"));
    assert!(doubled("[1]", "[#, #]", "y = length(arr: x63)").contains("evaluation steps"));
    assert!(doubled("\"ab\"", "# + #", "").contains("bytes in one text"));
    assert!(doubled("\"ab\"", "\"${#}${#}\"", "").contains("bytes in one text"));
    assert!(doubled("[1]", "array.concat(arr: #, v: #)", "").contains("evaluation steps"));
}

/// How many recorded errors of the semantic stage are told with the very same words.
#[test]
fn recorded_errors_are_refused() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/oracle/errors");
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let (mut same, mut count, mut told) = (0, 0, Vec::new());
    for path in entries.filter_map(|e| e.ok().map(|e| e.path())) {
        let recorded = path.with_extension("error.json");
        if path.extension().is_none_or(|e| e != "flux") || !recorded.exists() {
            continue;
        }
        let wanted: serde_json::Value = serde_json::from_slice(&std::fs::read(&recorded).unwrap()).unwrap();
        let wanted = wanted["message"].as_str().unwrap_or_default().to_owned();
        // Errors of rows and of storage come later.
        if !wanted.starts_with("error @") && !wanted.starts_with("error calling") && !wanted.starts_with("error in ") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let mut host = FakeHost { table: None, ..FakeHost::default() };
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        count += 1;
        match compile(&CompileRequest { text: &text, extern_file: None }, &mut host) {
            Ok(_) => told.push(format!("{name}: compiles; wanted {wanted}")),
            Err(error) if error.message == wanted => same += 1,
            Err(error) => told.push(format!("{name}: {}\n  wanted {wanted}", error.message)),
        }
    }
    told.sort();
    assert!(same * 100 >= count * 85, "{same} of {count} have the recorded words:\n{}", told.join("\n"));
}
