//! Crate edges: who may use which crate of the workspace and which heavy library, as the table under "Crate edges" in
//! `docs/architecture.md` says. Small, well-kept libraries are free. Dev-dependencies are not looked at: tests may reach up.

use crate::markdown;
use crate::repository::Repository;

const DOCUMENT: &str = "docs/architecture.md";
const HEADING: &str = "Crate edges";

/// Families of libraries that cost much to build or would blur a wall. `arrow` stands for `arrow` and every `arrow-*`.
const HEAVY: &[&str] = &[
    "arrow",
    "parquet",
    "datafusion",
    "object_store",
    "redb",
    "tokio",
    "hyper",
    "axum",
    "tower",
    "nom",
    "clap",
    "s2",
    "ureq",
];

/// A row of the table.
struct Edges<'a> {
    package: &'a str,
    /// Crates and heavy families that may be used.
    allowed: Vec<&'a str>,
}

/// Dependencies that no row allows, crates without a row, rows without a crate, allowances that nobody uses.
pub fn check(repository: &Repository) -> Vec<String> {
    let Some(text) = repository.text(DOCUMENT) else { return vec![format!("there is no {DOCUMENT}")] };
    let rows: Vec<Edges<'_>> =
        markdown::rows(text, HEADING).into_iter().filter_map(|(_, cells)| edges(&cells)).collect();
    if rows.is_empty() {
        return vec![format!("{DOCUMENT} has no table under {HEADING:?}")];
    }
    let mut messages = Vec::new();
    let mut seen = Vec::new();
    for (folder, manifest) in repository.manifests() {
        let name = if folder.is_empty() { "cli" } else { folder.trim_start_matches("crates/") };
        seen.push(name);
        match rows.iter().find(|row| row.package == name) {
            Some(row) => messages.extend(against(repository, name, manifest, row)),
            None => messages.push(format!("{DOCUMENT}: crate {name} has no row under {HEADING:?}")),
        }
    }
    let gone = rows.iter().filter(|row| !seen.contains(&row.package));
    messages.extend(gone.map(|row| format!("{DOCUMENT}: there is no crate {}", row.package)));
    messages
}

fn edges<'a>(cells: &[&'a str]) -> Option<Edges<'a>> {
    let [package, crates, heavy, ..] = cells else { return None };
    let allowed = [*crates, *heavy].into_iter().flat_map(markdown::code_spans).collect();
    Some(Edges { package: markdown::code_spans(package).first().copied()?, allowed })
}

fn against(repository: &Repository, name: &str, manifest: &str, row: &Edges<'_>) -> Vec<String> {
    let used = match dependencies(manifest) {
        Ok(used) => used,
        Err(error) => return vec![format!("the manifest of {name} cannot be read: {error}")],
    };
    let guarded: Vec<&str> = used.iter().filter_map(|dependency| guarded(repository, dependency)).collect();
    let mut messages = Vec::new();
    for dependency in &guarded {
        if !row.allowed.contains(dependency) {
            messages.push(format!("{name} must not use {dependency}: {DOCUMENT} draws a wall there"));
        }
    }
    let idle = row.allowed.iter().filter(|allowed| !guarded.contains(allowed));
    messages.extend(idle.map(|allowed| format!("{DOCUMENT} lets {name} use {allowed}, which it does not")));
    messages
}

/// The names of what a manifest depends on, renames resolved.
fn dependencies(manifest: &str) -> Result<Vec<String>, toml::de::Error> {
    let manifest = manifest.parse::<toml::Table>()?;
    let mut names = Vec::new();
    for section in ["dependencies", "build-dependencies"] {
        for (name, how) in manifest.get(section).and_then(toml::Value::as_table).into_iter().flatten() {
            let renamed = how.get("package").and_then(toml::Value::as_str);
            names.push(renamed.unwrap_or(name).trim_start_matches("tidegauge-").to_owned());
        }
    }
    Ok(names)
}

/// The crate of the workspace or the heavy family that a dependency belongs to.
fn guarded<'a>(repository: &Repository, dependency: &'a str) -> Option<&'a str> {
    if repository.has(&format!("crates/{dependency}/Cargo.toml")) {
        return Some(dependency);
    }
    HEAVY
        .iter()
        .find(|family| {
            dependency.strip_prefix(**family).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
        })
        .copied()
}
