//! The syntax tree as an indented list, one node a line: what `--explain ast` prints.

use std::fmt::Write;

use super::printer::print_expression;
use crate::ast::{
    Assignment, Block, Expression, ExpressionKind, File, FunctionBody, Identifier, LogicalOperator, Property, Span,
    Statement, StringPart, UnaryOperator,
};

/// The tree with the place of each node.
pub fn dump(file: &File) -> String {
    Dump { out: String::new(), places: true }.file(file)
}

/// The tree without places: equal for texts that say the same.
pub fn dump_without_places(file: &File) -> String {
    Dump { out: String::new(), places: false }.file(file)
}

struct Dump {
    out: String,
    places: bool,
}

impl Dump {
    fn file(mut self, file: &File) -> String {
        self.node(0, "File", "", file.span);
        if let Some(package) = &file.package {
            self.name(1, "Package", package);
        }
        for import in &file.imports {
            let alias = import.alias.as_ref().map(|alias| format!("{} ", alias.name)).unwrap_or_default();
            self.node(1, "Import", &format!("{alias}{:?}", import.path.value), import.span);
        }
        for statement in &file.body {
            self.statement(1, statement);
        }
        self.out
    }

    fn node(&mut self, level: usize, kind: &str, text: &str, span: Span) {
        let _ = write!(self.out, "{:1$}{kind}", "", level * 2);
        if !text.is_empty() {
            let _ = write!(self.out, " {text}");
        }
        if self.places && span.from.line > 0 {
            let _ = write!(self.out, " @{span}");
        }
        self.out.push('\n');
    }

    fn name(&mut self, level: usize, kind: &str, name: &Identifier) {
        self.node(level, kind, &name.name, name.span);
    }

    fn statement(&mut self, level: usize, statement: &Statement) {
        match statement {
            Statement::Expression { expression, .. } => self.expression(level, expression),
            Statement::Variable(assignment) => self.assignment(level, "Variable", assignment),
            Statement::Option { package, assignment, span } => {
                let package = package.as_ref().map(|name| name.name.as_str()).unwrap_or_default();
                self.node(level, "Option", package, *span);
                self.assignment(level + 1, "Variable", assignment);
            }
            Statement::Builtin { name, type_text, span } => {
                self.node(level, "Builtin", &format!("{} : {type_text}", name.name), *span);
            }
            Statement::TestCase { name, extends, body, span } => {
                let extends = extends.as_ref().map(|path| format!(" extends {:?}", path.value)).unwrap_or_default();
                self.node(level, "TestCase", &format!("{}{extends}", name.name), *span);
                self.block(level + 1, body);
            }
            Statement::Return { value, span } => {
                self.node(level, "Return", "", *span);
                self.expression(level + 1, value);
            }
            Statement::Bad { span } => self.node(level, "Bad", "", *span),
        }
    }

    fn assignment(&mut self, level: usize, kind: &str, assignment: &Assignment) {
        self.node(level, kind, &assignment.name.name, assignment.span);
        self.expression(level + 1, &assignment.value);
    }

    fn block(&mut self, level: usize, block: &Block) {
        self.node(level, "Block", "", block.span);
        for statement in &block.body {
            self.statement(level + 1, statement);
        }
    }

    fn expression(&mut self, level: usize, expression: &Expression) {
        self.node(level, kind_of(&expression.kind), &text_of(expression), expression.span);
        self.parts(level + 1, &expression.kind);
    }

    fn parts(&mut self, level: usize, kind: &ExpressionKind) {
        match kind {
            ExpressionKind::Interpolated(parts) => {
                for part in parts {
                    match part {
                        StringPart::Text(text) => self.node(level, "Text", &format!("{text:?}"), Span::default()),
                        StringPart::Expression(expression) => self.expression(level, expression),
                    }
                }
            }
            ExpressionKind::Array(elements) => elements.iter().for_each(|element| self.expression(level, element)),
            ExpressionKind::Dictionary(entries) => {
                for (key, value) in entries {
                    self.expression(level, key);
                    self.expression(level + 1, value);
                }
            }
            ExpressionKind::Record { with, properties } => {
                if let Some(source) = with {
                    self.name(level, "With", source);
                }
                self.properties(level, properties);
            }
            ExpressionKind::Function(function) => {
                for parameter in &function.parameters {
                    self.node(level, "Parameter", &parameter.key.name, parameter.span);
                    if let Some(default) = &parameter.default {
                        self.expression(level + 1, default);
                    }
                }
                match &function.body {
                    FunctionBody::Expression(body) => self.expression(level, body),
                    FunctionBody::Block(block) => self.block(level, block),
                }
            }
            ExpressionKind::Call { callee, arguments } => {
                self.expression(level, callee);
                self.properties(level, arguments);
            }
            ExpressionKind::Pipe { argument: left, call: right }
            | ExpressionKind::Index { array: left, index: right }
            | ExpressionKind::Binary { left, right, .. }
            | ExpressionKind::Logical { left, right, .. } => {
                self.expression(level, left);
                self.expression(level, right);
            }
            ExpressionKind::Member { object: inner, .. }
            | ExpressionKind::Unary { argument: inner, .. }
            | ExpressionKind::Parenthesized(inner) => self.expression(level, inner),
            ExpressionKind::Conditional { test, consequent, alternate } => {
                [test, consequent, alternate].into_iter().for_each(|part| self.expression(level, part));
            }
            _ => {}
        }
    }

    fn properties(&mut self, level: usize, properties: &[Property]) {
        for property in properties {
            let kind = if property.shorthand { "Shorthand" } else { "Property" };
            self.node(level, kind, &property.key.name, property.span);
            if !property.shorthand {
                self.expression(level + 1, &property.value);
            }
        }
    }
}

fn kind_of(kind: &ExpressionKind) -> &'static str {
    match kind {
        ExpressionKind::Identifier(_) => "Identifier",
        ExpressionKind::Integer(_) => "Integer",
        ExpressionKind::Float(_) => "Float",
        ExpressionKind::String(_) => "String",
        ExpressionKind::Interpolated(_) => "Interpolated",
        ExpressionKind::Duration(_) => "Duration",
        ExpressionKind::Time(_) => "Time",
        ExpressionKind::Regex(_) => "Regex",
        ExpressionKind::Label(_) => "Label",
        ExpressionKind::PipeLiteral => "PipeLiteral",
        ExpressionKind::Array(_) => "Array",
        ExpressionKind::Dictionary(_) => "Dictionary",
        ExpressionKind::Record { .. } => "Record",
        ExpressionKind::Function(_) => "Function",
        ExpressionKind::Call { .. } => "Call",
        ExpressionKind::Pipe { .. } => "Pipe",
        ExpressionKind::Member { .. } => "Member",
        ExpressionKind::Index { .. } => "Index",
        ExpressionKind::Unary { .. } => "Unary",
        ExpressionKind::Binary { .. } => "Binary",
        ExpressionKind::Logical { .. } => "Logical",
        ExpressionKind::Conditional { .. } => "Conditional",
        ExpressionKind::Parenthesized(_) => "Parenthesized",
        ExpressionKind::Bad => "Bad",
    }
}

/// What a node says beside its parts.
fn text_of(expression: &Expression) -> String {
    match &expression.kind {
        ExpressionKind::Member { property, .. } => property.name.clone(),
        ExpressionKind::Binary { operator, .. } => operator.symbol().to_owned(),
        ExpressionKind::Logical { operator: LogicalOperator::And, .. } => "and".to_owned(),
        ExpressionKind::Logical { operator: LogicalOperator::Or, .. } => "or".to_owned(),
        ExpressionKind::Unary { operator, .. } => match operator {
            UnaryOperator::Minus => "-",
            UnaryOperator::Plus => "+",
            UnaryOperator::Not => "not",
            UnaryOperator::Exists => "exists",
        }
        .to_owned(),
        ExpressionKind::String(value) => format!("{value:?}"),
        ExpressionKind::Identifier(_)
        | ExpressionKind::Integer(_)
        | ExpressionKind::Float(_)
        | ExpressionKind::Duration(_)
        | ExpressionKind::Time(_)
        | ExpressionKind::Regex(_)
        | ExpressionKind::Label(_) => print_expression(expression),
        _ => String::new(),
    }
}
