//! Lists, dictionaries and records: `array.concat` and the conversions of lists, `dict`, `experimental/record`.

use super::function::{Body, Function, Parameter, Returns};
use super::registry::{function, nullable, required};
use super::{Argument, Arguments, Kind, LibraryError, conversion, operators};
use crate::plan::Scalar;

type Answer = Result<Argument, LibraryError>;
type Conversion = fn(&Scalar) -> Result<Scalar, LibraryError>;

const fn list(name: &'static str, kind: Kind, body: fn(&Arguments<'_>) -> Answer) -> Function {
    const ARR: &[Parameter] = &[required("arr")];
    function(name, ARR, Returns::ListOf(kind), Body::Any(body))
}

const DICT: &[Parameter] = &[required("dict"), required("key"), required("default")];

/// The functions of this file.
pub(super) const FUNCTIONS: &[Function] = &[
    function("array.concat", &[required("arr"), required("v")], Returns::SameAs("arr"), Body::Any(concat)),
    list("array.toBool", Kind::Bool, |a| convert(a, conversion::to_bool)),
    list("array.toDuration", Kind::Duration, |a| convert(a, conversion::to_duration)),
    list("array.toFloat", Kind::Float, |a| convert(a, conversion::to_float)),
    list("array.toInt", Kind::Int, |a| convert(a, conversion::to_int)),
    list("array.toString", Kind::String, |a| convert(a, conversion::to_string)),
    list("array.toTime", Kind::Time, |a| convert(a, conversion::to_time)),
    list("array.toUInt", Kind::UInt, |a| convert(a, conversion::to_uint)),
    nullable("dict.get", DICT, Returns::SameAs("default"), Body::Any(get)),
    nullable(
        "dict.insert",
        &[required("dict"), required("key"), required("value")],
        Returns::Kind(Kind::Dictionary),
        Body::Any(insert),
    ),
    nullable("dict.remove", &[required("dict"), required("key")], Returns::Kind(Kind::Dictionary), Body::Any(remove)),
    function("dict.fromList", &[required("pairs")], Returns::Kind(Kind::Dictionary), Body::Any(from_list)),
    function("experimental.objectKeys", &[required("o")], Returns::ListOf(Kind::String), Body::Any(object_keys)),
    nullable(
        "experimental/record.get",
        &[required("r"), required("key"), required("default")],
        Returns::SameAs("default"),
        Body::Any(record_get),
    ),
];

fn concat(a: &Arguments<'_>) -> Answer {
    Ok(Argument::Array([a.list("arr")?, a.list("v")?].concat()))
}

fn convert(a: &Arguments<'_>, convert: Conversion) -> Answer {
    let items = a.list("arr")?.iter().map(|item| match item {
        Argument::Scalar(scalar) => convert(scalar).map(Argument::Scalar),
        other => Err(LibraryError::new(format!("cannot convert {}", Kind::of_argument(other)))),
    });
    Ok(Argument::Array(items.collect::<Result<_, _>>()?))
}

fn pairs<'a>(a: &Arguments<'a>) -> Result<&'a [(Argument, Argument)], LibraryError> {
    match a.get("dict")? {
        Argument::Dictionary(pairs) => Ok(pairs),
        _ => Err(a.mismatch("dict", "dictionary")),
    }
}

fn same(a: &Argument, b: &Argument) -> bool {
    match (a, b) {
        (Argument::Scalar(a), Argument::Scalar(b)) => operators::equal(a, b),
        (a, b) => a == b,
    }
}

fn get(a: &Arguments<'_>) -> Answer {
    let key = a.get("key")?;
    let found = pairs(a)?.iter().find(|(k, _)| same(k, key)).map(|(_, value)| value);
    Ok(found.map_or_else(|| a.get("default"), Ok)?.clone())
}

fn insert(a: &Arguments<'_>) -> Answer {
    Ok(Argument::Dictionary(with_pair(pairs(a)?.to_vec(), a.get("key")?.clone(), a.get("value")?.clone())))
}

/// Puts a pair in; an equal key takes the new value.
fn with_pair(mut pairs: Vec<(Argument, Argument)>, key: Argument, value: Argument) -> Vec<(Argument, Argument)> {
    match pairs.iter_mut().find(|(k, _)| same(k, &key)) {
        Some(pair) => pair.1 = value,
        None => pairs.push((key, value)),
    }
    pairs
}

fn remove(a: &Arguments<'_>) -> Answer {
    let key = a.get("key")?;
    Ok(Argument::Dictionary(pairs(a)?.iter().filter(|(k, _)| !same(k, key)).cloned().collect()))
}

fn from_list(a: &Arguments<'_>) -> Answer {
    let mut dictionary = Vec::new();
    for pair in a.list("pairs")? {
        let (Some(key), Some(value)) = (pair.property("key"), pair.property("value")) else {
            return Err(a.mismatch("pairs", "a list of records {key, value}"));
        };
        dictionary = with_pair(dictionary, key.clone(), value.clone());
    }
    Ok(Argument::Dictionary(dictionary))
}

fn object_keys(a: &Arguments<'_>) -> Answer {
    match a.get("o")? {
        Argument::Record(properties) => Ok(Argument::texts(properties.iter().map(|(name, _)| name.as_str()))),
        _ => Err(a.mismatch("o", "object")),
    }
}

fn record_get(a: &Arguments<'_>) -> Answer {
    let found = a.get("r")?.property(a.text("key")?);
    Ok(found.map_or_else(|| a.get("default"), Ok)?.clone())
}
