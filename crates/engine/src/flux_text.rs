//! Scripts as text: their syntax tree and what is wrong with their form, without running them; and what editors suggest.

use flux::FluxError;
use flux::syntax::{json, parse};

pub use flux::semantic::suggest::{Suggestion, suggestions};

/// What is wrong at a place of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptError {
    /// Line, from 1.
    pub line: u32,
    /// Column in bytes, from 1.
    pub column: u32,
    /// Offset in bytes, from 0.
    pub character: usize,
    /// What is wrong.
    pub message: String,
}

/// The tree as JSON, in InfluxDB's shape; the first thing that is wrong is the error.
pub fn tree(script: &str) -> Result<serde_json::Value, FluxError> {
    let parsed = parse(script);
    match parsed.tree_error() {
        Some(error) => Err(error),
        None => Ok(json::write_package(script, &parsed.file)),
    }
}

/// Everything that is wrong with the form of a script, in the order of places.
pub fn errors(script: &str) -> Vec<ScriptError> {
    let told = parse(script).errors.into_iter().map(|error| ScriptError {
        line: error.span.from.line,
        column: error.span.from.column,
        character: error.span.start,
        message: error.message,
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_or_the_places_of_what_is_wrong() {
        let found = tree("x = 1").unwrap();
        assert_eq!(found["files"][0]["body"][0]["type"], "VariableAssignment");
        assert!(tree("from(").unwrap_err().message.starts_with("invalid AST: loc 1:1-1:6: "));
        assert_eq!(errors("x = 1"), []);
        let wrong = errors("x = 1\ny = (");
        assert_eq!(
            wrong.first().map(|error| (error.line, error.column, error.character)),
            Some((2, 5, 10)),
            "{wrong:?}"
        );
    }
}
