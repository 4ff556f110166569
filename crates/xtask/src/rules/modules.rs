//! No orphans: every Rust file is reached from a target by `mod`.

use std::collections::BTreeSet;

use crate::repository::Repository;
use crate::source;

/// Files that no `mod` reaches, and files that `path` attributes hide.
pub fn check(repository: &Repository) -> Vec<String> {
    let mut reached = BTreeSet::new();
    let mut messages = Vec::new();
    for root in roots(repository) {
        walk(repository, &root, true, &mut reached, &mut messages);
    }
    let orphans = repository.ending(".rs").filter(|(path, _)| !reached.contains(*path));
    messages.extend(orphans.map(|(path, _)| format!("{path}: no `mod` reaches it: declare it or remove it")));
    messages
}

/// The files where targets start: those that manifests name, and those that cargo finds by itself.
fn roots(repository: &Repository) -> Vec<String> {
    let mut all = Vec::new();
    for (folder, text) in repository.manifests() {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let Ok(manifest) = text.parse::<toml::Table>() else { continue };
        for kind in ["bin", "test", "bench", "example"] {
            for target in manifest.get(kind).and_then(toml::Value::as_array).into_iter().flatten() {
                let named = |key: &str| target.get(key).and_then(toml::Value::as_str);
                let found = named("path")
                    .map(str::to_owned)
                    .or_else(|| Some(format!("{}/{}.rs", folder_of(kind), named("name")?)));
                all.extend(found.map(|path| format!("{prefix}{path}")));
            }
        }
        all.extend(["src/lib.rs", "src/main.rs", "build.rs"].map(|path| format!("{prefix}{path}")));
        let examples = format!("{prefix}examples/");
        let found = repository.ending(".rs").map(|(path, _)| path);
        all.extend(
            found.filter(|p| p.strip_prefix(&examples).is_some_and(|name| !name.contains('/'))).map(str::to_owned),
        );
    }
    all.into_iter().filter(|path| repository.has(path)).collect()
}

fn folder_of(kind: &str) -> &'static str {
    match kind {
        "bench" => "benches",
        "test" => "tests",
        "example" => "examples",
        _ => "src/bin",
    }
}

fn walk(repository: &Repository, path: &str, root: bool, reached: &mut BTreeSet<String>, messages: &mut Vec<String>) {
    let Some(text) = repository.text(path) else { return };
    if !reached.insert(path.to_owned()) {
        return;
    }
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = file.trim_end_matches(".rs");
    let below = if root || stem == "mod" { folder.to_owned() } else { format!("{folder}/{stem}") };
    let code = source::code_only(text);
    if code.contains("#[path") {
        messages.push(format!("{path}: a `#[path]` attribute hides where a module stands"));
    }
    for name in source::declared_modules(&code) {
        let flat = format!("{below}/{name}.rs");
        let nested = format!("{below}/{name}/mod.rs");
        let next = if repository.has(&flat) { flat } else { nested };
        walk(repository, &next, false, reached, messages);
    }
}
