//! Signatures of native functions, read from one line of text each, and the check of arguments against them.

use crate::FluxError;
use crate::ast::Span;
use crate::plan::Scalar;

use super::arguments::Arguments;
use super::evaluate::Evaluator;
use super::value::Value;

/// A function of the library that is written in Rust.
pub(crate) struct Native {
    pub(crate) package: &'static str,
    pub(crate) name: &'static str,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) run: Run,
}

impl std::fmt::Debug for Native {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.full_name())
    }
}

impl Native {
    /// `package.name`; functions of `universe` stand alone.
    pub(crate) fn full_name(&self) -> String {
        match self.package {
            "universe" => self.name.to_owned(),
            package => format!("{package}.{}", self.name),
        }
    }
}

/// A call's place and the name that the script used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Site<'s> {
    pub(crate) span: Span,
    pub(crate) name: &'s str,
}

pub(crate) type Body = fn(&mut Evaluator<'_>, &mut Arguments, Site<'_>) -> Result<Value, FluxError>;

/// How a native function is computed.
#[derive(Clone, Copy)]
pub(crate) enum Run {
    /// A pure function, kept in [`crate::library`]: with a value of the row among its arguments it becomes a call in the
    /// row's expression.
    Library,
    /// Needs its arguments now: makes plan nodes, asks the host, calls functions.
    Direct(Body),
}

#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) expected: Type,
    pub(crate) required: bool,
    pub(crate) pipe: bool,
}

/// Types as signatures write them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Type {
    Any,
    Bool,
    Int,
    UInt,
    Float,
    String,
    Time,
    Duration,
    Regex,
    Array(Box<Type>),
    Record,
    Dictionary,
    Stream,
    Table,
    /// A function with parameters of these names.
    Function(Vec<String>),
}

impl Type {
    /// Reads `int`, `[string]`, `fn(r)`, ...; anything unknown is [`Type::Any`].
    fn parse(text: &str) -> Self {
        if let Some(inner) = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')) {
            return Self::Array(Box::new(Self::parse(inner.trim())));
        }
        if let Some(inner) = text.strip_prefix("fn(").and_then(|t| t.strip_suffix(')')) {
            return Self::Function(inner.split_whitespace().map(str::to_owned).collect());
        }
        match text {
            "bool" => Self::Bool,
            "int" => Self::Int,
            "uint" => Self::UInt,
            "float" => Self::Float,
            "string" => Self::String,
            "time" => Self::Time,
            "duration" => Self::Duration,
            "regexp" => Self::Regex,
            "record" => Self::Record,
            "dict" => Self::Dictionary,
            "stream" => Self::Stream,
            "table" => Self::Table,
            _ => Self::Any,
        }
    }

    /// Whether a value may stand where this type is asked for. Values of the row pass: their type is known later.
    fn accepts(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Any, _) | (_, Value::Row(_) | Value::Scalar(Scalar::Null) | Value::TypedNull(_)) => true,
            (Self::Array(element), Value::Array(values)) => values.iter().all(|v| element.accepts(v)),
            (Self::Bool, Value::Scalar(Scalar::Bool(_)))
            | (Self::Int, Value::Scalar(Scalar::Int(_)))
            | (Self::UInt, Value::Scalar(Scalar::UInt(_)))
            | (Self::Float, Value::Scalar(Scalar::Float(_)))
            | (Self::String, Value::Scalar(Scalar::String(_)))
            | (Self::Time, Value::Scalar(Scalar::Time(_)))
            | (Self::Duration, Value::Scalar(Scalar::Duration(_)))
            | (Self::Regex, Value::Scalar(Scalar::Regex(_)))
            | (Self::Record, Value::Record(_))
            | (Self::Dictionary, Value::Dictionary(_))
            | (Self::Stream, Value::Stream(_))
            | (Self::Table, Value::Table(_))
            | (Self::Function(_), Value::Function(_)) => true,
            _ => false,
        }
    }

    /// The type as messages write it.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Array(_) => format!("{} (array)", self.bare()),
            Self::Record => "{A with } (record)".to_owned(),
            Self::Dictionary => "[A:B] (dictionary)".to_owned(),
            Self::Function(_) => format!("{} (function)", self.bare()),
            other => other.bare(),
        }
    }

    fn bare(&self) -> String {
        match self {
            Self::Any => "A".to_owned(),
            Self::Bool => "bool".to_owned(),
            Self::Int => "int".to_owned(),
            Self::UInt => "uint".to_owned(),
            Self::Float => "float".to_owned(),
            Self::String => "string".to_owned(),
            Self::Time => "time".to_owned(),
            Self::Duration => "duration".to_owned(),
            Self::Regex => "regexp".to_owned(),
            Self::Array(element) => format!("[{}]", element.bare()),
            Self::Record => "{A with }".to_owned(),
            Self::Dictionary => "[A:B]".to_owned(),
            Self::Stream | Self::Table => "stream[A]".to_owned(),
            Self::Function(names) => {
                let parameters: Vec<String> = names.iter().map(|n| format!("{n}: A")).collect();
                format!("({}) => B", parameters.join(", "))
            }
        }
    }
}

/// Reads the parameters of a signature: `<-tables: stream, n: int, ?offset: int`.
pub(crate) fn parse_parameters(text: &str) -> Vec<Parameter> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (head, kind) = part.split_once(':').unwrap_or((part, "any"));
            let pipe = head.starts_with("<-");
            let optional = head.starts_with('?');
            let name = head.trim_start_matches("<-").trim_start_matches('?').trim();
            Parameter { name: name.to_owned(), expected: Type::parse(kind.trim()), required: !optional, pipe }
        })
        .collect()
}

/// Why the names of a call's arguments do not fit its parameters, each a static error; empty if they do.
///
/// `parameters`: name, whether it is required and whether it takes the piped value. `given`: name and place of the value.
pub(crate) fn mismatched_names(
    parameters: &[(&str, bool, bool)],
    given: &[(&str, Span)],
    piped: bool,
    call: Span,
) -> Vec<(Span, String)> {
    let mut problems = Vec::new();
    let pipe_parameter = parameters.iter().find(|(_, _, pipe)| *pipe).map(|(name, ..)| *name);
    let is_given = |name: &str| given.iter().any(|(n, _)| *n == name) || (piped && pipe_parameter == Some(name));
    for (name, span) in given {
        if !parameters.iter().any(|(p, ..)| p == name) {
            let open: Vec<&str> = parameters.iter().map(|(p, ..)| *p).filter(|p| !is_given(p)).collect();
            problems.push((*span, format!("found unexpected argument {name}{}", expected_names(&open))));
        }
    }
    if piped && pipe_parameter.is_none() {
        problems.push((call, "missing pipe argument".to_owned()));
    }
    for (name, required, _) in parameters {
        if *required && !is_given(name) {
            problems.push((call, format!("missing required argument {name}")));
        }
    }
    problems
}

fn expected_names(open: &[&str]) -> String {
    match open {
        [] => String::new(),
        [one] => format!(" (Expected `{one}`)"),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(|n| format!("`{n}`")).collect();
            format!(" (Expected one of {} or `{last}`)", first.join(", "))
        }
    }
}

/// Checks the types of the arguments against the parameters.
pub(crate) fn check_types(native: &Native, arguments: &Arguments) -> Result<(), FluxError> {
    for argument in arguments.iter() {
        let Some(parameter) = native.parameters.iter().find(|p| p.name == argument.name) else { continue };
        if !parameter.expected.accepts(&argument.value) {
            return Err(FluxError::semantic(
                argument.span,
                format!(
                    "expected {} but found {} (argument {})",
                    parameter.expected.describe(),
                    argument.value.type_name(),
                    argument.name
                ),
            ));
        }
    }
    Ok(())
}
