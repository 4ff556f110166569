//! From the tree to JSON, with the place and the text of each node.

use serde_json::{Map, Value, json};

use crate::ast::{
    Assignment, Block, Expression, ExpressionKind, File, FunctionBody, Identifier, LogicalOperator, Parameter,
    Property, Span, Statement, StringLiteral, StringPart, UnaryOperator,
};
use crate::syntax::printer;

/// Writes nodes of the tree of `text`.
pub(super) struct Writer<'a> {
    pub(super) text: &'a str,
}

impl Writer<'_> {
    pub(super) fn package(&self, file: &File) -> Value {
        let name = file.package.as_ref().map_or("main", |name| name.name.as_str());
        json!({"type": "Package", "package": name, "files": [self.file(file)]})
    }

    fn file(&self, file: &File) -> Value {
        let package = file
            .package
            .as_ref()
            .map(|name| self.node("PackageClause", name.span, json!({"name": self.identifier(name)})));
        let imports: Vec<Value> = file
            .imports
            .iter()
            .map(|import| {
                let alias = import.alias.as_ref().map(|alias| self.identifier(alias));
                self.node("ImportDeclaration", import.span, json!({"as": alias, "path": self.string(&import.path)}))
            })
            .collect();
        self.node(
            "File",
            file.span,
            json!({
                "metadata": "parser-type=rust",
                "package": package,
                "imports": if imports.is_empty() { Value::Null } else { Value::Array(imports) },
                "body": self.statements(&file.body),
            }),
        )
    }

    /// A node: its type, its place unless it is empty, and its fields.
    fn node(&self, kind: &str, span: Span, fields: Value) -> Value {
        let mut node = Map::new();
        node.insert("type".to_owned(), json!(kind));
        let source = self.source(span);
        if !source.is_empty() {
            let position = |at: crate::ast::Position| json!({"line": at.line, "column": at.column});
            let location = json!({"start": position(span.from), "end": position(span.to), "source": source});
            node.insert("location".to_owned(), location);
        }
        if let Value::Object(fields) = fields {
            node.extend(fields);
        }
        Value::Object(node)
    }

    fn source(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    fn identifier(&self, name: &Identifier) -> Value {
        self.node("Identifier", name.span, json!({"name": name.name}))
    }

    fn string(&self, literal: &StringLiteral) -> Value {
        self.node("StringLiteral", literal.span, json!({"value": literal.value}))
    }

    /// A key is a string literal where it was written as one, or cannot be written otherwise.
    fn key(&self, key: &Identifier) -> Value {
        let source = self.source(key.span);
        if source.starts_with('"') || (source.is_empty() && !printer::is_name(&key.name)) {
            return self.node("StringLiteral", key.span, json!({"value": key.name}));
        }
        self.identifier(key)
    }

    fn statements(&self, statements: &[Statement]) -> Vec<Value> {
        statements.iter().map(|statement| self.statement(statement)).collect()
    }

    fn statement(&self, statement: &Statement) -> Value {
        match statement {
            Statement::Expression { expression, span } => {
                self.node("ExpressionStatement", *span, json!({"expression": self.expression(expression)}))
            }
            Statement::Variable(assignment) => self.variable(assignment),
            Statement::Option { package, assignment, span } => {
                let assignment = match package {
                    Some(package) => self.member_assignment(package, assignment),
                    None => self.variable(assignment),
                };
                self.node("OptionStatement", *span, json!({"assignment": assignment}))
            }
            Statement::Builtin { name, type_text, span } => {
                let types = json!({"type": "TypeExpression", "source": type_text});
                self.node("BuiltinStatement", *span, json!({"id": self.identifier(name), "ty": types}))
            }
            Statement::TestCase { name, extends, body, span } => {
                let mut fields = json!({"id": self.identifier(name), "block": self.block(body)});
                if let (Some(extends), Some(fields)) = (extends, fields.as_object_mut()) {
                    fields.insert("extends".to_owned(), self.string(extends));
                }
                self.node("TestCaseStatement", *span, fields)
            }
            Statement::Return { value, span } => {
                self.node("ReturnStatement", *span, json!({"argument": self.expression(value)}))
            }
            Statement::Bad { span } => self.node("BadStatement", *span, json!({"text": self.source(*span)})),
        }
    }

    fn variable(&self, assignment: &Assignment) -> Value {
        let fields = json!({"id": self.identifier(&assignment.name), "init": self.expression(&assignment.value)});
        self.node("VariableAssignment", assignment.span, fields)
    }

    fn member_assignment(&self, package: &Identifier, assignment: &Assignment) -> Value {
        let name = &assignment.name;
        let member = json!({"object": self.identifier(package), "property": self.identifier(name)});
        let member = self.node("MemberExpression", around(package.span, name.span), member);
        let fields = json!({"member": member, "init": self.expression(&assignment.value)});
        self.node("MemberAssignment", around(package.span, assignment.span), fields)
    }

    fn block(&self, block: &Block) -> Value {
        self.node("Block", block.span, json!({"body": self.statements(&block.body)}))
    }

    fn property(&self, property: &Property) -> Value {
        let value = (!property.shorthand).then(|| self.expression(&property.value));
        self.node("Property", property.span, json!({"key": self.key(&property.key), "value": value}))
    }

    fn properties(&self, properties: &[Property]) -> Vec<Value> {
        properties.iter().map(|property| self.property(property)).collect()
    }

    fn parameter(&self, parameter: &Parameter) -> Value {
        let value = parameter.default.as_ref().map(|default| self.expression(default));
        self.node("Property", parameter.span, json!({"key": self.identifier(&parameter.key), "value": value}))
    }

    fn expression(&self, expression: &Expression) -> Value {
        let (kind, fields) = match &expression.kind {
            ExpressionKind::Array(elements) => {
                let elements: Vec<Value> = elements.iter().map(|element| self.expression(element)).collect();
                ("ArrayExpression", json!({"elements": elements}))
            }
            ExpressionKind::Dictionary(entries) => ("DictExpression", json!({"elements": self.entries(entries)})),
            ExpressionKind::Record { with, properties } => {
                let mut fields = json!({"properties": self.properties(properties)});
                if let (Some(with), Some(fields)) = (with, fields.as_object_mut()) {
                    fields.insert("with".to_owned(), self.identifier(with));
                }
                ("ObjectExpression", fields)
            }
            ExpressionKind::Function(function) => {
                let params: Vec<Value> = function.parameters.iter().map(|one| self.parameter(one)).collect();
                let body = match &function.body {
                    FunctionBody::Expression(body) => self.expression(body),
                    FunctionBody::Block(block) => self.block(block),
                };
                ("FunctionExpression", json!({"params": params, "body": body}))
            }
            ExpressionKind::Call { callee, arguments } => ("CallExpression", self.call(callee, arguments)),
            ExpressionKind::Pipe { argument, call } => {
                ("PipeExpression", json!({"argument": self.expression(argument), "call": self.expression(call)}))
            }
            ExpressionKind::Member { object, property } => {
                ("MemberExpression", json!({"object": self.expression(object), "property": self.key(property)}))
            }
            ExpressionKind::Index { array, index } => {
                ("IndexExpression", json!({"array": self.expression(array), "index": self.expression(index)}))
            }
            ExpressionKind::Parenthesized(inner) => ("ParenExpression", json!({"expression": self.expression(inner)})),
            ExpressionKind::Interpolated(parts) => ("StringExpression", json!({"parts": self.parts(parts)})),
            _ => self.operation(expression),
        };
        self.node(kind, expression.span, fields)
    }

    fn operation(&self, expression: &Expression) -> (&'static str, Value) {
        match &expression.kind {
            ExpressionKind::Unary { operator, argument } => {
                let operator = match operator {
                    UnaryOperator::Minus => "-",
                    UnaryOperator::Plus => "+",
                    UnaryOperator::Not => "not",
                    UnaryOperator::Exists => "exists",
                };
                ("UnaryExpression", json!({"operator": operator, "argument": self.expression(argument)}))
            }
            ExpressionKind::Binary { operator, left, right } => {
                let (left, right) = (self.expression(left), self.expression(right));
                ("BinaryExpression", json!({"operator": operator.symbol(), "left": left, "right": right}))
            }
            ExpressionKind::Logical { operator, left, right } => {
                let operator = match operator {
                    LogicalOperator::And => "and",
                    LogicalOperator::Or => "or",
                };
                let (left, right) = (self.expression(left), self.expression(right));
                ("LogicalExpression", json!({"operator": operator, "left": left, "right": right}))
            }
            ExpressionKind::Conditional { test, consequent, alternate } => {
                let (test, consequent) = (self.expression(test), self.expression(consequent));
                let alternate = self.expression(alternate);
                ("ConditionalExpression", json!({"test": test, "consequent": consequent, "alternate": alternate}))
            }
            _ => self.literal(expression),
        }
    }

    fn literal(&self, expression: &Expression) -> (&'static str, Value) {
        let source = self.source(expression.span);
        match &expression.kind {
            ExpressionKind::Identifier(name) => ("Identifier", json!({"name": name})),
            ExpressionKind::Integer(value) => ("IntegerLiteral", json!({"value": value.to_string()})),
            ExpressionKind::Float(value) => ("FloatLiteral", json!({"value": value})),
            ExpressionKind::String(value) => ("StringLiteral", json!({"value": value})),
            ExpressionKind::Duration(value) => {
                let text = if source.is_empty() { value.to_string() } else { source.to_owned() };
                ("DurationLiteral", json!({"values": magnitudes(&text)}))
            }
            ExpressionKind::Time(nanos) => ("DateTimeLiteral", json!({"value": time(source, *nanos)})),
            ExpressionKind::Regex(pattern) => ("RegexpLiteral", json!({"value": pattern})),
            ExpressionKind::Label(name) => ("LabelLiteral", json!({"value": name})),
            ExpressionKind::PipeLiteral => ("PipeLiteral", json!({})),
            _ => ("BadExpression", json!({"text": source, "expression": null})),
        }
    }

    fn call(&self, callee: &Expression, arguments: &[Property]) -> Value {
        let mut fields = json!({"callee": self.expression(callee)});
        if let (Some(first), Some(last), Some(fields)) = (arguments.first(), arguments.last(), fields.as_object_mut()) {
            let object = json!({"properties": self.properties(arguments)});
            let object = self.node("ObjectExpression", around(first.span, last.span), object);
            fields.insert("arguments".to_owned(), json!([object]));
        }
        fields
    }

    fn entries(&self, entries: &[(Expression, Expression)]) -> Vec<Value> {
        let entry = |(key, value): &(Expression, Expression)| {
            let fields = json!({"key": self.expression(key), "val": self.expression(value)});
            self.node("DictItem", around(key.span, value.span), fields)
        };
        entries.iter().map(entry).collect()
    }

    fn parts(&self, parts: &[StringPart]) -> Vec<Value> {
        let part = |part: &StringPart| match part {
            StringPart::Text(text) => json!({"type": "TextPart", "value": text}),
            StringPart::Expression(inner) => json!({"type": "InterpolatedPart", "expression": self.expression(inner)}),
        };
        parts.iter().map(part).collect()
    }
}

/// From the start of one part to the end of another.
fn around(first: Span, last: Span) -> Span {
    Span { start: first.start, from: first.from, end: last.end, to: last.to }
}

/// The magnitudes and units of a duration as it is written.
fn magnitudes(text: &str) -> Vec<Value> {
    let mut values = Vec::new();
    let mut rest = text.trim_start_matches('-');
    while !rest.is_empty() {
        let (number, unit_on) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
        let (unit, next) = unit_on.split_at(unit_on.find(|c: char| c.is_ascii_digit()).unwrap_or(unit_on.len()));
        let sign = if text.starts_with('-') { -1 } else { 1 };
        let unit = if unit == "µs" { "us" } else { unit };
        values.push(json!({"magnitude": sign * number.parse::<i64>().unwrap_or_default(), "unit": unit}));
        rest = next;
    }
    values
}

/// A time keeps the offset that it is written with.
fn time(source: &str, nanos: i64) -> String {
    if source.contains('T') { source.to_owned() } else { printer::time(nanos) }
}
