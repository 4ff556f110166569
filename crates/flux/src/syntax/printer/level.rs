//! How tightly an expression holds together: where printed text needs parentheses.

use crate::ast::{BinaryOperator, Expression, ExpressionKind, FunctionBody, LogicalOperator, UnaryOperator};

/// The levels, the loosest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// Conditionals, and expressions side by side.
    Open,
    Or,
    And,
    Not,
    Comparison,
    Sum,
    Product,
    Power,
    Pipe,
    Sign,
    Postfix,
}

impl Level {
    /// The level of the right operand: operators of one level group to the left.
    pub(super) fn tighter(self) -> Self {
        match self {
            Self::Open => Self::Or,
            Self::Or => Self::And,
            Self::And => Self::Not,
            Self::Not => Self::Comparison,
            Self::Comparison => Self::Sum,
            Self::Sum => Self::Product,
            Self::Product => Self::Power,
            Self::Power => Self::Pipe,
            Self::Pipe => Self::Sign,
            Self::Sign | Self::Postfix => Self::Postfix,
        }
    }
}

pub(super) fn of(expression: &Expression) -> Level {
    match &expression.kind {
        ExpressionKind::Conditional { .. } => Level::Open,
        ExpressionKind::Logical { operator: LogicalOperator::Or, .. } => Level::Or,
        ExpressionKind::Logical { operator: LogicalOperator::And, .. } => Level::And,
        ExpressionKind::Unary { operator: UnaryOperator::Not | UnaryOperator::Exists, .. } => Level::Not,
        ExpressionKind::Unary { operator: UnaryOperator::Minus | UnaryOperator::Plus, .. } => Level::Sign,
        ExpressionKind::Pipe { .. } => Level::Pipe,
        ExpressionKind::Binary { operator, .. } => of_operator(*operator),
        _ => Level::Postfix,
    }
}

fn of_operator(operator: BinaryOperator) -> Level {
    use BinaryOperator as Operator;
    match operator {
        Operator::Add | Operator::Subtract => Level::Sum,
        Operator::Multiply | Operator::Divide | Operator::Modulo => Level::Product,
        Operator::Power => Level::Power,
        Operator::Equal
        | Operator::NotEqual
        | Operator::Less
        | Operator::LessEqual
        | Operator::Greater
        | Operator::GreaterEqual
        | Operator::Matches
        | Operator::NotMatches => Level::Comparison,
        Operator::Invalid => Level::Open,
    }
}

/// Whether an operator behind the expression would become part of it.
pub(super) fn is_open(expression: &Expression) -> bool {
    match &expression.kind {
        ExpressionKind::Conditional { .. } => true,
        ExpressionKind::Function(function) => matches!(function.body, FunctionBody::Expression(_)),
        ExpressionKind::Unary { argument, .. } => is_open(argument),
        ExpressionKind::Binary { right, .. } | ExpressionKind::Logical { right, .. } => is_open(right),
        _ => false,
    }
}

/// Whether the text of the expression starts with `{`, which behind an arrow would be a block.
pub(super) fn starts_with_brace(expression: &Expression) -> bool {
    match &expression.kind {
        ExpressionKind::Record { .. } => true,
        ExpressionKind::Call { callee: first, .. }
        | ExpressionKind::Member { object: first, .. }
        | ExpressionKind::Index { array: first, .. }
        | ExpressionKind::Pipe { argument: first, .. }
        | ExpressionKind::Binary { left: first, .. }
        | ExpressionKind::Logical { left: first, .. } => starts_with_brace(first),
        _ => false,
    }
}
