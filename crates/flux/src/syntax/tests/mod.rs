//! Tests of the syntax: the recorded answers, places of nodes, printed forms, JSON, robustness.

mod grammar;
mod json;
mod messages;
mod mutations;
mod oracle;
mod printed;
mod spans;

use crate::ast::File;
use crate::syntax::{dump, parse, parse_or_error};

/// The errors of a script, one a line.
fn errors_of(text: &str) -> String {
    let errors: Vec<String> = parse(text).errors.iter().map(ToString::to_string).collect();
    errors.join("\n")
}

/// The tree of a right script.
fn tree(text: &str) -> File {
    parse_or_error(text).unwrap_or_else(|error| panic!("{error}\nin {text}"))
}

/// The tree without places.
fn shape(text: &str) -> String {
    dump::dump_without_places(&tree(text))
}
