//! Every row of `docs/compatibility.md` that says "built" or "partly" names a case that proves it, and the case exists.

use crate::markdown;
use crate::repository::Repository;

const DOCUMENT: &str = "docs/compatibility.md";

/// Words in the state column that promise something. Others must be among [`NOTHING_PROMISED`].
const PROMISED: &[&str] = &["built", "partly", "differs"];
const NOTHING_PROMISED: &[&str] = &["refused", "later", "unproven"];

/// Rows without a case, and cases that do not exist.
pub fn check(repository: &Repository) -> Vec<String> {
    let Some(text) = repository.text(DOCUMENT) else { return vec![format!("there is no {DOCUMENT}")] };
    let rows = markdown::all_rows(text);
    if rows.is_empty() {
        return vec![format!("{DOCUMENT} has no rows")];
    }
    rows.into_iter().flat_map(|(line, cells)| row(repository, line, &cells)).collect()
}

fn row(repository: &Repository, line: usize, cells: &[&str]) -> Vec<String> {
    let place = format!("{DOCUMENT}:{line}");
    let [name, state, .., cases] = cells else { return vec![format!("{place}: a row says name, state, ..., case")] };
    let first = state.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    if NOTHING_PROMISED.contains(&first) {
        return Vec::new();
    }
    if !PROMISED.contains(&first) {
        return vec![format!(
            "{place}: the state of {name} is {first:?}: use one of {PROMISED:?}, {NOTHING_PROMISED:?}"
        )];
    }
    let named = markdown::code_spans(cases);
    if named.is_empty() {
        return vec![format!("{place}: {name} is {first} and names no case")];
    }
    let missing = named.into_iter().filter(|case| !exists(repository, case));
    missing.map(|case| format!("{place}: {name}: there is no case {case}")).collect()
}

/// A case is a file (`tests/oracle/x/y.flux`), a case inside a recorded file (`tests/oracle/lp_store/x.json#name`), or a
/// test function (`crates/x/src/tests.rs::name`).
fn exists(repository: &Repository, case: &str) -> bool {
    if let Some((file, function)) = case.rsplit_once("::") {
        return repository.text(file).is_some_and(|text| has_test(text, function));
    }
    match case.split_once('#') {
        Some((file, name)) => repository.text(file).is_some_and(|text| text.contains(&format!("\"{name}\""))),
        None => case.contains('/') && repository.has(case),
    }
}

/// A function of that name with a test attribute above it.
fn has_test(text: &str, function: &str) -> bool {
    let lines: Vec<&str> = text.lines().collect();
    let head = format!("fn {function}(");
    lines
        .iter()
        .enumerate()
        .any(|(i, line)| line.contains(&head) && lines.iter().take(i).rev().take(4).any(|above| above.contains("test")))
}
