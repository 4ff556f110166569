//! Text to syntax tree and back: the scanner, the parser, the printed forms and the JSON form of the tree.

pub mod dump;
pub mod json;
mod limits;
mod literal;
mod parser;
pub mod printer;
pub mod scanner;
pub mod token;

#[cfg(test)]
mod tests;

use crate::ast::{File, Span};
use crate::error::FluxError;

/// One thing that is wrong with the form of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// The smallest part of the tree that the error belongs to.
    pub span: Span,
    /// What is wrong, without the place.
    pub message: String,
}

impl std::fmt::Display for SyntaxError {
    /// `error @SPAN: MESSAGE`, the form of one error in an answer.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "error @{}: {}", self.span, self.message)
    }
}

/// What the parser made of a text: always a tree, and beside it what is wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    pub file: File,
    /// In the order of the tree: by first byte, the larger part first.
    pub errors: Vec<SyntaxError>,
}

impl Parsed {
    /// All errors as InfluxDB 2 words them in the answer to a query; `None` when there are none.
    pub fn error(&self) -> Option<FluxError> {
        let first = self.errors.first()?;
        let lines: Vec<String> = self.errors.iter().map(ToString::to_string).collect();
        Some(FluxError::invalid(format!("compilation failed: {}", lines.join("\n\n"))).at(first.span))
    }

    /// The first error as InfluxDB 2 words it where only the tree is asked for.
    pub fn tree_error(&self) -> Option<FluxError> {
        let first = self.errors.first()?;
        Some(FluxError::invalid(format!("invalid AST: loc {}: {}", first.span, first.message)).at(first.span))
    }
}

/// Reads a whole script. Never fails: where the text makes no sense the tree holds `Bad` nodes and `errors` says why.
pub fn parse(text: &str) -> Parsed {
    parser::Parser::new(text).file()
}

/// Reads a whole script that must be right.
pub fn parse_or_error(text: &str) -> Result<File, FluxError> {
    let parsed = parse(text);
    match parsed.error() {
        Some(error) => Err(error),
        None => Ok(parsed.file),
    }
}
