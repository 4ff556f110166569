//! Single values: names, literals and interpolated strings.

use model::FluxDuration;

use super::{Parser, Token, TokenKind};
use crate::ast::{Expression, ExpressionKind, Span, StringLiteral, StringPart};
use crate::syntax::literal::{self, TimeError};

impl Parser<'_> {
    /// A value without operators. What cannot start one is not taken.
    pub(super) fn primary(&mut self) -> Expression {
        let token = self.peek_operand();
        match token.kind {
            TokenKind::Identifier => {
                let name = self.identifier();
                self.leaf(ExpressionKind::Identifier(name.name), name.span)
            }
            TokenKind::Integer => self.integer(),
            TokenKind::Float => self.float(),
            TokenKind::String => {
                let literal = self.string_literal();
                self.leaf(ExpressionKind::String(literal.value), literal.span)
            }
            TokenKind::Quote => self.interpolated(),
            TokenKind::Regex => self.regex(),
            TokenKind::Time => self.time(),
            TokenKind::Duration => self.duration(),
            TokenKind::PipeReceive => {
                let token = self.next();
                let span = self.token_part(token);
                self.leaf(ExpressionKind::PipeLiteral, span)
            }
            TokenKind::Dot => {
                let (name, span) = self.label();
                self.leaf(ExpressionKind::Label(name), span)
            }
            TokenKind::LeftBracket => self.array_or_dictionary(),
            TokenKind::LeftBrace => self.record(),
            TokenKind::LeftParenthesis => self.parenthesis(),
            _ => self.bad_token(token),
        }
    }

    fn integer(&mut self) -> Expression {
        let token = self.next();
        let text = self.scanner.text_of(token);
        let value = literal::integer(text).unwrap_or_else(|why| {
            self.complain(format!("invalid integer literal \"{text}\": {why}"));
            0
        });
        let span = self.token_part(token);
        self.leaf(ExpressionKind::Integer(value), span)
    }

    fn float(&mut self) -> Expression {
        let token = self.next();
        match self.scanner.text_of(token).parse::<f64>() {
            Ok(value) if value.is_finite() => {
                let span = self.token_part(token);
                self.leaf(ExpressionKind::Float(value), span)
            }
            _ => {
                let text = self.scanner.text_of(token);
                self.complain(format!("invalid float literal \"{text}\": value out of range"));
                let span = self.token_part(token);
                self.leaf(ExpressionKind::Float(0.0), span)
            }
        }
    }

    fn regex(&mut self) -> Expression {
        let token = self.next();
        let pattern = literal::regex(self.scanner.text_of(token)).unwrap_or_else(|why| {
            self.complain(why);
            String::new()
        });
        let span = self.token_part(token);
        self.leaf(ExpressionKind::Regex(pattern), span)
    }

    fn time(&mut self) -> Expression {
        let token = self.next();
        let nanos = match literal::time(self.scanner.text_of(token)) {
            Ok(nanos) => nanos,
            Err(TimeError::Invalid(why)) => return self.bad(token, why),
            Err(TimeError::Range(why)) => {
                self.complain(why);
                0
            }
        };
        let span = self.token_part(token);
        self.leaf(ExpressionKind::Time(nanos), span)
    }

    fn duration(&mut self) -> Expression {
        let token = self.next();
        let value = literal::duration(self.scanner.text_of(token)).unwrap_or_else(|why| {
            self.complain(why);
            FluxDuration::default()
        });
        let span = self.token_part(token);
        self.leaf(ExpressionKind::Duration(value), span)
    }

    /// `.name` or `."name"`, and where it stands.
    pub(super) fn label(&mut self) -> (String, Span) {
        let dot = self.expect(TokenKind::Dot);
        let token = self.next();
        let name = match token.kind {
            TokenKind::String => self.unquoted(token),
            TokenKind::Identifier => self.scanner.text_of(token).to_owned(),
            _ => {
                self.complain_of(" `IDENT` or `STRING`", token);
                self.scanner.text_of(token).to_owned()
            }
        };
        (name, self.part(dot.start, token.end))
    }

    /// A string that must be one token, such as the path of an import.
    pub(super) fn string_literal(&mut self) -> StringLiteral {
        let token = self.expect(TokenKind::String);
        let value = if token.kind == TokenKind::String { self.unquoted(token) } else { String::new() };
        StringLiteral { value, span: self.token_part(token) }
    }

    /// The text of a string token; a bad escape becomes a message.
    fn unquoted(&mut self, token: Token) -> String {
        let text = self.scanner.slice(token.start + 1, token.end.saturating_sub(1).max(token.start + 1));
        self.unescaped(text)
    }

    fn unescaped(&mut self, text: &str) -> String {
        literal::unescape(text).unwrap_or_else(|why| {
            self.complain(why);
            String::new()
        })
    }

    /// `"text ${expression} text"`.
    fn interpolated(&mut self) -> Expression {
        let start = self.next();
        let mut parts = Vec::new();
        let end = loop {
            let token = self.scanner.next_in_string();
            match token.kind {
                TokenKind::Text => {
                    let value = self.unescaped(self.scanner.text_of(token));
                    self.token_part(token);
                    parts.push(StringPart::Text(value));
                }
                TokenKind::Interpolation => {
                    let expression = self.expression();
                    let end = self.expect(TokenKind::RightBrace);
                    self.part(token.start, end.end);
                    parts.push(StringPart::Expression(expression));
                }
                TokenKind::Quote => break token,
                kind => {
                    let span = self.span(token.start, token.end);
                    self.complain(format!("got unexpected token in string expression @{span}: {kind}"));
                    parts.clear();
                    break token;
                }
            }
        };
        let span = self.part(start.start, end.end);
        self.above(2, ExpressionKind::Interpolated(parts), span)
    }
}
