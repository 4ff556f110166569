//! The evaluator: walks expressions, keeps the growing plan, and folds everything that does not depend on a row.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::ast::{Expression, ExpressionKind, LogicalOperator, Property, Span, StringPart, UnaryOperator};
use crate::host::{FoundTable, Host};
use crate::library::operators::{self, OperatorError};
use crate::plan::{Node, NodeId, Op, Output, Plan, Scalar};
use crate::{ErrorCode, FluxError};

use super::arguments::Arguments;
use super::builtin::dynamic;
use super::limits;
use super::packages;
use super::row;
use super::scope::{Found, Scope};
use super::signature::Site;
use super::value::{Closure, Function, Record, Value};

/// The state of one script's evaluation.
pub(crate) struct Evaluator<'h> {
    pub(crate) host: &'h mut dyn Host,
    pub(crate) plan: Plan,
    /// Results in program order: yields and expression statements.
    pub(crate) outputs: Vec<Output>,
    /// Writes that were asked for; they run even if nothing looks at them.
    pub(crate) writes: Vec<NodeId>,
    /// Options set by the script, as `package.name`.
    pub(crate) options: HashMap<String, Value>,
    /// Library members that were made already.
    pub(crate) members: HashMap<(&'static str, String), Value>,
    /// Above zero while a row function is compiled.
    pub(crate) row_depth: usize,
    pub(crate) depth: usize,
    steps: usize,
    /// The user's call that led into the library's Flux part: nodes made there bear its place.
    pub(crate) outer_site: Option<Span>,
    /// `now()` once it was asked for.
    pub(crate) now_ns: Option<i64>,
    /// The first tables of streams, cut to one row, that were looked into.
    pub(crate) first_tables: HashMap<NodeId, Rc<FoundTable>>,
}

type Outcome = Result<Value, FluxError>;

impl<'h> Evaluator<'h> {
    pub(crate) fn new(host: &'h mut dyn Host) -> Self {
        Self {
            host,
            plan: Plan::default(),
            outputs: Vec::new(),
            writes: Vec::new(),
            options: HashMap::new(),
            members: HashMap::new(),
            row_depth: 0,
            depth: 0,
            steps: 0,
            outer_site: None,
            now_ns: None,
            first_tables: HashMap::new(),
        }
    }

    /// Adds a node and gives its stream.
    pub(crate) fn add(&mut self, op: Op, inputs: Vec<NodeId>, site: Site<'_>) -> Outcome {
        if self.plan.nodes.len() >= limits::PLAN_NODES {
            return Err(limits::exhausted("procedures", limits::PLAN_NODES));
        }
        let id = NodeId(self.plan.nodes.len());
        let span = self.outer_site.unwrap_or(site.span);
        self.plan.nodes.push(Node { op, inputs, span, name: site.name.to_owned(), pushed: false });
        Ok(Value::Stream(id))
    }

    /// Counts work against the bound of the script.
    pub(crate) fn charge(&mut self, steps: usize) -> Result<(), FluxError> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > limits::STEPS {
            return Err(limits::exhausted("evaluation steps", limits::STEPS));
        }
        Ok(())
    }

    /// A composite value, its members counted.
    fn made(&mut self, value: Value) -> Outcome {
        self.charge(value.size())?;
        Ok(value)
    }

    /// Evaluates an expression in a scope.
    pub(crate) fn evaluate(&mut self, expression: &Expression, scope: &Scope) -> Outcome {
        self.charge(1)?;
        if self.depth >= limits::DEPTH {
            return Err(limits::exhausted("nested expressions and calls", limits::DEPTH).at(expression.span));
        }
        self.depth += 1;
        let outcome = self.evaluate_kind(expression, scope);
        self.depth -= 1;
        outcome.map_err(|error| self.at_the_users_call(error))
    }

    /// A static error inside the library's Flux part is told at the user's call that led there.
    fn at_the_users_call(&self, error: FluxError) -> FluxError {
        match (self.outer_site, error.span, error.message.strip_prefix("error @")) {
            (Some(outer), Some(span), Some(rest)) if span != outer && outer != Span::default() => {
                let text = rest.split_once(": ").map_or(rest, |(_, text)| text);
                FluxError { message: format!("error @{outer}: {text}"), span: Some(outer), code: error.code }
            }
            _ => error,
        }
    }

    fn evaluate_kind(&mut self, expression: &Expression, scope: &Scope) -> Outcome {
        let span = expression.span;
        match &expression.kind {
            ExpressionKind::Identifier(name) => self.identifier(name, span, scope),
            ExpressionKind::Integer(n) => Ok(Value::int(*n)),
            ExpressionKind::Float(x) => Ok(Value::Scalar(Scalar::Float(*x))),
            ExpressionKind::String(text) => Ok(Value::string(text.as_str())),
            ExpressionKind::Label(name) => Ok(Value::string(name.as_str())),
            ExpressionKind::Duration(d) => Ok(Value::duration(*d)),
            ExpressionKind::Time(nanos) => Ok(Value::time(*nanos)),
            ExpressionKind::Regex(pattern) => Ok(Value::Scalar(Scalar::Regex(Arc::from(pattern.as_str())))),
            ExpressionKind::Interpolated(parts) => self.interpolated(parts, scope),
            ExpressionKind::Array(items) => {
                let values: Result<Vec<_>, _> = items.iter().map(|item| self.evaluate(item, scope)).collect();
                self.made(Value::array(values?))
            }
            ExpressionKind::Dictionary(pairs) => self.dictionary(pairs, scope),
            ExpressionKind::Record { with, properties } => self.record(with.as_ref(), properties, span, scope),
            ExpressionKind::Function(function) => Ok(Value::Function(Function::Closure(Rc::new(Closure {
                function: (**function).clone(),
                span,
                scope: scope.clone(),
                library: self.outer_site.is_some(),
            })))),
            ExpressionKind::Call { callee, arguments } => self.call_expression(callee, arguments, None, span, scope),
            ExpressionKind::Pipe { .. } => self.pipe_chain(expression, scope),
            ExpressionKind::Member { object, property } => {
                let value = self.evaluate(object, scope)?;
                self.member_of(&value, &property.name, object.span)
            }
            ExpressionKind::Index { array, index } => self.index(array, index, scope),
            ExpressionKind::Unary { operator, argument } => self.unary(*operator, argument, span, scope),
            ExpressionKind::Binary { operator, left, right } => {
                let left_value = self.operand(left, scope)?;
                let right_value = self.operand(right, scope)?;
                self.binary(*operator, left_value, right_value, (left.span, right.span))
            }
            ExpressionKind::Logical { operator, left, right } => self.logical(*operator, left, right, scope),
            ExpressionKind::Conditional { test, consequent, alternate } => {
                self.conditional(test, consequent, alternate, scope)
            }
            ExpressionKind::Parenthesized(inner) => self.evaluate(inner, scope),
            ExpressionKind::PipeLiteral => Err(FluxError::semantic(span, "<- may only be the default of a parameter")),
            ExpressionKind::Bad => Err(FluxError::semantic(span, "invalid expression")),
        }
    }

    /// `a |> f() |> g()`, from left to right without recursion.
    fn pipe_chain(&mut self, expression: &Expression, scope: &Scope) -> Outcome {
        let mut calls = Vec::new();
        let mut source = expression;
        while let ExpressionKind::Pipe { argument, call } = &source.kind {
            calls.push((&**call, argument.span));
            source = argument;
        }
        let mut value = self.evaluate(source, scope)?;
        while let Some((call, argument_span)) = calls.pop() {
            let ExpressionKind::Call { callee, arguments } = &call.kind else {
                return Err(FluxError::semantic(call.span, "pipe destination must be a function call"));
            };
            value = self.call_expression(callee, arguments, Some((value, argument_span)), call.span, scope)?;
        }
        Ok(value)
    }

    fn identifier(&mut self, name: &str, span: Span, scope: &Scope) -> Outcome {
        match scope.find(name) {
            Found::Value(value) => Ok(value),
            Found::Outermost(package) => {
                if let Some(path) = package {
                    if let Some(value) = self.member(path, name)? {
                        return Ok(value);
                    }
                    if let Some(imported) = packages::import_of(path, name) {
                        return Ok(Value::Package(imported));
                    }
                }
                self.prelude(name)?.ok_or_else(|| packages::undefined(name, span))
            }
        }
    }

    /// A name that needs no import.
    pub(crate) fn prelude(&mut self, name: &str) -> Result<Option<Value>, FluxError> {
        match name {
            "true" => return Ok(Some(Value::boolean(true))),
            "false" => return Ok(Some(Value::boolean(false))),
            _ => {}
        }
        for path in packages::PRELUDE {
            if let Some(value) = self.member(path, name)? {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    /// A member of a library package: an option, a native function, or a value of its Flux part.
    pub(crate) fn member(&mut self, package: &'static str, name: &str) -> Result<Option<Value>, FluxError> {
        if let Some(value) = self.options.get(&format!("{package}.{name}")) {
            return Ok(Some(value.clone()));
        }
        if let Some(native) = packages::native(package, name) {
            return Ok(Some(Value::Function(Function::Native(native))));
        }
        if let Some(constant) = packages::constant(package, name) {
            return Ok(Some(Value::Scalar(constant)));
        }
        if let Some(value) = self.members.get(&(package, name.to_owned())) {
            return Ok(Some(value.clone()));
        }
        let Some(expression) = packages::flux_member(package, name)? else { return Ok(None) };
        let outer = self.outer_site.replace(self.outer_site.unwrap_or_default());
        let row_depth = std::mem::take(&mut self.row_depth);
        let value = self.evaluate(expression, &Scope::package(package));
        self.outer_site = outer;
        self.row_depth = row_depth;
        let value = value?;
        self.members.insert((package, name.to_owned()), value.clone());
        Ok(Some(value))
    }

    /// `object.name` or `object["name"]`.
    pub(crate) fn member_of(&mut self, object: &Value, name: &str, object_span: Span) -> Outcome {
        match object {
            Value::Record(record) => match record.get(name) {
                Some(value) => Ok(value.clone()),
                None if record.lenient => Ok(Value::NULL),
                None => Err(FluxError::semantic(object_span, format!("record is missing label {name}"))),
            },
            Value::Package(path) => match self.member(path, name)? {
                Some(value) => Ok(value),
                None => Err(FluxError::semantic(object_span, packages::missing_member_text(path, name))),
            },
            Value::Row(row) => Ok(row::member(row, name)),
            Value::Dynamic(inner) => dynamic::member(inner, name),
            other => Err(FluxError::semantic(
                object_span,
                format!("expected {{A with {name}: A}} (record) but found {}", other.type_name()),
            )),
        }
    }

    fn interpolated(&mut self, parts: &[StringPart], scope: &Scope) -> Outcome {
        let mut pieces: Vec<Value> = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                StringPart::Text(text) => pieces.push(Value::string(text.as_str())),
                StringPart::Expression(expression) => {
                    let value = self.operand(expression, scope)?;
                    match value {
                        Value::Row(_) => pieces.push(value),
                        Value::Scalar(Scalar::Null) if self.row_depth > 0 => pieces.push(value),
                        Value::Scalar(Scalar::Null) => return Err(FluxError::invalid("invalid interpolation type")),
                        Value::Scalar(scalar) => pieces.push(Value::string(packages::display_scalar(&scalar))),
                        other => {
                            return Err(FluxError::semantic(
                                expression.span,
                                format!("{} is not Stringable", other.type_name()),
                            ));
                        }
                    }
                }
            }
        }
        row::interpolate(pieces)
    }

    fn dictionary(&mut self, pairs: &[(Expression, Expression)], scope: &Scope) -> Outcome {
        let mut entries = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            entries.push((self.evaluate(key, scope)?, self.evaluate(value, scope)?));
        }
        self.made(Value::Dictionary(Rc::new(entries)))
    }

    fn record(
        &mut self,
        with: Option<&crate::ast::Identifier>,
        properties: &[Property],
        span: Span,
        scope: &Scope,
    ) -> Outcome {
        let base = match with {
            Some(identifier) => Some(self.identifier(&identifier.name, identifier.span, scope)?),
            None => None,
        };
        let mut record = Record::default();
        let mut row_base = None;
        match base {
            None => {}
            Some(Value::Record(known)) => record = (*known).clone(),
            Some(Value::Row(row)) => row_base = Some(row),
            Some(other) => {
                return Err(FluxError::semantic(
                    with.map_or(span, |w| w.span),
                    format!("expected {{A with }} (record) but found {}", other.type_name()),
                ));
            }
        }
        for property in properties {
            let value = self.evaluate(&property.value, scope)?;
            record.set(&property.key.name, value);
        }
        match row_base {
            None => self.made(Value::Record(Rc::new(record))),
            Some(base) => row::extend(&base, &record),
        }
    }

    fn index(&mut self, array: &Expression, index: &Expression, scope: &Scope) -> Outcome {
        let array_value = self.evaluate(array, scope)?;
        let index_value = self.evaluate(index, scope)?;
        match (&array_value, &index_value) {
            (Value::Array(values), Value::Scalar(Scalar::Int(n))) => {
                usize::try_from(*n).ok().and_then(|i| values.get(i)).cloned().ok_or_else(|| {
                    FluxError::invalid(format!("cannot access element {n} of array of length {}", values.len()))
                })
            }
            (Value::Dynamic(inner), _) => dynamic::index(inner, &index_value),
            (Value::Row(_), _) | (Value::Array(_), Value::Row(_)) => row::index(&array_value, &index_value),
            (Value::Array(_), other) => {
                Err(FluxError::semantic(index.span, format!("expected int but found {}", other.type_name())))
            }
            (Value::Record(_) | Value::Package(_), Value::Scalar(Scalar::String(name))) => {
                self.member_of(&array_value, name, array.span)
            }
            (other, _) => {
                Err(FluxError::semantic(array.span, format!("expected [A] (array) but found {}", other.type_name())))
            }
        }
    }

    /// A value for an operator: a null of a type stays one only where the row decides.
    fn operand(&mut self, expression: &Expression, scope: &Scope) -> Outcome {
        let value = self.evaluate(expression, scope)?;
        Ok(match &value {
            Value::TypedNull(_) if self.row_depth > 0 => Value::row(row::to_expression(&value)?, 1),
            Value::TypedNull(_) => Value::NULL,
            _ => value,
        })
    }

    fn unary(&mut self, operator: UnaryOperator, argument: &Expression, span: Span, scope: &Scope) -> Outcome {
        let value = self.operand(argument, scope)?;
        match value {
            Value::Scalar(scalar) => operators::unary(operator, &scalar)
                .map(Value::Scalar)
                .map_err(|_| FluxError::semantic(argument.span, unary_misuse(operator, &scalar))),
            Value::Row(row) => row::unary(operator, &row),
            Value::Dynamic(inner) if operator == UnaryOperator::Exists => Ok(Value::boolean(!inner.is_null())),
            _ if operator == UnaryOperator::Exists => Ok(Value::boolean(true)),
            other => Err(FluxError::semantic(span, format!("{} is not Negatable", other.type_name()))),
        }
    }

    fn binary(
        &mut self,
        operator: crate::ast::BinaryOperator,
        left: Value,
        right: Value,
        (left_span, right_span): (Span, Span),
    ) -> Outcome {
        if let (Value::Scalar(l), Value::Scalar(r)) = (&left, &right) {
            if let (Scalar::String(a), Scalar::String(b)) = (l, r)
                && a.len() + b.len() > limits::TEXT_BYTES
            {
                return Err(limits::exhausted("bytes in one text", limits::TEXT_BYTES));
            }
            return match operators::binary(operator, l, r) {
                Ok(scalar) => Ok(Value::Scalar(scalar)),
                Err(_) if self.row_depth > 0 => row::binary(operator, &left, &right),
                Err(OperatorError::Conflict { left, right }) => {
                    Err(FluxError::semantic(right_span, format!("expected {left} but found {right}")))
                }
                Err(OperatorError::Binary { left, right, .. }) if left != right => {
                    Err(FluxError::semantic(right_span, format!("expected {left} but found {right}")))
                }
                Err(OperatorError::Binary { left, .. }) => Err(FluxError::semantic(
                    left_span,
                    format!("{left} is not {}", super::compare::constraint(operator)),
                )),
                Err(error) => Err(FluxError::invalid(error.to_string())),
            };
        }
        if left.depends_on_row() || right.depends_on_row() {
            return row::binary(operator, &left, &right);
        }
        if let Some(equal) = super::compare::equality(operator, &left, &right) {
            return Ok(Value::boolean(equal));
        }
        let culprit = if matches!(left, Value::Scalar(_)) { (&right, right_span) } else { (&left, left_span) };
        Err(FluxError::semantic(
            culprit.1,
            format!("{} is not {}", culprit.0.type_name(), super::compare::constraint(operator)),
        ))
    }

    fn logical(&mut self, operator: LogicalOperator, left: &Expression, right: &Expression, scope: &Scope) -> Outcome {
        let left_value = self.operand(left, scope)?;
        let decides = operator == LogicalOperator::Or;
        match &left_value {
            Value::Scalar(Scalar::Bool(b)) if *b == decides => return Ok(left_value),
            Value::Scalar(Scalar::Bool(_)) => {
                let right_value = self.operand(right, scope)?;
                return expect_boolean(right_value, right.span);
            }
            Value::Scalar(Scalar::Null) | Value::Row(_) => {}
            other => {
                return Err(FluxError::semantic(left.span, format!("expected bool but found {}", other.type_name())));
            }
        }
        let right_value = expect_boolean(self.operand(right, scope)?, right.span)?;
        if self.row_depth == 0 && left_value.is_null() {
            // Outside row functions a null on the left counts as false.
            return Ok(if decides { right_value } else { Value::boolean(false) });
        }
        row::logical(operator, &left_value, &right_value)
    }

    fn conditional(&mut self, test: &Expression, then: &Expression, otherwise: &Expression, scope: &Scope) -> Outcome {
        match self.operand(test, scope)? {
            Value::Scalar(Scalar::Bool(true)) => self.evaluate(then, scope),
            Value::Scalar(Scalar::Bool(false) | Scalar::Null) => self.evaluate(otherwise, scope),
            Value::Row(row) => {
                let then_value = self.evaluate(then, scope)?;
                let otherwise_value = self.evaluate(otherwise, scope)?;
                row::conditional(&row, &then_value, &otherwise_value)
            }
            other => Err(FluxError::semantic(test.span, format!("expected bool but found {}", other.type_name()))),
        }
    }

    /// `now()`: the option, else the request's time.
    pub(crate) fn now(&mut self) -> Result<i64, FluxError> {
        if let Some(now) = self.now_ns {
            return Ok(now);
        }
        let now = match self.options.get("universe.now").cloned() {
            None => self.host.now_ns(),
            Some(Value::Function(function)) => {
                let site = Site { span: Span::default(), name: "now" };
                match self.call(&function, Arguments::default(), None, site)? {
                    Value::Scalar(Scalar::Time(nanos)) => nanos,
                    other => {
                        return Err(FluxError::invalid(format!("now must return a time, got {}", other.type_name())));
                    }
                }
            }
            Some(other) => {
                return Err(FluxError::invalid(format!(
                    "option now must be a function that returns a time, got {}",
                    other.type_name()
                ))
                .with_code(ErrorCode::Invalid));
            }
        };
        self.now_ns = Some(now);
        Ok(now)
    }
}

fn expect_boolean(value: Value, span: Span) -> Outcome {
    match value {
        Value::Scalar(Scalar::Bool(_) | Scalar::Null) | Value::Row(_) => Ok(value),
        other => Err(FluxError::semantic(span, format!("expected bool but found {}", other.type_name()))),
    }
}

fn unary_misuse(operator: UnaryOperator, scalar: &Scalar) -> String {
    let found = super::value::scalar_type_name(scalar);
    match operator {
        UnaryOperator::Not => format!("expected bool but found {found}"),
        _ => format!("{found} is not Negatable"),
    }
}
