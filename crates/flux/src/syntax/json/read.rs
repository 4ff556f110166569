//! From the shape of the JSON to the tree. Literals are checked as the parser checks them.

use model::FluxDuration;

use super::tree::{self, Location};
use crate::ast::{
    Assignment, BinaryOperator, Block, Expression, ExpressionKind, File, Function, FunctionBody, Identifier, Import,
    LogicalOperator, Parameter, Position, Property, Span, Statement, StringLiteral, StringPart, UnaryOperator,
};
use crate::syntax::literal;

type Result<T> = std::result::Result<T, String>;

pub(super) fn file(from: tree::File) -> Result<File> {
    let imports = from.imports.into_iter().map(|import| Import {
        alias: import.alias.map(identifier),
        path: string(import.path),
        span: span(import.location),
    });
    Ok(File {
        package: from.package.map(|package| identifier(package.name)),
        imports: imports.collect(),
        body: statements(from.body)?,
        span: span(from.location),
    })
}

/// A place without offsets: there is no text to slice.
fn span(location: Option<Location>) -> Span {
    let Location { start, end } = location.unwrap_or_default();
    let position = |from: tree::Position| Position { line: from.line, column: from.column };
    Span { start: 0, end: 0, from: position(start), to: position(end) }
}

fn identifier(from: tree::Identifier) -> Identifier {
    Identifier { name: from.name, span: span(from.location) }
}

fn string(from: tree::StringLiteral) -> StringLiteral {
    StringLiteral { value: from.value, span: span(from.location) }
}

fn key(from: tree::PropertyKey) -> Identifier {
    match from {
        tree::PropertyKey::Identifier(name) => identifier(name),
        tree::PropertyKey::String(text) => Identifier { name: text.value, span: span(text.location) },
    }
}

fn statements(from: Vec<tree::Statement>) -> Result<Vec<Statement>> {
    from.into_iter().map(statement).collect()
}

fn statement(from: tree::Statement) -> Result<Statement> {
    Ok(match from {
        tree::Statement::Expression { location, expression } => {
            Statement::Expression { expression: value(expression)?, span: span(location) }
        }
        tree::Statement::Variable(from) => Statement::Variable(variable(from)?),
        tree::Statement::Option { location, assignment } => option(span(location), assignment)?,
        tree::Statement::Return { location, argument } => {
            Statement::Return { value: value(argument)?, span: span(location) }
        }
        tree::Statement::TestCase { location, id, extends, block: body } => Statement::TestCase {
            name: identifier(id),
            extends: extends.map(string),
            body: block(body)?,
            span: span(location),
        },
        tree::Statement::Bad { text } => return Err(format!("invalid statement: {text}")),
        tree::Statement::Builtin { id } => {
            return Err(format!("builtin {} cannot be declared here: it belongs to the standard library", id.name));
        }
    })
}

fn variable(from: tree::Variable) -> Result<Assignment> {
    Ok(Assignment { name: identifier(from.id), value: value(from.init)?, span: span(from.location) })
}

fn option(place: Span, from: tree::Assignment) -> Result<Statement> {
    match from {
        tree::Assignment::Variable(from) => {
            Ok(Statement::Option { package: None, assignment: variable(from)?, span: place })
        }
        tree::Assignment::Member { location, member, init } => {
            let tree::Expression::Identifier(package) = *member.object else {
                return Err("an option belongs to a package: its member needs an identifier as object".to_owned());
            };
            let assignment = Assignment { name: key(member.property), value: value(init)?, span: span(location) };
            Ok(Statement::Option { package: Some(identifier(package)), assignment, span: place })
        }
    }
}

fn block(from: tree::Block) -> Result<Block> {
    Ok(Block { body: statements(from.body)?, span: span(from.location) })
}

fn property(from: tree::Property) -> Result<Property> {
    let place = span(from.location);
    let key = key(from.key);
    let shorthand = from.value.is_none();
    let value = match from.value {
        Some(from) => value(from)?,
        None => Expression { kind: ExpressionKind::Identifier(key.name.clone()), span: key.span },
    };
    Ok(Property { key, value, shorthand, span: place })
}

fn properties(from: Vec<tree::Property>) -> Result<Vec<Property>> {
    from.into_iter().map(property).collect()
}

fn parameter(from: tree::Property) -> Result<Parameter> {
    let default = from.value.map(value).transpose()?;
    Ok(Parameter { key: key(from.key), default, span: span(from.location) })
}

fn boxed(from: tree::Expression) -> Result<Box<Expression>> {
    value(from).map(Box::new)
}

fn value(from: tree::Expression) -> Result<Expression> {
    use tree::Expression as From;
    let (location, kind) = match from {
        From::Identifier(from) => (from.location, ExpressionKind::Identifier(from.name)),
        From::Member(from) => {
            (from.location, ExpressionKind::Member { object: boxed(*from.object)?, property: key(from.property) })
        }
        From::Call(from) => return call(from),
        From::Index { location, array, index } => {
            (location, ExpressionKind::Index { array: boxed(*array)?, index: boxed(*index)? })
        }
        From::Parenthesized { location, expression } => (location, ExpressionKind::Parenthesized(boxed(*expression)?)),
        From::Pipe { location, argument, call: target } => {
            (location, ExpressionKind::Pipe { argument: boxed(*argument)?, call: Box::new(call(target)?) })
        }
        From::Conditional { location, test, consequent, alternate } => {
            let (test, consequent, alternate) = (boxed(*test)?, boxed(*consequent)?, boxed(*alternate)?);
            (location, ExpressionKind::Conditional { test, consequent, alternate })
        }
        From::Function { location, params, body } => {
            let parameters = params.into_iter().map(parameter).collect::<Result<_>>()?;
            let body = match *body {
                tree::Body::Block(body) => FunctionBody::Block(block(body)?),
                tree::Body::Expression(body) => FunctionBody::Expression(value(body)?),
            };
            (location, ExpressionKind::Function(Box::new(Function { parameters, body })))
        }
        other => return collection(other),
    };
    Ok(Expression { kind, span: span(location) })
}

fn call(from: tree::Call) -> Result<Expression> {
    let mut arguments = Vec::new();
    for argument in from.arguments {
        let tree::Expression::Object { properties: given, with: None, .. } = argument else {
            return Err("arguments of a call are given as an object expression".to_owned());
        };
        arguments.extend(properties(given)?);
    }
    let kind = ExpressionKind::Call { callee: boxed(*from.callee)?, arguments };
    Ok(Expression { kind, span: span(from.location) })
}

fn collection(from: tree::Expression) -> Result<Expression> {
    use tree::Expression as From;
    let (location, kind) = match from {
        From::Array { location, elements } => {
            (location, ExpressionKind::Array(elements.into_iter().map(value).collect::<Result<_>>()?))
        }
        From::Dictionary { location, elements } => {
            let entry = |entry: tree::Entry| Ok((value(entry.key)?, value(entry.val)?));
            (location, ExpressionKind::Dictionary(elements.into_iter().map(entry).collect::<Result<_>>()?))
        }
        From::Object { location, with, properties: members } => {
            let with = with.map(|with| match with {
                tree::With::Source { source } | tree::With::Name(source) => identifier(source),
            });
            (location, ExpressionKind::Record { with, properties: properties(members)? })
        }
        From::Interpolated { location, parts } => {
            let part = |part| match part {
                tree::Part::Text { value } => Ok(StringPart::Text(value)),
                tree::Part::Interpolated { expression } => Ok(StringPart::Expression(value(expression)?)),
            };
            (location, ExpressionKind::Interpolated(parts.into_iter().map(part).collect::<Result<_>>()?))
        }
        other => return operation(other),
    };
    Ok(Expression { kind, span: span(location) })
}

fn operation(from: tree::Expression) -> Result<Expression> {
    use tree::Expression as From;
    let unknown = |operator: String| format!("unknown operator: {operator}");
    let (location, kind) = match from {
        From::Logical { location, operator, left, right } => {
            let operator = match operator.as_str() {
                "and" => LogicalOperator::And,
                "or" => LogicalOperator::Or,
                _ => return Err(unknown(operator)),
            };
            (location, ExpressionKind::Logical { operator, left: boxed(*left)?, right: boxed(*right)? })
        }
        From::Binary { location, operator, left, right } => {
            let operator = BinaryOperator::from_symbol(&operator).ok_or_else(|| unknown(operator))?;
            (location, ExpressionKind::Binary { operator, left: boxed(*left)?, right: boxed(*right)? })
        }
        From::Unary { location, operator, argument } => {
            let operator = match operator.as_str() {
                "-" => UnaryOperator::Minus,
                "+" => UnaryOperator::Plus,
                "not" => UnaryOperator::Not,
                "exists" => UnaryOperator::Exists,
                _ => return Err(unknown(operator)),
            };
            (location, ExpressionKind::Unary { operator, argument: boxed(*argument)? })
        }
        other => return simple(other),
    };
    Ok(Expression { kind, span: span(location) })
}

fn simple(from: tree::Expression) -> Result<Expression> {
    use tree::Expression as From;
    let (location, kind) = match from {
        From::Integer { location, value } => {
            let number = value.parse().map_err(|why| format!("integer {value:?}: {why}"))?;
            (location, ExpressionKind::Integer(number))
        }
        From::Unsigned { location, value } => (location, unsigned(value, span(location))?),
        From::Float { location, value } => (location, ExpressionKind::Float(value)),
        From::String(from) => (from.location, ExpressionKind::String(from.value)),
        From::Duration { location, values } => (location, ExpressionKind::Duration(duration(&values)?)),
        From::Boolean { location, value } => (location, ExpressionKind::Identifier(value.to_string())),
        From::Time { location, value } => {
            let nanos = value.timestamp_nanos_opt();
            let nanos = nanos.ok_or_else(|| format!("time {value} is beyond 1677-09-21 to 2262-04-11"))?;
            (location, ExpressionKind::Time(nanos))
        }
        From::Regex { location, value } => (location, ExpressionKind::Regex(literal::pattern(value)?)),
        From::PipeLiteral { location } => (location, ExpressionKind::PipeLiteral),
        From::Label { location, value } => (location, ExpressionKind::Label(value)),
        From::Bad { text } => return Err(format!("invalid expression: {text}")),
        _ => return Err("invalid expression".to_owned()),
    };
    Ok(Expression { kind, span: span(location) })
}

/// Flux text has no unsigned literal: `uint(v: "...")` says the same.
fn unsigned(value: String, place: Span) -> Result<ExpressionKind> {
    value.parse::<u64>().map_err(|why| format!("unsigned integer {value:?}: {why}"))?;
    let callee = Expression { kind: ExpressionKind::Identifier("uint".to_owned()), span: place };
    let argument = Property {
        key: Identifier { name: "v".to_owned(), span: place },
        value: Expression { kind: ExpressionKind::String(value), span: place },
        shorthand: false,
        span: place,
    };
    Ok(ExpressionKind::Call { callee: Box::new(callee), arguments: vec![argument] })
}

/// Magnitudes with units, all of one sign.
fn duration(values: &[tree::Magnitude]) -> Result<FluxDuration> {
    let mut text = String::new();
    let negative = values.iter().any(|value| value.magnitude < 0);
    if negative && values.iter().any(|value| value.magnitude > 0) {
        return Err("magnitudes of a duration must have one sign".to_owned());
    }
    for value in values {
        text.push_str(&format!("{}{}", value.magnitude.unsigned_abs(), value.unit));
    }
    if values.is_empty() {
        return Ok(FluxDuration::default());
    }
    let duration = literal::duration(&text)?;
    Ok(if negative { duration.negated() } else { duration })
}
