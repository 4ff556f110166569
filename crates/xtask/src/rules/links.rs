//! No dead links: what a document points at inside the repository is there, down to the heading.

use crate::markdown;
use crate::repository::Repository;

/// Links that lead nowhere. Recorded data below `tests/` is not ours to mend.
pub fn check(repository: &Repository) -> Vec<String> {
    let mut messages = Vec::new();
    for (path, text) in repository.ending(".md").filter(|(path, _)| !path.starts_with("tests/")) {
        for link in markdown::links(text) {
            if let Some(cause) = dead(repository, path, &link.target) {
                messages.push(format!("{path}:{}: {} leads nowhere: {cause}", link.line, link.target));
            }
        }
    }
    messages
}

fn dead(repository: &Repository, from: &str, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = target.split_once('#').map_or((target, None), |(f, a)| (f, Some(a)));
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let path = if file.is_empty() { Some(from.to_owned()) } else { resolve(folder, file) };
    let Some(path) = path else { return Some("it leaves the repository".to_owned()) };
    if !repository.has(&path) {
        return Some(format!("there is no {path}"));
    }
    let anchor = anchor?;
    let headings = markdown::anchors(repository.text(&path).unwrap_or_default());
    (!headings.iter().any(|h| h == anchor)).then(|| format!("{path} has no heading {anchor}"))
}

/// A relative path from a folder; `None` outside of the root.
fn resolve(folder: &str, file: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|p| !p.is_empty()).collect();
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}
