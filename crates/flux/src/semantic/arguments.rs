//! The arguments of one call, and how native functions read them.

use std::rc::Rc;

use model::FluxDuration;

use crate::FluxError;
use crate::ast::Span;
use crate::plan::{NodeId, Scalar};

use super::value::{Function, Record, Value};

/// A named value given to a call, and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Argument {
    pub(crate) name: String,
    pub(crate) value: Value,
    pub(crate) span: Span,
}

/// The arguments of one call.
#[derive(Debug, Clone, Default)]
pub(crate) struct Arguments(pub(crate) Vec<Argument>);

impl Arguments {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Argument> {
        self.0.iter()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Argument> {
        self.0.iter().find(|a| a.name == name)
    }

    /// The value of an argument unless it was not given or is null.
    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.get(name).map(|a| &a.value).filter(|v| !v.is_null())
    }

    pub(crate) fn span(&self, name: &str, otherwise: Span) -> Span {
        self.get(name).map_or(otherwise, |a| a.span)
    }

    fn wrong(&self, name: &str, expected: &str) -> FluxError {
        match self.get(name) {
            None => FluxError::invalid(format!("missing required argument {name}")),
            Some(Argument { value: Value::Row(_), .. }) => FluxError::invalid(format!(
                "argument {name} depends on the row, but must be known before the query runs"
            )),
            Some(argument) => FluxError::semantic(
                argument.span,
                format!("expected {expected} but found {} (argument {name})", argument.value.type_name()),
            ),
        }
    }

    pub(crate) fn stream(&self, name: &str) -> Result<NodeId, FluxError> {
        match self.value(name) {
            Some(Value::Stream(node)) => Ok(*node),
            _ => Err(self.wrong(name, "stream[A]")),
        }
    }

    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, FluxError> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Scalar(Scalar::String(text))) => Ok(Some(text.to_string())),
            Some(_) => Err(self.wrong(name, "string")),
        }
    }

    /// A text, or what stands for it when it is not given.
    pub(crate) fn text_or(&self, name: &str, default: &str) -> Result<String, FluxError> {
        Ok(self.text(name)?.unwrap_or_else(|| default.to_owned()))
    }

    pub(crate) fn need_text(&self, name: &str) -> Result<String, FluxError> {
        self.text(name)?.ok_or_else(|| self.wrong(name, "string"))
    }

    pub(crate) fn int(&self, name: &str) -> Result<Option<i64>, FluxError> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Scalar(Scalar::Int(n))) => Ok(Some(*n)),
            Some(_) => Err(self.wrong(name, "int")),
        }
    }

    pub(crate) fn need_int(&self, name: &str) -> Result<i64, FluxError> {
        self.int(name)?.ok_or_else(|| self.wrong(name, "int"))
    }

    pub(crate) fn float(&self, name: &str) -> Result<Option<f64>, FluxError> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Scalar(Scalar::Float(x))) => Ok(Some(*x)),
            Some(_) => Err(self.wrong(name, "float")),
        }
    }

    pub(crate) fn need_float(&self, name: &str) -> Result<f64, FluxError> {
        self.float(name)?.ok_or_else(|| self.wrong(name, "float"))
    }

    pub(crate) fn boolean(&self, name: &str, default: bool) -> Result<bool, FluxError> {
        match self.value(name) {
            None => Ok(default),
            Some(Value::Scalar(Scalar::Bool(b))) => Ok(*b),
            Some(_) => Err(self.wrong(name, "bool")),
        }
    }

    pub(crate) fn duration(&self, name: &str) -> Result<Option<FluxDuration>, FluxError> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Scalar(Scalar::Duration(d))) => Ok(Some(*d)),
            Some(_) => Err(self.wrong(name, "duration")),
        }
    }

    pub(crate) fn need_duration(&self, name: &str) -> Result<FluxDuration, FluxError> {
        self.duration(name)?.ok_or_else(|| self.wrong(name, "duration"))
    }

    pub(crate) fn time(&self, name: &str) -> Result<Option<i64>, FluxError> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Scalar(Scalar::Time(nanos))) => Ok(Some(*nanos)),
            Some(_) => Err(self.wrong(name, "time")),
        }
    }

    pub(crate) fn texts(&self, name: &str) -> Result<Option<Vec<String>>, FluxError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let Value::Array(values) = value else { return Err(self.wrong(name, "[string] (array)")) };
        values
            .iter()
            .map(|v| match v {
                Value::Scalar(Scalar::String(text)) => Ok(text.to_string()),
                _ => Err(self.wrong(name, "[string] (array)")),
            })
            .collect::<Result<_, _>>()
            .map(Some)
    }

    pub(crate) fn texts_or(&self, name: &str, default: &[&str]) -> Result<Vec<String>, FluxError> {
        Ok(self.texts(name)?.unwrap_or_else(|| default.iter().map(|s| (*s).to_owned()).collect()))
    }

    pub(crate) fn array(&self, name: &str) -> Result<Rc<Vec<Value>>, FluxError> {
        match self.value(name) {
            Some(Value::Array(values)) => Ok(values.clone()),
            _ => Err(self.wrong(name, "[A] (array)")),
        }
    }

    pub(crate) fn record(&self, name: &str) -> Result<Option<Rc<Record>>, FluxError> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Record(record)) => Ok(Some(record.clone())),
            Some(_) => Err(self.wrong(name, "{A with } (record)")),
        }
    }

    pub(crate) fn need_record(&self, name: &str) -> Result<Rc<Record>, FluxError> {
        self.record(name)?.ok_or_else(|| self.wrong(name, "{A with } (record)"))
    }

    pub(crate) fn function(&self, name: &str) -> Result<Option<Function>, FluxError> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Function(function)) => Ok(Some(function.clone())),
            Some(_) => Err(self.wrong(name, "function")),
        }
    }

    pub(crate) fn need_function(&self, name: &str) -> Result<Function, FluxError> {
        self.function(name)?.ok_or_else(|| self.wrong(name, "function"))
    }
}
