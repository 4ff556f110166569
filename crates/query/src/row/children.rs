//! The expressions that an expression is made of: what every walk over a row function needs.

use flux::plan::RowExpr;

/// The parts of an expression, one level down.
pub(super) fn children(expr: &RowExpr) -> Vec<&RowExpr> {
    match expr {
        RowExpr::Unary(_, inner) | RowExpr::Member(inner, _) => vec![inner],
        RowExpr::Binary(_, a, b) | RowExpr::Logical(_, a, b) | RowExpr::Index(a, b) => vec![a, b],
        RowExpr::If { test, then, otherwise } => vec![test, then, otherwise],
        RowExpr::Call { arguments, .. } => arguments.iter().map(|(_, value)| value).collect(),
        RowExpr::Interpolate(parts) | RowExpr::Array(parts) => parts.iter().collect(),
        RowExpr::Record { with, properties } => {
            with.as_deref().into_iter().chain(properties.iter().map(|(_, value)| value)).collect()
        }
        RowExpr::Dictionary(pairs) => pairs.iter().flat_map(|(k, v)| [k, v]).collect(),
        RowExpr::Literal(_)
        | RowExpr::Row
        | RowExpr::Column(_)
        | RowExpr::Accumulator(_)
        | RowExpr::SideColumn(..)
        | RowExpr::SideRow(_)
        | RowExpr::Parameter => Vec::new(),
    }
}
