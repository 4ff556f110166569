//! `experimental/dynamic`: values that carry their type with them, and are looked into where they are used.

use std::rc::Rc;

use crate::FluxError;
use crate::library::{Argument as Given, Shown};
use crate::plan::Scalar;
use crate::semantic::arguments::{Argument, Arguments};
use crate::semantic::check;
use crate::semantic::evaluate::Evaluator;
use crate::semantic::library_call;
use crate::semantic::row;
use crate::semantic::signature::Site;
use crate::semantic::value::{Function, Record, Value};

use super::Line;

pub(super) const FUNCTIONS: &[Line] = &[
    ("experimental/dynamic", "dynamic", "v: any", dynamic),
    ("experimental/dynamic", "asArray", "<-v: any", as_array),
    ("experimental/dynamic", "isType", "v: any, type: string", is_type),
    ("experimental/dynamic", "jsonParse", "data: any", json_parse),
    ("experimental/dynamic", "jsonEncode", "v: any", json_encode),
];

type Outcome = Result<Value, FluxError>;

/// A value as a dynamic one; the row's own are so already.
pub(crate) fn wrapped(value: &Value) -> Value {
    let inner = match value {
        Value::Dynamic(_) | Value::Row(_) => return value.clone(),
        Value::Array(items) => Value::array(items.iter().map(wrapped).collect()),
        Value::Record(record) => {
            let fields = record.fields.iter().map(|(name, value)| (name.clone(), wrapped(value))).collect();
            Value::Record(Rc::new(Record { fields, lenient: record.lenient }))
        }
        Value::TypedNull(_) => Value::NULL,
        other => other.clone(),
    };
    Value::Dynamic(Rc::new(inner))
}

/// Flux's words for the type of a value, functions with what they give.
pub(crate) fn type_text(value: &Value) -> String {
    match value {
        Value::Dynamic(inner) => type_text(inner),
        Value::Array(_) => "[dynamic]".to_owned(),
        Value::Function(Function::Closure(closure)) => check::function_type(&closure.function),
        other => other.bare_type_name(),
    }
}

/// A property of a dynamic record; null if it lacks it.
pub(crate) fn member(inner: &Value, name: &str) -> Outcome {
    match inner {
        Value::Record(record) => Ok(record.get(name).cloned().unwrap_or_else(|| wrapped(&Value::NULL))),
        other => {
            let found = type_text(other);
            let text = format!("cannot access property \"{name}\" of a value with type {found}; expected record");
            Err(FluxError::invalid(text))
        }
    }
}

/// A member of a dynamic list or record.
pub(crate) fn index(inner: &Value, index: &Value) -> Outcome {
    match (inner, index) {
        (_, Value::Scalar(Scalar::String(name))) => member(inner, name),
        (Value::Array(values), Value::Scalar(Scalar::Int(n))) => {
            usize::try_from(*n).ok().and_then(|i| values.get(i)).cloned().ok_or_else(|| {
                FluxError::invalid(format!("cannot access element {n} of array of length {}", values.len()))
            })
        }
        (other, _) => {
            let text = format!("cannot index into a value of type {}; expected an array", type_text(other));
            Err(FluxError::invalid(text))
        }
    }
}

/// A value for `display`.
pub(crate) fn shown(value: &Value) -> Shown {
    match value {
        Value::Dynamic(inner) => Shown::Dynamic(Box::new(shown(inner))),
        Value::Array(items) => Shown::Array(items.iter().map(shown).collect()),
        Value::Record(record) => {
            Shown::Record(record.fields.iter().map(|(name, value)| (name.to_string(), shown(value))).collect())
        }
        Value::Dictionary(pairs) => Shown::Dictionary(pairs.iter().map(|(k, v)| (shown(k), shown(v))).collect()),
        Value::Stream(_) => Shown::Text("<stream>".to_owned()),
        Value::Function(_) => Shown::Text(type_text(value)),
        Value::Scalar(scalar) => Shown::from(&Given::Scalar(scalar.clone())),
        Value::TypedNull(_) => Shown::from(&Given::NULL),
        other => Shown::Text(other.type_name()),
    }
}

/// Whether a value has something in it that only [`shown`] can write.
pub(crate) fn is_opaque(value: &Value) -> bool {
    match value {
        Value::Dynamic(_) | Value::Stream(_) | Value::Function(_) => true,
        Value::Array(items) => items.iter().any(is_opaque),
        Value::Record(record) => record.fields.iter().any(|(_, value)| is_opaque(value)),
        Value::Dictionary(pairs) => pairs.iter().any(|(k, v)| is_opaque(k) || is_opaque(v)),
        _ => false,
    }
}

/// The arguments of a pure function without what makes them dynamic. A function that is no value of one is refused as the
/// conversions refuse it.
pub(crate) fn unwrapped(name: &str, arguments: &mut Arguments) -> Result<(), FluxError> {
    for argument in &mut arguments.0 {
        let Value::Dynamic(inner) = &argument.value else { continue };
        match &**inner {
            Value::Function(_) | Value::Stream(_) => {
                return Err(FluxError::invalid(format!("cannot convert {} to {name}", type_text(inner))));
            }
            null if null.is_null() && name == "bytes" => {
                return Err(FluxError::invalid("cannot convert null to bytes"));
            }
            inner => argument.value = inner.clone(),
        }
    }
    Ok(())
}

fn given(arguments: &Arguments, name: &str) -> Outcome {
    let value = arguments.get(name).map(|a| a.value.clone());
    value.ok_or_else(|| FluxError::invalid(format!("missing required argument {name}")))
}

fn dynamic(_: &mut Evaluator<'_>, arguments: &mut Arguments, _: Site<'_>) -> Outcome {
    Ok(wrapped(&given(arguments, "v")?))
}

fn as_array(_: &mut Evaluator<'_>, arguments: &mut Arguments, _: Site<'_>) -> Outcome {
    let value = given(arguments, "v")?;
    let refused = |found: String| Err(FluxError::invalid(format!("unable to convert {found} to array")));
    match &value {
        Value::Row(_) => Ok(value),
        null if null.is_null() => refused("<null>".to_owned()),
        Value::Dynamic(inner) => match &**inner {
            Value::Array(_) => Ok((**inner).clone()),
            other => refused(type_text(other)),
        },
        other => refused(other.type_name()),
    }
}

fn is_type(_: &mut Evaluator<'_>, arguments: &mut Arguments, _: Site<'_>) -> Outcome {
    let wanted = arguments.need_text("type")?;
    let value = given(arguments, "v")?;
    let Value::Dynamic(inner) = &value else {
        return match &value {
            null if null.is_null() => Ok(Value::boolean(false)),
            other => Err(FluxError::invalid(format!("expected dynamic but found {}", other.type_name()))),
        };
    };
    let found = match &**inner {
        Value::Scalar(Scalar::Null) => return Ok(Value::boolean(false)),
        Value::Array(_) => "array".to_owned(),
        Value::Record(_) => "object".to_owned(),
        Value::Function(_) => "function".to_owned(),
        Value::Dictionary(_) => "dictionary".to_owned(),
        other => other.type_name(),
    };
    Ok(Value::boolean(found == wanted))
}

/// Calls a pure function of one argument: now, or on each row.
fn pure(function: &'static str, name: &str, value: Value) -> Outcome {
    let argument = Argument { name: name.to_owned(), value, span: crate::ast::Span::default() };
    if argument.value.depends_on_row() {
        return row::call(function.to_owned(), &Arguments(vec![argument]));
    }
    let known = crate::library::find(function)
        .ok_or_else(|| FluxError::invalid(format!("function \"{function}\" is not supported by Tidegauge")))?;
    let answer = known.call(&[(name, library_call::to_argument(&argument.value)?)]);
    answer.map(library_call::from_argument).map_err(|error| FluxError::invalid(error.to_string()))
}

fn json_parse(_: &mut Evaluator<'_>, arguments: &mut Arguments, _: Site<'_>) -> Outcome {
    Ok(wrapped(&pure("experimental/json.parse", "data", given(arguments, "data")?)?))
}

fn json_encode(_: &mut Evaluator<'_>, arguments: &mut Arguments, _: Site<'_>) -> Outcome {
    pure("json.encode", "v", given(arguments, "v")?)
}
