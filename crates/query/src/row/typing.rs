//! Types that only the data know: what `json.parse` gives is looked at in the first rows, and the expression then says so.

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::record_batch::RecordBatch;
use flux::library::{self, Argument, Returns};
use flux::plan::RowExpr;

use super::children::children;
use super::interpret::{Program, Row};
use super::scope::RowScope;

/// Whether a part of the expression is of a type that nothing but the data tells.
pub(crate) fn asks_data(expr: &RowExpr) -> bool {
    is_data(expr) || children(expr).into_iter().any(asks_data)
}

/// The expression with such parts under the types that they have in `rows`.
pub(crate) fn typed(expr: &RowExpr, scope: &RowScope<'_>, rows: &RecordBatch) -> RowExpr {
    if !is_data(expr) {
        return rebuilt(expr, &mut |child| typed(child, scope, rows));
    }
    match seen(expr, scope, rows).as_ref().and_then(library::typing) {
        Some(function) => {
            RowExpr::Call { function: function.to_owned(), arguments: vec![("v".to_owned(), expr.clone())] }
        }
        None => expr.clone(),
    }
}

/// A call whose answer the data type, or something inside that answer.
pub(super) fn is_data(expr: &RowExpr) -> bool {
    match expr {
        RowExpr::Member(inner, _) | RowExpr::Index(inner, _) => is_data(inner),
        RowExpr::Call { function, .. } => library::find(function).is_some_and(|f| f.returns == Returns::Data),
        _ => false,
    }
}

/// The first value of the expression that is not null.
fn seen(expr: &RowExpr, scope: &RowScope<'_>, rows: &RecordBatch) -> Option<Argument> {
    let program = Program::new(expr, scope).ok()?;
    let slots: Option<Vec<ArrayRef>> = program.columns().iter().map(|c| rows.column_by_name(c).cloned()).collect();
    let slots = slots?;
    (0..rows.num_rows()).find_map(|row| {
        let value = program.evaluate(&Row { slots: &slots, row, ..Row::default() }).ok()?;
        (!value.is_null()).then_some(value)
    })
}

/// The expression with other children.
fn rebuilt(expr: &RowExpr, change: &mut impl FnMut(&RowExpr) -> RowExpr) -> RowExpr {
    let mut boxed = |inner: &RowExpr| Box::new(change(inner));
    match expr {
        RowExpr::Unary(operator, inner) => RowExpr::Unary(*operator, boxed(inner)),
        RowExpr::Member(inner, name) => RowExpr::Member(boxed(inner), name.clone()),
        RowExpr::Binary(operator, a, b) => RowExpr::Binary(*operator, boxed(a), boxed(b)),
        RowExpr::Logical(operator, a, b) => RowExpr::Logical(*operator, boxed(a), boxed(b)),
        RowExpr::Index(a, b) => RowExpr::Index(boxed(a), boxed(b)),
        RowExpr::If { test, then, otherwise } => {
            RowExpr::If { test: boxed(test), then: boxed(then), otherwise: boxed(otherwise) }
        }
        RowExpr::Call { function, arguments } => RowExpr::Call {
            function: function.clone(),
            arguments: arguments.iter().map(|(name, value)| (name.clone(), change(value))).collect(),
        },
        RowExpr::Interpolate(parts) => RowExpr::Interpolate(parts.iter().map(change).collect()),
        RowExpr::Array(items) => RowExpr::Array(items.iter().map(change).collect()),
        RowExpr::Record { with, properties } => RowExpr::Record {
            with: with.as_deref().map(&mut boxed),
            properties: properties.iter().map(|(name, value)| (name.clone(), change(value))).collect(),
        },
        RowExpr::Dictionary(pairs) => RowExpr::Dictionary(pairs.iter().map(|(k, v)| (change(k), change(v))).collect()),
        other => other.clone(),
    }
}
