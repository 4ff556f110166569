//! All functions and constants by name.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::function::{Body, Function, Parameter, Presence, Returns};
use super::{bits, dates, geo, hashes, hex, json, lists, maths, patterns, samples, strings, typed, universe};
use crate::plan::Scalar;

const ALL: &[&[Function]] = &[
    universe::FUNCTIONS,
    strings::FUNCTIONS,
    maths::FUNCTIONS,
    dates::FUNCTIONS,
    patterns::FUNCTIONS,
    bits::FUNCTIONS,
    lists::FUNCTIONS,
    geo::FUNCTIONS,
    samples::FUNCTIONS,
    json::FUNCTIONS,
    hex::FUNCTIONS,
    hashes::FUNCTIONS,
    typed::FUNCTIONS,
];

static BY_NAME: OnceLock<HashMap<&'static str, &'static Function>> = OnceLock::new();

fn by_name() -> &'static HashMap<&'static str, &'static Function> {
    BY_NAME.get_or_init(|| ALL.iter().flat_map(|part| part.iter()).map(|f| (f.name, f)).collect())
}

/// The function of this full name (`strings.toUpper`, `float`).
pub fn find(full_name: &str) -> Option<&'static Function> {
    by_name().get(full_name).copied()
}

/// The names of all functions, in no order; for near matches.
pub fn names() -> impl Iterator<Item = &'static str> {
    by_name().keys().copied()
}

/// The constant of this full name (`math.pi`, `date.Monday`).
pub fn constant(full_name: &str) -> Option<Scalar> {
    match full_name {
        "inf" => Some(Scalar::Duration(model::FluxDuration::from_nanos(i64::MAX))),
        _ => maths::constant(full_name).or_else(|| dates::constant(full_name)),
    }
}

pub(super) const fn required(name: &'static str) -> Parameter {
    Parameter { name, presence: Presence::Required }
}

pub(super) const fn optional(name: &'static str) -> Parameter {
    Parameter { name, presence: Presence::Optional }
}

pub(super) const fn implicit(name: &'static str) -> Parameter {
    Parameter { name, presence: Presence::Implicit }
}

/// A function that gives null when it is given null.
pub(super) const fn function(
    name: &'static str,
    parameters: &'static [Parameter],
    returns: Returns,
    body: Body,
) -> Function {
    Function { name, parameters, returns, body, null_is_null: true }
}

/// A function that looks at nulls itself.
pub(super) const fn nullable(
    name: &'static str,
    parameters: &'static [Parameter],
    returns: Returns,
    body: Body,
) -> Function {
    Function { name, parameters, returns, body, null_is_null: false }
}
