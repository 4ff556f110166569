//! Calls of library functions, and interpolated strings.
//!
//! A call becomes one kernel: by hand for conversions and parts of dates, over the bare function for mathematics and
//! texts, and otherwise row by row through `flux::library`. Arguments that no row changes are bound to it.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, StringViewBuilder};
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::logical_expr::Expr;
use datafusion::prelude::lit;
use flux::library::{Argument, Body, Function, Kind, LibraryError, Presence, Returns};
use flux::plan::{RowExpr, Scalar, ScalarType};

use super::compile::{Compiler, Operand, Typed, literal};
use super::error::{Fault, RowError};
use super::interpret::{constant, interpolate as append_part};
use super::kernel::{Guard, Kernel, fallible, total};
use super::values::{ColumnBuilder, wrong_arguments};
use super::{convert, dates, geo, shape};
use crate::scalar::{arrow_type, from_array, to_scalar_value};

/// An argument: a column of the kernel, or a value.
#[derive(Debug)]
enum Bound {
    Column(usize),
    Value(Argument),
}

/// A call; `None` if an argument is made on each row and no column holds it.
pub(super) fn compile(
    compiler: &Compiler<'_>,
    name: &str,
    arguments: &[(String, RowExpr)],
) -> Result<Option<Operand>, RowError> {
    let function = shape::function(name)?;
    check_names(function, arguments)?;
    if let Some(inside) = geo::compile(compiler, name, arguments)? {
        return Ok(Some(inside));
    }
    let exact = compiler.exact();
    let mut bound = Vec::with_capacity(arguments.len());
    let mut columns: Vec<Typed> = Vec::new();
    let mut kinds = Vec::with_capacity(arguments.len());
    for (parameter, expr) in arguments {
        let operand = match constant(expr) {
            Some(Argument::Scalar(value)) => literal(&value),
            Some(value) => Operand::Constant(value),
            None => exact.operand(expr)?,
        };
        kinds.push((parameter.as_str(), operand.kind()));
        let value = match operand {
            Operand::Column(typed) => match literal_value(&typed.expr) {
                Some(value) => Bound::Value(value.into()),
                None => {
                    columns.push(typed);
                    Bound::Column(columns.len() - 1)
                }
            },
            Operand::Constant(value) => Bound::Value(value),
            Operand::Complex(_) => return Ok(None),
        };
        bound.push((parameter.clone(), value));
    }
    if columns.is_empty()
        && let Some(answer) = call_now(function, &bound)
    {
        return Ok(Some(answer));
    }
    let kind = function.return_kind(&kinds);
    let data_type = match kind.column_type() {
        None if kind != Kind::Null => return Ok(None),
        data_type => data_type,
    };
    Ok(Some(Operand::Column(over_columns(compiler, function, bound, columns, data_type)?)))
}

/// The cheapest kernel for a call.
fn over_columns(
    compiler: &Compiler<'_>,
    function: &'static Function,
    bound: Vec<(String, Bound)>,
    columns: Vec<Typed>,
    data_type: Option<ScalarType>,
) -> Result<Typed, RowError> {
    if function.null_is_null && bound.iter().any(|(_, b)| matches!(b, Bound::Value(v) if v.is_null())) {
        return Ok(Typed::null().or_type(data_type));
    }
    // A column that is not there, of no type: nothing is computed, but the answer has its type.
    if function.null_is_null && columns.iter().any(|c| c.data_type.is_none()) {
        return Ok(Typed::null().or_type(data_type));
    }
    if let ([column], Some(target)) = (columns.as_slice(), convert::Target::of(function.name)) {
        return Ok(convert::compile(compiler, target, column.clone()));
    }
    if let Some(found) = contains(compiler, function, &bound, &columns) {
        return Ok(found);
    }
    if let Some(kernel) = dates::kernel(function.name, &columns, |name| value_of(&bound, name))? {
        let arguments = columns.into_iter().map(|c| c.expr).collect();
        return Ok(Typed { expr: total(kernel, data_type.map_or(DataType::Null, arrow_type), arguments), data_type });
    }
    let wants = match function.body {
        Body::Float1(_) | Body::Float2(_) | Body::FloatToBool(_) => Some(ScalarType::Float),
        Body::Text1(_) => Some(ScalarType::String),
        _ => None,
    };
    let simple = wants.is_some()
        && columns.len() == bound.len()
        && columns.len() == function.parameters.len()
        && columns.iter().all(|c| c.data_type == wants);
    let returns = data_type.map_or(DataType::Null, arrow_type);
    let arguments: Vec<Expr> = if simple {
        in_order(function, &bound).into_iter().filter_map(|i| columns.get(i)).map(|c| c.expr.clone()).collect()
    } else {
        columns.into_iter().map(|c| c.expr).collect()
    };
    let expr = if simple {
        total(Simple { function }, returns, arguments)
    } else {
        let kernel = Calling { function, bound, returns: data_type };
        fallible(kernel, returns, arguments, compiler.guard.clone(), compiler.scope.place)
    };
    Ok(Typed { expr, data_type })
}

/// Column numbers in the order of the parameters.
fn in_order(function: &Function, bound: &[(String, Bound)]) -> Vec<usize> {
    let place = |name: &str| {
        bound.iter().find(|(n, _)| n == name).and_then(|(_, b)| match b {
            Bound::Column(place) => Some(*place),
            Bound::Value(_) => None,
        })
    };
    function.parameters.iter().filter_map(|p| place(p.name)).collect()
}

fn value_of<'a>(bound: &'a [(String, Bound)], name: &str) -> Option<&'a Argument> {
    bound.iter().find(|(n, _)| n == name).and_then(|(_, b)| match b {
        Bound::Value(value) => Some(value),
        Bound::Column(_) => None,
    })
}

fn check_names(function: &Function, arguments: &[(String, RowExpr)]) -> Result<(), RowError> {
    let given = |name: &str| arguments.iter().any(|(n, _)| n == name);
    for parameter in function.parameters {
        if parameter.presence == Presence::Required && !given(parameter.name) {
            return Err(RowError::message(format!("missing required argument {}", parameter.name)));
        }
    }
    match arguments.iter().find(|(name, _)| !function.parameters.iter().any(|p| p.name == *name)) {
        Some((name, _)) => Err(RowError::message(format!("{} has no parameter {name}", function.name))),
        None => Ok(()),
    }
}

/// The answer of a call that no row changes; `None` if it fails, which it must do on a row.
fn call_now(function: &Function, bound: &[(String, Bound)]) -> Option<Operand> {
    let arguments: Vec<(&str, Argument)> = bound
        .iter()
        .filter_map(|(name, b)| match b {
            Bound::Value(value) => Some((name.as_str(), value.clone())),
            Bound::Column(_) => None,
        })
        .collect();
    let answer = function.call(&arguments).ok()?;
    Some(match answer {
        Argument::Scalar(Scalar::Null) => {
            let data_type = match function.returns {
                Returns::Kind(kind) => kind.column_type(),
                _ => None,
            };
            Operand::Column(Typed::null().or_type(data_type))
        }
        Argument::Scalar(value) => literal(&value),
        other => Operand::Constant(other),
    })
}

fn literal_value(expr: &Expr) -> Option<Scalar> {
    match expr {
        Expr::Literal(value, _) if value.is_null() => Some(Scalar::Null),
        Expr::Literal(value, _) => {
            let array = value.to_array().ok()?;
            Some(from_array(array.as_ref(), 0))
        }
        _ => None,
    }
}

/// `contains(value: column, set: [...])` as a list that DataFusion hashes and storage can prune by.
fn contains(
    compiler: &Compiler<'_>,
    function: &Function,
    bound: &[(String, Bound)],
    columns: &[Typed],
) -> Option<Typed> {
    let ("contains", [column], Some(Argument::Array(set))) = (function.name, columns, value_of(bound, "set")) else {
        return None;
    };
    // Floats compare otherwise than they hash.
    let data_type = column.data_type.filter(|t| *t != ScalarType::Float)?;
    let items: Option<Vec<Expr>> = set
        .iter()
        .map(|item| {
            let value = item.as_scalar().filter(|v| v.column_type() == Some(data_type))?;
            Some(Expr::Literal(to_scalar_value(value)?, None))
        })
        .collect();
    let items = items?;
    let found = if items.is_empty() { lit(false) } else { column.expr.clone().in_list(items, false) };
    let found = if compiler.truth_only { found } else { found.is_true() };
    Some(Typed::new(found, ScalarType::Bool))
}

/// An interpolated string; `None` if a part is no column.
pub(super) fn interpolate(compiler: &Compiler<'_>, parts: &[RowExpr]) -> Result<Option<Typed>, RowError> {
    let exact = compiler.exact();
    let (mut pieces, mut columns) = (Vec::with_capacity(parts.len()), Vec::new());
    for part in parts {
        match exact.operand(part)? {
            Operand::Column(typed) => match literal_value(&typed.expr) {
                Some(value) if value != Scalar::Null => {
                    let mut text = String::new();
                    // Only null fails.
                    let _ = append_part(&mut text, &value.into());
                    pieces.push(Piece::Text(text));
                }
                _ => {
                    pieces.push(Piece::Column(columns.len()));
                    columns.push(typed.expr);
                }
            },
            Operand::Constant(value) => {
                let mut text = String::new();
                let _ = append_part(&mut text, &value);
                pieces.push(Piece::Text(text));
            }
            Operand::Complex(_) => return Ok(None),
        }
    }
    let kernel = Interpolation { pieces };
    let expr = fallible(kernel, DataType::Utf8View, columns, compiler.guard.clone(), compiler.scope.place);
    Ok(Some(Typed::new(expr, ScalarType::String)))
}

#[derive(Debug)]
enum Piece {
    Text(String),
    Column(usize),
}

#[derive(Debug)]
struct Interpolation {
    pieces: Vec<Piece>,
}

impl Kernel for Interpolation {
    fn name(&self) -> String {
        format!("flux_text {:?}", self.pieces)
    }

    fn evaluate(&self, arguments: &[ArrayRef], rows: usize, guard: &Guard<'_>) -> Result<ArrayRef, Fault> {
        let mut out = StringViewBuilder::with_capacity(rows);
        let mut text = String::new();
        for row in 0..rows {
            if !guard.is_open(row) {
                out.append_null();
                continue;
            }
            text.clear();
            for piece in &self.pieces {
                match piece {
                    Piece::Text(piece) => text.push_str(piece),
                    Piece::Column(column) => {
                        let array = arguments.get(*column).ok_or_else(|| wrong_arguments("text"))?;
                        append_part(&mut text, &from_array(array.as_ref(), row).into())?;
                    }
                }
            }
            out.append_value(&text);
        }
        Ok(Arc::new(out.finish()))
    }
}

/// A function of floats or of one text, over arrays.
#[derive(Debug)]
struct Simple {
    function: &'static Function,
}

impl Kernel for Simple {
    fn name(&self) -> String {
        format!("flux {}", self.function.name)
    }

    fn evaluate(&self, arguments: &[ArrayRef], _rows: usize, _guard: &Guard<'_>) -> Result<ArrayRef, Fault> {
        let floats = |i: usize| {
            let array = arguments.get(i).and_then(|a| a.as_primitive_opt::<Float64Type>());
            array.ok_or_else(|| wrong_arguments(self.function.name))
        };
        Ok(match self.function.body {
            Body::Float1(f) => Arc::new(floats(0)?.unary::<_, Float64Type>(f)),
            Body::Float2(f) => {
                let both = floats(0)?.iter().zip(floats(1)?.iter());
                Arc::new(both.map(|(a, b)| Some(f(a?, b?))).collect::<Float64Array>())
            }
            Body::FloatToBool(f) => Arc::new(floats(0)?.iter().map(|v| v.map(f)).collect::<BooleanArray>()),
            Body::Text1(f) => {
                let texts = arguments.first().and_then(|a| a.as_string_view_opt());
                let texts = texts.ok_or_else(|| wrong_arguments(self.function.name))?;
                let mut out = StringViewBuilder::with_capacity(texts.len());
                texts.iter().for_each(|text| out.append_option(text.map(f)));
                Arc::new(out.finish())
            }
            Body::Scalar1(_) | Body::Any(_) => return Err(wrong_arguments(self.function.name)),
        })
    }
}

/// Any function, row by row.
#[derive(Debug)]
struct Calling {
    function: &'static Function,
    bound: Vec<(String, Bound)>,
    returns: Option<ScalarType>,
}

impl Kernel for Calling {
    fn name(&self) -> String {
        format!("flux {} {:?}", self.function.name, self.bound)
    }

    fn evaluate(&self, arguments: &[ArrayRef], rows: usize, guard: &Guard<'_>) -> Result<ArrayRef, Fault> {
        let mut out = ColumnBuilder::new(self.returns, rows);
        let mut values: Vec<(&str, Argument)> = self
            .bound
            .iter()
            .map(|(name, b)| match b {
                Bound::Value(value) => (name.as_str(), value.clone()),
                Bound::Column(_) => (name.as_str(), Argument::NULL),
            })
            .collect();
        for row in 0..rows {
            if !guard.is_open(row) {
                out.push_null();
                continue;
            }
            for ((_, b), (_, value)) in self.bound.iter().zip(&mut values) {
                if let Bound::Column(column) = b {
                    let array = arguments.get(*column).ok_or_else(|| wrong_arguments(self.function.name))?;
                    *value = from_array(array.as_ref(), row).into();
                }
            }
            match self.function.call(&values)? {
                Argument::Scalar(value) => out.push(&value)?,
                other => {
                    let kind = Kind::of_argument(&other);
                    return Err(LibraryError::new(format!("a column cannot hold a value of type {kind}")).into());
                }
            }
        }
        Ok(out.finish())
    }
}
