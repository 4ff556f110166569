//! What starts with a parenthesis: functions and expressions in parentheses.

use super::{Parser, Token, TokenKind};
use crate::ast::{Expression, ExpressionKind, Function, FunctionBody, Identifier, Parameter};

impl Parser<'_> {
    pub(super) fn parenthesis(&mut self) -> Expression {
        let start = self.open(TokenKind::LeftParenthesis, TokenKind::RightParenthesis);
        match self.peek().kind {
            TokenKind::RightParenthesis => {
                self.close(TokenKind::RightParenthesis);
                self.arrow(start, Vec::new())
            }
            TokenKind::Identifier => {
                let name = self.identifier();
                self.parenthesis_with_name(start, name)
            }
            _ => {
                let first = self.peek();
                let inner = self.joined(&[]);
                let inner = inner.unwrap_or_else(|| {
                    let text = self.scanner.text_of(first).to_owned();
                    self.bad(first, text)
                });
                self.parenthesized(start, inner)
            }
        }
    }

    /// Behind `(name` a comma, an equals sign or `) =>` make it the parameters of a function.
    fn parenthesis_with_name(&mut self, start: Token, name: Identifier) -> Expression {
        match self.peek().kind {
            TokenKind::RightParenthesis => {
                let end = self.close(TokenKind::RightParenthesis);
                if self.at(TokenKind::Arrow) {
                    let parameter = self.plain_parameter(name);
                    return self.arrow(start, vec![parameter]);
                }
                let span = self.part(start.start, end.end);
                let inner = self.leaf(ExpressionKind::Identifier(name.name), name.span);
                self.above(1, ExpressionKind::Parenthesized(Box::new(inner)), span)
            }
            TokenKind::Assign | TokenKind::Comma => {
                let parameters = self.beside(|this| this.parameters(name));
                self.close(TokenKind::RightParenthesis);
                self.arrow(start, parameters)
            }
            _ => {
                let inner = self.joined_from(name);
                self.parenthesized(start, inner)
            }
        }
    }

    fn parenthesized(&mut self, start: Token, inner: Expression) -> Expression {
        let end = self.close(TokenKind::RightParenthesis);
        let span = self.part(start.start, end.end);
        self.above(1, ExpressionKind::Parenthesized(Box::new(inner)), span)
    }

    /// Like [`Parser::joined`], where the name that starts it has been read.
    fn joined_from(&mut self, name: Identifier) -> Expression {
        let first = self.leaf(ExpressionKind::Identifier(name.name), name.span);
        let mut joined = self.expression_from(first);
        let mut last = self.peek().start;
        while self.more() {
            let next = self.expression();
            if next.kind == ExpressionKind::Bad {
                self.forget(&next);
                continue;
            }
            joined = self.side_by_side(joined, next);
            let here = self.peek().start;
            if here == last {
                break;
            }
            last = here;
        }
        joined
    }

    fn parameters(&mut self, first: Identifier) -> Vec<Parameter> {
        let mut parameters = vec![self.parameter(first)];
        if !self.at(TokenKind::Comma) {
            return parameters;
        }
        self.next();
        let mut last = None;
        while self.more() && last != Some(self.peek().start) {
            last = Some(self.peek().start);
            let name = self.identifier();
            parameters.push(self.parameter(name));
            if self.at(TokenKind::Comma) {
                self.next();
            }
        }
        parameters
    }

    fn parameter(&mut self, key: Identifier) -> Parameter {
        if !self.at(TokenKind::Assign) {
            return self.plain_parameter(key);
        }
        self.next();
        let default = self.expression();
        let span = self.part(key.span.start, default.span.end);
        Parameter { key, default: Some(default), span }
    }

    fn plain_parameter(&mut self, key: Identifier) -> Parameter {
        self.place(key.span);
        Parameter { span: key.span, key, default: None }
    }

    /// The arrow and the body behind the parameters.
    fn arrow(&mut self, start: Token, parameters: Vec<Parameter>) -> Expression {
        self.expect_or_stay(TokenKind::Arrow);
        let (body, end) = if self.at(TokenKind::LeftBrace) {
            let block = self.beside(Self::block);
            let end = block.span.end;
            (FunctionBody::Block(block), end)
        } else {
            let expression = self.expression();
            let end = expression.span.end;
            (FunctionBody::Expression(expression), end)
        };
        let span = self.part(start.start, end);
        self.above(2, ExpressionKind::Function(Box::new(Function { parameters, body })), span)
    }
}
