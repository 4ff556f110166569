//! The canonical text of a syntax tree.
//!
//! What the parser read without an error, printed and read again, gives the same tree but for the places. Each call
//! behind `|>` stands on a line of its own. A tree that was not parsed, such as one that came as JSON, gets parentheses
//! where the operators need them. Comments are not part of the tree.

mod level;
mod text;

use crate::ast::{
    Assignment, Block, Expression, ExpressionKind, File, Function, FunctionBody, LogicalOperator, Parameter, Property,
    Statement, StringPart, UnaryOperator,
};
use level::Level;
pub(super) use text::{is_name, time};

/// The text of a whole script, with a line break at the end.
pub fn print(file: &File) -> String {
    let mut printer = Printer::default();
    if let Some(package) = &file.package {
        printer.line(&format!("package {}", package.name));
    }
    for import in &file.imports {
        let alias = import.alias.as_ref().map(|alias| format!("{} ", alias.name)).unwrap_or_default();
        printer.line(&format!("import {alias}{}", text::quoted(&import.path.value)));
    }
    if !file.imports.is_empty() && !file.body.is_empty() {
        printer.out.push('\n');
    }
    printer.statements(&file.body);
    printer.out
}

/// The text of an expression.
pub fn print_expression(expression: &Expression) -> String {
    let mut printer = Printer::default();
    printer.expression(expression);
    printer.out
}

#[derive(Default)]
struct Printer {
    out: String,
    /// Levels of indentation of a new line.
    indent: usize,
}

impl Printer {
    fn put(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn line(&mut self, text: &str) {
        self.put(text);
        self.out.push('\n');
    }

    fn new_line(&mut self) {
        self.out.push('\n');
        self.start_line();
    }

    fn start_line(&mut self) {
        for _ in 0..self.indent {
            self.put("    ");
        }
    }

    fn statements(&mut self, statements: &[Statement]) {
        for statement in statements {
            self.start_line();
            self.statement(statement);
            self.out.push('\n');
        }
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Expression { expression, .. } => self.expression(expression),
            Statement::Variable(assignment) => self.assignment(assignment),
            Statement::Option { package, assignment, .. } => {
                self.put("option ");
                if let Some(package) = package {
                    self.put(&package.name);
                    self.put(".");
                }
                self.assignment(assignment);
            }
            Statement::Builtin { name, type_text, .. } => self.put(&format!("builtin {} : {type_text}", name.name)),
            Statement::TestCase { name, extends, body, .. } => {
                self.put(&format!("testcase {} ", name.name));
                if let Some(extends) = extends {
                    self.put(&format!("extends {} ", text::quoted(&extends.value)));
                }
                self.block(body);
            }
            Statement::Return { value, .. } => {
                self.put("return ");
                self.expression(value);
            }
            Statement::Bad { .. } => self.put("<bad statement>"),
        }
    }

    fn assignment(&mut self, assignment: &Assignment) {
        self.put(&assignment.name.name);
        self.put(" = ");
        self.expression(&assignment.value);
    }

    fn block(&mut self, block: &Block) {
        self.line("{");
        self.indent += 1;
        self.statements(&block.body);
        self.indent -= 1;
        self.start_line();
        self.put("}");
    }

    fn expression(&mut self, expression: &Expression) {
        match &expression.kind {
            ExpressionKind::Array(elements) => self.list("[", elements, "]", Self::expression),
            ExpressionKind::Dictionary(entries) if entries.is_empty() => self.put("[:]"),
            ExpressionKind::Dictionary(entries) => self.list("[", entries, "]", |this, (key, value)| {
                this.expression(key);
                this.put(": ");
                this.expression(value);
            }),
            ExpressionKind::Record { with, properties } => {
                let open = with.as_ref().map_or("{".to_owned(), |source| format!("{{{} with ", source.name));
                self.list(&open, properties, "}", Self::property);
            }
            ExpressionKind::Function(function) => self.function(function),
            ExpressionKind::Call { callee, arguments } => {
                self.operand(callee, Level::Postfix, true);
                self.list("(", arguments, ")", Self::property);
            }
            ExpressionKind::Member { object, property } => self.member(object, &property.name),
            ExpressionKind::Index { array, index } => {
                self.operand(array, Level::Postfix, true);
                self.put("[");
                self.expression(index);
                self.put("]");
            }
            ExpressionKind::Parenthesized(inner) => self.in_parentheses(inner),
            ExpressionKind::Interpolated(parts) => self.interpolated(parts),
            ExpressionKind::Pipe { argument, call } => self.pipe(argument, call),
            ExpressionKind::Unary { .. }
            | ExpressionKind::Binary { .. }
            | ExpressionKind::Logical { .. }
            | ExpressionKind::Conditional { .. } => self.operation(expression),
            literal => self.put(&text::literal(literal)),
        }
    }

    fn operation(&mut self, expression: &Expression) {
        let level = level::of(expression);
        match &expression.kind {
            ExpressionKind::Unary { operator, argument } => {
                self.put(match operator {
                    UnaryOperator::Minus => "-",
                    UnaryOperator::Plus => "+",
                    UnaryOperator::Not => "not ",
                    UnaryOperator::Exists => "exists ",
                });
                self.operand(argument, level, false);
            }
            ExpressionKind::Binary { operator, left, right } => {
                let invalid = level == Level::Open;
                self.operand(left, level, !invalid);
                self.put(" ");
                if !invalid {
                    self.put(operator.symbol());
                    self.put(" ");
                }
                self.operand(right, if invalid { level } else { level.tighter() }, false);
            }
            ExpressionKind::Logical { operator, left, right } => {
                self.operand(left, level, true);
                self.put(match operator {
                    LogicalOperator::And => " and ",
                    LogicalOperator::Or => " or ",
                });
                self.operand(right, level.tighter(), false);
            }
            ExpressionKind::Conditional { test, consequent, alternate } => {
                self.put("if ");
                self.expression(test);
                self.put(" then ");
                self.expression(consequent);
                self.put(" else ");
                self.expression(alternate);
            }
            _ => {}
        }
    }

    fn pipe(&mut self, argument: &Expression, call: &Expression) {
        self.operand(argument, Level::Pipe, true);
        self.indent += 1;
        self.new_line();
        self.put("|> ");
        self.operand(call, Level::Postfix, false);
        self.indent -= 1;
    }

    /// A part of an operation, in parentheses if it binds less than `level`, or if more text would become part of it.
    fn operand(&mut self, operand: &Expression, level: Level, more_follows: bool) {
        if level::of(operand) < level || (more_follows && level::is_open(operand)) {
            self.in_parentheses(operand);
        } else {
            self.expression(operand);
        }
    }

    fn in_parentheses(&mut self, inner: &Expression) {
        self.put("(");
        self.expression(inner);
        self.put(")");
    }

    fn list<T>(&mut self, open: &str, members: &[T], close: &str, mut member: impl FnMut(&mut Self, &T)) {
        self.put(open);
        for (at, item) in members.iter().enumerate() {
            if at > 0 {
                self.put(", ");
            }
            member(self, item);
        }
        self.put(close);
    }

    fn property(&mut self, property: &Property) {
        self.put(&text::key(&property.key.name));
        if !property.shorthand {
            self.put(": ");
            self.expression(&property.value);
        }
    }

    fn member(&mut self, object: &Expression, name: &str) {
        self.operand(object, Level::Postfix, true);
        // `1.x` would be the number `1.`
        if text::is_name(name) && !matches!(object.kind, ExpressionKind::Integer(_)) {
            self.put(".");
            self.put(name);
        } else {
            self.put(&format!("[{}]", text::quoted(name)));
        }
    }

    fn function(&mut self, function: &Function) {
        self.list("(", &function.parameters, ")", Self::parameter);
        self.put(" => ");
        match &function.body {
            FunctionBody::Block(block) => self.block(block),
            FunctionBody::Expression(body) if level::starts_with_brace(body) => self.in_parentheses(body),
            FunctionBody::Expression(body) => self.expression(body),
        }
    }

    fn parameter(&mut self, parameter: &Parameter) {
        self.put(&parameter.key.name);
        if let Some(default) = &parameter.default {
            self.put("=");
            self.expression(default);
        }
    }

    fn interpolated(&mut self, parts: &[StringPart]) {
        self.put("\"");
        for part in parts {
            match part {
                StringPart::Text(value) => self.put(&text::escaped(value)),
                StringPart::Expression(expression) => {
                    self.put("${");
                    self.expression(expression);
                    self.put("}");
                }
            }
        }
        self.put("\"");
    }
}
