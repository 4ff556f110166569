//! Row expressions to DataFusion expressions.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::Expr;
use datafusion::prelude::lit;
use flux::ast::{LogicalOperator, UnaryOperator};
use flux::library::{Argument, Kind, operators};
use flux::plan::{RowExpr, Scalar, ScalarType};

use super::error::RowError;
use super::interpret::{Interpreted, Program, constant};
use super::kernel::fallible;
use super::scope::RowScope;
use super::shape::{self, Shape};
use super::{arithmetic, call, compare, limits, logic, matching};
use crate::lane::column;
use crate::scalar::{arrow_type, to_scalar_value};

/// An expression and its type; `None`: null in every row, of no type.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Typed {
    pub(crate) expr: Expr,
    pub(crate) data_type: Option<ScalarType>,
}

impl Typed {
    pub(super) fn new(expr: Expr, data_type: ScalarType) -> Self {
        Self { expr, data_type: Some(data_type) }
    }

    /// The null of no type.
    pub(super) fn null() -> Self {
        Self { expr: Expr::Literal(ScalarValue::Null, None), data_type: None }
    }

    pub(super) fn kind(&self) -> Kind {
        self.data_type.map_or(Kind::Null, Kind::from)
    }

    /// The same with a type where it has none.
    pub(super) fn or_type(self, data_type: Option<ScalarType>) -> Self {
        let (None, Some(wanted)) = (self.data_type, data_type) else { return self };
        let target = arrow_type(wanted);
        let expr = match self.expr {
            Expr::Literal(ScalarValue::Null, _) => null_of(wanted),
            // It may fail while being null, so it must be evaluated.
            other => datafusion::logical_expr::cast(other, target),
        };
        Self::new(expr, wanted)
    }
}

/// The null of a column type.
pub(super) fn null_of(data_type: ScalarType) -> Expr {
    let null = ScalarValue::try_from(&arrow_type(data_type)).unwrap_or(ScalarValue::Null);
    Expr::Literal(null, None)
}

/// A compiled part of an expression.
#[derive(Debug)]
pub(super) enum Operand {
    Column(Typed),
    /// A value that no column holds, known now: a pattern, a duration, a list.
    Constant(Argument),
    /// A value that no column holds, made on each row.
    Complex(Shape),
}

impl Operand {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Column(typed) => typed.kind(),
            Self::Constant(value) => Kind::of_argument(value),
            Self::Complex(shape) => shape.kind(),
        }
    }
}

/// Compiles within a scope, under a guard.
#[derive(Debug, Clone)]
pub(super) struct Compiler<'s> {
    pub(super) scope: &'s RowScope<'s>,
    /// When Flux would get to the expression; `None`: always.
    pub(super) guard: Option<Expr>,
    /// Whether false and null are the same to whoever asks.
    pub(super) truth_only: bool,
}

/// A condition that is true where the row stays.
pub(super) fn predicate(body: &RowExpr, scope: &RowScope<'_>) -> Result<Expr, RowError> {
    let compiler = Compiler { scope, guard: None, truth_only: true };
    let typed = compiler.value(body)?;
    match typed.data_type {
        Some(ScalarType::Bool) | None => Ok(typed.or_type(Some(ScalarType::Bool)).expr),
        Some(other) => Err(shape::conflict(Kind::Bool, other.into())),
    }
}

/// One value a row.
pub(super) fn value(body: &RowExpr, scope: &RowScope<'_>) -> Result<Typed, RowError> {
    Compiler { scope, guard: None, truth_only: false }.value(body)
}

impl Compiler<'_> {
    /// The same where `condition` holds as well.
    pub(super) fn guarded(&self, condition: Expr) -> Self {
        let guard = match self.guard.clone() {
            Some(outer) => outer.and(condition),
            None => condition,
        };
        Self { scope: self.scope, guard: Some(guard), truth_only: self.truth_only }
    }

    /// The same for an operand whose null counts.
    pub(super) fn exact(&self) -> Self {
        Self { truth_only: false, ..self.clone() }
    }

    /// An expression that a column can hold.
    pub(super) fn value(&self, expr: &RowExpr) -> Result<Typed, RowError> {
        match self.operand(expr)? {
            Operand::Column(typed) => Ok(typed),
            other => Err(RowError::message(format!("a column cannot hold a value of type {}", other.kind()))),
        }
    }

    /// Any expression.
    pub(super) fn operand(&self, expr: &RowExpr) -> Result<Operand, RowError> {
        limits::on_enough_stack(|| self.level(expr))
    }

    fn level(&self, expr: &RowExpr) -> Result<Operand, RowError> {
        Ok(Operand::Column(match expr {
            RowExpr::Literal(value) => return Ok(literal(value)),
            RowExpr::Column(name) => match self.scope.column_type(name) {
                Some(data_type) => Typed::new(column(name), data_type),
                None => Typed::null(),
            },
            RowExpr::SideColumn(side, name) => match self.scope.side_column(*side, name) {
                Some((inner, data_type)) => Typed::new(column(inner), data_type),
                None => Typed::null(),
            },
            RowExpr::Unary(operator, operand) => return self.unary(*operator, operand, expr),
            RowExpr::Binary(operator, left, right) => {
                let exact = self.exact();
                let (left, right) = (exact.operand(left)?, exact.operand(right)?);
                let kind = operators::binary_kind(*operator, left.kind(), right.kind())?;
                match (left, right) {
                    (Operand::Column(left), Operand::Column(right)) => self.binary(*operator, left, right, kind),
                    (Operand::Column(text), Operand::Constant(pattern))
                    | (Operand::Constant(pattern), Operand::Column(text))
                        if kind == Kind::Bool =>
                    {
                        matching::compile(*operator, text, &pattern)?
                    }
                    _ => return self.interpret(expr),
                }
            }
            RowExpr::Logical(operator, left, right) => logic::logical(self, *operator, left, right)?,
            RowExpr::If { test, then, otherwise } => match logic::conditional(self, test, then, otherwise)? {
                Some(typed) => typed,
                None => return self.interpret(expr),
            },
            RowExpr::Call { .. } if super::typing::is_data(expr) => return self.interpret(expr),
            RowExpr::Call { function, arguments } => match call::compile(self, function, arguments)? {
                Some(operand) => return Ok(operand),
                None => return self.interpret(expr),
            },
            RowExpr::Interpolate(parts) => match call::interpolate(self, parts)? {
                Some(typed) => typed,
                None => return self.interpret(expr),
            },
            RowExpr::Member(record, name) => match record.as_ref() {
                RowExpr::Row => return self.operand(&RowExpr::Column(name.clone())),
                RowExpr::SideRow(side) => return self.operand(&RowExpr::SideColumn(*side, name.clone())),
                RowExpr::Record { properties, .. } if properties.iter().any(|(n, _)| n == name) => {
                    let property = properties.iter().rev().find(|(n, _)| n == name);
                    return property.map_or_else(|| self.interpret(expr), |(_, value)| self.operand(value));
                }
                _ => return self.interpret(expr),
            },
            RowExpr::Row
            | RowExpr::SideRow(_)
            | RowExpr::Accumulator(_)
            | RowExpr::Parameter
            | RowExpr::Record { .. }
            | RowExpr::Array(_)
            | RowExpr::Index(..)
            | RowExpr::Dictionary(_) => return self.interpret(expr),
        }))
    }

    fn binary(&self, operator: flux::ast::BinaryOperator, left: Typed, right: Typed, kind: Kind) -> Typed {
        use flux::ast::BinaryOperator as Op;
        match operator {
            Op::Add | Op::Subtract | Op::Multiply | Op::Divide | Op::Modulo | Op::Power => {
                arithmetic::compile(self, operator, left, right, kind)
            }
            Op::Matches | Op::NotMatches => Typed::new(null_of(ScalarType::Bool), ScalarType::Bool),
            _ => compare::compile(operator, left, right),
        }
    }

    fn unary(&self, operator: UnaryOperator, operand: &RowExpr, whole: &RowExpr) -> Result<Operand, RowError> {
        let typed = match self.exact().operand(operand)? {
            Operand::Column(typed) => typed,
            _ => return self.interpret(whole),
        };
        if operator == UnaryOperator::Exists {
            let exists = match typed.data_type {
                None => lit(false),
                Some(_) => typed.expr.is_not_null(),
            };
            return Ok(Operand::Column(Typed::new(exists, ScalarType::Bool)));
        }
        let kind = operators::unary_kind(operator, typed.kind())?;
        Ok(Operand::Column(match (operator, kind) {
            (UnaryOperator::Not, _) => logic::not(typed),
            (UnaryOperator::Minus, Kind::Float) => Typed::new(Expr::Negative(Box::new(typed.expr)), ScalarType::Float),
            // Wraps at the least integer, which a negation would refuse.
            (UnaryOperator::Minus, Kind::Int) => Typed::new(lit(0_i64) - typed.expr, ScalarType::Int),
            _ => typed,
        }))
    }

    /// One function that runs the expression row by row; a constant, if it reads no row.
    pub(super) fn interpret(&self, expr: &RowExpr) -> Result<Operand, RowError> {
        if super::typing::is_data(expr) {
            return Ok(Operand::Complex(shape::of(expr, self.scope)?));
        }
        let shape = shape::of(expr, self.scope)?;
        if let Some(value) = constant(expr) {
            return Ok(match value {
                Argument::Scalar(value) => literal(&value),
                other => Operand::Constant(other),
            });
        }
        let data_type = match &shape {
            Shape::Scalar(kind) => kind.column_type(),
            _ => return Ok(Operand::Complex(shape)),
        };
        if data_type.is_none() && shape.kind() != Kind::Null {
            return Ok(Operand::Complex(shape));
        }
        let kernel = Interpreted::new(Program::new(expr, self.scope)?, data_type);
        let arguments = kernel.arguments();
        let returns = data_type.map_or(datafusion::arrow::datatypes::DataType::Null, arrow_type);
        let expr = fallible(kernel, returns, arguments, self.guard.clone(), self.scope.place);
        Ok(Operand::Column(Typed { expr, data_type }))
    }
}

/// A scalar as an operand.
pub(super) fn literal(value: &Scalar) -> Operand {
    match (value, to_scalar_value(value)) {
        (Scalar::Null, _) => Operand::Column(Typed::null()),
        (_, Some(inner)) => Operand::Column(Typed { expr: Expr::Literal(inner, None), data_type: value.column_type() }),
        (_, None) => Operand::Constant(value.clone().into()),
    }
}

/// The other name of an operator's result where one side decides.
pub(super) fn deciding(operator: LogicalOperator) -> bool {
    operator == LogicalOperator::Or
}
