//! Equality of composite values.

use crate::ast::BinaryOperator;
use crate::library::operators;
use crate::plan::Scalar;

use super::value::Value;

/// `==` and `!=` of arrays, records and dictionaries; `None` for other operators or types.
pub(crate) fn equality(operator: BinaryOperator, left: &Value, right: &Value) -> Option<bool> {
    let equal = match operator {
        BinaryOperator::Equal | BinaryOperator::NotEqual => equal(left, right)?,
        _ => return None,
    };
    Some(equal == (operator == BinaryOperator::Equal))
}

/// Whether two values are equal; `None` where Flux does not compare them.
pub(crate) fn equal(left: &Value, right: &Value) -> Option<bool> {
    match (left, right) {
        (Value::Scalar(Scalar::Null), Value::Scalar(Scalar::Null)) => Some(true),
        (Value::Scalar(a), Value::Scalar(b)) => Some(operators::equal(a, b) || a == b),
        (Value::Array(a), Value::Array(b)) => {
            Some(a.len() == b.len() && a.iter().zip(b.iter()).all(|(x, y)| equal(x, y) == Some(true)))
        }
        (Value::Record(a), Value::Record(b)) => Some(
            a.fields.len() == b.fields.len()
                && a.fields.iter().all(|(k, x)| b.get(k).is_some_and(|y| equal(x, y) == Some(true))),
        ),
        (Value::Dictionary(a), Value::Dictionary(b)) => Some(
            a.len() == b.len()
                && a.iter().all(|(k, x)| b.iter().any(|(l, y)| equal(k, l) == Some(true) && equal(x, y) == Some(true))),
        ),
        _ => None,
    }
}

/// What a type must be to stand beside the operator, in Flux's words.
pub(crate) fn constraint(operator: BinaryOperator) -> &'static str {
    match operator {
        BinaryOperator::Add => "Addable",
        BinaryOperator::Subtract => "Subtractable",
        BinaryOperator::Multiply | BinaryOperator::Divide | BinaryOperator::Modulo | BinaryOperator::Power => {
            "Divisible"
        }
        BinaryOperator::Equal | BinaryOperator::NotEqual => "Equatable",
        _ => "Comparable",
    }
}
