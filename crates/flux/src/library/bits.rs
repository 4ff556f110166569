//! The packages `bitwise` and `contrib/bonitoo-io/hex`.

use std::sync::Arc;

use super::conversion::quoted;
use super::function::{Body, Function, Parameter, Returns};
use super::registry::{function, required};
use super::{Argument, Arguments, Kind, LibraryError};
use crate::plan::Scalar;

const A: &[Parameter] = &[required("a")];
const AB: &[Parameter] = &[required("a"), required("b")];
const V: &[Parameter] = &[required("v")];

type Answer = Result<Argument, LibraryError>;

const fn signed(name: &'static str, parameters: &'static [Parameter], body: fn(&Arguments<'_>) -> Answer) -> Function {
    function(name, parameters, Returns::Kind(Kind::Int), Body::Any(body))
}

const fn unsigned(
    name: &'static str,
    parameters: &'static [Parameter],
    body: fn(&Arguments<'_>) -> Answer,
) -> Function {
    function(name, parameters, Returns::Kind(Kind::UInt), Body::Any(body))
}

/// The functions of this file.
pub(super) const FUNCTIONS: &[Function] = &[
    signed("bitwise.sand", AB, |a| ints(a, |a, b| a & b)),
    signed("bitwise.sor", AB, |a| ints(a, |a, b| a | b)),
    signed("bitwise.sxor", AB, |a| ints(a, |a, b| a ^ b)),
    signed("bitwise.sclear", AB, |a| ints(a, |a, b| a & !b)),
    signed("bitwise.snot", A, |a| Ok(Scalar::Int(!a.int("a")?).into())),
    signed("bitwise.slshift", AB, |a| {
        let (v, by) = (a.int("a")?, distance(a.int("b")?)?);
        Ok(Scalar::Int(v.checked_shl(by).unwrap_or(0)).into())
    }),
    signed("bitwise.srshift", AB, |a| {
        let (v, by) = (a.int("a")?, distance(a.int("b")?)?);
        Ok(Scalar::Int(v >> by.min(63)).into())
    }),
    unsigned("bitwise.uand", AB, |a| uints(a, |a, b| a & b)),
    unsigned("bitwise.uor", AB, |a| uints(a, |a, b| a | b)),
    unsigned("bitwise.uxor", AB, |a| uints(a, |a, b| a ^ b)),
    unsigned("bitwise.uclear", AB, |a| uints(a, |a, b| a & !b)),
    unsigned("bitwise.unot", A, |a| Ok(Scalar::UInt(!a.uint("a")?).into())),
    unsigned("bitwise.ulshift", AB, |a| uints(a, |v, by| shift(v, by, u64::checked_shl))),
    unsigned("bitwise.urshift", AB, |a| uints(a, |v, by| shift(v, by, u64::checked_shr))),
    function("hex.string", V, Returns::Kind(Kind::String), Body::Scalar1(hex_string)),
    function("hex.int", V, Returns::Kind(Kind::Int), Body::Any(hex_int)),
    function("hex.uint", V, Returns::Kind(Kind::UInt), Body::Any(hex_uint)),
    function("hex.bytes", V, Returns::Kind(Kind::Bytes), Body::Any(hex_bytes)),
];

fn ints(a: &Arguments<'_>, f: fn(i64, i64) -> i64) -> Answer {
    Ok(Scalar::Int(f(a.int("a")?, a.int("b")?)).into())
}

fn uints(a: &Arguments<'_>, f: fn(u64, u64) -> u64) -> Answer {
    Ok(Scalar::UInt(f(a.uint("a")?, a.uint("b")?)).into())
}

fn distance(by: i64) -> Result<u32, LibraryError> {
    if by < 0 {
        return Err(LibraryError::new(format!("cannot shift by {by}: the distance is negative")));
    }
    Ok(u32::try_from(by).unwrap_or(u32::MAX))
}

/// Shifting by 64 or more leaves nothing.
fn shift(v: u64, by: u64, f: fn(u64, u32) -> Option<u64>) -> u64 {
    u32::try_from(by).ok().and_then(|by| f(v, by)).unwrap_or(0)
}

fn hex_string(v: &Scalar) -> Result<Scalar, LibraryError> {
    Ok(Scalar::String(match v {
        Scalar::Int(v) if *v < 0 => format!("-{:x}", v.unsigned_abs()).into(),
        Scalar::Int(v) => format!("{v:x}").into(),
        Scalar::UInt(v) => format!("{v:x}").into(),
        Scalar::Bytes(v) => v.iter().map(|b| format!("{b:02x}")).collect::<String>().into(),
        Scalar::Bool(_) | Scalar::Float(_) | Scalar::Time(_) | Scalar::Duration(_) | Scalar::String(_) => {
            return super::to_string(v);
        }
        _ => return Err(LibraryError::new(format!("cannot convert {} to string", Kind::of(v)))),
    }))
}

fn hex_int(a: &Arguments<'_>) -> Answer {
    let text = a.text("v")?;
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let size = i64::from_str_radix(without_prefix(digits), 16).map_err(|_| bad(text, "int"))?;
    Ok(Scalar::Int(if negative { -size } else { size }).into())
}

fn hex_uint(a: &Arguments<'_>) -> Answer {
    let text = a.text("v")?;
    let size = u64::from_str_radix(without_prefix(text), 16).map_err(|_| bad(text, "uint"))?;
    Ok(Scalar::UInt(size).into())
}

fn hex_bytes(a: &Arguments<'_>) -> Answer {
    let text = a.text("v")?;
    let digits: Option<Vec<u8>> = text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
    let digits = digits.filter(|d| d.len() % 2 == 0).ok_or_else(|| bad(text, "bytes"))?;
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |sum, d| sum << 4 | d)).collect();
    Ok(Scalar::Bytes(Arc::from(bytes)).into())
}

fn without_prefix(text: &str) -> &str {
    text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text)
}

fn bad(text: &str, target: &str) -> LibraryError {
    LibraryError::new(format!("cannot convert string {} to {target} due to invalid syntax", quoted(text)))
}
