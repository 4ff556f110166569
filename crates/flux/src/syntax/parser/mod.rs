//! The parser: recursive descent with a precedence table, which always ends and always gives a tree.
//!
//! Words and places of its messages are those of InfluxDB 2. A message is first *pending*; the next part of the tree
//! that is completed takes the pending messages and gives them its place. At the end they are put into the order of the
//! tree: by first byte, the larger part first. Brackets that are open are counted, so that a missing bracket ends the
//! inner list where an outer one closes.
//!
//! Attributes (`@name(...)`) are read and dropped: they tell nothing about what a script does.

mod bracket;
mod expression;
mod function;
mod operator;
mod property;
mod statement;
mod types;
mod value;

use super::scanner::Scanner;
use super::token::{Token, TokenKind};
use super::{Parsed, SyntaxError, limits};
use crate::ast::{Expression, ExpressionKind, File, Identifier, Span, Statement};

/// The state of reading one script.
pub(super) struct Parser<'a> {
    scanner: Scanner<'a>,
    /// The next token, if it was looked at.
    peeked: Option<Token>,
    /// Messages that wait for the next part of the tree.
    pending: Vec<String>,
    found: Vec<Found>,
    /// Parts of the tree completed so far.
    parts: usize,
    /// Closing brackets that are due.
    due: Due,
    /// Expressions and statements that are being read.
    depth: u32,
    /// Levels of the tree below the expression that was read last.
    height: u32,
    /// The tree became too high, here; nothing more is read.
    too_high: Option<Span>,
}

/// A message that has found its place.
struct Found {
    error: SyntaxError,
    /// The number of the part of the tree that it belongs to.
    part: usize,
    /// It tells of a `Bad` expression, and goes when that is thrown away.
    bad: bool,
}

/// How many closing brackets of each form are due.
#[derive(Default)]
struct Due {
    parentheses: u32,
    brackets: u32,
    braces: u32,
}

impl Due {
    fn of(&mut self, closing: TokenKind) -> Option<&mut u32> {
        match closing {
            TokenKind::RightParenthesis => Some(&mut self.parentheses),
            TokenKind::RightBracket => Some(&mut self.brackets),
            TokenKind::RightBrace => Some(&mut self.braces),
            _ => None,
        }
    }
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            scanner: Scanner::new(text),
            peeked: None,
            pending: Vec::new(),
            found: Vec::new(),
            parts: 0,
            due: Due::default(),
            depth: 0,
            height: 0,
            too_high: None,
        }
    }

    /// Reads everything.
    pub(super) fn file(mut self) -> Parsed {
        let start = self.peek().start;
        let mut end = start;
        self.skip_attributes();
        let package = self.package_clause();
        end = package.as_ref().map_or(end, |name| name.span.end);
        let imports = self.imports();
        end = imports.last().map_or(end, |import| import.span.end);
        let body = self.statements();
        end = body.last().map_or(end, |statement| statement_span(statement).end);
        let span = self.scanner.span(start, end.max(start));
        Parsed { errors: self.errors(span), file: File { package, imports, body, span } }
    }

    fn errors(mut self, whole: Span) -> Vec<SyntaxError> {
        if let Some(span) = self.too_high {
            return vec![SyntaxError { span, message: limits::TOO_DEEP.to_owned() }];
        }
        if !self.pending.is_empty() {
            self.place(whole);
        }
        if self.found.len() > limits::ERRORS {
            // A flood from too many brackets: the bound is the cause, the rest follows from it.
            self.found.sort_by_key(|found| found.error.message != limits::TOO_DEEP);
            if let Some(found) = self.found.first().filter(|found| found.error.message == limits::TOO_DEEP) {
                return vec![found.error.clone()];
            }
        }
        self.found.sort_by_key(|found| {
            let span = found.error.span;
            (span.start, std::cmp::Reverse(span.end), std::cmp::Reverse(found.part))
        });
        self.found.into_iter().take(limits::ERRORS).map(|found| found.error).collect()
    }

    // ---- tokens

    fn peek(&mut self) -> Token {
        let scanner = &mut self.scanner;
        *self.peeked.get_or_insert_with(|| scanner.next_token())
    }

    /// The next token where a value may stand: a slash may open a regular expression.
    fn peek_operand(&mut self) -> Token {
        match self.peeked {
            Some(token) if token.kind == TokenKind::Slash => self.scanner.back_to(token),
            Some(token) => return token,
            None => {}
        }
        let token = self.scanner.next_operand();
        self.peeked = Some(token);
        token
    }

    fn next(&mut self) -> Token {
        let token = self.peek();
        self.peeked = None;
        token
    }

    fn at(&mut self, kind: TokenKind) -> bool {
        self.peek().kind == kind
    }

    /// Whether the next token is this word, which is no keyword elsewhere.
    fn at_word(&mut self, word: &str) -> bool {
        let token = self.peek();
        token.kind == TokenKind::Identifier && self.scanner.text_of(token) == word
    }

    /// Takes the next token, which should be of this kind.
    fn expect(&mut self, kind: TokenKind) -> Token {
        let token = self.next();
        if token.kind != kind {
            self.complain_of(&kind.to_string(), token);
        }
        token
    }

    /// Takes the next token if it is of this kind; otherwise complains and stays, and the answer is an empty token.
    fn expect_or_stay(&mut self, kind: TokenKind) -> Token {
        let token = self.peek();
        if token.kind == kind {
            return self.next();
        }
        self.complain_of(&kind.to_string(), token);
        match token.kind {
            TokenKind::Eof => token,
            _ => Token { kind: TokenKind::Illegal, start: token.start, end: token.start },
        }
    }

    fn complain_of(&mut self, expected: &str, token: Token) {
        let message = if token.kind == TokenKind::Eof {
            format!("expected {expected}, got EOF")
        } else {
            let from = self.scanner.span(token.start, token.start).from;
            let text = self.scanner.text_of(token);
            format!("expected {expected}, got {} ({text}) at {}:{}", token.kind, from.line, from.column)
        };
        self.complain(message);
    }

    // ---- brackets

    fn open(&mut self, opening: TokenKind, closing: TokenKind) -> Token {
        let token = self.expect(opening);
        if let Some(count) = self.due.of(closing) {
            *count += 1;
        }
        token
    }

    /// Takes the closing bracket. Where it is missing the answer is the token that stands there, which is not taken.
    fn close(&mut self, closing: TokenKind) -> Token {
        if let Some(count) = self.due.of(closing) {
            *count = count.saturating_sub(1);
        }
        let token = self.peek();
        if token.kind == closing {
            return self.next();
        }
        self.complain(format!("expected {closing}, got {}", token.kind));
        token
    }

    /// Whether the list that is being read goes on: neither the end nor a bracket that is due comes next.
    fn more(&mut self) -> bool {
        let kind = self.peek().kind;
        kind != TokenKind::Eof && self.due.of(kind).is_none_or(|count| *count == 0)
    }

    // ---- messages and places

    fn complain(&mut self, message: impl Into<String>) {
        self.pending.push(message.into());
        if self.pending.len() > limits::MESSAGES {
            self.give_up();
        }
    }

    /// Nothing more is read.
    fn give_up(&mut self) {
        self.peeked = None;
        self.scanner.finish();
    }

    fn span(&self, start: usize, end: usize) -> Span {
        self.scanner.span(start, end.max(start))
    }

    /// Completes a part of the tree: it takes the pending messages. The answer is its number.
    fn place(&mut self, span: Span) -> usize {
        self.parts += 1;
        let part = self.parts;
        let found =
            self.pending.drain(..).map(|message| Found { error: SyntaxError { span, message }, part, bad: false });
        self.found.extend(found);
        part
    }

    /// Completes a part between two offsets.
    fn part(&mut self, start: usize, end: usize) -> Span {
        let span = self.span(start, end);
        self.place(span);
        span
    }

    fn token_part(&mut self, token: Token) -> Span {
        self.part(token.start, token.end)
    }

    /// A message about a finished part, behind those that it has taken.
    fn report(&mut self, span: Span, part: usize, message: String) {
        self.found.push(Found { error: SyntaxError { span, message }, part, bad: false });
        if self.found.len() > limits::MESSAGES {
            self.give_up();
        }
    }

    /// An expression that makes no sense, told of unless [`Parser::forget`] follows. Takes no pending messages.
    fn bad(&mut self, token: Token, message: String) -> Expression {
        let span = self.span(token.start, token.end);
        self.parts += 1;
        let error = SyntaxError { span, message: format!("invalid expression: {message}") };
        self.found.push(Found { error, part: self.parts, bad: true });
        self.height = self.height.max(1);
        Expression { kind: ExpressionKind::Bad, span }
    }

    fn bad_token(&mut self, token: Token) -> Expression {
        self.bad(token, format!("invalid token for primary expression: {}", token.kind))
    }

    /// A bad expression is thrown away, with the token that stands there; both become one message.
    fn forget(&mut self, bad: &Expression) {
        if self.found.last().is_some_and(|found| found.bad && found.error.span == bad.span) {
            self.found.pop();
        }
        let token = self.next();
        let span = self.span(token.start, token.end);
        let text = self.scanner.text_of(token);
        self.complain(format!("invalid expression @{span}: {text}"));
    }

    // ---- bounds

    /// Runs `read` one level deeper; `None` beyond the bound.
    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= limits::NESTING {
            self.complain(limits::TOO_DEEP);
            return None;
        }
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        Some(value)
    }

    /// Runs `read` so that [`Parser::height`] afterwards covers both what it read and what was read before.
    fn beside<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::take(&mut self.height);
        let value = read(self);
        self.height = self.height.max(before);
        value
    }

    /// A completed expression that stands `levels` above what it is made of.
    fn above(&mut self, levels: u32, kind: ExpressionKind, span: Span) -> Expression {
        self.height += levels;
        if self.height > limits::TREE_HEIGHT && self.too_high.is_none() {
            self.too_high = Some(span);
            self.give_up();
        }
        Expression { kind, span }
    }

    /// A completed expression without parts.
    fn leaf(&mut self, kind: ExpressionKind, span: Span) -> Expression {
        self.height = self.height.max(1);
        Expression { kind, span }
    }

    fn identifier(&mut self) -> Identifier {
        let token = self.expect_or_stay(TokenKind::Identifier);
        let span = self.token_part(token);
        Identifier { name: self.scanner.text_of(token).to_owned(), span }
    }
}

/// Where a statement stands.
pub(crate) fn statement_span(statement: &Statement) -> Span {
    match statement {
        Statement::Variable(assignment) => assignment.span,
        Statement::Expression { span, .. }
        | Statement::Option { span, .. }
        | Statement::Builtin { span, .. }
        | Statement::TestCase { span, .. }
        | Statement::Return { span, .. }
        | Statement::Bad { span } => *span,
    }
}
