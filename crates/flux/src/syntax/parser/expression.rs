//! Expressions: conditionals, operators by precedence, calls, members and indexes.

use super::operator::{self, Infix};
use super::{Parser, Token, TokenKind};
use crate::ast::{BinaryOperator, Expression, ExpressionKind, Identifier, UnaryOperator};

impl Parser<'_> {
    /// A whole expression.
    pub(super) fn expression(&mut self) -> Expression {
        self.beside(|this| match this.deeper(Self::conditional) {
            Some(expression) => expression,
            None => {
                let token = this.next();
                this.bad_token(token)
            }
        })
    }

    /// The rest of an expression whose first value has been read.
    pub(super) fn expression_from(&mut self, first: Expression) -> Expression {
        let first = self.postfix(first);
        self.operators(first, operator::OR)
    }

    /// Expressions up to the end of the list or one of `stops`. Several side by side are joined by an invalid operator,
    /// which the semantic stage refuses; what is no expression is skipped with a message.
    pub(super) fn joined(&mut self, stops: &[TokenKind]) -> Option<Expression> {
        let mut joined: Option<Expression> = None;
        while !stops.contains(&self.peek().kind) && self.more() {
            let next = self.expression();
            if next.kind == ExpressionKind::Bad {
                self.forget(&next);
                continue;
            }
            joined = Some(match joined {
                Some(left) => self.side_by_side(left, next),
                None => next,
            });
        }
        joined
    }

    pub(super) fn side_by_side(&mut self, left: Expression, right: Expression) -> Expression {
        let span = self.part(left.span.start, right.span.end);
        let operator = BinaryOperator::Invalid;
        self.above(1, ExpressionKind::Binary { operator, left: Box::new(left), right: Box::new(right) }, span)
    }

    fn conditional(&mut self) -> Expression {
        if !self.at(TokenKind::If) {
            return self.operand(operator::OR);
        }
        let keyword = self.next();
        let test = Box::new(self.expression());
        let consequent = Box::new(self.branch(TokenKind::Then));
        let alternate = Box::new(self.branch(TokenKind::Else));
        let span = self.part(keyword.start, alternate.span.end);
        self.above(1, ExpressionKind::Conditional { test, consequent, alternate }, span)
    }

    fn branch(&mut self, keyword: TokenKind) -> Expression {
        let token = self.expect_or_stay(keyword);
        if token.kind == keyword {
            return self.expression();
        }
        Expression { kind: ExpressionKind::Bad, span: self.span(token.start, token.end) }
    }

    /// An operand and the operators of at least this level that follow it.
    fn operand(&mut self, level: u8) -> Expression {
        let first = if level <= operator::NOT { self.logical_unary() } else { self.unary() };
        self.operators(first, level)
    }

    fn operators(&mut self, first: Expression, level: u8) -> Expression {
        let mut left = first;
        while let Some((infix, binds)) = operator::infix(self.peek().kind) {
            if binds < level {
                break;
            }
            self.next();
            left = match infix {
                Infix::Pipe => self.piped(left),
                Infix::Logical(operator) => {
                    let right = self.beside(|this| this.operand(binds + 1));
                    let span = self.part(left.span.start, right.span.end);
                    let (left, right) = (Box::new(left), Box::new(right));
                    self.above(1, ExpressionKind::Logical { operator, left, right }, span)
                }
                Infix::Binary(operator) => {
                    let right = self.beside(|this| this.operand(binds + 1));
                    let span = self.part(left.span.start, right.span.end);
                    let (left, right) = (Box::new(left), Box::new(right));
                    self.above(1, ExpressionKind::Binary { operator, left, right }, span)
                }
            };
        }
        left
    }

    /// What stands behind `|>` must be a call. Anything else becomes one, with a message.
    fn piped(&mut self, argument: Expression) -> Expression {
        let target = self.beside(Self::unary);
        let call = if matches!(target.kind, ExpressionKind::Call { .. }) {
            target
        } else {
            self.complain("pipe destination must be a function call");
            let span = target.span;
            self.place(span);
            Expression { kind: ExpressionKind::Call { callee: Box::new(target), arguments: Vec::new() }, span }
        };
        let span = self.part(argument.span.start, call.span.end);
        self.above(1, ExpressionKind::Pipe { argument: Box::new(argument), call: Box::new(call) }, span)
    }

    /// `not` and `exists`, any number of them, before a comparison.
    fn logical_unary(&mut self) -> Expression {
        let operators = self.prefixes(operator::logical_prefix);
        if operators.is_empty() {
            return self.unary();
        }
        let argument = self.operand(operator::NOT + 1);
        self.prefixed(operators, argument)
    }

    /// `-` and `+`, any number of them, before a value.
    fn unary(&mut self) -> Expression {
        let operators = self.prefixes(operator::sign_prefix);
        let first = self.primary();
        let argument = self.postfix(first);
        self.prefixed(operators, argument)
    }

    fn prefixes(&mut self, read: fn(TokenKind) -> Option<UnaryOperator>) -> Vec<(UnaryOperator, Token)> {
        let mut operators = Vec::new();
        while let Some(operator) = read(self.peek().kind) {
            operators.push((operator, self.next()));
        }
        operators
    }

    fn prefixed(&mut self, operators: Vec<(UnaryOperator, Token)>, argument: Expression) -> Expression {
        let mut argument = argument;
        for (operator, token) in operators.into_iter().rev() {
            if self.too_high.is_some() {
                break;
            }
            let span = self.part(token.start, argument.span.end);
            argument = self.above(1, ExpressionKind::Unary { operator, argument: Box::new(argument) }, span);
        }
        argument
    }

    /// Calls, members and indexes behind a value.
    fn postfix(&mut self, first: Expression) -> Expression {
        let mut value = first;
        loop {
            value = match self.peek().kind {
                TokenKind::Dot => self.member(value),
                TokenKind::LeftParenthesis => self.call(value),
                TokenKind::LeftBracket => self.index(value),
                _ => return value,
            };
        }
    }

    fn member(&mut self, object: Expression) -> Expression {
        self.expect(TokenKind::Dot);
        let property = self.identifier();
        let span = self.part(object.span.start, property.span.end);
        self.above(1, ExpressionKind::Member { object: Box::new(object), property }, span)
    }

    fn call(&mut self, callee: Expression) -> Expression {
        self.open(TokenKind::LeftParenthesis, TokenKind::RightParenthesis);
        let list = self.beside(|this| {
            let list = this.properties();
            this.height += 2;
            list
        });
        let end = self.close(TokenKind::RightParenthesis);
        let span = self.part(callee.span.start, end.end);
        if let (Some(first), Some(last)) = (list.first(), list.last()) {
            let arguments = self.span(first.property.span.start, last.property.span.end);
            let part = self.place(arguments);
            self.check_properties(&list, arguments, part);
        }
        let arguments = list.into_iter().map(|item| item.property).collect();
        self.above(1, ExpressionKind::Call { callee: Box::new(callee), arguments }, span)
    }

    /// `value["name"]` is a member, any other `value[index]` an element.
    fn index(&mut self, array: Expression) -> Expression {
        let start = self.open(TokenKind::LeftBracket, TokenKind::RightBracket);
        let index = self.beside(|this| this.joined(&[]));
        let end = self.close(TokenKind::RightBracket);
        if index.is_none() {
            self.complain("no expression included in brackets");
        }
        let span = self.part(array.span.start, end.end);
        let array = Box::new(array);
        let kind = match index {
            Some(Expression { kind: ExpressionKind::String(name), span }) => {
                ExpressionKind::Member { object: array, property: Identifier { name, span } }
            }
            Some(index) => ExpressionKind::Index { array, index: Box::new(index) },
            None => {
                let span = self.span(start.start, end.end);
                ExpressionKind::Index { array, index: Box::new(Expression { kind: ExpressionKind::Bad, span }) }
            }
        };
        self.above(1, kind, span)
    }
}
