//! The predicate of a delete request: `key op value` terms joined by `AND`, with parentheses.
//!
//! Keys are bare or double-quoted names, `_measurement` among them; operators are `=` and `!=` (also spelled `<>`);
//! values are double-quoted texts, bare names, numbers, durations or booleans. What InfluxDB 2 refuses is refused in its
//! words. Positions count characters from 0, the end of the text stands one behind its length, and a quoted token is
//! placed at the character before it, all as InfluxDB counts.

mod token;

#[cfg(test)]
mod tests;

use model::{Comparison, SeriesFilter};

use token::{Kind, Place, Token, tokens};

/// Why a predicate is refused; the display is the whole message of the answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PredicateError {
    /// `OR`; its position.
    #[error("error decoding json body: the logical operator OR is not supported yet at position {0}")]
    Or(usize),
    /// An operator on patterns.
    #[error("error decoding json body: operator: {found:?} at position: {at} is not supported yet")]
    Regex {
        /// The operator.
        found: String,
        /// Its position.
        at: usize,
    },
    /// Something that is no operator of predicates.
    #[error("error decoding json body: invalid operator {found:?} at position: {at}")]
    Operator {
        /// The token.
        found: String,
        /// Its position.
        at: usize,
    },
    /// A term that begins with a number; its position.
    #[error("error decoding json body: bad tag key, at position {0}")]
    Key(usize),
    /// Something that is no value.
    #[error("error decoding json body: bad tag value: {found:?}, at position {at}")]
    Value {
        /// The token's text.
        found: String,
        /// Its position.
        at: usize,
    },
    /// A token where no term can begin; its position.
    #[error("error decoding json body: bad logical expression, at position {0}")]
    Expression(usize),
    /// A `(` too many.
    #[error("error decoding json body: extra ( seen")]
    Unclosed,
    /// A `)` too many.
    #[error("error decoding json body: extra ) seen")]
    Unopened,
    /// Two terms with nothing between them.
    #[error("error decoding json body: the logical operator '\\x00' is invalid")]
    MissingOperator,
    /// `AND`, `)` or the end where a term must stand.
    #[error(
        "invalid request; error parsing predicate: found {found}, expected identifier, string, number, bool at line {line}, \
         char {char}"
    )]
    MissingTerm {
        /// The token that stands there.
        found: String,
        /// Its line, from 1.
        line: usize,
        /// Its character, from 1.
        char: usize,
    },
    /// A field named in the predicate; InfluxDB answers this with 501, the others with 400.
    #[error("delete by field is not supported")]
    ByField,
}

/// The key that stands for a point's field.
const FIELD_KEY: &str = "_field";

/// Reads a predicate; an empty text is every series.
pub fn parse(text: &str) -> Result<SeriesFilter, PredicateError> {
    if text.is_empty() {
        return Ok(SeriesFilter::All);
    }
    let mut terms = Terms::default();
    let mut tokens = tokens(text);
    while let Some(token) = tokens.next() {
        match token.kind {
            Kind::Name | Kind::Number => {
                terms.between();
                terms.found.push(term(&token, &mut tokens)?);
            }
            Kind::And => terms.and(&token),
            Kind::Or => return Err(PredicateError::Or(token.place.char)),
            Kind::Open => {
                terms.between();
                terms.wants_term = true;
                terms.depth += 1;
            }
            Kind::Close => {
                terms.depth = terms.depth.checked_sub(1).ok_or(PredicateError::Unopened)?;
                terms.complete(&token);
            }
            Kind::End => {
                terms.complete(&token);
                break;
            }
            _ => return Err(PredicateError::Expression(token.place.char)),
        }
    }
    terms.finish()
}

/// The terms read so far. What is wrong between them is told only when every term is sound, as InfluxDB does.
struct Terms {
    found: Vec<SeriesFilter>,
    /// Parentheses that are open.
    depth: usize,
    /// Whether a term must come next.
    wants_term: bool,
    missing_operator: bool,
    missing_term: Option<PredicateError>,
}

impl Default for Terms {
    fn default() -> Self {
        Self { found: Vec::new(), depth: 0, wants_term: true, missing_operator: false, missing_term: None }
    }
}

impl Terms {
    /// A term or an opening parenthesis comes.
    fn between(&mut self) {
        self.missing_operator |= !self.wants_term;
        self.wants_term = false;
    }

    fn and(&mut self, token: &Token) {
        self.complete(token);
        self.wants_term = true;
    }

    /// Something comes that needs a term before it.
    fn complete(&mut self, token: &Token) {
        if self.wants_term && self.missing_term.is_none() {
            let Place { line, char } = token.place;
            self.missing_term =
                Some(PredicateError::MissingTerm { found: token.name(), line: line + 1, char: char + 1 });
        }
        self.wants_term = false;
    }

    fn finish(self) -> Result<SeriesFilter, PredicateError> {
        if self.depth > 0 {
            return Err(PredicateError::Unclosed);
        }
        if self.missing_operator {
            return Err(PredicateError::MissingOperator);
        }
        if let Some(error) = self.missing_term {
            return Err(error);
        }
        let by_field = |f: &SeriesFilter| matches!(f, SeriesFilter::Tag { key, .. } if key == FIELD_KEY);
        if self.found.iter().any(by_field) {
            return Err(PredicateError::ByField);
        }
        let mut found = self.found;
        Ok(match found.len() {
            1 => found.pop().unwrap_or(SeriesFilter::All),
            _ => SeriesFilter::And(found),
        })
    }
}

/// Reads a term whose first token is `key`.
fn term(key: &Token, tokens: &mut impl Iterator<Item = Token>) -> Result<SeriesFilter, PredicateError> {
    if key.kind != Kind::Name {
        return Err(PredicateError::Key(key.place.char));
    }
    let operator = tokens.next().unwrap_or_default();
    let at = operator.place.char;
    let comparison = match operator.kind {
        Kind::Equal => Comparison::Equal,
        Kind::NotEqual => Comparison::NotEqual,
        Kind::Regex => return Err(PredicateError::Regex { found: operator.name(), at }),
        _ => return Err(PredicateError::Operator { found: operator.name(), at }),
    };
    let first = tokens.next().unwrap_or_default();
    let value = match first.kind {
        Kind::Name | Kind::Number | Kind::Boolean => first.text,
        Kind::Minus => {
            let number = tokens.next().unwrap_or_default();
            if number.kind != Kind::Number {
                return Err(PredicateError::Value { found: number.text, at: number.place.char });
            }
            format!("-{}", number.text)
        }
        _ => return Err(PredicateError::Value { found: first.text, at: first.place.char }),
    };
    Ok(SeriesFilter::Tag { key: key.text.clone(), comparison, value })
}
