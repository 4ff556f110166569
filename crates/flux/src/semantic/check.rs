//! The static check of a whole script before anything is evaluated: names, arguments, and types where the text says them.
//! Problems are collected; the message joins them with a blank line.

use std::collections::HashMap;
use std::rc::Rc;

use crate::FluxError;
use crate::ast::{
    BinaryOperator, Block, Expression, ExpressionKind, File, Function, FunctionBody, Property, Span, Statement,
    StringPart, UnaryOperator,
};
use crate::library::Kind;

use super::call::statement_span;
use super::check_call::member_type;
use super::infer::{self, Signature, Ty};
use super::packages;

/// Problems beyond these are not listed.
const MOST_PROBLEMS: usize = 50;

pub(crate) struct Checker {
    scopes: Vec<HashMap<String, Ty>>,
    pub(crate) problems: Vec<(Span, String)>,
    /// The call whose row function is looked at, for rows that are known.
    pub(crate) row_call: Option<Span>,
}

/// Checks the files of one program, in their order.
pub(crate) fn check(files: &[&File]) -> Result<(), FluxError> {
    let mut checker = Checker { scopes: vec![HashMap::new()], problems: Vec::new(), row_call: None };
    for file in files {
        checker.file(file);
    }
    let Some((first, _)) = checker.problems.first() else { return Ok(()) };
    let first = *first;
    let mut lines: Vec<String> = Vec::new();
    for (span, text) in checker.problems.iter().take(MOST_PROBLEMS) {
        let line = format!("error @{span}: {text}");
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    Err(FluxError::invalid(lines.join("\n\n")).at(first))
}

/// The type of a function as messages write it, as far as its text says it.
pub(crate) fn function_type(function: &Function) -> String {
    let mut checker = Checker { scopes: vec![HashMap::new()], problems: Vec::new(), row_call: None };
    match checker.function(function, &[]) {
        Ty::Function(signature) => signature.describe(),
        other => other.describe(),
    }
}

impl Checker {
    pub(crate) fn problem(&mut self, span: Span, text: impl Into<String>) {
        self.problems.push((span, text.into()));
    }

    fn define(&mut self, name: &str, ty: Ty) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name.to_owned(), ty);
        }
    }

    fn file(&mut self, file: &File) {
        for import in &file.imports {
            match packages::find(&import.path.value) {
                Some(path) => self.define(packages::import_name(import), Ty::Package(path)),
                None => {
                    let error = packages::unknown_import_text(&import.path.value);
                    self.problem(import.span, error);
                    self.define(packages::import_name(import), Ty::Unknown);
                }
            }
        }
        let mut variables: Vec<&str> = Vec::new();
        for statement in &file.body {
            match statement {
                Statement::Expression { expression, .. } => {
                    self.infer(expression);
                }
                Statement::Variable(assignment) => {
                    let ty = self.infer(&assignment.value);
                    let name = assignment.name.name.as_str();
                    if variables.contains(&name) {
                        self.problem(assignment.span, format!("variable \"{name}\" reassigned"));
                    }
                    variables.push(name);
                    self.define(name, ty);
                }
                Statement::Option { package, assignment, .. } => {
                    let ty = self.infer(&assignment.value);
                    if package.is_none() {
                        self.define(&assignment.name.name, ty);
                    }
                }
                _ => {}
            }
        }
    }

    fn identifier(&mut self, name: &str, span: Span) -> Ty {
        if let Some(ty) = self.scopes.iter().rev().find_map(|scope| scope.get(name)) {
            return ty.clone();
        }
        if name == "true" || name == "false" {
            return Ty::Scalar(Kind::Bool);
        }
        for package in packages::PRELUDE {
            if let Some(ty) = member_type(package, name) {
                return ty;
            }
        }
        self.problem(span, packages::undefined_text(name));
        Ty::Unknown
    }

    pub(crate) fn infer(&mut self, expression: &Expression) -> Ty {
        let span = expression.span;
        match &expression.kind {
            ExpressionKind::Identifier(name) => self.identifier(name, span),
            ExpressionKind::Integer(_) => Ty::Scalar(Kind::Int),
            ExpressionKind::Float(_) => Ty::Scalar(Kind::Float),
            ExpressionKind::String(_) => Ty::Scalar(Kind::String),
            ExpressionKind::Duration(_) => Ty::Scalar(Kind::Duration),
            ExpressionKind::Time(_) => Ty::Scalar(Kind::Time),
            ExpressionKind::Regex(_) => Ty::Scalar(Kind::Regex),
            ExpressionKind::Label(_) | ExpressionKind::PipeLiteral | ExpressionKind::Bad => Ty::Unknown,
            ExpressionKind::Interpolated(parts) => self.interpolated(parts),
            ExpressionKind::Array(items) => self.array(items),
            ExpressionKind::Dictionary(pairs) => {
                for (key, value) in pairs {
                    self.infer(key);
                    self.infer(value);
                }
                Ty::Unknown
            }
            ExpressionKind::Record { with, properties } => self.record(with.as_ref(), properties),
            ExpressionKind::Function(function) => self.function(function, &[]),
            ExpressionKind::Call { callee, arguments } => self.call(callee, arguments, None, span),
            ExpressionKind::Pipe { .. } => self.pipe(expression),
            ExpressionKind::Member { object, property } => self.member(object, &property.name),
            ExpressionKind::Index { array, index } => self.index(array, index),
            ExpressionKind::Unary { operator, argument } => {
                let ty = self.infer(argument);
                match (operator, &ty) {
                    (UnaryOperator::Exists, _) => Ty::Scalar(Kind::Bool),
                    (UnaryOperator::Not, _) => {
                        self.expect_bool(&ty, argument.span);
                        Ty::Scalar(Kind::Bool)
                    }
                    _ => ty,
                }
            }
            ExpressionKind::Binary { operator, left, right } => self.binary(*operator, left, right, span),
            ExpressionKind::Logical { left, right, .. } => {
                for side in [left, right] {
                    let ty = self.infer(side);
                    self.expect_bool(&ty, side.span);
                }
                Ty::Scalar(Kind::Bool)
            }
            ExpressionKind::Conditional { test, consequent, alternate } => {
                let ty = self.infer(test);
                self.expect_bool(&ty, test.span);
                let then = self.infer(consequent);
                let otherwise = self.infer(alternate);
                if let Some(text) = then.conflict(&otherwise) {
                    self.problem(alternate.span, text);
                }
                if then == Ty::Unknown { otherwise } else { then }
            }
            ExpressionKind::Parenthesized(inner) => self.infer(inner),
        }
    }

    fn expect_bool(&mut self, ty: &Ty, span: Span) {
        if let Some(text) = Ty::Scalar(Kind::Bool).conflict(ty) {
            self.problem(span, text);
        }
    }

    fn interpolated(&mut self, parts: &[StringPart]) -> Ty {
        for part in parts {
            let StringPart::Expression(expression) = part else { continue };
            let ty = self.infer(expression);
            if matches!(ty, Ty::Array(_) | Ty::Record { .. } | Ty::Stream(_) | Ty::Function(_) | Ty::Package(_)) {
                self.problem(expression.span, format!("{} is not Stringable", ty.describe()));
            }
        }
        Ty::Scalar(Kind::String)
    }

    fn array(&mut self, items: &[Expression]) -> Ty {
        let mut element = Ty::Unknown;
        let mut told = false;
        for item in items {
            let ty = self.infer(item);
            if element == Ty::Unknown {
                element = ty;
            } else if let (false, Some(text)) = (told, element.conflict(&ty)) {
                self.problem(item.span, text);
                told = true;
            }
        }
        Ty::Array(Rc::new(element)).bounded()
    }

    fn record(&mut self, with: Option<&crate::ast::Identifier>, properties: &[Property]) -> Ty {
        let base = with.map(|identifier| self.identifier(&identifier.name, identifier.span));
        let mut fields = match &base {
            None => Some(Vec::new()),
            Some(Ty::Record { fields, .. }) => Some((**fields).clone()),
            Some(_) => None,
        };
        for property in properties {
            let ty = self.infer(&property.value);
            let Some(fields) = &mut fields else { continue };
            match fields.iter_mut().find(|(name, _)| *name == property.key.name) {
                Some((_, slot)) => *slot = ty,
                None => fields.push((property.key.name.clone(), ty)),
            }
        }
        fields.map_or(Ty::Unknown, |fields| Ty::Record { fields: Rc::new(fields), row: false }.bounded())
    }

    fn member(&mut self, object: &Expression, name: &str) -> Ty {
        match self.infer(object) {
            Ty::Record { fields, row } => match fields.iter().find(|(field, _)| field == name) {
                Some((_, ty)) => ty.clone(),
                None => {
                    match self.row_call.filter(|_| row) {
                        Some(call) => self.problem(call, format!("record is missing label {name} (argument tables)")),
                        None => self.problem(object.span, format!("record is missing label {name}")),
                    }
                    Ty::Unknown
                }
            },
            Ty::Package(path) => member_type(path, name).unwrap_or_else(|| {
                self.problem(object.span, packages::missing_member_text(path, name));
                Ty::Unknown
            }),
            Ty::Unknown | Ty::Scalar(Kind::Null) => Ty::Unknown,
            other => {
                let text = format!("expected {{A with {name}: A}} (record) but found {}", other.describe());
                self.problem(object.span, text);
                Ty::Unknown
            }
        }
    }

    fn index(&mut self, array: &Expression, index: &Expression) -> Ty {
        if let ExpressionKind::String(name) = &index.kind {
            return self.member(array, name);
        }
        let ty = self.infer(array);
        let at = self.infer(index);
        match ty {
            Ty::Array(element) => {
                if let Some(text) = Ty::Scalar(Kind::Int).conflict(&at) {
                    self.problem(index.span, text);
                }
                (*element).clone()
            }
            Ty::Unknown | Ty::Record { .. } => Ty::Unknown,
            other => {
                self.problem(array.span, format!("expected [A] (array) but found {}", other.describe()));
                Ty::Unknown
            }
        }
    }

    fn binary(&mut self, operator: BinaryOperator, left: &Expression, right: &Expression, span: Span) -> Ty {
        let left_ty = self.infer(left);
        let right_ty = self.infer(right);
        if operator == BinaryOperator::Invalid {
            self.problem(span, "invalid binary operator <INVALID_OP>");
            return Ty::Unknown;
        }
        for (ty, at) in [(&left_ty, left.span), (&right_ty, right.span)] {
            if matches!(ty, Ty::Stream(_)) {
                let text = format!("stream[A] is not {}", super::compare::constraint(operator));
                self.problem(at, text);
                return Ty::Unknown;
            }
        }
        let (ty, side, whole) = infer::binary(operator, &left_ty, &right_ty);
        if let Some(text) = side {
            self.problem(right.span, text);
        }
        if let Some(text) = whole {
            self.problem(span, text);
        }
        ty
    }

    /// A function: its body is looked at with `known` types of parameters.
    pub(crate) fn function(&mut self, function: &Function, known: &[(&str, Ty)]) -> Ty {
        let is_pipe = |e: &Option<Expression>| matches!(e, Some(e) if matches!(e.kind, ExpressionKind::PipeLiteral));
        let mut frame = HashMap::new();
        let mut pipes = 0;
        for parameter in &function.parameters {
            let name = parameter.key.name.as_str();
            let given = known.iter().find(|(n, _)| *n == name).map(|(_, ty)| ty.clone());
            if let (Some(default), false) = (&parameter.default, is_pipe(&parameter.default)) {
                self.infer(default);
            }
            if is_pipe(&parameter.default) {
                pipes += 1;
                if let (2, Some(default)) = (pipes, &parameter.default) {
                    self.problem(default.span, "function types can have at most one pipe parameter");
                }
            }
            frame.insert(name.to_owned(), given.unwrap_or(Ty::Unknown));
        }
        self.scopes.push(frame);
        let returns = match &function.body {
            FunctionBody::Expression(expression) => self.infer(expression),
            FunctionBody::Block(block) => self.block(block),
        };
        self.scopes.pop();
        let parameters = function
            .parameters
            .iter()
            .map(|p| (p.key.name.clone(), p.default.is_none() || is_pipe(&p.default), is_pipe(&p.default)))
            .collect();
        Ty::Function(Rc::new(Signature { parameters, types: Vec::new(), returns, library: None }))
    }

    fn block(&mut self, block: &Block) -> Ty {
        for statement in &block.body {
            match statement {
                Statement::Return { value, .. } => return self.infer(value),
                Statement::Variable(assignment) => {
                    let ty = self.infer(&assignment.value);
                    self.define(&assignment.name.name, ty);
                }
                Statement::Expression { expression, .. } => {
                    self.infer(expression);
                }
                _ => {}
            }
        }
        let last = block.body.last().map_or(block.span, statement_span);
        self.problem(last, "missing return statement in block");
        Ty::Unknown
    }

    /// A chain of pipes. Arguments of later calls are looked at first, as InfluxDB lists them, unless the type of what
    /// is piped is needed.
    fn pipe(&mut self, expression: &Expression) -> Ty {
        let mut calls = Vec::new();
        let mut source = expression;
        while let ExpressionKind::Pipe { argument, call } = &source.kind {
            calls.push(&**call);
            source = argument;
        }
        let mut later = Vec::new();
        let mut ty = self.aside(&mut later, |checker| checker.infer(source));
        while let Some(call) = calls.pop() {
            let ExpressionKind::Call { callee, arguments } = &call.kind else { continue };
            let piped = ty;
            ty = self.aside(&mut later, |checker| checker.call(callee, arguments, Some(piped), call.span));
        }
        later.reverse();
        self.problems.extend(later.into_iter().flatten());
        ty
    }

    /// Keeps the problems that come up in `work` apart.
    fn aside(&mut self, into: &mut Vec<Vec<(Span, String)>>, work: impl FnOnce(&mut Self) -> Ty) -> Ty {
        let before = std::mem::take(&mut self.problems);
        let ty = work(self);
        into.push(std::mem::replace(&mut self.problems, before));
        ty
    }
}
