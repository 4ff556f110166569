//! Whether InfluxDB evaluates a row function column by column: it decides null logic, column order and error texts.

use crate::ast::{Expression, ExpressionKind, Function, FunctionBody};

/// A body that is a record of members of the parameter, literals, operators, `if`, `exists` and `float(v:)` only.
pub(crate) fn is_vectorized(function: &Function) -> bool {
    let [parameter] = function.parameters.as_slice() else { return false };
    let FunctionBody::Expression(body) = &function.body else { return false };
    let ExpressionKind::Record { with, properties } = &strip(body).kind else { return false };
    let name = parameter.key.name.as_str();
    with.as_ref().is_none_or(|w| w.name == name) && properties.iter().all(|p| vector(&p.value, name))
}

fn strip(mut expression: &Expression) -> &Expression {
    while let ExpressionKind::Parenthesized(inner) = &expression.kind {
        expression = inner;
    }
    expression
}

fn vector(expression: &Expression, row: &str) -> bool {
    match &expression.kind {
        ExpressionKind::Integer(_)
        | ExpressionKind::Float(_)
        | ExpressionKind::String(_)
        | ExpressionKind::Duration(_)
        | ExpressionKind::Time(_) => true,
        ExpressionKind::Identifier(name) => name == "true" || name == "false",
        ExpressionKind::Member { object, .. } => is_row(object, row),
        ExpressionKind::Index { array, index } => {
            is_row(array, row) && matches!(strip(index).kind, ExpressionKind::String(_))
        }
        ExpressionKind::Unary { argument, .. } => vector(argument, row),
        ExpressionKind::Binary { left, right, .. } | ExpressionKind::Logical { left, right, .. } => {
            vector(left, row) && vector(right, row)
        }
        ExpressionKind::Conditional { test, consequent, alternate } => {
            vector(test, row) && vector(consequent, row) && vector(alternate, row)
        }
        ExpressionKind::Call { callee, arguments } => {
            matches!(&strip(callee).kind, ExpressionKind::Identifier(name) if name == "float")
                && arguments.iter().all(|a| a.key.name == "v" && vector(&a.value, row))
        }
        ExpressionKind::Parenthesized(inner) => vector(inner, row),
        _ => false,
    }
}

fn is_row(expression: &Expression, row: &str) -> bool {
    matches!(&strip(expression).kind, ExpressionKind::Identifier(name) if name == row)
}
