//! Functions without a package: conversions, `display`, `length`, `contains`, `die`; and those of `types`.

use super::function::{Body, Function, Returns};
use super::registry::{function, nullable};
use super::{Argument, Arguments, Kind, LibraryError, conversion, display, operators};
use crate::library::registry::required;
use crate::plan::Scalar;

/// The functions of this file.
pub(super) const FUNCTIONS: &[Function] = &[
    function("float", &[required("v")], Returns::Kind(Kind::Float), Body::Scalar1(conversion::to_float)),
    function("int", &[required("v")], Returns::Kind(Kind::Int), Body::Scalar1(conversion::to_int)),
    function("uint", &[required("v")], Returns::Kind(Kind::UInt), Body::Scalar1(conversion::to_uint)),
    function("string", &[required("v")], Returns::Kind(Kind::String), Body::Scalar1(conversion::to_string)),
    function("bool", &[required("v")], Returns::Kind(Kind::Bool), Body::Scalar1(conversion::to_bool)),
    function("time", &[required("v")], Returns::Kind(Kind::Time), Body::Scalar1(conversion::to_time)),
    function("duration", &[required("v")], Returns::Kind(Kind::Duration), Body::Scalar1(conversion::to_duration)),
    function("bytes", &[required("v")], Returns::Kind(Kind::Bytes), Body::Scalar1(conversion::to_bytes)),
    nullable("display", &[required("v")], Returns::Kind(Kind::String), Body::Any(display_of)),
    function("length", &[required("arr")], Returns::Kind(Kind::Int), Body::Any(length)),
    nullable("contains", &[required("value"), required("set")], Returns::Kind(Kind::Bool), Body::Any(contains)),
    nullable("die", &[required("msg")], Returns::Kind(Kind::Null), Body::Any(die)),
    nullable("types.isType", &[required("v"), required("type")], Returns::Kind(Kind::Bool), Body::Any(is_type)),
    nullable("types.isNumeric", &[required("v")], Returns::Kind(Kind::Bool), Body::Any(is_numeric)),
];

fn display_of(arguments: &Arguments<'_>) -> Result<Argument, LibraryError> {
    Ok(Argument::text(display(arguments.get("v")?)))
}

fn length(arguments: &Arguments<'_>) -> Result<Argument, LibraryError> {
    let length = i64::try_from(arguments.list("arr")?.len()).unwrap_or(i64::MAX);
    Ok(Scalar::Int(length).into())
}

/// Whether a list holds a value; a null is in no list.
fn contains(arguments: &Arguments<'_>) -> Result<Argument, LibraryError> {
    let value = arguments.get("value")?;
    let found = arguments.list("set")?.iter().any(|item| equal(item, value));
    Ok(Scalar::Bool(found).into())
}

fn equal(a: &Argument, b: &Argument) -> bool {
    match (a, b) {
        (Argument::Scalar(a), Argument::Scalar(b)) => operators::equal(a, b),
        (a, b) => a == b,
    }
}

fn die(arguments: &Arguments<'_>) -> Result<Argument, LibraryError> {
    Err(LibraryError::new(arguments.text("msg")?))
}

fn is_type(arguments: &Arguments<'_>) -> Result<Argument, LibraryError> {
    let kind = Kind::of_argument(arguments.get("v")?);
    let named = arguments.text("type")?;
    Ok(Scalar::Bool(kind != Kind::Null && kind.name() == named).into())
}

fn is_numeric(arguments: &Arguments<'_>) -> Result<Argument, LibraryError> {
    Ok(Scalar::Bool(Kind::of_argument(arguments.get("v")?).is_number()).into())
}
