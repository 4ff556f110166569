//! `float`, `int`, `uint`, `string`, `bool` and `time` over columns.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, StringViewBuilder, UInt64Array};
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::logical_expr::cast;
use flux::library::{self, LibraryError};
use flux::plan::{Scalar, ScalarType};

use super::compile::{Compiler, Typed};
use super::error::Fault;
use super::kernel::{Guard, Kernel, fallible, total};
use super::values::ColumnBuilder;
use crate::scalar::{arrow_type, from_array};

/// What to convert to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Float,
    Int,
    UInt,
    String,
    Bool,
    Time,
}

impl Target {
    /// The target of a function's name.
    pub(super) fn of(function: &str) -> Option<Self> {
        Some(match function {
            "float" => Self::Float,
            "int" => Self::Int,
            "uint" => Self::UInt,
            "string" => Self::String,
            "bool" => Self::Bool,
            "time" => Self::Time,
            _ => return None,
        })
    }

    fn column_type(self) -> ScalarType {
        match self {
            Self::Float => ScalarType::Float,
            Self::Int => ScalarType::Int,
            Self::UInt => ScalarType::UInt,
            Self::String => ScalarType::String,
            Self::Bool => ScalarType::Bool,
            Self::Time => ScalarType::Time,
        }
    }

    fn convert(self, value: &Scalar) -> Result<Scalar, LibraryError> {
        match self {
            Self::Float => library::to_float(value),
            Self::Int => library::to_int(value),
            Self::UInt => library::to_uint(value),
            Self::String => library::to_string(value),
            Self::Bool => library::to_bool(value),
            Self::Time => library::to_time(value),
        }
    }
}

/// The conversion of a column of a known type.
pub(super) fn compile(compiler: &Compiler<'_>, target: Target, from: Typed) -> Typed {
    let data_type = target.column_type();
    let returns = arrow_type(data_type);
    let Some(source) = from.data_type else { return Typed::null().or_type(Some(data_type)) };
    let expr = match (source, target) {
        (source, _) if source == data_type => from.expr,
        // The same 64 bits, or a number that every float holds near enough.
        (ScalarType::Time, Target::Int)
        | (ScalarType::Int, Target::Time)
        | (ScalarType::Int | ScalarType::UInt, Target::Float) => cast(from.expr, returns),
        (ScalarType::Float, Target::Int | Target::UInt)
        | (ScalarType::Bool, Target::Float | Target::Int | Target::UInt)
        | (ScalarType::UInt, Target::Int | Target::Time)
        | (ScalarType::Int | ScalarType::Time, Target::UInt)
        | (_, Target::String) => total(Conversion { target, capital: false }, returns, vec![from.expr]),
        _ => {
            let kernel = Conversion { target, capital: compiler.scope.three_valued };
            fallible(kernel, returns, vec![from.expr], compiler.guard.clone(), compiler.scope.place)
        }
    };
    Typed::new(expr, data_type)
}

#[derive(Debug)]
struct Conversion {
    target: Target,
    /// Where InfluxDB evaluates by columns it writes `Float` for `float` in its refusals.
    capital: bool,
}

impl Kernel for Conversion {
    fn name(&self) -> String {
        format!("flux_to {:?}{}", self.target, if self.capital { " vectorized" } else { "" })
    }

    fn evaluate(&self, arguments: &[ArrayRef], rows: usize, guard: &Guard<'_>) -> Result<ArrayRef, Fault> {
        let [values] = arguments else { return Err(super::values::wrong_arguments("conversion")) };
        match (values.data_type(), self.target) {
            (DataType::Float64, Target::Int) => {
                let values = values.as_primitive::<Float64Type>().iter();
                Ok(Arc::new(values.map(|v| v.map(library::int_of_float)).collect::<Int64Array>()))
            }
            (DataType::Float64, Target::UInt) => {
                let values = values.as_primitive::<Float64Type>().iter();
                Ok(Arc::new(values.map(|v| v.map(library::uint_of_float)).collect::<UInt64Array>()))
            }
            (DataType::Utf8View, Target::Float) => self.floats(values, guard),
            (_, Target::String) => Ok(texts(values, rows)),
            _ => self.one_by_one(values, rows, guard),
        }
    }
}

impl Conversion {
    fn floats(&self, values: &ArrayRef, guard: &Guard<'_>) -> Result<ArrayRef, Fault> {
        let texts = values.as_string_view().iter().enumerate();
        let floats = texts.map(|(row, text)| match text {
            Some(text) if guard.is_open(row) => match library::parse_float(text) {
                Some(v) => Ok(Some(v)),
                None => self.refusal(&Scalar::String(text.into())).map(|()| None),
            },
            _ => Ok(None),
        });
        Ok(Arc::new(floats.collect::<Result<Float64Array, Fault>>()?))
    }

    /// The words for a value that cannot be converted.
    fn refusal(&self, value: &Scalar) -> Result<(), Fault> {
        match self.target.convert(value) {
            Ok(_) => Ok(()),
            Err(error) if self.capital => Err(Fault::Row(error.message.replace(" to float", " to Float"))),
            Err(error) => Err(error.into()),
        }
    }

    fn one_by_one(&self, values: &ArrayRef, rows: usize, guard: &Guard<'_>) -> Result<ArrayRef, Fault> {
        let mut out = ColumnBuilder::new(Some(self.target.column_type()), rows);
        for row in 0..rows {
            if !guard.is_open(row) {
                out.push_null();
                continue;
            }
            let value = from_array(values.as_ref(), row);
            match self.target.convert(&value) {
                Ok(converted) => out.push(&converted)?,
                Err(_) => self.refusal(&value)?,
            }
        }
        Ok(out.finish())
    }
}

fn texts(values: &ArrayRef, rows: usize) -> ArrayRef {
    let mut out = StringViewBuilder::with_capacity(rows);
    let mut text = String::new();
    for row in 0..rows {
        if values.is_null(row) {
            out.append_null();
            continue;
        }
        text.clear();
        // Writing to a string cannot fail.
        let _ = library::write_text(&mut text, &from_array(values.as_ref(), row));
        out.append_value(&text);
    }
    Arc::new(out.finish())
}
