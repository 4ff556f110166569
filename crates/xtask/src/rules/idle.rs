//! No idle dependencies: what a manifest names is used by a file of its package.

use crate::repository::Repository;

/// Dependencies whose name stands in no file of the package.
pub fn check(repository: &Repository) -> Vec<String> {
    let mut messages = Vec::new();
    for (folder, text) in repository.manifests() {
        let Ok(manifest) = text.parse::<toml::Table>() else { continue };
        for (section, places) in
            [("dependencies", &["src/"][..]), ("dev-dependencies", &["src/", "tests/", "examples/", "benches/"][..])]
        {
            let sources = sources(repository, folder, places);
            let names = manifest.get(section).and_then(toml::Value::as_table).into_iter().flat_map(|t| t.keys());
            let idle = names.filter(|name| !sources.iter().any(|text| names_it(text, &name.replace('-', "_"))));
            messages.extend(idle.map(|name| format!("{folder}/Cargo.toml: {section}: nothing uses {name}: remove it")));
        }
    }
    messages
}

/// The texts of a package. The root package's sources are those of `crates/cli`.
fn sources<'a>(repository: &'a Repository, folder: &str, places: &[&str]) -> Vec<&'a str> {
    let roots: Vec<String> = places
        .iter()
        .map(|place| match (folder, *place) {
            ("", "src/") => "crates/cli/src/".to_owned(),
            ("", place) => place.to_owned(),
            _ => format!("{folder}/{place}"),
        })
        .collect();
    let inside = |path: &str| roots.iter().any(|root| path.starts_with(root.as_str()));
    repository.ending(".rs").filter(|(path, _)| inside(path)).map(|(_, text)| text).collect()
}

fn names_it(text: &str, name: &str) -> bool {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|t| t.chars().next_back());
        let after = text.get(at + name.len()..).and_then(|t| t.chars().next());
        !part(before) && !part(after)
    })
}
