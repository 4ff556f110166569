//! The package `regexp`.

use super::function::{Body, Function, Parameter, Returns};
use super::registry::{function, required};
use super::{Argument, Arguments, Kind, LibraryError, pattern};
use crate::plan::Scalar;

const RV: &[Parameter] = &[required("r"), required("v")];

type Answer = Result<Argument, LibraryError>;

/// The functions of this file.
pub(super) const FUNCTIONS: &[Function] = &[
    function("regexp.compile", &[required("v")], Returns::Kind(Kind::Regex), Body::Any(compile)),
    function("regexp.quoteMeta", &[required("v")], Returns::Kind(Kind::String), Body::Text1(quote)),
    function("regexp.findString", RV, Returns::Kind(Kind::String), Body::Any(find)),
    function("regexp.findStringIndex", RV, Returns::ListOf(Kind::Int), Body::Any(find_index)),
    function("regexp.matchRegexpString", RV, Returns::Kind(Kind::Bool), Body::Any(matches)),
    function(
        "regexp.replaceAllString",
        &[required("r"), required("v"), required("t")],
        Returns::Kind(Kind::String),
        Body::Any(replace),
    ),
    function(
        "regexp.splitRegexp",
        &[required("r"), required("v"), required("i")],
        Returns::ListOf(Kind::String),
        Body::Any(split),
    ),
    function(
        "regexp.getString",
        &[required("r")],
        Returns::Kind(Kind::String),
        Body::Any(|a| Ok(Argument::text(a.regex("r")?))),
    ),
];

fn compile(a: &Arguments<'_>) -> Answer {
    let text = a.text("v")?;
    pattern::compile(text)?;
    Ok(Scalar::Regex(text.into()).into())
}

/// Puts a backslash before every character that has a meaning.
fn quote(v: &str) -> String {
    let mut out = String::with_capacity(v.len());
    for c in v.chars() {
        if r"\.+*?()|[]{}^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn matches(a: &Arguments<'_>) -> Answer {
    Ok(Scalar::Bool(pattern::compile(a.regex("r")?)?.is_match(a.text("v")?)).into())
}

fn find(a: &Arguments<'_>) -> Answer {
    let found = pattern::compile(a.regex("r")?)?.find(a.text("v")?).map_or("", |m| m.as_str());
    Ok(Argument::text(found))
}

fn find_index(a: &Arguments<'_>) -> Answer {
    let regex = pattern::compile(a.regex("r")?)?;
    let places = regex.find(a.text("v")?).map(|m| [m.start(), m.end()]);
    let place = |i: usize| Argument::Scalar(Scalar::Int(i64::try_from(i).unwrap_or(i64::MAX)));
    Ok(Argument::Array(places.into_iter().flatten().map(place).collect()))
}

/// Group references are `$1` and `${name}`, as long a name as can be.
fn replace(a: &Arguments<'_>) -> Answer {
    let regex = pattern::compile(a.regex("r")?)?;
    Ok(Argument::text(regex.replace_all(a.text("v")?, a.text("t")?)))
}

/// At most `i` parts, all if it is negative.
fn split(a: &Arguments<'_>) -> Answer {
    let (text, regex) = (a.regex("r")?, pattern::compile(a.regex("r")?)?);
    let (v, limit) = (a.text("v")?, usize::try_from(a.int("i")?).unwrap_or(usize::MAX));
    if limit == 0 {
        return Ok(Argument::Array(Vec::new()));
    }
    if v.is_empty() && !text.is_empty() {
        return Ok(Argument::texts([""]));
    }
    let (mut parts, mut from, mut to) = (Vec::new(), 0, 0);
    for found in regex.find_iter(v) {
        if parts.len() + 1 >= limit {
            break;
        }
        to = found.start();
        if found.end() != 0 {
            parts.extend(v.get(from..to));
        }
        from = found.end();
    }
    if to != v.len() {
        parts.extend(v.get(from..));
    }
    Ok(Argument::texts(parts))
}
