//! `and`, `or`, `not` and `if`.
//!
//! Where null on the left counts as false, `a and b` is `(a is true) and b`. A condition that only keeps rows does not
//! tell null from false, so it stays plain and storage can prune by it.

use datafusion::logical_expr::{Case, Expr};
use datafusion::prelude::lit;
use flux::ast::{BinaryOperator, LogicalOperator};
use flux::library::Kind;
use flux::library::operators::NullLogic;
use flux::plan::{RowExpr, ScalarType};

use super::children::children;
use super::compile::{Compiler, Typed, deciding};
use super::error::RowError;
use super::kernel::may_fail;
use super::shape;

/// `left and right`, `left or right`.
pub(super) fn logical(
    compiler: &Compiler<'_>,
    operator: LogicalOperator,
    left: &RowExpr,
    right: &RowExpr,
) -> Result<Typed, RowError> {
    let left = condition(compiler, left)?;
    let logic = compiler.scope.logic();
    // Flux looks at the right side unless the left one decides.
    let reached = || match (operator, logic) {
        (LogicalOperator::And, NullLogic::LeftIsFalse) => left.clone().is_true(),
        (LogicalOperator::And, NullLogic::ThreeValued) => left.clone().is_not_false(),
        (LogicalOperator::Or, _) => left.clone().is_not_true(),
    };
    let answer =
        if can_fail(right) { condition(&compiler.guarded(reached()), right)? } else { condition(compiler, right)? };
    let left = match logic {
        NullLogic::LeftIsFalse if !compiler.truth_only => left.is_true(),
        _ => left,
    };
    let both = if deciding(operator) { left.or(answer) } else { left.and(answer) };
    Ok(Typed::new(both, ScalarType::Bool))
}

/// `not operand`; the operand's null counts.
pub(super) fn not(operand: Typed) -> Typed {
    let operand = operand.or_type(Some(ScalarType::Bool));
    Typed::new(Expr::Not(Box::new(operand.expr)), ScalarType::Bool)
}

/// `if test then a else b`; null goes the way of false. `None` if the branches are no columns.
pub(super) fn conditional(
    compiler: &Compiler<'_>,
    test: &RowExpr,
    then: &RowExpr,
    otherwise: &RowExpr,
) -> Result<Option<Typed>, RowError> {
    let test = truth(compiler, test)?;
    let Some((then, otherwise)) = branches(compiler, &test, then, otherwise)? else { return Ok(None) };
    choose(test, then, otherwise).map(Some)
}

/// A condition whose null is false.
pub(super) fn truth(compiler: &Compiler<'_>, test: &RowExpr) -> Result<Expr, RowError> {
    condition(&Compiler { truth_only: true, ..compiler.clone() }, test)
}

/// The value of one branch or the other; a branch without a type takes the other's.
pub(super) fn choose(test: Expr, then: Typed, otherwise: Typed) -> Result<Typed, RowError> {
    let data_type = match (then.data_type, otherwise.data_type) {
        (Some(a), Some(b)) if a != b => return Err(shape::conflict(a.into(), b.into())),
        (a, b) => a.or(b),
    };
    let (then, otherwise) = (then.or_type(data_type), otherwise.or_type(data_type));
    if data_type.is_none() && !may_fail(&then.expr) && !may_fail(&otherwise.expr) {
        return Ok(Typed::null());
    }
    let case = Case {
        expr: None,
        when_then_expr: vec![(Box::new(test), Box::new(then.expr))],
        else_expr: Some(Box::new(otherwise.expr)),
    };
    Ok(Typed { expr: Expr::Case(case), data_type })
}

/// Both branches, each under the condition that leads to it.
fn branches(
    compiler: &Compiler<'_>,
    test: &Expr,
    then: &RowExpr,
    otherwise: &RowExpr,
) -> Result<Option<(Typed, Typed)>, RowError> {
    use super::compile::Operand;
    let exact = compiler.exact();
    let branch = |expr: &RowExpr, reached: fn(Expr) -> Expr| {
        if can_fail(expr) { exact.guarded(reached(test.clone())).operand(expr) } else { exact.operand(expr) }
    };
    match (branch(then, Expr::is_true)?, branch(otherwise, Expr::is_not_true)?) {
        (Operand::Column(first), Operand::Column(second)) => Ok(Some((first, second))),
        _ => Ok(None),
    }
}

/// Whether an expression might fail on a row, going by its parts alone.
pub(super) fn can_fail(expr: &RowExpr) -> bool {
    match expr {
        RowExpr::Binary(BinaryOperator::Divide | BinaryOperator::Modulo, ..)
        | RowExpr::Call { .. }
        | RowExpr::Interpolate(_)
        | RowExpr::Member(..)
        | RowExpr::Index(..) => true,
        other => children(other).into_iter().any(can_fail),
    }
}

fn condition(compiler: &Compiler<'_>, expr: &RowExpr) -> Result<Expr, RowError> {
    let typed = compiler.value(expr)?;
    match typed.data_type {
        Some(ScalarType::Bool) => Ok(typed.expr),
        None if matches!(typed.expr, Expr::Literal(..)) && compiler.truth_only => Ok(lit(false)),
        None => Ok(typed.or_type(Some(ScalarType::Bool)).expr),
        Some(found) => Err(shape::conflict(Kind::Bool, found.into())),
    }
}
