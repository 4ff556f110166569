//! Values whose type is known only when the plan runs, under a type that was seen in the data.
//!
//! Scripts cannot call these: lowering puts them around calls that answer [`Returns::Data`].

use super::function::{Body, Function, Parameter, Returns};
use super::registry::{nullable, required};
use super::{Argument, Arguments, Kind, LibraryError};
use crate::plan::ScalarType;

const V: &[Parameter] = &[required("v")];

const fn scalar(
    name: &'static str,
    kind: Kind,
    body: fn(&Arguments<'_>) -> Result<Argument, LibraryError>,
) -> Function {
    nullable(name, V, Returns::Kind(kind), Body::Any(body))
}

const fn list(name: &'static str, kind: Kind, body: fn(&Arguments<'_>) -> Result<Argument, LibraryError>) -> Function {
    nullable(name, V, Returns::ListOf(kind), Body::Any(body))
}

/// The functions of this file.
pub(super) const FUNCTIONS: &[Function] = &[
    scalar("_typed.bool", Kind::Bool, |a| of_kind(a, Kind::Bool)),
    scalar("_typed.int", Kind::Int, |a| of_kind(a, Kind::Int)),
    scalar("_typed.uint", Kind::UInt, |a| of_kind(a, Kind::UInt)),
    scalar("_typed.float", Kind::Float, |a| of_kind(a, Kind::Float)),
    scalar("_typed.time", Kind::Time, |a| of_kind(a, Kind::Time)),
    scalar("_typed.string", Kind::String, |a| of_kind(a, Kind::String)),
    list("_typed.bools", Kind::Bool, |a| of_kind(a, Kind::Array)),
    list("_typed.floats", Kind::Float, |a| of_kind(a, Kind::Array)),
    list("_typed.strings", Kind::String, |a| of_kind(a, Kind::Array)),
];

/// The function that gives null a type.
pub fn typed_null(data_type: ScalarType) -> &'static str {
    match data_type {
        ScalarType::Bool => "_typed.bool",
        ScalarType::Int => "_typed.int",
        ScalarType::UInt => "_typed.uint",
        ScalarType::Float => "_typed.float",
        ScalarType::String => "_typed.string",
        ScalarType::Time => "_typed.time",
    }
}

/// The function that gives a value the type that it has, if there is one.
pub fn typing(value: &Argument) -> Option<&'static str> {
    let scalar = |value: &Argument| match Kind::of_argument(value) {
        Kind::Bool => Some(["_typed.bool", "_typed.bools"]),
        Kind::Float => Some(["_typed.float", "_typed.floats"]),
        Kind::String => Some(["_typed.string", "_typed.strings"]),
        _ => None,
    };
    match value {
        Argument::Array(items) => items.iter().find_map(scalar).map(|[_, list]| list),
        value => scalar(value).map(|[scalar, _]| scalar),
    }
}

/// The value, if it is null or of the kind that was seen first.
fn of_kind(arguments: &Arguments<'_>, wanted: Kind) -> Result<Argument, LibraryError> {
    let value = arguments.get("v")?;
    match Kind::of_argument(value) {
        Kind::Null => Ok(Argument::NULL),
        kind if kind == wanted => Ok(value.clone()),
        kind => Err(LibraryError::new(format!("expected {wanted} but found {kind}: earlier rows have {wanted} here"))),
    }
}
