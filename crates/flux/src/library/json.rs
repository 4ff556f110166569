//! `json.encode` and `experimental/json.parse`.

use std::fmt::Write;

use super::function::{Body, Function, Returns};
use super::registry::{function, nullable, required};
use super::{Argument, Arguments, Kind, LibraryError, write_text};
use crate::plan::Scalar;

type Answer = Result<Argument, LibraryError>;

/// The functions of this file.
pub(super) const FUNCTIONS: &[Function] = &[
    nullable("json.encode", &[required("v")], Returns::Kind(Kind::Bytes), Body::Any(encode)),
    function("experimental/json.parse", &[required("data")], Returns::Data, Body::Any(parse)),
];

fn encode(arguments: &Arguments<'_>) -> Answer {
    let mut out = String::new();
    write_value(&mut out, arguments.get("v")?)?;
    Ok(Scalar::Bytes(out.into_bytes().into()).into())
}

fn write_value(out: &mut String, value: &Argument) -> Result<(), LibraryError> {
    match value {
        Argument::Scalar(scalar) => write_scalar(out, scalar),
        Argument::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_value(out, item)?;
            }
            out.push(']');
            Ok(())
        }
        Argument::Record(properties) => {
            write_object(out, properties.iter().map(|(name, value)| (name.clone(), value)).collect())
        }
        Argument::Dictionary(pairs) => {
            let name = |key: &Argument| match key {
                Argument::Scalar(scalar) => Ok(text_of(scalar)),
                _ => Err(LibraryError::new("a key of an encoded dictionary must be a scalar")),
            };
            let pairs = pairs.iter().map(|(key, value)| Ok((name(key)?, value)));
            write_object(out, pairs.collect::<Result<_, LibraryError>>()?)
        }
    }
}

/// Properties by name, as Go's encoder orders them.
fn write_object(out: &mut String, mut properties: Vec<(String, &Argument)>) -> Result<(), LibraryError> {
    properties.sort_by(|(a, _), (b, _)| a.cmp(b));
    out.push('{');
    for (i, (name, value)) in properties.into_iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        write_string(out, &name);
        out.push(':');
        write_value(out, value)?;
    }
    out.push('}');
    Ok(())
}

fn text_of(scalar: &Scalar) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_text(&mut text, scalar);
    text
}

fn write_scalar(out: &mut String, scalar: &Scalar) -> Result<(), LibraryError> {
    match scalar {
        Scalar::Null => out.push_str("null"),
        Scalar::Bool(_) | Scalar::Int(_) | Scalar::UInt(_) => out.push_str(&text_of(scalar)),
        Scalar::Float(v) if v.is_finite() => write_number(out, *v),
        Scalar::Float(v) => return Err(LibraryError::new(format!("json: unsupported value: {v}"))),
        Scalar::Bytes(bytes) => write_string(out, &String::from_utf8_lossy(bytes)),
        Scalar::String(text) | Scalar::Regex(text) => write_string(out, text),
        Scalar::Time(nanos) => write_string(out, &crate::calendar::format_trimmed(*nanos)),
        Scalar::Duration(_) => write_string(out, &text_of(scalar)),
    }
    Ok(())
}

/// A float in the shortest form; very large and very small ones with an exponent.
fn write_number(out: &mut String, value: f64) {
    let size = value.abs();
    let written = if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{value:e}");
        let sign = if text.contains("e-") { "e" } else { "e+" };
        write!(out, "{}", text.replace('e', sign))
    } else {
        write!(out, "{value}")
    };
    // Writing to a string cannot fail.
    let _ = written;
}

fn write_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c if u32::from(c) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

fn parse(arguments: &Arguments<'_>) -> Answer {
    let bytes = match arguments.get("data")? {
        Argument::Scalar(Scalar::Bytes(bytes)) => bytes,
        _ => return Err(arguments.mismatch("data", "bytes")),
    };
    let value: serde_json::Value = serde_json::from_slice(bytes).map_err(|e| LibraryError::new(e.to_string()))?;
    Ok(from_json(value))
}

/// Numbers are floats, objects are records.
fn from_json(value: serde_json::Value) -> Argument {
    use serde_json::Value;
    match value {
        Value::Null => Argument::NULL,
        Value::Bool(v) => Scalar::Bool(v).into(),
        Value::Number(v) => Scalar::Float(v.as_f64().unwrap_or(f64::NAN)).into(),
        Value::String(v) => Argument::text(v),
        Value::Array(items) => Argument::Array(items.into_iter().map(from_json).collect()),
        Value::Object(properties) => {
            Argument::Record(properties.into_iter().map(|(name, value)| (name, from_json(value))).collect())
        }
    }
}
