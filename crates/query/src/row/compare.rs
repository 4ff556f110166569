//! `== != < <= > >=`: DataFusion's comparisons where they order as Flux does.
//!
//! Arrow orders floats totally (NaN has a place, -0 comes before 0), Flux after IEEE 754. Against a literal this is set
//! right by the choice of zero and by bounds at the infinities, so that storage can still prune; other floats, and
//! signed against unsigned integers, have a kernel.

use std::cmp::Ordering;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type, UInt64Type};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, Operator, binary_expr, cast};
use datafusion::prelude::lit;
use flux::ast::BinaryOperator;
use flux::library::operators::{compare_int_uint, holds};
use flux::plan::ScalarType;

use super::compile::{Typed, null_of};
use super::error::Fault;
use super::kernel::{Guard, Kernel, total};

/// `left OPERATOR right`, of types that compare.
pub(super) fn compile(operator: BinaryOperator, left: Typed, right: Typed) -> Typed {
    Typed::new(comparison(operator, left, right), ScalarType::Bool)
}

fn comparison(operator: BinaryOperator, left: Typed, right: Typed) -> Expr {
    let known = left.data_type.or(right.data_type);
    let (left, right) = (left.or_type(known), right.or_type(known));
    match (left.data_type, right.data_type) {
        (Some(ScalarType::Float), _) | (_, Some(ScalarType::Float)) => {
            floats(operator, to_float(left), to_float(right))
        }
        (Some(ScalarType::Int), Some(ScalarType::UInt)) => signed_and_unsigned(operator, left.expr, right.expr),
        (Some(ScalarType::UInt), Some(ScalarType::Int)) => {
            signed_and_unsigned(mirrored(operator), right.expr, left.expr)
        }
        _ => plain(operator, left.expr, right.expr),
    }
}

fn plain(operator: BinaryOperator, left: Expr, right: Expr) -> Expr {
    let operator = match operator {
        BinaryOperator::NotEqual => Operator::NotEq,
        BinaryOperator::Less => Operator::Lt,
        BinaryOperator::LessEqual => Operator::LtEq,
        BinaryOperator::Greater => Operator::Gt,
        BinaryOperator::GreaterEqual => Operator::GtEq,
        _ => Operator::Eq,
    };
    binary_expr(left, operator, right)
}

/// The operator that says the same with its sides exchanged.
fn mirrored(operator: BinaryOperator) -> BinaryOperator {
    match operator {
        BinaryOperator::Less => BinaryOperator::Greater,
        BinaryOperator::LessEqual => BinaryOperator::GreaterEqual,
        BinaryOperator::Greater => BinaryOperator::Less,
        BinaryOperator::GreaterEqual => BinaryOperator::LessEqual,
        other => other,
    }
}

/// A number as a float, and whether it may be NaN or -0.
fn to_float(typed: Typed) -> (Expr, bool) {
    match (typed.data_type, typed.expr) {
        (Some(ScalarType::Float), expr) => (expr, true),
        (_, Expr::Literal(ScalarValue::Int64(v), _)) => (lit_float(v.map(|v| v as f64)), false),
        (_, Expr::Literal(ScalarValue::UInt64(v), _)) => (lit_float(v.map(|v| v as f64)), false),
        (_, expr) => (cast(expr, DataType::Float64), false),
    }
}

fn lit_float(v: Option<f64>) -> Expr {
    Expr::Literal(ScalarValue::Float64(v), None)
}

fn float_literal(expr: &Expr) -> Option<f64> {
    match expr {
        Expr::Literal(ScalarValue::Float64(v), _) => *v,
        _ => None,
    }
}

fn floats(operator: BinaryOperator, left: (Expr, bool), right: (Expr, bool)) -> Expr {
    match (float_literal(&left.0), float_literal(&right.0)) {
        (None, Some(v)) => against_float(operator, left.0, left.1, v),
        (Some(v), None) => against_float(mirrored(operator), right.0, right.1, v),
        _ if !left.1 && !right.1 => plain(operator, left.0, right.0),
        _ => total(Floats { operator }, DataType::Boolean, vec![left.0, right.0]),
    }
}

/// A float against a literal. `special`: it may be NaN or -0.
fn against_float(operator: BinaryOperator, x: Expr, special: bool, v: f64) -> Expr {
    if v.is_nan() {
        return constant_where_known(&x, operator == BinaryOperator::NotEqual);
    }
    if !special {
        return plain(operator, x, lit_float(Some(v + 0.0)));
    }
    let zero = v == 0.0;
    let (low, high) = if zero { (-0.0, 0.0) } else { (v, v) };
    let at_most_infinite = |found: Expr| found.and(x.clone().lt_eq(lit_float(Some(f64::INFINITY))));
    let at_least_infinite = |found: Expr| found.and(x.clone().gt_eq(lit_float(Some(f64::NEG_INFINITY))));
    let than = |operator, bound| plain(operator, x.clone(), lit_float(Some(bound)));
    match operator {
        BinaryOperator::Less => at_least_infinite(than(operator, low)),
        BinaryOperator::LessEqual => at_least_infinite(than(operator, high)),
        BinaryOperator::Greater => at_most_infinite(than(operator, high)),
        BinaryOperator::GreaterEqual => at_most_infinite(than(operator, low)),
        BinaryOperator::NotEqual if zero => than(operator, low).and(than(operator, high)),
        BinaryOperator::Equal if zero => than(operator, low).or(than(operator, high)),
        _ => than(operator, v),
    }
}

/// A known answer, null where the operand is null.
fn constant_where_known(x: &Expr, answer: bool) -> Expr {
    let case = datafusion::logical_expr::Case {
        expr: None,
        when_then_expr: vec![(Box::new(x.clone().is_not_null()), Box::new(lit(answer)))],
        else_expr: Some(Box::new(null_of(ScalarType::Bool))),
    };
    Expr::Case(case)
}

fn signed_and_unsigned(operator: BinaryOperator, signed: Expr, unsigned: Expr) -> Expr {
    match (&signed, &unsigned) {
        (_, Expr::Literal(ScalarValue::UInt64(Some(v)), _)) => match i64::try_from(*v) {
            Ok(v) => plain(operator, signed, lit(v)),
            // Greater than any signed integer.
            Err(_) => constant_where_known(&signed, holds(operator, Some(Ordering::Less))),
        },
        (Expr::Literal(ScalarValue::Int64(Some(v)), _), _) => match u64::try_from(*v) {
            Ok(v) => plain(operator, lit(v), unsigned),
            Err(_) => constant_where_known(&unsigned, holds(operator, Some(Ordering::Less))),
        },
        _ => total(Integers { operator }, DataType::Boolean, vec![signed, unsigned]),
    }
}

/// Floats compared after IEEE 754.
#[derive(Debug)]
struct Floats {
    operator: BinaryOperator,
}

impl Kernel for Floats {
    fn name(&self) -> String {
        format!("flux_floats {}", self.operator.symbol())
    }

    fn evaluate(&self, arguments: &[ArrayRef], _rows: usize, _guard: &Guard<'_>) -> Result<ArrayRef, Fault> {
        let [a, b] = arguments else { return Err(super::values::wrong_arguments("comparison")) };
        let (a, b) = (a.as_primitive::<Float64Type>(), b.as_primitive::<Float64Type>());
        let answers = a.iter().zip(b.iter()).map(|(a, b)| Some(holds(self.operator, a?.partial_cmp(&b?))));
        Ok(Arc::new(answers.collect::<BooleanArray>()))
    }
}

/// A signed integer compared with an unsigned one.
#[derive(Debug)]
struct Integers {
    operator: BinaryOperator,
}

impl Kernel for Integers {
    fn name(&self) -> String {
        format!("flux_integers {}", self.operator.symbol())
    }

    fn evaluate(&self, arguments: &[ArrayRef], _rows: usize, _guard: &Guard<'_>) -> Result<ArrayRef, Fault> {
        let [a, b] = arguments else { return Err(super::values::wrong_arguments("comparison")) };
        debug_assert_eq!(a.len(), b.len());
        let (a, b) = (a.as_primitive::<Int64Type>(), b.as_primitive::<UInt64Type>());
        let answers = a.iter().zip(b.iter()).map(|(a, b)| Some(holds(self.operator, Some(compare_int_uint(a?, b?)))));
        Ok(Arc::new(answers.collect::<BooleanArray>()))
    }
}
