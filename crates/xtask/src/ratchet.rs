//! Lists of offenders that may only shrink: `NUMBER NAME` a line, sorted by name; `#` starts a comment.

use std::collections::BTreeMap;
use std::io;

use crate::repository::Repository;
use crate::rules::length;

/// The list of a kind: how large each offender may be.
pub(crate) fn read(repository: &Repository, list: &str) -> BTreeMap<String, usize> {
    let text = repository.text(list).unwrap_or_default();
    let entries = text.lines().filter(|l| !l.starts_with('#'));
    entries.filter_map(|l| l.split_once(' ')).filter_map(|(n, name)| Some((name.to_owned(), n.parse().ok()?))).collect()
}

/// Compares what is there with a list: larger than listed, or listed and no longer there, is a message.
pub(crate) fn compare(found: &BTreeMap<String, usize>, listed: &BTreeMap<String, usize>, worry: usize) -> Vec<String> {
    let mut messages = Vec::new();
    for (name, lines) in found {
        match listed.get(name) {
            None => messages
                .push(format!("{name} has {lines} lines: {worry} are allowed; split it where it changes its noun")),
            Some(most) if lines > most => {
                messages.push(format!(
                    "{name} grew from {most} to {lines} lines: it is on the list of those that may only shrink"
                ));
            }
            Some(_) => {}
        }
    }
    let gone = listed.keys().filter(|name| !found.contains_key(*name));
    messages.extend(
        gone.map(|name| format!("{name} is short enough now: take it off the list (`cargo xtask ratchet` does)")),
    );
    messages
}

/// Rewrites the lists: numbers go down to what is there, entries that are short enough go. Nothing is added or raised.
pub fn lower(repository: &Repository) -> io::Result<usize> {
    let mut lowered = 0;
    for (list, found) in
        [(length::FILES, length::long_files(repository)), (length::FUNCTIONS, length::long_functions(repository))]
    {
        let text = repository.text(list).unwrap_or_default();
        let mut out = String::new();
        for line in text.lines().filter(|l| l.starts_with('#')) {
            out.push_str(line);
            out.push('\n');
        }
        for (name, most) in read(repository, list) {
            let now = found.get(&name).copied();
            lowered += usize::from(now.is_none_or(|n| n < most));
            if let Some(now) = now {
                out.push_str(&format!("{} {name}\n", now.min(most)));
            }
        }
        std::fs::write(repository.root().join(list), out)?;
    }
    Ok(lowered)
}
