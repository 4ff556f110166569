//! Words that belong in one place: the clock, the file system, background tasks. Tests may use them everywhere.

use crate::repository::Repository;
use crate::source;

/// A word, what it is about, and the starts of paths where it may stand.
struct Place {
    word: &'static str,
    instead: &'static str,
    allowed: &'static [&'static str],
}

const PLACES: &[Place] = &[
    Place {
        word: "SystemTime::now",
        instead: "ask the engine's clock",
        allowed: &["crates/engine/src/clock.rs", "crates/cli/", "crates/xtask/"],
    },
    Place {
        word: "Utc::now",
        instead: "ask the engine's clock",
        allowed: &["crates/engine/src/clock.rs", "crates/cli/"],
    },
    Place {
        word: "std::fs",
        instead: "go through storage's file.rs, which tests can make fail",
        allowed: &[
            "crates/storage/src/file.rs",
            "crates/storage/src/file/",
            // redb opens its file itself; its folder is made and synced here.
            "crates/storage/src/catalog/file.rs",
            // links by name are a convenience: nothing depends on them
            "crates/engine/src/by_name.rs",
            "crates/cli/",
            "crates/xtask/",
        ],
    },
    Place { word: "println!", instead: "only the command line prints", allowed: &["crates/cli/", "crates/xtask/"] },
];

/// Places where a word must not stand.
pub fn check(repository: &Repository) -> Vec<String> {
    let mut messages = Vec::new();
    for (path, text) in repository.ending(".rs").filter(|(path, _)| path.starts_with("crates/") && !is_test(path)) {
        let code = without_tests(&source::code_only(text));
        for place in PLACES.iter().filter(|p| !p.allowed.iter().any(|start| path.starts_with(start))) {
            for (number, _) in code.lines().enumerate().filter(|(_, line)| line.contains(place.word)) {
                messages.push(format!("{path}:{}: {}: {}", number + 1, place.word, place.instead));
            }
        }
    }
    messages
}

fn is_test(path: &str) -> bool {
    ["tests.rs", "/tests/", "/benches/", "/examples/"].iter().any(|part| path.contains(part))
}

/// The code up to the tests that stand in its file.
fn without_tests(code: &str) -> String {
    code.split("#[cfg(test)]\nmod ").next().unwrap_or_default().split("\n#[test]").next().unwrap_or_default().to_owned()
}
