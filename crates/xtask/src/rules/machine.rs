//! Nothing of one machine stands in the repository: no absolute paths of somebody's home or working folder.

use crate::repository::Repository;

/// Starts of paths that exist on one machine only. They are put together here so that this file passes its own rule.
fn foreign() -> [String; 4] {
    ["work", "farm", "root", "Users"].map(|folder| format!("/{folder}/"))
}

/// Lines with such a path.
pub fn check(repository: &Repository) -> Vec<String> {
    let mut messages = Vec::new();
    for (path, text) in
        repository.files().filter(|(path, _)| !path.ends_with(".lock") && !path.starts_with("tests/oracle/"))
    {
        for (number, line) in text.lines().enumerate() {
            if let Some(found) = foreign().iter().find(|start| stands_alone(line, start)) {
                messages.push(format!("{path}:{}: {found}: write paths relative to the repository", number + 1));
            }
        }
    }
    messages
}

/// Whether a path starts with these words: no letter stands right before them.
fn stands_alone(line: &str, start: &str) -> bool {
    line.match_indices(start).any(|(at, _)| {
        let before = line.get(..at).and_then(|l| l.chars().next_back());
        before.is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '}' | '~')))
    })
}
