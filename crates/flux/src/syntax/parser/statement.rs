//! Statements, imports and blocks.

use super::{Parser, TokenKind};
use crate::ast::{Assignment, Block, Expression, ExpressionKind, Identifier, Import, Statement};

impl Parser<'_> {
    pub(super) fn package_clause(&mut self) -> Option<Identifier> {
        if !self.at(TokenKind::Package) {
            return None;
        }
        let keyword = self.next();
        let name = self.identifier();
        self.part(keyword.start, name.span.end);
        Some(name)
    }

    pub(super) fn imports(&mut self) -> Vec<Import> {
        let mut imports = Vec::new();
        loop {
            self.skip_attributes();
            if !self.at(TokenKind::Import) {
                return imports;
            }
            let keyword = self.next();
            let alias = self.at(TokenKind::Identifier).then(|| self.identifier());
            let path = self.string_literal();
            let span = self.part(keyword.start, path.span.end);
            imports.push(Import { alias, path, span });
        }
    }

    pub(super) fn statements(&mut self) -> Vec<Statement> {
        let mut statements = Vec::new();
        while self.more() {
            statements.push(self.beside(Self::statement));
        }
        statements
    }

    fn statement(&mut self) -> Statement {
        match self.deeper(Self::statement_inside) {
            Some(statement) => statement,
            None => self.bad_statement(),
        }
    }

    fn statement_inside(&mut self) -> Statement {
        use TokenKind as Kind;
        self.skip_attributes();
        match self.peek().kind {
            Kind::Identifier => self.named_statement(),
            Kind::Option => self.option_statement(),
            Kind::Builtin => self.builtin_statement(),
            Kind::TestCase => self.testcase_statement(),
            Kind::Return => self.return_statement(),
            Kind::Integer
            | Kind::Float
            | Kind::String
            | Kind::Slash
            | Kind::Time
            | Kind::Duration
            | Kind::PipeReceive
            | Kind::LeftParenthesis
            | Kind::LeftBracket
            | Kind::LeftBrace
            | Kind::Plus
            | Kind::Minus
            | Kind::Not
            | Kind::If
            | Kind::Exists
            | Kind::Quote => {
                let expression = self.expression();
                self.expression_statement(expression)
            }
            _ => self.bad_statement(),
        }
    }

    fn bad_statement(&mut self) -> Statement {
        let token = self.next();
        let span = self.span(token.start, token.end);
        let part = self.place(span);
        let text = self.scanner.text_of(token);
        self.report(span, part, format!("invalid statement: {text}"));
        Statement::Bad { span }
    }

    fn expression_statement(&mut self, expression: Expression) -> Statement {
        self.place(expression.span);
        Statement::Expression { span: expression.span, expression }
    }

    /// `name = value`, or an expression that starts with a name.
    fn named_statement(&mut self) -> Statement {
        let name = self.identifier();
        if self.at(TokenKind::Assign) {
            return Statement::Variable(self.assigned(name));
        }
        let first = self.leaf(ExpressionKind::Identifier(name.name), name.span);
        let expression = self.expression_from(first);
        self.expression_statement(expression)
    }

    /// What follows the name of an assignment.
    fn assigned(&mut self, name: Identifier) -> Assignment {
        self.expect(TokenKind::Assign);
        let value = self.expression();
        let span = self.part(name.span.start, value.span.end);
        Assignment { name, value, span }
    }

    fn option_statement(&mut self) -> Statement {
        let keyword = self.expect(TokenKind::Option);
        let found = self.found.len();
        let name = self.identifier();
        match self.peek().kind {
            TokenKind::Assign => {
                let assignment = self.assigned(name);
                let span = self.part(keyword.start, assignment.span.end);
                Statement::Option { package: None, assignment, span }
            }
            TokenKind::Dot => {
                self.next();
                let member = self.identifier();
                let assignment = self.assigned(member);
                let span = self.part(keyword.start, assignment.span.end);
                Statement::Option { package: Some(name), assignment, span }
            }
            _ => {
                self.found.truncate(found);
                let span = self.span(keyword.start, keyword.end);
                let part = self.place(span);
                self.report(span, part, "invalid statement: option".to_owned());
                Statement::Bad { span }
            }
        }
    }

    fn builtin_statement(&mut self) -> Statement {
        let keyword = self.expect(TokenKind::Builtin);
        let name = self.identifier();
        self.expect(TokenKind::Colon);
        let types = self.type_expression();
        let span = self.part(keyword.start, types.end);
        let type_text = self.scanner.slice(types.start, types.end).to_owned();
        Statement::Builtin { name, type_text, span }
    }

    fn testcase_statement(&mut self) -> Statement {
        let keyword = self.expect(TokenKind::TestCase);
        let name = self.identifier();
        let extends = self.at_word("extends").then(|| {
            self.next();
            self.string_literal()
        });
        let body = self.block();
        let span = self.part(keyword.start, body.span.end);
        Statement::TestCase { name, extends, body, span }
    }

    fn return_statement(&mut self) -> Statement {
        let keyword = self.expect(TokenKind::Return);
        let value = self.expression();
        let span = self.part(keyword.start, value.span.end);
        Statement::Return { value, span }
    }

    pub(super) fn block(&mut self) -> Block {
        let start = self.open(TokenKind::LeftBrace, TokenKind::RightBrace);
        let body = self.statements();
        let end = self.close(TokenKind::RightBrace);
        let span = self.part(start.start, end.end);
        Block { body, span }
    }

    /// Reads `@name` and `@name(value, ...)` without keeping them.
    pub(super) fn skip_attributes(&mut self) {
        while self.at(TokenKind::Attribute) {
            let name = self.next();
            if !self.at(TokenKind::LeftParenthesis) {
                self.token_part(name);
                continue;
            }
            self.open(TokenKind::LeftParenthesis, TokenKind::RightParenthesis);
            let mut last = None;
            while self.more() && last != Some(self.peek().start) {
                last = Some(self.peek().start);
                self.beside(Self::primary);
                if self.more() && self.at(TokenKind::Comma) {
                    self.next();
                } else if self.more() {
                    let kind = self.peek().kind;
                    self.complain(format!("expected comma in attribute parameter list, got {kind}"));
                }
            }
            let end = self.close(TokenKind::RightParenthesis);
            self.part(name.start, end.end);
        }
    }
}
