//! The package `math`: Go's functions and constants.

use super::function::{Body, Function, Returns};
use super::registry::{function, required};
use super::{Argument, Arguments, Kind, LibraryError};
use crate::library::function::Parameter;
use crate::plan::Scalar;

const X: &[Parameter] = &[required("x")];
const F: &[Parameter] = &[required("f")];
const XY: &[Parameter] = &[required("x"), required("y")];
const NX: &[Parameter] = &[required("n"), required("x")];

type Answer = Result<Argument, LibraryError>;

const fn one(name: &'static str, body: fn(f64) -> f64) -> Function {
    function(name, X, Returns::Kind(Kind::Float), Body::Float1(body))
}

const fn two(name: &'static str, body: fn(f64, f64) -> f64) -> Function {
    function(name, XY, Returns::Kind(Kind::Float), Body::Float2(body))
}

const fn any(
    name: &'static str,
    parameters: &'static [Parameter],
    kind: Kind,
    body: fn(&Arguments<'_>) -> Answer,
) -> Function {
    function(name, parameters, Returns::Kind(kind), Body::Any(body))
}

/// The functions of this file.
pub(super) const FUNCTIONS: &[Function] = &[
    one("math.abs", f64::abs),
    one("math.acos", f64::acos),
    one("math.acosh", f64::acosh),
    one("math.asin", f64::asin),
    one("math.asinh", f64::asinh),
    one("math.atan", f64::atan),
    one("math.atanh", f64::atanh),
    one("math.cbrt", f64::cbrt),
    one("math.ceil", f64::ceil),
    one("math.cos", f64::cos),
    one("math.cosh", f64::cosh),
    one("math.erf", libm::erf),
    one("math.erfc", libm::erfc),
    one("math.erfcinv", |x| inverse_erf(1.0 - x, x)),
    one("math.erfinv", |x| inverse_erf(x, 1.0 - x)),
    one("math.exp", f64::exp),
    one("math.exp2", f64::exp2),
    one("math.expm1", f64::exp_m1),
    one("math.floor", f64::floor),
    one("math.gamma", gamma),
    one("math.j0", libm::j0),
    one("math.j1", libm::j1),
    one("math.log", f64::ln),
    one("math.log10", f64::log10),
    one("math.log1p", f64::ln_1p),
    one("math.log2", f64::log2),
    one("math.logb", logb),
    one("math.round", f64::round),
    one("math.roundtoeven", f64::round_ties_even),
    one("math.sin", f64::sin),
    one("math.sinh", f64::sinh),
    one("math.sqrt", f64::sqrt),
    one("math.tan", f64::tan),
    one("math.tanh", f64::tanh),
    one("math.trunc", f64::trunc),
    one("math.y0", libm::y0),
    one("math.y1", libm::y1),
    two("math.atan2", |x, y| y.atan2(x)),
    two("math.copysign", f64::copysign),
    two("math.dim", dim),
    two("math.mMax", larger),
    two("math.mMin", smaller),
    two("math.mod", |x, y| x % y),
    two("math.nextafter", libm::nextafter),
    two("math.pow", f64::powf),
    two("math.remainder", libm::remainder),
    function("math.hypot", &[required("p"), required("q")], Returns::Kind(Kind::Float), Body::Float2(f64::hypot)),
    function("math.signbit", X, Returns::Kind(Kind::Bool), Body::FloatToBool(f64::is_sign_negative)),
    function("math.isNaN", F, Returns::Kind(Kind::Bool), Body::FloatToBool(f64::is_nan)),
    any("math.isInf", &[required("f"), required("sign")], Kind::Bool, |a| {
        let (f, sign) = (a.float("f")?, a.int("sign")?);
        let found = (sign >= 0 && f == f64::INFINITY) || (sign <= 0 && f == f64::NEG_INFINITY);
        Ok(Scalar::Bool(found).into())
    }),
    any("math.mInf", &[required("sign")], Kind::Float, |a| {
        Ok(Scalar::Float(if a.int("sign")? >= 0 { f64::INFINITY } else { f64::NEG_INFINITY }).into())
    }),
    any("math.NaN", &[], Kind::Float, |_| Ok(Scalar::Float(f64::NAN).into())),
    any("math.float64bits", F, Kind::UInt, |a| Ok(Scalar::UInt(a.float("f")?.to_bits()).into())),
    any("math.float64frombits", &[required("b")], Kind::Float, |a| {
        Ok(Scalar::Float(f64::from_bits(a.uint("b")?)).into())
    }),
    any("math.ilogb", X, Kind::Int, |a| Ok(Scalar::Int(ilogb(a.float("x")?)).into())),
    any("math.jn", NX, Kind::Float, |a| Ok(Scalar::Float(libm::jn(order(a)?, a.float("x")?)).into())),
    any("math.yn", NX, Kind::Float, |a| Ok(Scalar::Float(libm::yn(order(a)?, a.float("x")?)).into())),
    any("math.ldexp", &[required("frac"), required("exp")], Kind::Float, |a| {
        let exp = a.int("exp")?.clamp(-5_000, 5_000) as i32;
        Ok(Scalar::Float(libm::ldexp(a.float("frac")?, exp)).into())
    }),
    any("math.pow10", &[required("n")], Kind::Float, |a| Ok(Scalar::Float(pow10(a.int("n")?)).into())),
    function(
        "math.frexp",
        F,
        Returns::Record(&[("frac", Kind::Float), ("exp", Kind::Int)]),
        Body::Any(|a| {
            let (frac, exp) = libm::frexp(a.float("f")?);
            Ok(record([("frac", Scalar::Float(frac)), ("exp", Scalar::Int(i64::from(exp)))]))
        }),
    ),
    function(
        "math.lgamma",
        X,
        Returns::Record(&[("lgamma", Kind::Float), ("sign", Kind::Int)]),
        Body::Any(|a| {
            let (lgamma, sign) = libm::lgamma_r(a.float("x")?);
            Ok(record([("lgamma", Scalar::Float(lgamma)), ("sign", Scalar::Int(i64::from(sign)))]))
        }),
    ),
    function(
        "math.modf",
        F,
        Returns::Record(&[("int", Kind::Float), ("frac", Kind::Float)]),
        Body::Any(|a| {
            let f = a.float("f")?;
            let frac = if f.is_infinite() { f64::NAN } else { f - f.trunc() };
            Ok(record([("int", Scalar::Float(f.trunc())), ("frac", Scalar::Float(frac.copysign(f)))]))
        }),
    ),
    function(
        "math.sincos",
        X,
        Returns::Record(&[("sin", Kind::Float), ("cos", Kind::Float)]),
        Body::Any(|a| {
            let (sin, cos) = a.float("x")?.sin_cos();
            Ok(record([("sin", Scalar::Float(sin)), ("cos", Scalar::Float(cos))]))
        }),
    ),
];

/// A constant of the package by its full name.
pub(super) fn constant(name: &str) -> Option<Scalar> {
    use std::f64::consts;
    /// The golden ratio.
    const PHI: f64 = 1.618_033_988_749_895;
    Some(match name.strip_prefix("math.")? {
        "pi" => Scalar::Float(consts::PI),
        "e" => Scalar::Float(consts::E),
        "phi" => Scalar::Float(PHI),
        "sqrt2" => Scalar::Float(consts::SQRT_2),
        "sqrte" => Scalar::Float(consts::E.sqrt()),
        "sqrtpi" => Scalar::Float(consts::PI.sqrt()),
        "sqrtphi" => Scalar::Float(PHI.sqrt()),
        "ln2" => Scalar::Float(consts::LN_2),
        "log2e" => Scalar::Float(consts::LOG2_E),
        "ln10" => Scalar::Float(consts::LN_10),
        "log10e" => Scalar::Float(consts::LOG10_E),
        "maxfloat" => Scalar::Float(f64::MAX),
        "smallestNonzeroFloat" => Scalar::Float(f64::from_bits(1)),
        "maxint" => Scalar::Int(i64::MAX),
        "minint" => Scalar::Int(i64::MIN),
        "maxuint" => Scalar::UInt(u64::MAX),
        _ => return None,
    })
}

fn record<const N: usize>(properties: [(&str, Scalar); N]) -> Argument {
    Argument::Record(properties.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect())
}

fn order(a: &Arguments<'_>) -> Result<i32, LibraryError> {
    let n = a.int("n")?;
    i32::try_from(n).map_err(|_| LibraryError::new(format!("order {n} of a Bessel function is out of range")))
}

/// `max(x - y, 0)`, NaN for equal infinities.
fn dim(x: f64, y: f64) -> f64 {
    let difference = x - y;
    if difference <= 0.0 { 0.0 } else { difference }
}

/// An infinity wins over NaN, NaN over all else, and 0 over -0.
fn larger(x: f64, y: f64) -> f64 {
    if x == f64::INFINITY || y == f64::INFINITY {
        f64::INFINITY
    } else if x.is_nan() || y.is_nan() {
        f64::NAN
    } else if x == 0.0 && y == 0.0 {
        if x.is_sign_negative() { y } else { x }
    } else {
        x.max(y)
    }
}

fn smaller(x: f64, y: f64) -> f64 {
    -larger(-x, -y)
}

fn gamma(x: f64) -> f64 {
    match x {
        f64::NEG_INFINITY => f64::NAN,
        x if x < 0.0 && x == x.floor() => f64::NAN,
        x => libm::tgamma(x),
    }
}

fn logb(x: f64) -> f64 {
    match x {
        0.0 => f64::NEG_INFINITY,
        x if x.is_infinite() => f64::INFINITY,
        x if x.is_nan() => x,
        x => f64::from(libm::ilogb(x)),
    }
}

fn ilogb(x: f64) -> i64 {
    match x {
        0.0 => i64::from(i32::MIN),
        x if x.is_finite() => i64::from(libm::ilogb(x)),
        _ => i64::from(i32::MAX),
    }
}

fn pow10(n: i64) -> f64 {
    match n {
        ..=-324 => 0.0,
        309.. => f64::INFINITY,
        n => format!("1e{n}").parse().unwrap_or(f64::NAN),
    }
}

/// The `y` with `erf(y) == x`, given also `1 - x`, which is exact where `x` is close to 1. A first guess after Winitzki,
/// then Halley's steps.
fn inverse_erf(x: f64, complement: f64) -> f64 {
    if x.is_nan() || x.abs() > 1.0 {
        return f64::NAN;
    }
    if complement == 0.0 {
        return f64::INFINITY;
    }
    if x == -1.0 {
        return f64::NEG_INFINITY;
    }
    if x < 0.0 {
        return -inverse_erf(-x, 1.0 + x);
    }
    const A: f64 = 0.147;
    let log = (complement * (1.0 + x)).ln();
    let half = 2.0 / (std::f64::consts::PI * A) + log / 2.0;
    let mut y = ((half * half - log / A).sqrt() - half).max(0.0).sqrt();
    for _ in 0..4 {
        let miss = if x < 0.5 { libm::erf(y) - x } else { complement - libm::erfc(y) };
        let step = miss / (std::f64::consts::FRAC_2_SQRT_PI * (-y * y).exp());
        y -= step / (1.0 + y * step);
    }
    y
}
