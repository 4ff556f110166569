//! Type expressions, as they stand behind `builtin name :`. They are checked for form and kept as text.

use super::{Parser, TokenKind};
use crate::ast::Span;

impl Parser<'_> {
    /// A type with its constraints: `(x: A) => A where A: Addable + Comparable`.
    pub(super) fn type_expression(&mut self) -> Span {
        let mut span = self.mono_type();
        if self.at_word("where") {
            self.next();
            loop {
                let end = self.constraint();
                span = self.span(span.start, end);
                if !self.at(TokenKind::Comma) {
                    break;
                }
                self.next();
            }
        }
        span
    }

    fn constraint(&mut self) -> usize {
        self.identifier();
        self.expect(TokenKind::Colon);
        let mut kind = self.identifier();
        while self.at(TokenKind::Plus) {
            self.next();
            kind = self.identifier();
        }
        kind.span.end
    }

    fn mono_type(&mut self) -> Span {
        match self.deeper(Self::mono_type_inside) {
            Some(span) => span,
            None => {
                let token = self.next();
                self.token_part(token)
            }
        }
    }

    fn mono_type_inside(&mut self) -> Span {
        let token = self.peek();
        match token.kind {
            TokenKind::LeftBracket => self.list_type(),
            TokenKind::LeftBrace => self.record_type(),
            TokenKind::LeftParenthesis => self.function_type(),
            TokenKind::Dot => self.label().1,
            TokenKind::Identifier if matches!(self.scanner.text_of(token), "stream" | "vector") => {
                self.next();
                self.open(TokenKind::LeftBracket, TokenKind::RightBracket);
                self.mono_type();
                let end = self.close(TokenKind::RightBracket);
                self.part(token.start, end.end)
            }
            _ => self.identifier().span,
        }
    }

    /// `[T]` or `[K: V]`.
    fn list_type(&mut self) -> Span {
        let start = self.open(TokenKind::LeftBracket, TokenKind::RightBracket);
        self.mono_type();
        if !self.at(TokenKind::RightBracket) {
            self.expect(TokenKind::Colon);
            self.mono_type();
        }
        let end = self.close(TokenKind::RightBracket);
        self.part(start.start, end.end)
    }

    /// `(required: T, ?optional: T, <-piped: T) => T`.
    fn function_type(&mut self) -> Span {
        let start = self.open(TokenKind::LeftParenthesis, TokenKind::RightParenthesis);
        self.type_list(Self::parameter_type);
        self.close(TokenKind::RightParenthesis);
        self.expect(TokenKind::Arrow);
        let result = self.mono_type();
        self.part(start.start, result.end)
    }

    fn parameter_type(&mut self) {
        let kind = self.peek().kind;
        if matches!(kind, TokenKind::QuestionMark | TokenKind::PipeReceive) {
            self.next();
        }
        if kind != TokenKind::PipeReceive || self.at(TokenKind::Identifier) {
            self.identifier();
        }
        self.expect(TokenKind::Colon);
        self.mono_type();
        if kind == TokenKind::QuestionMark && self.at(TokenKind::Assign) {
            self.next();
            self.label();
        }
    }

    /// `{a: T, "b c": T}` or `{A with a: T}`.
    fn record_type(&mut self) -> Span {
        let start = self.open(TokenKind::LeftBrace, TokenKind::RightBrace);
        if matches!(self.peek().kind, TokenKind::Identifier | TokenKind::String) {
            let key = self.next();
            if key.kind == TokenKind::Identifier && self.at_word("with") {
                self.next();
            } else {
                self.expect(TokenKind::Colon);
                self.mono_type();
                if self.at(TokenKind::Comma) {
                    self.next();
                }
            }
            self.type_list(Self::property_type);
        }
        let end = self.close(TokenKind::RightBrace);
        self.part(start.start, end.end)
    }

    fn property_type(&mut self) {
        let key = self.next();
        if !matches!(key.kind, TokenKind::Identifier | TokenKind::String) {
            self.complain_of("`IDENT` or `STRING`", key);
        }
        self.expect(TokenKind::Colon);
        self.mono_type();
    }

    /// Members with commas between them, to the closing bracket.
    fn type_list(&mut self, member: fn(&mut Self)) {
        let mut last = None;
        while self.more() && last != Some(self.peek().start) {
            last = Some(self.peek().start);
            member(self);
            if self.at(TokenKind::Comma) {
                self.next();
            }
        }
    }
}
