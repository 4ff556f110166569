//! `+ - * / % ^`: DataFusion's operators where they wrap and cannot fail, kernels of ours for the rest.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, PrimitiveArray};
use datafusion::arrow::datatypes::{
    ArrowNumericType, ArrowPrimitiveType, DataType, Float64Type, Int64Type, UInt64Type,
};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, Operator, binary_expr};
use flux::ast::BinaryOperator;
use flux::library::Kind;
use flux::library::operators::OperatorError;
use flux::plan::ScalarType;

use super::compile::{Compiler, Typed};
use super::error::Fault;
use super::kernel::{Guard, Kernel, fallible, total};
use crate::scalar::arrow_type;

/// `left OPERATOR right` of one type; `kind` is the result's.
pub(super) fn compile(
    compiler: &Compiler<'_>,
    operator: BinaryOperator,
    left: Typed,
    right: Typed,
    kind: Kind,
) -> Typed {
    let operands = left.data_type.or(right.data_type);
    let (left, right) = (left.or_type(operands), right.or_type(operands));
    let data_type = kind.column_type().unwrap_or(ScalarType::Float);
    let expr = match (operator, operands) {
        (BinaryOperator::Add, Some(ScalarType::String)) => binary_expr(left.expr, Operator::StringConcat, right.expr),
        (BinaryOperator::Add, _) => left.expr + right.expr,
        (BinaryOperator::Subtract, _) => left.expr - right.expr,
        (BinaryOperator::Multiply, _) => left.expr * right.expr,
        (BinaryOperator::Power, _) => total(Power, DataType::Float64, vec![left.expr, right.expr]),
        (BinaryOperator::Divide, Some(ScalarType::Float)) => left.expr / right.expr,
        (BinaryOperator::Modulo, Some(ScalarType::Float)) => left.expr % right.expr,
        (_, operands) => {
            let modulo = operator == BinaryOperator::Modulo;
            if divides_always(&right.expr) {
                if modulo { left.expr % right.expr } else { left.expr / right.expr }
            } else {
                let kernel = Division { modulo };
                let returns = operands.map_or(DataType::Int64, arrow_type);
                let scope = compiler.scope;
                fallible(kernel, returns, vec![left.expr, right.expr], compiler.guard.clone(), scope.place)
            }
        }
    };
    Typed::new(expr, data_type)
}

/// Whether dividing by it can neither fail nor overflow.
fn divides_always(divisor: &Expr) -> bool {
    match divisor {
        Expr::Literal(ScalarValue::Int64(Some(v)), _) => *v != 0 && *v != -1,
        Expr::Literal(ScalarValue::UInt64(Some(v)), _) => *v != 0,
        _ => false,
    }
}

/// Division or modulo of integers; wraps at the least integer.
#[derive(Debug)]
struct Division {
    modulo: bool,
}

impl Kernel for Division {
    fn name(&self) -> String {
        if self.modulo { "flux_modulo" } else { "flux_divide" }.to_owned()
    }

    fn evaluate(&self, arguments: &[ArrayRef], _rows: usize, guard: &Guard<'_>) -> Result<ArrayRef, Fault> {
        let [a, b] = arguments else { return Err(super::values::wrong_arguments("division")) };
        match a.data_type() {
            DataType::UInt64 => each(a.as_primitive::<UInt64Type>(), b.as_primitive::<UInt64Type>(), guard, |a, b| {
                if self.modulo { a.checked_rem(b) } else { a.checked_div(b) }.ok_or_else(|| self.by_zero())
            }),
            _ => each(a.as_primitive::<Int64Type>(), b.as_primitive::<Int64Type>(), guard, |a, b| match b {
                0 => Err(self.by_zero()),
                _ if self.modulo => Ok(a.wrapping_rem(b)),
                _ => Ok(a.wrapping_div(b)),
            }),
        }
    }
}

impl Division {
    fn by_zero(&self) -> OperatorError {
        if self.modulo { OperatorError::ModuloByZero } else { OperatorError::DivideByZero }
    }
}

fn each<T: ArrowPrimitiveType>(
    a: &PrimitiveArray<T>,
    b: &PrimitiveArray<T>,
    guard: &Guard<'_>,
    f: impl Fn(T::Native, T::Native) -> Result<T::Native, OperatorError>,
) -> Result<ArrayRef, Fault> {
    let values = (0..a.len().min(b.len())).map(|row| {
        let known = a.is_valid(row) && b.is_valid(row) && guard.is_open(row);
        known.then(|| f(a.value(row), b.value(row))).transpose()
    });
    let array: PrimitiveArray<T> = values.collect::<Result<Vec<_>, _>>()?.into_iter().collect();
    Ok(Arc::new(array))
}

/// `^` of two numbers of one type; always a float.
#[derive(Debug)]
struct Power;

impl Kernel for Power {
    fn name(&self) -> String {
        "flux_power".to_owned()
    }

    fn evaluate(&self, arguments: &[ArrayRef], _rows: usize, _guard: &Guard<'_>) -> Result<ArrayRef, Fault> {
        let [a, b] = arguments else { return Err(super::values::wrong_arguments("power")) };
        Ok(match a.data_type() {
            DataType::Int64 => power::<Int64Type>(a, b, |v| v as f64),
            DataType::UInt64 => power::<UInt64Type>(a, b, |v| v as f64),
            _ => power::<Float64Type>(a, b, |v| v),
        })
    }
}

fn power<T: ArrowNumericType>(a: &ArrayRef, b: &ArrayRef, float: fn(T::Native) -> f64) -> ArrayRef {
    let (a, b) = (a.as_primitive::<T>(), b.as_primitive::<T>());
    let values = a.iter().zip(b.iter()).map(|(a, b)| Some(float(a?).powf(float(b?))));
    Arc::new(values.collect::<Float64Array>())
}
