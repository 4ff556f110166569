//! Row functions: operations on values that depend on the row, and the compilation of a closure into a [`RowFunction`].

use std::rc::Rc;

use crate::FluxError;
use crate::ast::{BinaryOperator, LogicalOperator, Span, UnaryOperator};
use crate::plan::{RowExpr, RowFunction, Scalar};

use super::arguments::{Argument, Arguments};
use super::evaluate::Evaluator;
use super::limits;
use super::signature::{Site, mismatched_names};
use super::value::{Function, Record, RowValue, Value};
use super::vectorize;

type Outcome = Result<Value, FluxError>;

impl RowValue {
    fn expression(&self) -> RowExpr {
        (*self.expression).clone()
    }
}

fn sized(expression: RowExpr, size: usize) -> Outcome {
    if size > limits::ROW_EXPRESSION {
        return Err(limits::exhausted("operations in one row function", limits::ROW_EXPRESSION));
    }
    Ok(Value::row(expression, size))
}

/// A literal for a known value, the expression of a value of the row.
pub(crate) fn to_expression(value: &Value) -> Result<RowExpr, FluxError> {
    Ok(match value {
        Value::Scalar(scalar) => RowExpr::Literal(scalar.clone()),
        Value::TypedNull(data_type) => RowExpr::Call {
            function: crate::library::typed_null(*data_type).to_owned(),
            arguments: vec![("v".to_owned(), RowExpr::Literal(Scalar::Null))],
        },
        Value::Row(row) => row.expression(),
        Value::Array(values) => RowExpr::Array(values.iter().map(to_expression).collect::<Result<_, _>>()?),
        Value::Record(record) => RowExpr::Record { with: None, properties: properties(record)? },
        Value::Dictionary(pairs) => RowExpr::Dictionary(
            pairs.iter().map(|(k, v)| Ok((to_expression(k)?, to_expression(v)?))).collect::<Result<_, FluxError>>()?,
        ),
        // What a value is is looked at on each row in any case.
        Value::Dynamic(inner) => to_expression(inner)?,
        other => {
            return Err(FluxError::invalid(format!(
                "a {} cannot be a value of a row; use it outside the row function and pass a scalar, record or array in",
                other.type_name()
            )));
        }
    })
}

fn properties(record: &Record) -> Result<Vec<(String, RowExpr)>, FluxError> {
    record.fields.iter().map(|(k, v)| Ok((k.to_string(), to_expression(v)?))).collect()
}

/// A property of a value of the row.
pub(crate) fn member(row: &RowValue, name: &str) -> Value {
    fn find(expression: &RowExpr, name: &str) -> Option<RowExpr> {
        match expression {
            RowExpr::Row => Some(RowExpr::Column(name.to_owned())),
            RowExpr::SideRow(side) => Some(RowExpr::SideColumn(*side, name.to_owned())),
            RowExpr::Record { with, properties } => properties
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.clone())
                .or_else(|| with.as_deref().and_then(|base| find(base, name))),
            _ => None,
        }
    }
    match find(&row.expression, name) {
        Some(expression) => Value::row(expression, row.size),
        None => Value::row(RowExpr::Member(Box::new(row.expression()), name.to_owned()), row.size + 1),
    }
}

/// `{base with ...}`.
pub(crate) fn extend(base: &RowValue, record: &Record) -> Outcome {
    let size = base.size + record.fields.iter().map(|(_, v)| v.size()).sum::<usize>() + 1;
    sized(RowExpr::Record { with: Some(Box::new(base.expression())), properties: properties(record)? }, size)
}

pub(crate) fn index(array: &Value, index: &Value) -> Outcome {
    let size = array.size() + index.size() + 1;
    match index {
        Value::Scalar(Scalar::String(name)) => match array {
            Value::Row(row) => Ok(member(row, name)),
            _ => Err(FluxError::invalid("an array is indexed by an int")),
        },
        _ => sized(RowExpr::Index(Box::new(to_expression(array)?), Box::new(to_expression(index)?)), size),
    }
}

pub(crate) fn unary(operator: UnaryOperator, argument: &RowValue) -> Outcome {
    sized(RowExpr::Unary(operator, Box::new(argument.expression())), argument.size + 1)
}

pub(crate) fn binary(operator: BinaryOperator, left: &Value, right: &Value) -> Outcome {
    let size = left.size() + right.size() + 1;
    sized(RowExpr::Binary(operator, Box::new(to_expression(left)?), Box::new(to_expression(right)?)), size)
}

pub(crate) fn logical(operator: LogicalOperator, left: &Value, right: &Value) -> Outcome {
    let size = left.size() + right.size() + 1;
    sized(RowExpr::Logical(operator, Box::new(to_expression(left)?), Box::new(to_expression(right)?)), size)
}

pub(crate) fn conditional(test: &RowValue, then: &Value, otherwise: &Value) -> Outcome {
    let size = test.size + then.size() + otherwise.size() + 1;
    sized(
        RowExpr::If {
            test: Box::new(test.expression()),
            then: Box::new(to_expression(then)?),
            otherwise: Box::new(to_expression(otherwise)?),
        },
        size,
    )
}

/// Joins the parts of an interpolated string; neighbours that are known become one text.
pub(crate) fn interpolate(pieces: Vec<Value>) -> Outcome {
    let mut size = 1;
    let mut bytes = 0usize;
    let mut parts: Vec<RowExpr> = Vec::new();
    for piece in pieces {
        size += piece.size();
        if let Value::Scalar(Scalar::String(text)) = &piece {
            bytes = bytes.saturating_add(text.len());
        }
        if bytes > limits::TEXT_BYTES {
            return Err(limits::exhausted("bytes in one text", limits::TEXT_BYTES));
        }
        let expression = to_expression(&piece)?;
        match (parts.last_mut(), &expression) {
            (Some(RowExpr::Literal(Scalar::String(before))), RowExpr::Literal(Scalar::String(text))) => {
                *before = format!("{before}{text}").into();
            }
            _ => parts.push(expression),
        }
    }
    match parts.as_slice() {
        [] => Ok(Value::string("")),
        [RowExpr::Literal(scalar @ Scalar::String(_))] => Ok(Value::Scalar(scalar.clone())),
        _ => sized(RowExpr::Interpolate(parts), size),
    }
}

/// A call that waits for the row.
pub(crate) fn call(function: String, arguments: &Arguments) -> Outcome {
    let mut size = 1;
    let mut list = Vec::new();
    for argument in arguments.iter() {
        size += argument.value.size();
        list.push((argument.name.clone(), to_expression(&argument.value)?));
    }
    sized(RowExpr::Call { function, arguments: list }, size)
}

/// The row `r` of a row function.
pub(crate) fn row() -> Value {
    Value::row(RowExpr::Row, 1)
}

/// The row of one side of a join.
pub(crate) fn side(side: usize) -> Value {
    Value::row(RowExpr::SideRow(side), 1)
}

/// The single parameter of a `fn: (column) => ...`.
pub(crate) fn parameter() -> Value {
    Value::row(RowExpr::Parameter, 1)
}

/// `accumulator` of `reduce`: a record whose properties wait for the run.
pub(crate) fn accumulator(identity: &Record) -> Value {
    let fields = identity
        .fields
        .iter()
        .map(|(name, _)| (name.clone(), Value::row(RowExpr::Accumulator(name.to_string()), 1)))
        .collect();
    Value::Record(Rc::new(Record { fields, lenient: false }))
}

impl Evaluator<'_> {
    /// Compiles a function of the row: evaluates its body with `parameters` unknown. `argument`: the place and the name of
    /// the argument that gave the function.
    pub(crate) fn row_function(
        &mut self,
        function: &Function,
        parameters: &[(&str, Value)],
        argument: (&str, Span),
    ) -> Result<RowFunction, FluxError> {
        let value = self.call_with_row(function, parameters, argument)?;
        let vectorized = match function {
            Function::Closure(closure) => vectorize::is_vectorized(&closure.function),
            Function::Native(_) => false,
        };
        let span = match (function, self.outer_site) {
            (Function::Closure(closure), _) if !closure.library => closure.span,
            (_, Some(outer)) => outer,
            _ => argument.1,
        };
        Ok(RowFunction { body: to_expression(&value)?, span, vectorized })
    }

    /// The value of a row function's body.
    pub(crate) fn call_with_row(
        &mut self,
        function: &Function,
        parameters: &[(&str, Value)],
        (argument_name, argument_span): (&str, Span),
    ) -> Outcome {
        let (declared, span) = super::call::declared_parameters(function);
        let span = if span == Span::default() { argument_span } else { span };
        let names: Vec<(&str, bool, bool)> = parameters.iter().map(|(name, _)| (*name, true, false)).collect();
        let given: Vec<(&str, Span)> = declared
            .iter()
            .filter(|p| p.1 || names.iter().any(|(n, ..)| *n == p.0))
            .map(|p| (p.0.as_str(), span))
            .collect();
        let problems = mismatched_names(&names, &given, false, span);
        if !problems.is_empty() {
            let texts: Vec<String> =
                problems.iter().map(|(at, text)| format!("error @{at}: {text} (argument {argument_name})")).collect();
            return Err(FluxError::invalid(texts.join("\n\n")).at(span));
        }
        let arguments = parameters
            .iter()
            .map(|(name, value)| Argument { name: (*name).to_owned(), value: value.clone(), span: argument_span })
            .collect();
        self.row_depth += 1;
        let value = self.call(function, Arguments(arguments), None, Site { span: argument_span, name: "_row" });
        self.row_depth -= 1;
        value
    }
}

/// The number by which `experimental.catch` names a class of errors.
pub(crate) fn status_number(code: crate::ErrorCode) -> u64 {
    match code {
        crate::ErrorCode::Invalid => 3,
        crate::ErrorCode::NotFound => 5,
        crate::ErrorCode::Forbidden => 7,
        crate::ErrorCode::ResourceExhausted => 8,
        crate::ErrorCode::Unimplemented => 12,
        crate::ErrorCode::Internal => 13,
    }
}
