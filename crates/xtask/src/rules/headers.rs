//! Every Rust file starts with a `//!` header that says what it is.

use crate::repository::Repository;

/// Files without one.
pub fn check(repository: &Repository) -> Vec<String> {
    let bare = repository.ending(".rs").filter(|(_, text)| !has_header(text));
    bare.map(|(path, _)| format!("{path}: its first line must be a `//!` header that says what the file is")).collect()
}

fn has_header(text: &str) -> bool {
    text.lines().next().and_then(|l| l.strip_prefix("//!")).is_some_and(|words| words.trim().len() >= 3)
}
