//! The package `contrib/bonitoo-io/hex`: numbers and bytes as hexadecimal text.

use std::fmt::Write;

use super::function::{Body, Function, Returns};
use super::registry::{function, required};
use super::{Argument, Arguments, Kind, LibraryError, to_string};
use crate::plan::Scalar;

type Answer = Result<Argument, LibraryError>;

/// The functions of this file.
pub(super) const FUNCTIONS: &[Function] = &[
    function("contrib/bonitoo-io/hex.int", &[required("v")], Returns::Kind(Kind::Int), Body::Any(int)),
    function("contrib/bonitoo-io/hex.uint", &[required("v")], Returns::Kind(Kind::UInt), Body::Any(uint)),
    function("contrib/bonitoo-io/hex.bytes", &[required("v")], Returns::Kind(Kind::Bytes), Body::Any(bytes)),
    function("contrib/bonitoo-io/hex.string", &[required("v")], Returns::Kind(Kind::String), Body::Any(string)),
];

fn unreadable(text: &str, kind: &str) -> LibraryError {
    LibraryError::new(format!("cannot convert string {text:?} to {kind} due to invalid syntax"))
}

fn int(arguments: &Arguments<'_>) -> Answer {
    let text = arguments.text("v")?;
    let (sign, digits) = match text.strip_prefix(['+', '-']) {
        Some(digits) => (if text.starts_with('-') { "-" } else { "" }, digits),
        None => ("", text),
    };
    let digits = digits.strip_prefix("0x").unwrap_or(digits);
    if digits.starts_with(['+', '-']) {
        return Err(unreadable(text, "int"));
    }
    let number = i64::from_str_radix(&format!("{sign}{digits}"), 16).map_err(|_| unreadable(text, "int"))?;
    Ok(Scalar::Int(number).into())
}

fn uint(arguments: &Arguments<'_>) -> Answer {
    let text = arguments.text("v")?;
    let digits = text.strip_prefix("0x").unwrap_or(text);
    if digits.starts_with('+') {
        return Err(unreadable(text, "uint"));
    }
    let number = u64::from_str_radix(digits, 16).map_err(|_| unreadable(text, "uint"))?;
    Ok(Scalar::UInt(number).into())
}

fn bytes(arguments: &Arguments<'_>) -> Answer {
    let text = arguments.text("v")?;
    let refuse = |why: &str| {
        LibraryError::new(format!("cannot convert string {text:?} to bytes due to hex decoding error: {why}"))
    };
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let mut out = Vec::with_capacity(text.len() / 2);
    for pair in text.as_bytes().chunks(2) {
        match pair {
            [a, b] => match (digit(*a), digit(*b)) {
                (Some(a), Some(b)) => out.push(a * 16 + b),
                _ => return Err(refuse("invalid byte")),
            },
            _ => return Err(refuse("odd length hex string")),
        }
    }
    Ok(Scalar::Bytes(out.into()).into())
}

/// Digits without a prefix; what is no number or bytes as `string` writes it.
fn string(arguments: &Arguments<'_>) -> Answer {
    let mut out = String::new();
    let value = arguments.scalar("v")?;
    let written = match value {
        Scalar::Int(v) if *v < 0 => write!(out, "-{:x}", v.unsigned_abs()),
        Scalar::Int(v) => write!(out, "{v:x}"),
        Scalar::UInt(v) => write!(out, "{v:x}"),
        Scalar::Bytes(bytes) => bytes.iter().try_for_each(|b| write!(out, "{b:02x}")),
        other => return to_string(other).map(Argument::from),
    };
    // Writing to a string cannot fail.
    let _ = written;
    Ok(Argument::text(out))
}
