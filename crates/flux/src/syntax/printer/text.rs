//! The text of names and literals.

use std::fmt::Write;

use chrono::{DateTime, SecondsFormat};

use crate::ast::ExpressionKind;
use crate::syntax::token::TokenKind;

/// Whether this can stand as an identifier.
pub(in crate::syntax) fn is_name(name: &str) -> bool {
    let starts = name.chars().next().is_some_and(|c| c == '_' || c.is_alphabetic());
    starts && name.chars().all(|c| c == '_' || c.is_alphanumeric()) && TokenKind::of_word(name) == TokenKind::Identifier
}

/// The key of a property.
pub(super) fn key(name: &str) -> String {
    if is_name(name) { name.to_owned() } else { quoted(name) }
}

pub(super) fn quoted(value: &str) -> String {
    format!("\"{}\"", escaped(value))
}

/// The text between the quotes of a string. Line breaks stay as they are. A `$` that would open an interpolated part, or
/// take the next character along, is written as a byte.
pub(super) fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' => match chars.peek() {
                Some('{') => out.push_str("\\$"),
                None | Some('$') => out.push_str("\\x24"),
                Some(_) => out.push('$'),
            },
            c => out.push(c),
        }
    }
    out
}

/// The text of an expression without parts.
pub(super) fn literal(kind: &ExpressionKind) -> String {
    match kind {
        ExpressionKind::Identifier(name) => name.clone(),
        ExpressionKind::Integer(value) => value.to_string(),
        ExpressionKind::Float(value) => float(*value),
        ExpressionKind::String(value) => quoted(value),
        ExpressionKind::Duration(value) => value.to_string(),
        ExpressionKind::Time(nanos) => time(*nanos),
        ExpressionKind::Regex(pattern) => regex(pattern),
        ExpressionKind::Label(name) => format!(".{}", key(name)),
        ExpressionKind::PipeLiteral => "<-".to_owned(),
        _ => "<bad expression>".to_owned(),
    }
}

/// All digits, never an exponent, always a point.
fn float(value: f64) -> String {
    let mut out = value.to_string();
    if !out.contains('.') {
        out.push_str(".0");
    }
    out
}

/// RFC 3339 in UTC, with as many decimals as it needs.
pub(in crate::syntax) fn time(nanos: i64) -> String {
    DateTime::from_timestamp_nanos(nanos).to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// The pattern between slashes. Backslashes at its end are written as bytes: before the slash they would open it again.
fn regex(pattern: &str) -> String {
    if pattern.is_empty() {
        return "/(?:)/".to_owned();
    }
    let body = pattern.trim_end_matches('\\');
    let mut out = String::with_capacity(pattern.len() + 2);
    let _ = write!(out, "/{}", body.replace('/', "\\/"));
    for _ in body.len()..pattern.len() {
        out.push_str("\\x5c");
    }
    out.push('/');
    out
}
