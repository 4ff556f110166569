//! One integration binary: every test binary that links DataFusion costs a minute and hundreds of megabytes.

use crate::repository::Repository;

/// What would make a second one.
pub fn check(repository: &Repository) -> Vec<String> {
    let mut messages = Vec::new();
    for (folder, text) in repository.manifests() {
        let Ok(manifest) = text.parse::<toml::Table>() else { continue };
        let targets: Vec<&str> = manifest
            .get("test")
            .and_then(toml::Value::as_array)
            .map(|all| all.iter().filter_map(|t| t.get("path").and_then(toml::Value::as_str)).collect())
            .unwrap_or_default();
        if folder.is_empty() {
            if targets != ["tests/it/main.rs"] {
                messages.push(format!("Cargo.toml: the test targets are {targets:?}; there is one, tests/it/main.rs"));
            }
            for switch in ["autotests", "autobenches", "autobins"] {
                let off =
                    manifest.get("package").and_then(|p| p.get(switch)).and_then(toml::Value::as_bool) == Some(false);
                if !off {
                    messages.push(format!("Cargo.toml: {switch} must be false"));
                }
            }
        } else if !targets.is_empty() {
            messages.push(format!("{folder}/Cargo.toml: tests that need a binary of their own belong in tests/it"));
        }
    }
    let stray = repository.ending(".rs").filter(|(path, _)| {
        let in_crate =
            path.strip_prefix("crates/").and_then(|p| p.split_once('/')).is_some_and(|(_, p)| p.starts_with("tests/"));
        in_crate || (path.starts_with("tests/") && !path.starts_with("tests/it/"))
    });
    messages.extend(
        stray.map(|(path, _)| {
            format!("{path}: Rust tests across crates stand in tests/it, those of a crate in its src")
        }),
    );
    messages
}
