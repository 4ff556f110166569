//! The precedence table.

use super::TokenKind;
use crate::ast::{BinaryOperator, LogicalOperator, UnaryOperator};

/// Levels, the loosest first. `not` and `exists` stand between [`AND`] and the comparisons.
pub(super) const OR: u8 = 1;
pub(super) const AND: u8 = 2;
pub(super) const NOT: u8 = 3;
const COMPARISON: u8 = 4;
const SUM: u8 = 5;
const PRODUCT: u8 = 6;
const POWER: u8 = 7;
const PIPE: u8 = 8;

/// An operator between two operands.
#[derive(Clone, Copy)]
pub(super) enum Infix {
    Logical(LogicalOperator),
    Binary(BinaryOperator),
    Pipe,
}

/// What `kind` means between two operands, and its level. All are left-associative.
pub(super) fn infix(kind: TokenKind) -> Option<(Infix, u8)> {
    use BinaryOperator as Operator;
    let (operator, level) = match kind {
        TokenKind::Or => return Some((Infix::Logical(LogicalOperator::Or), OR)),
        TokenKind::And => return Some((Infix::Logical(LogicalOperator::And), AND)),
        TokenKind::PipeForward => return Some((Infix::Pipe, PIPE)),
        TokenKind::Equal => (Operator::Equal, COMPARISON),
        TokenKind::NotEqual => (Operator::NotEqual, COMPARISON),
        TokenKind::Less => (Operator::Less, COMPARISON),
        TokenKind::LessEqual => (Operator::LessEqual, COMPARISON),
        TokenKind::Greater => (Operator::Greater, COMPARISON),
        TokenKind::GreaterEqual => (Operator::GreaterEqual, COMPARISON),
        TokenKind::Matches => (Operator::Matches, COMPARISON),
        TokenKind::NotMatches => (Operator::NotMatches, COMPARISON),
        TokenKind::Plus => (Operator::Add, SUM),
        TokenKind::Minus => (Operator::Subtract, SUM),
        TokenKind::Star => (Operator::Multiply, PRODUCT),
        TokenKind::Slash => (Operator::Divide, PRODUCT),
        TokenKind::Percent => (Operator::Modulo, PRODUCT),
        TokenKind::Caret => (Operator::Power, POWER),
        _ => return None,
    };
    Some((Infix::Binary(operator), level))
}

/// `not` and `exists`.
pub(super) fn logical_prefix(kind: TokenKind) -> Option<UnaryOperator> {
    match kind {
        TokenKind::Not => Some(UnaryOperator::Not),
        TokenKind::Exists => Some(UnaryOperator::Exists),
        _ => None,
    }
}

/// `-` and `+`.
pub(super) fn sign_prefix(kind: TokenKind) -> Option<UnaryOperator> {
    match kind {
        TokenKind::Minus => Some(UnaryOperator::Minus),
        TokenKind::Plus => Some(UnaryOperator::Plus),
        _ => None,
    }
}
