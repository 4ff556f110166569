//! Tests of the syntax: the recorded answers, places of nodes, robustness.

mod oracle;
mod spans;

use crate::syntax::parse;

/// The errors of a script, one a line, without the words before.
fn errors_of(text: &str) -> String {
    let errors: Vec<String> = parse(text).errors.iter().map(ToString::to_string).collect();
    errors.join("\n")
}
