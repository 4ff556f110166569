//! The operators over scalars: what types they take, what they give, what null does to them.
//!
//! Arithmetic wants equal types and wraps; comparisons mix the three number types; any operator but `exists` and the
//! logical ones gives null if an operand is null.

use std::cmp::Ordering;

use crate::ast::{BinaryOperator, LogicalOperator, UnaryOperator};
use crate::plan::Scalar;

use super::{Kind, LibraryError, pattern};

/// Why an operator cannot be applied; its text is Flux's wording in row functions that run row by row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OperatorError {
    /// Operands of two types where one is wanted.
    #[error("type conflict: {left} != {right}")]
    Conflict { left: Kind, right: Kind },
    /// The operator has no meaning for these types.
    #[error("unsupported binary expression {left} {} {right}", operator.symbol())]
    Binary { operator: BinaryOperator, left: Kind, right: Kind },
    /// The operator has no meaning for this type.
    #[error("unsupported unary expression {operator} {operand}")]
    Unary { operator: &'static str, operand: Kind },
    #[error("cannot divide by zero")]
    DivideByZero,
    #[error("cannot mod zero")]
    ModuloByZero,
    /// A pattern that does not compile.
    #[error("{0}")]
    Pattern(String),
}

impl From<OperatorError> for LibraryError {
    fn from(error: OperatorError) -> Self {
        Self::new(error.to_string())
    }
}

/// What null means to `and` and `or`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NullLogic {
    /// Three values: `null and false` is false, `null and true` is null (vectorized `map`).
    ThreeValued,
    /// Null on the left is false; on the right it is what comes out if it decides (all other row functions).
    LeftIsFalse,
}

/// `left OPERATOR right`.
pub fn binary(operator: BinaryOperator, left: &Scalar, right: &Scalar) -> Result<Scalar, OperatorError> {
    use BinaryOperator as Op;
    if matches!(left, Scalar::Null) || matches!(right, Scalar::Null) {
        return Ok(Scalar::Null);
    }
    binary_kind(operator, Kind::of(left), Kind::of(right))?;
    match operator {
        Op::Add | Op::Subtract | Op::Multiply | Op::Divide | Op::Modulo | Op::Power => {
            arithmetic(operator, left, right)
        }
        Op::Matches | Op::NotMatches => matches(left, right).map(|m| Scalar::Bool(m == (operator == Op::Matches))),
        _ => Ok(Scalar::Bool(holds(operator, compare(left, right)))),
    }
}

/// The kind that `left OPERATOR right` has, or why it has none. An unknown null takes the other side's kind.
pub fn binary_kind(operator: BinaryOperator, left: Kind, right: Kind) -> Result<Kind, OperatorError> {
    use BinaryOperator as Op;
    let unsupported = || OperatorError::Binary { operator, left, right };
    let (a, b) = match (left, right) {
        (Kind::Null, Kind::Null) => return Err(unsupported()),
        (Kind::Null, known) | (known, Kind::Null) => match operator {
            Op::Matches | Op::NotMatches if known == Kind::Regex => (Kind::String, known),
            Op::Matches | Op::NotMatches => (known, Kind::Regex),
            _ => (known, known),
        },
        both => both,
    };
    match operator {
        Op::Invalid => Err(unsupported()),
        Op::Matches | Op::NotMatches => match (a, b) {
            (Kind::String, Kind::Regex) | (Kind::Regex, Kind::String) => Ok(Kind::Bool),
            _ => Err(unsupported()),
        },
        Op::Equal | Op::NotEqual => match (a, b) {
            (Kind::String, Kind::String) | (Kind::Bool, Kind::Bool) | (Kind::Time, Kind::Time) => Ok(Kind::Bool),
            (a, b) if a.is_number() && b.is_number() => Ok(Kind::Bool),
            _ => Err(unsupported()),
        },
        Op::Less | Op::LessEqual | Op::Greater | Op::GreaterEqual => match (a, b) {
            (Kind::String, Kind::String) | (Kind::Time, Kind::Time) => Ok(Kind::Bool),
            (a, b) if a.is_number() && b.is_number() => Ok(Kind::Bool),
            _ => Err(unsupported()),
        },
        _ if a != b => Err(OperatorError::Conflict { left: a, right: b }),
        Op::Power if a.is_number() => Ok(Kind::Float),
        Op::Add if a == Kind::String => Ok(Kind::String),
        _ if a.is_number() => Ok(a),
        _ => Err(unsupported()),
    }
}

/// `OPERATOR operand`.
pub fn unary(operator: UnaryOperator, operand: &Scalar) -> Result<Scalar, OperatorError> {
    if operator == UnaryOperator::Exists {
        return Ok(Scalar::Bool(!matches!(operand, Scalar::Null)));
    }
    unary_kind(operator, Kind::of(operand))?;
    Ok(match (operator, operand) {
        (UnaryOperator::Minus, Scalar::Int(v)) => Scalar::Int(v.wrapping_neg()),
        (UnaryOperator::Minus, Scalar::Float(v)) => Scalar::Float(-v),
        (UnaryOperator::Minus, Scalar::Duration(v)) => Scalar::Duration(v.negated()),
        (UnaryOperator::Not, Scalar::Bool(v)) => Scalar::Bool(!v),
        _ => operand.clone(),
    })
}

/// The kind that `OPERATOR operand` has, or why it has none.
pub fn unary_kind(operator: UnaryOperator, operand: Kind) -> Result<Kind, OperatorError> {
    let signed = matches!(operand, Kind::Int | Kind::Float | Kind::Duration | Kind::Null);
    let (symbol, fits) = match operator {
        UnaryOperator::Exists => return Ok(Kind::Bool),
        UnaryOperator::Minus => ("-", signed),
        UnaryOperator::Plus => ("+", signed || operand == Kind::UInt),
        UnaryOperator::Not => ("not", matches!(operand, Kind::Bool | Kind::Null)),
    };
    match (fits, operator) {
        (false, _) => Err(OperatorError::Unary { operator: symbol, operand }),
        (true, UnaryOperator::Not) => Ok(Kind::Bool),
        (true, _) => Ok(operand),
    }
}

/// `left and right`, `left or right`, both sides known.
pub fn logical(
    operator: LogicalOperator,
    left: &Scalar,
    right: &Scalar,
    logic: NullLogic,
) -> Result<Scalar, OperatorError> {
    let (a, b) = (truth(left, right)?, truth(right, left)?);
    let deciding = operator == LogicalOperator::Or;
    let result = match (a, logic) {
        (Some(a), _) if a == deciding => Some(deciding),
        (Some(_), _) => b,
        (None, NullLogic::ThreeValued) => b.filter(|b| *b == deciding),
        (None, NullLogic::LeftIsFalse) if deciding => b,
        (None, NullLogic::LeftIsFalse) => Some(false),
    };
    Ok(result.map_or(Scalar::Null, Scalar::Bool))
}

fn truth(value: &Scalar, other: &Scalar) -> Result<Option<bool>, OperatorError> {
    match value {
        Scalar::Null => Ok(None),
        Scalar::Bool(b) => Ok(Some(*b)),
        _ => Err(match Kind::of(other) {
            Kind::Bool => OperatorError::Conflict { left: Kind::Bool, right: Kind::of(value) },
            _ => OperatorError::Conflict { left: Kind::of(value), right: Kind::Bool },
        }),
    }
}

/// Whether two scalars are equal as `==` says; different kinds that cannot be compared are not.
pub fn equal(left: &Scalar, right: &Scalar) -> bool {
    compare(left, right) == Some(Ordering::Equal)
}

/// Order of two scalars; `None` if there is none (NaN, null, kinds that do not compare).
pub fn compare(left: &Scalar, right: &Scalar) -> Option<Ordering> {
    match (left, right) {
        (Scalar::Bool(a), Scalar::Bool(b)) => Some(a.cmp(b)),
        (Scalar::String(a), Scalar::String(b)) => Some(a.as_bytes().cmp(b.as_bytes())),
        (Scalar::Time(a), Scalar::Time(b)) => Some(a.cmp(b)),
        (Scalar::Bytes(a), Scalar::Bytes(b)) => Some(a.cmp(b)),
        (Scalar::Int(a), Scalar::Int(b)) => Some(a.cmp(b)),
        (Scalar::UInt(a), Scalar::UInt(b)) => Some(a.cmp(b)),
        (Scalar::Float(a), Scalar::Float(b)) => a.partial_cmp(b),
        (Scalar::Int(a), Scalar::UInt(b)) => Some(compare_int_uint(*a, *b)),
        (Scalar::UInt(a), Scalar::Int(b)) => Some(compare_int_uint(*b, *a).reverse()),
        (Scalar::Int(a), Scalar::Float(b)) => (*a as f64).partial_cmp(b),
        (Scalar::Float(a), Scalar::Int(b)) => a.partial_cmp(&(*b as f64)),
        (Scalar::UInt(a), Scalar::Float(b)) => (*a as f64).partial_cmp(b),
        (Scalar::Float(a), Scalar::UInt(b)) => a.partial_cmp(&(*b as f64)),
        _ => None,
    }
}

/// Order of a signed and an unsigned integer.
pub fn compare_int_uint(a: i64, b: u64) -> Ordering {
    u64::try_from(a).map_or(Ordering::Less, |a| a.cmp(&b))
}

/// Whether a comparison holds for this order; without an order only `!=` does.
pub fn holds(operator: BinaryOperator, order: Option<Ordering>) -> bool {
    match operator {
        BinaryOperator::Equal => order == Some(Ordering::Equal),
        BinaryOperator::NotEqual => order != Some(Ordering::Equal),
        BinaryOperator::Less => order == Some(Ordering::Less),
        BinaryOperator::LessEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        BinaryOperator::Greater => order == Some(Ordering::Greater),
        BinaryOperator::GreaterEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        _ => false,
    }
}

fn arithmetic(operator: BinaryOperator, left: &Scalar, right: &Scalar) -> Result<Scalar, OperatorError> {
    match (left, right) {
        (Scalar::Int(a), Scalar::Int(b)) => int_arithmetic(operator, *a, *b),
        (Scalar::UInt(a), Scalar::UInt(b)) => uint_arithmetic(operator, *a, *b),
        (Scalar::Float(a), Scalar::Float(b)) => Ok(Scalar::Float(float_arithmetic(operator, *a, *b))),
        (Scalar::String(a), Scalar::String(b)) => Ok(Scalar::String([a.as_ref(), b.as_ref()].concat().into())),
        _ => Err(OperatorError::Binary { operator, left: Kind::of(left), right: Kind::of(right) }),
    }
}

fn int_arithmetic(operator: BinaryOperator, a: i64, b: i64) -> Result<Scalar, OperatorError> {
    Ok(Scalar::Int(match operator {
        BinaryOperator::Add => a.wrapping_add(b),
        BinaryOperator::Subtract => a.wrapping_sub(b),
        BinaryOperator::Multiply => a.wrapping_mul(b),
        BinaryOperator::Divide if b == 0 => return Err(OperatorError::DivideByZero),
        BinaryOperator::Divide => a.wrapping_div(b),
        BinaryOperator::Modulo if b == 0 => return Err(OperatorError::ModuloByZero),
        BinaryOperator::Modulo => a.wrapping_rem(b),
        _ => return Ok(Scalar::Float((a as f64).powf(b as f64))),
    }))
}

fn uint_arithmetic(operator: BinaryOperator, a: u64, b: u64) -> Result<Scalar, OperatorError> {
    Ok(Scalar::UInt(match operator {
        BinaryOperator::Add => a.wrapping_add(b),
        BinaryOperator::Subtract => a.wrapping_sub(b),
        BinaryOperator::Multiply => a.wrapping_mul(b),
        BinaryOperator::Divide => a.checked_div(b).ok_or(OperatorError::DivideByZero)?,
        BinaryOperator::Modulo => a.checked_rem(b).ok_or(OperatorError::ModuloByZero)?,
        _ => return Ok(Scalar::Float((a as f64).powf(b as f64))),
    }))
}

/// Arithmetic of floats after IEEE 754; `%` is C's `fmod`.
pub fn float_arithmetic(operator: BinaryOperator, a: f64, b: f64) -> f64 {
    match operator {
        BinaryOperator::Add => a + b,
        BinaryOperator::Subtract => a - b,
        BinaryOperator::Multiply => a * b,
        BinaryOperator::Divide => a / b,
        BinaryOperator::Modulo => a % b,
        _ => a.powf(b),
    }
}

fn matches(left: &Scalar, right: &Scalar) -> Result<bool, OperatorError> {
    match (left, right) {
        (Scalar::String(text), Scalar::Regex(regex)) | (Scalar::Regex(regex), Scalar::String(text)) => {
            let regex = pattern::compile(regex).map_err(|error| OperatorError::Pattern(error.message))?;
            Ok(regex.is_match(text))
        }
        _ => Err(OperatorError::Binary {
            operator: BinaryOperator::Matches,
            left: Kind::of(left),
            right: Kind::of(right),
        }),
    }
}
