//! Property lists: the arguments of a call and the members of a record.

use super::{Parser, TokenKind};
use crate::ast::{Expression, ExpressionKind, Identifier, Property, Span};

/// A property and what the check of the whole list must know of it.
pub(super) struct Item {
    pub(super) property: Property,
    /// The key is written as a string.
    quoted: bool,
    /// It has messages of its own; the check leaves it out.
    faulty: bool,
}

impl Parser<'_> {
    /// The properties up to the closing bracket.
    pub(super) fn properties(&mut self) -> Vec<Item> {
        let mut items = Vec::new();
        let mut complaints = Vec::new();
        let mut last = None;
        while self.more() && last != Some(self.peek().start) {
            last = Some(self.peek().start);
            let item = match self.peek().kind {
                TokenKind::Identifier | TokenKind::String => {
                    let (key, quoted) = self.property_key();
                    self.property(key, quoted)
                }
                _ => self.keyless_property(),
            };
            items.push(item);
            if self.more() {
                let kind = self.peek().kind;
                if kind == TokenKind::Comma {
                    self.next();
                } else {
                    complaints.push(format!("expected comma in property list, got {kind}"));
                }
            }
        }
        self.pending.append(&mut complaints);
        items
    }

    /// A name or a string; the flag says which.
    pub(super) fn property_key(&mut self) -> (Identifier, bool) {
        if self.at(TokenKind::String) {
            let literal = self.string_literal();
            return (Identifier { name: literal.value, span: literal.span }, true);
        }
        (self.identifier(), false)
    }

    /// What follows the key: a colon and a value, or nothing.
    pub(super) fn property(&mut self, key: Identifier, quoted: bool) -> Item {
        let mut value = None;
        if self.at(TokenKind::Colon) {
            self.next();
            value = self.property_value();
        }
        let end = value.as_ref().map_or(key.span.end, |value| value.span.end);
        let faulty = !self.pending.is_empty();
        let span = self.part(key.span.start, end);
        let shorthand = value.is_none();
        let value = value.unwrap_or_else(|| shorthand_value(&key));
        Item { property: Property { key, value, shorthand, span }, quoted, faulty }
    }

    fn property_value(&mut self) -> Option<Expression> {
        let value = self.joined(&[TokenKind::Comma, TokenKind::Colon]);
        if value.is_none() {
            self.complain("missing property value");
        }
        value
    }

    /// A property that starts with something that cannot be a key.
    fn keyless_property(&mut self) -> Item {
        let first = self.peek();
        let mut value = None;
        let mut complaint = None;
        match first.kind {
            TokenKind::Colon => {
                complaint = Some("missing property key".to_owned());
                self.next();
                value = self.property_value();
            }
            TokenKind::Comma => complaint = Some("missing property in property list".to_owned()),
            kind => {
                let text = self.scanner.text_of(first);
                let message = format!("unexpected token for property key: {kind} ({text})");
                self.joined(&[TokenKind::Comma, TokenKind::Colon]);
                complaint.get_or_insert(message);
                if self.at(TokenKind::Colon) {
                    self.next();
                    value = self.property_value();
                }
            }
        }
        self.pending.extend(complaint);
        let end = self.peek().start;
        let span = self.part(first.start, end);
        let key = Identifier { name: "<invalid>".to_owned(), span: self.span(first.start, first.start) };
        let shorthand = value.is_none();
        let value = value.unwrap_or_else(|| shorthand_value(&key));
        Item { property: Property { key, value, shorthand, span }, quoted: true, faulty: true }
    }

    /// Says so where a string stands without a value, or where properties with and without one are mixed.
    pub(super) fn check_properties(&mut self, items: &[Item], span: Span, part: usize) {
        let sound = || items.iter().filter(|item| !item.faulty);
        for item in sound().filter(|item| item.quoted && item.property.shorthand) {
            let name = &item.property.key.name;
            self.report(span, part, format!("string literal key {name} must have a value"));
        }
        if sound().any(|item| item.property.shorthand) && sound().any(|item| !item.property.shorthand) {
            self.report(span, part, "cannot mix implicit and explicit properties".to_owned());
        }
    }

    /// `{a: 1}`, `{a, b}` or `{r with a: 1}`.
    pub(super) fn record(&mut self) -> Expression {
        let start = self.open(TokenKind::LeftBrace, TokenKind::RightBrace);
        let mut with = None;
        let items = self.beside(|this| {
            let mut items = Vec::new();
            if matches!(this.peek().kind, TokenKind::Identifier | TokenKind::String) {
                let (key, quoted) = this.property_key();
                if !quoted && this.at(TokenKind::Identifier) {
                    with = Some(this.with_source(key));
                } else {
                    items.push(this.first_property(key, quoted));
                }
            }
            items.extend(this.properties());
            this.height += 1;
            items
        });
        let end = self.close(TokenKind::RightBrace);
        let span = self.span(start.start, end.end);
        let part = self.place(span);
        self.check_properties(&items, span, part);
        let properties = items.into_iter().map(|item| item.property).collect();
        self.above(1, ExpressionKind::Record { with, properties }, span)
    }

    fn with_source(&mut self, source: Identifier) -> Identifier {
        let word = self.next();
        let text = self.scanner.text_of(word);
        if text != "with" {
            self.complain(format!("expected `with`, `:` or `,` behind {} in a record, got {text}", source.name));
        }
        source
    }

    fn first_property(&mut self, key: Identifier, quoted: bool) -> Item {
        let item = self.property(key, quoted);
        if self.more() {
            let kind = self.peek().kind;
            if kind == TokenKind::Comma {
                self.next();
            } else {
                self.complain(format!("expected comma in property list, got {kind}"));
            }
        }
        item
    }
}

/// `{a}` says `{a: a}`.
fn shorthand_value(key: &Identifier) -> Expression {
    Expression { kind: ExpressionKind::Identifier(key.name.clone()), span: key.span }
}
