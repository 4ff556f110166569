//! Bodies that build records: one column a property.

use datafusion::logical_expr::Expr;
use flux::library::Kind;
use flux::plan::RowExpr;

use super::compile::{Compiler, Operand, Typed};
use super::error::RowError;
use super::logic::{can_fail, choose, truth};
use super::scope::RowScope;
use super::shape::{self, Shape};
use crate::lane::column;

type Columns = Vec<(String, Typed)>;

/// The properties of the record that a body gives, in order: columns of the row keep their places, new ones follow.
pub(super) fn compile(body: &RowExpr, scope: &RowScope<'_>) -> Result<Columns, RowError> {
    columns(&Compiler { scope, guard: None, truth_only: false }, body)
}

fn columns(compiler: &Compiler<'_>, body: &RowExpr) -> Result<Columns, RowError> {
    let scope = compiler.scope;
    match body {
        RowExpr::Row => {
            Ok(scope.columns.iter().map(|(name, t)| (name.clone(), Typed::new(column(name), *t))).collect())
        }
        RowExpr::SideRow(side) => {
            let side = scope.sides.get(*side).copied().unwrap_or_default();
            Ok(side.iter().map(|(name, inner, t)| (name.clone(), Typed::new(column(inner), *t))).collect())
        }
        RowExpr::Record { with, properties } => {
            let mut all = match with {
                Some(with) => columns(compiler, with)?,
                None => Vec::new(),
            };
            for (name, value) in properties {
                let typed = property(compiler, name, value)?;
                match all.iter_mut().find(|(n, _)| n == name) {
                    Some(slot) => slot.1 = typed,
                    None => all.push((name.clone(), typed)),
                }
            }
            Ok(all)
        }
        RowExpr::If { test, then, otherwise } => conditional(compiler, test, then, otherwise),
        other => by_property(compiler, other),
    }
}

/// A record or another: each property by itself; one that a branch lacks is null there.
fn conditional(
    compiler: &Compiler<'_>,
    test: &RowExpr,
    then: &RowExpr,
    otherwise: &RowExpr,
) -> Result<Columns, RowError> {
    let test = truth(compiler, test)?;
    let branch = |expr: &RowExpr, reached: fn(Expr) -> Expr| {
        if can_fail(expr) { columns(&compiler.guarded(reached(test.clone())), expr) } else { columns(compiler, expr) }
    };
    let (first, mut second) = (branch(then, Expr::is_true)?, branch(otherwise, Expr::is_not_true)?);
    let mut all = Vec::with_capacity(first.len());
    for (name, a) in first {
        let b = match second.iter().position(|(n, _)| *n == name) {
            Some(place) => second.remove(place).1,
            None => Typed::null(),
        };
        all.push((name, choose(test.clone(), a, b)?));
    }
    for (name, b) in second {
        all.push((name, choose(test.clone(), Typed::null(), b)?));
    }
    Ok(all)
}

/// Any other expression that gives a record, property by property.
fn by_property(compiler: &Compiler<'_>, body: &RowExpr) -> Result<Columns, RowError> {
    match shape::of(body, compiler.scope)? {
        Shape::Record(properties) => properties
            .into_iter()
            .map(|(name, _)| {
                let member = RowExpr::Member(Box::new(body.clone()), name.clone());
                Ok((name.clone(), property(compiler, &name, &member)?))
            })
            .collect(),
        other => Err(RowError::message(format!("map function must return an object, got {}", other.kind()))),
    }
}

fn property(compiler: &Compiler<'_>, name: &str, value: &RowExpr) -> Result<Typed, RowError> {
    let kind = match compiler.operand(value)? {
        Operand::Column(typed) => return Ok(typed),
        other => other.kind(),
    };
    let kind = if kind == Kind::Dictionary { "dict" } else { kind.name() };
    Err(RowError::message(format!(
        "map object property {name:?} is {kind} type which is not supported in a flux table"
    )))
}
