//! Every `allow` and `expect` of a lint says why.

use crate::repository::Repository;
use crate::source;

/// Attributes without a reason.
pub fn check(repository: &Repository) -> Vec<String> {
    let mut messages = Vec::new();
    for (path, text) in repository.ending(".rs") {
        let code = source::code_only(text);
        for start in ["#[allow(", "#![allow(", "#[expect(", "#![expect("] {
            for (at, _) in code.match_indices(start) {
                let attribute = code.get(at..).unwrap_or_default();
                let attribute = attribute.split(']').next().unwrap_or_default();
                if !attribute.contains("reason") {
                    let line = 1 + code.get(..at).unwrap_or_default().matches('\n').count();
                    messages
                        .push(format!("{path}:{line}: `{start}...` without a reason: say why, or mend what it hides"));
                }
            }
        }
    }
    messages
}
