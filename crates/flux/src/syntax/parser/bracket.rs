//! What starts with a square bracket: arrays and dictionaries.

use super::{Parser, TokenKind};
use crate::ast::{Expression, ExpressionKind};

impl Parser<'_> {
    /// `[]`, `[a, b]`, `[:]` or `[k: v, ...]`; the first member decides.
    pub(super) fn array_or_dictionary(&mut self) -> Expression {
        let start = self.open(TokenKind::LeftBracket, TokenKind::RightBracket);
        let (kind, levels) = self.beside(|this| {
            let members = match this.peek().kind {
                TokenKind::Colon => {
                    this.next();
                    (ExpressionKind::Dictionary(Vec::new()), 1)
                }
                TokenKind::RightBracket => (ExpressionKind::Array(Vec::new()), 1),
                _ => {
                    let first = this.expression();
                    if this.at(TokenKind::Colon) {
                        (ExpressionKind::Dictionary(this.entries(first)), 2)
                    } else {
                        (ExpressionKind::Array(this.elements(first)), 2)
                    }
                }
            };
            this.height += members.1 - 1;
            members
        });
        let end = self.close(TokenKind::RightBracket);
        let span = self.part(start.start, end.end);
        self.above(levels, kind, span)
    }

    fn elements(&mut self, first: Expression) -> Vec<Expression> {
        let mut elements = vec![first];
        self.list_rest(|this| {
            let element = this.expression();
            elements.push(element);
        });
        elements
    }

    fn entries(&mut self, first: Expression) -> Vec<(Expression, Expression)> {
        self.expect(TokenKind::Colon);
        let value = self.expression();
        let mut entries = vec![(first, value)];
        self.list_rest(|this| {
            let key = this.expression();
            this.expect(TokenKind::Colon);
            let value = this.expression();
            entries.push((key, value));
        });
        entries
    }

    /// The members behind the first, each behind a comma, to the closing bracket.
    fn list_rest(&mut self, mut member: impl FnMut(&mut Self)) {
        if self.at(TokenKind::RightBracket) {
            return;
        }
        self.expect(TokenKind::Comma);
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
