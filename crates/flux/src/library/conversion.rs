//! Conversions between scalars: `float`, `int`, `uint`, `string`, `bool`, `time`, `duration`, `bytes`. Null stays null.

use std::fmt::Write;
use std::sync::Arc;

use model::FluxDuration;

use super::number::{int_of_float, parse_float, parse_int, parse_uint, uint_of_float, write_float};
use super::{Kind, LibraryError};
use crate::calendar;
use crate::plan::Scalar;

type Converted = Result<Scalar, LibraryError>;

/// `float(v:)`.
pub fn to_float(v: &Scalar) -> Converted {
    Ok(Scalar::Float(match v {
        Scalar::Null => return Ok(Scalar::Null),
        Scalar::Float(v) => *v,
        Scalar::Int(v) => *v as f64,
        Scalar::UInt(v) => *v as f64,
        Scalar::Bool(v) => f64::from(u8::from(*v)),
        Scalar::String(text) => parse_float(text).ok_or_else(|| bad_text(text, "float"))?,
        _ => return Err(no_conversion(v, "float")),
    }))
}

/// `int(v:)`; floats are truncated, times are nanoseconds since the epoch, durations have average months.
pub fn to_int(v: &Scalar) -> Converted {
    Ok(Scalar::Int(match v {
        Scalar::Null => return Ok(Scalar::Null),
        Scalar::Int(v) | Scalar::Time(v) => *v,
        Scalar::Float(v) => int_of_float(*v),
        Scalar::UInt(v) => v.cast_signed(),
        Scalar::Bool(v) => i64::from(*v),
        Scalar::Duration(v) => v.approximate_nanos(),
        Scalar::String(text) => parse_int(text).ok_or_else(|| bad_text(text, "int"))?,
        _ => return Err(no_conversion(v, "int")),
    }))
}

/// `uint(v:)`; negative integers wrap.
pub fn to_uint(v: &Scalar) -> Converted {
    Ok(Scalar::UInt(match v {
        Scalar::Null => return Ok(Scalar::Null),
        Scalar::UInt(v) => *v,
        Scalar::Int(v) | Scalar::Time(v) => v.cast_unsigned(),
        Scalar::Float(v) => uint_of_float(*v),
        Scalar::Bool(v) => u64::from(*v),
        Scalar::Duration(v) => v.approximate_nanos().cast_unsigned(),
        Scalar::String(text) => parse_uint(text).ok_or_else(|| bad_text(text, "uint"))?,
        _ => return Err(no_conversion(v, "uint")),
    }))
}

/// `string(v:)`.
pub fn to_string(v: &Scalar) -> Converted {
    match v {
        Scalar::Null => Ok(Scalar::Null),
        Scalar::String(_) => Ok(v.clone()),
        Scalar::Regex(_) => Err(no_conversion(v, "string")),
        Scalar::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Scalar::String(text.into())),
            Err(_) => Err(LibraryError::new("cannot convert bytes to string due to invalid UTF-8")),
        },
        _ => {
            let mut text = String::new();
            // Writing to a string cannot fail.
            let _ = write_text(&mut text, v);
            Ok(Scalar::String(text.into()))
        }
    }
}

/// `bool(v:)`; only 0 and 1, `true` and `false`.
pub fn to_bool(v: &Scalar) -> Converted {
    let not_a_bit =
        |text: String| LibraryError::new(format!("cannot convert {} {text} to bool, must be 0 or 1", Kind::of(v)));
    Ok(Scalar::Bool(match v {
        Scalar::Null => return Ok(Scalar::Null),
        Scalar::Bool(v) => *v,
        Scalar::Int(n @ (0 | 1)) => *n == 1,
        Scalar::Int(n) => return Err(not_a_bit(n.to_string())),
        Scalar::UInt(n @ (0 | 1)) => *n == 1,
        Scalar::UInt(n) => return Err(not_a_bit(n.to_string())),
        Scalar::Float(0.0) => false,
        Scalar::Float(1.0) => true,
        Scalar::Float(n) => return Err(not_a_bit(format!("{n:.6}"))),
        Scalar::String(text) => match text.as_ref() {
            "true" => true,
            "false" => false,
            _ => return Err(LibraryError::new(format!("cannot convert string {} to bool", quoted(text)))),
        },
        _ => return Err(no_conversion(v, "bool")),
    }))
}

/// `time(v:)`; numbers are nanoseconds since the epoch, texts dates or RFC 3339.
pub fn to_time(v: &Scalar) -> Converted {
    Ok(Scalar::Time(match v {
        Scalar::Null => return Ok(Scalar::Null),
        Scalar::Time(v) | Scalar::Int(v) => *v,
        Scalar::UInt(v) => v.cast_signed(),
        Scalar::String(text) => calendar::parse_time(text)
            .map_err(|cause| LibraryError::new(format!("{}: {cause}", bad_text(text, "time").message)))?,
        _ => return Err(no_conversion(v, "time")),
    }))
}

/// `duration(v:)`; numbers are nanoseconds.
pub fn to_duration(v: &Scalar) -> Converted {
    Ok(Scalar::Duration(match v {
        Scalar::Null => return Ok(Scalar::Null),
        Scalar::Duration(v) => *v,
        Scalar::Int(v) => FluxDuration::from_nanos(*v),
        Scalar::UInt(v) => FluxDuration::from_nanos(v.cast_signed()),
        Scalar::String(text) => FluxDuration::parse(text).map_err(|_| bad_text(text, "duration"))?,
        _ => return Err(no_conversion(v, "duration")),
    }))
}

/// `bytes(v:)`.
pub fn to_bytes(v: &Scalar) -> Converted {
    match v {
        Scalar::Null | Scalar::Bytes(_) => Ok(v.clone()),
        Scalar::String(text) => Ok(Scalar::Bytes(Arc::from(text.as_bytes()))),
        _ => Err(no_conversion(v, "bytes")),
    }
}

/// The text of a scalar as `string(v:)` and interpolation write it; null is `<null>`, bytes are hexadecimal and regular
/// expressions their pattern, as `display` writes them.
pub fn write_text(out: &mut impl Write, v: &Scalar) -> std::fmt::Result {
    match v {
        Scalar::Null => out.write_str("<null>"),
        Scalar::Bool(v) => write!(out, "{v}"),
        Scalar::Int(v) => write!(out, "{v}"),
        Scalar::UInt(v) => write!(out, "{v}"),
        Scalar::Float(v) => write_float(out, *v),
        Scalar::String(v) | Scalar::Regex(v) => out.write_str(v),
        Scalar::Time(v) => calendar::write_nine_decimals(out, *v),
        Scalar::Duration(v) => write!(out, "{v}"),
        Scalar::Bytes(v) => {
            out.write_str("0x")?;
            v.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
        }
    }
}

/// `"text"` with the escapes of Go's `%q`.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() && u32::from(c) < 0x80 => {
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn bad_text(text: &str, target: &str) -> LibraryError {
    LibraryError::new(format!("cannot convert string {} to {target} due to invalid syntax", quoted(text)))
}

fn no_conversion(v: &Scalar, target: &str) -> LibraryError {
    LibraryError::new(format!("cannot convert {} to {target}", Kind::of(v)))
}
