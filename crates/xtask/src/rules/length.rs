//! A file is one noun, a function fits a screen. What is too long already stands in a list that may only shrink.

use std::collections::BTreeMap;

use crate::ratchet;
use crate::repository::Repository;
use crate::source;

/// Lines at which a file must be listed.
const FILE_WORRY: usize = 500;
/// Lines that no file may pass, listed or not.
const FILE_MOST: usize = 1_000;
/// Lines that a function may have.
const FUNCTION_MOST: usize = 70;

/// The list of long files.
pub(crate) const FILES: &str = "crates/xtask/ratchet/files.txt";
/// The list of long functions.
pub(crate) const FUNCTIONS: &str = "crates/xtask/ratchet/functions.txt";

/// Files that are too long.
pub fn files(repository: &Repository) -> Vec<String> {
    let found = long_files(repository);
    let mut messages = ratchet::compare(&found, &ratchet::read(repository, FILES), FILE_WORRY);
    let over = found.iter().filter(|(_, lines)| **lines > FILE_MOST);
    messages
        .extend(over.map(|(path, lines)| format!("{path} has {lines} lines: no file may have more than {FILE_MOST}")));
    messages
}

/// Functions that are too long.
pub fn functions(repository: &Repository) -> Vec<String> {
    ratchet::compare(&long_functions(repository), &ratchet::read(repository, FUNCTIONS), FUNCTION_MOST)
}

pub(crate) fn long_files(repository: &Repository) -> BTreeMap<String, usize> {
    let sizes = repository.ending(".rs").map(|(path, text)| (path.to_owned(), text.lines().count()));
    sizes.filter(|(_, lines)| *lines > FILE_WORRY).collect()
}

pub(crate) fn long_functions(repository: &Repository) -> BTreeMap<String, usize> {
    let mut all = BTreeMap::new();
    for (path, text) in repository.ending(".rs") {
        for function in source::functions(&source::code_only(text)) {
            if function.lines > FUNCTION_MOST {
                let longest = all.entry(format!("{path}::{}", function.name)).or_insert(0);
                *longest = function.lines.max(*longest);
            }
        }
    }
    all
}
