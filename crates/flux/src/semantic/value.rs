//! Values of a running script: scalars, arrays, records, functions, streams; and expressions over a row that is not there yet.

use std::rc::Rc;
use std::sync::Arc;

use model::FluxDuration;

use super::scope::Scope;
use super::signature::Native;
use crate::ast::{self, Span};
use crate::host::FoundTable;
use crate::plan::{NodeId, RowExpr, Scalar, ScalarType};

/// What an expression evaluates to.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Scalar(Scalar),
    /// The null of a type; a column of it has that type.
    TypedNull(ScalarType),
    Array(Rc<Vec<Value>>),
    Record(Rc<Record>),
    Dictionary(Rc<Vec<(Value, Value)>>),
    /// A value of `experimental/dynamic`: of lists and records the members are dynamic, too.
    Dynamic(Rc<Value>),
    Function(Function),
    Stream(NodeId),
    Table(Rc<FoundTable>),
    Package(&'static str),
    /// Depends on a row: evaluated when the plan runs. Carries its size, which is bounded.
    Row(RowValue),
}

/// An expression over the row and the number of its nodes.
#[derive(Debug, Clone)]
pub(crate) struct RowValue {
    pub(crate) expression: Rc<RowExpr>,
    pub(crate) size: usize,
}

/// Named values in the order they were written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Record {
    pub(crate) fields: Vec<(Arc<str>, Value)>,
    /// Properties that it lacks read as null (a row of a table).
    pub(crate) lenient: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum Function {
    Native(&'static Native),
    Closure(Rc<Closure>),
}

/// A function of the script (or of the library's Flux part) and where it was made.
#[derive(Debug)]
pub(crate) struct Closure {
    pub(crate) function: ast::Function,
    pub(crate) span: Span,
    pub(crate) scope: Scope,
    /// Defined by the library: places inside mean nothing to the user.
    pub(crate) library: bool,
}

impl Record {
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|(key, _)| &**key == name).map(|(_, value)| value)
    }

    /// Sets a property, in its place if it is there already.
    pub(crate) fn set(&mut self, name: &str, value: Value) {
        match self.fields.iter_mut().find(|(key, _)| &**key == name) {
            Some((_, slot)) => *slot = value,
            None => self.fields.push((Arc::from(name), value)),
        }
    }
}

impl Value {
    pub(crate) const NULL: Self = Self::Scalar(Scalar::Null);

    pub(crate) fn string(text: impl Into<Arc<str>>) -> Self {
        Self::Scalar(Scalar::String(text.into()))
    }

    pub(crate) fn int(n: i64) -> Self {
        Self::Scalar(Scalar::Int(n))
    }

    pub(crate) fn boolean(b: bool) -> Self {
        Self::Scalar(Scalar::Bool(b))
    }

    pub(crate) fn time(nanos: i64) -> Self {
        Self::Scalar(Scalar::Time(nanos))
    }

    pub(crate) fn duration(d: FluxDuration) -> Self {
        Self::Scalar(Scalar::Duration(d))
    }

    pub(crate) fn array(values: Vec<Self>) -> Self {
        Self::Array(Rc::new(values))
    }

    pub(crate) fn record(fields: Vec<(Arc<str>, Self)>) -> Self {
        Self::Record(Rc::new(Record { fields, lenient: false }))
    }

    /// An expression over the row.
    pub(crate) fn row(expression: RowExpr, size: usize) -> Self {
        Self::Row(RowValue { expression: Rc::new(expression), size })
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Scalar(Scalar::Null) | Self::TypedNull(_))
    }

    /// Whether it, or something in it, is known only when the plan runs.
    pub(crate) fn depends_on_row(&self) -> bool {
        match self {
            Self::Row(_) => true,
            Self::Array(values) => values.iter().any(Self::depends_on_row),
            Self::Record(record) => record.fields.iter().any(|(_, v)| v.depends_on_row()),
            Self::Dictionary(pairs) => pairs.iter().any(|(k, v)| k.depends_on_row() || v.depends_on_row()),
            Self::Dynamic(inner) => inner.depends_on_row(),
            _ => false,
        }
    }

    /// How many values it consists of.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Row(row) => row.size,
            Self::Array(values) => 1 + values.iter().map(Self::size).sum::<usize>(),
            Self::Record(record) => 1 + record.fields.iter().map(|(_, v)| v.size()).sum::<usize>(),
            Self::Dictionary(pairs) => 1 + pairs.iter().map(|(k, v)| k.size() + v.size()).sum::<usize>(),
            Self::Dynamic(inner) => 1 + inner.size(),
            _ => 1,
        }
    }

    /// Flux's words for the type, as messages write it.
    pub(crate) fn type_name(&self) -> String {
        match self {
            Self::Scalar(scalar) => scalar_type_name(scalar).to_owned(),
            Self::TypedNull(data_type) => data_type.name().to_owned(),
            Self::Array(values) => {
                let element = values.first().map_or_else(|| "A".to_owned(), |v| v.bare_type_name());
                format!("[{element}] (array)")
            }
            Self::Record(_) | Self::Package(_) => format!("{} (record)", self.bare_type_name()),
            Self::Dictionary(_) => format!("{} (dictionary)", self.bare_type_name()),
            Self::Dynamic(_) => "dynamic".to_owned(),
            Self::Function(_) => "function".to_owned(),
            Self::Stream(_) => "stream[A]".to_owned(),
            Self::Table(_) => "table".to_owned(),
            Self::Row(_) => "a value of the row".to_owned(),
        }
    }

    pub(crate) fn bare_type_name(&self) -> String {
        match self {
            Self::Array(values) => {
                format!("[{}]", values.first().map_or_else(|| "A".to_owned(), Self::bare_type_name))
            }
            Self::Record(record) => {
                let fields: Vec<String> =
                    record.fields.iter().map(|(k, v)| format!("{k}: {}", v.bare_type_name())).collect();
                format!("{{{}}}", fields.join(", "))
            }
            Self::Package(_) => "{A with }".to_owned(),
            Self::Dictionary(pairs) => match pairs.first() {
                Some((k, v)) => format!("[{}:{}]", k.bare_type_name(), v.bare_type_name()),
                None => "[A:B]".to_owned(),
            },
            other => other.type_name(),
        }
    }
}

/// Flux's name of a scalar's type.
pub(crate) fn scalar_type_name(scalar: &Scalar) -> &'static str {
    match scalar {
        Scalar::Null => "null",
        Scalar::Bool(_) => "bool",
        Scalar::Int(_) => "int",
        Scalar::UInt(_) => "uint",
        Scalar::Float(_) => "float",
        Scalar::String(_) => "string",
        Scalar::Time(_) => "time",
        Scalar::Duration(_) => "duration",
        Scalar::Regex(_) => "regexp",
        Scalar::Bytes(_) => "bytes",
    }
}
