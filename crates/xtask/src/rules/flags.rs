//! `docs/operating.md` names every flag and variable of `tide serve`, and every flag of `influxd` that is refused.

use crate::repository::Repository;

const DOCUMENT: &str = "docs/operating.md";
const ARGUMENTS: &str = "crates/cli/src/arguments/serve.rs";
const REFUSED: &str = "crates/cli/src/refused.rs";

/// Names that the document lacks, and files that are not where this rule looks.
pub fn check(repository: &Repository) -> Vec<String> {
    let [Some(document), Some(arguments), Some(refused)] = [DOCUMENT, ARGUMENTS, REFUSED].map(|f| repository.text(f))
    else {
        return vec![format!("one of {DOCUMENT}, {ARGUMENTS}, {REFUSED} is not there")];
    };
    let (variables, flags) = (variables(arguments), flags(refused));
    if variables.is_empty() || flags.is_empty() {
        return vec![format!(
            "no variables in {ARGUMENTS} or no flags in {REFUSED}: this rule looks for the wrong thing"
        )];
    }
    let all = variables.into_iter().chain(flags);
    all.filter(|name| !document.contains(&format!("`{name}`")))
        .map(|name| format!("{DOCUMENT} does not name {name}"))
        .collect()
}

/// Variables of the environment that only the server reads.
fn variables(arguments: &str) -> Vec<String> {
    let found = arguments.split("env = \"").skip(1).filter_map(|rest| rest.split('"').next());
    found.filter(|name| name.starts_with("INFLUXD_") || name.starts_with("TIDE_")).map(str::to_owned).collect()
}

/// The first texts of the list of what is refused.
fn flags(refused: &str) -> Vec<String> {
    let list = refused.split("NOT_HONOURED").nth(1).and_then(|rest| rest.split("];").next()).unwrap_or_default();
    let names = list.lines().filter_map(|line| line.trim().strip_prefix("(\"")?.split('"').next());
    names.map(|name| format!("--{}", name.trim_start_matches("--"))).collect()
}
