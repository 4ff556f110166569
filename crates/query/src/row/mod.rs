//! Row functions as DataFusion expressions.
//!
//! [`compile_predicate`] and [`compile_record`] turn the body of a row function over typed columns into expressions
//! over columns of the same names. Operators become DataFusion's where these mean the same; the rest are functions of
//! ours with kernels over arrays ([`kernel`]). What has no column type inside (lists, records, dictionaries) is evaluated
//! row by row within one function ([`interpret`]). Both follow `flux::library`.
//!
//! Null: any operator but `exists` and the logical ones gives null for null; a column that the table lacks is null of the
//! other side's type; `and` and `or` have two readings ([`RowScope::three_valued`]). What can fail on a row (integer
//! division, conversions of text, most calls) takes a *guard*, the condition under which Flux would get to it, and does
//! nothing where the guard is not true; so the optimizer may evaluate it wherever it likes.

mod arithmetic;
mod call;
mod children;
mod compare;
mod compile;
mod convert;
mod dates;
mod error;
mod geo;
mod interpret;
mod kernel;
mod limits;
mod logic;
mod matching;
mod reads;
mod record;
mod reduce;
mod scope;
mod shape;
mod typing;
mod values;

#[cfg(test)]
mod tests;

use datafusion::logical_expr::Expr;
use flux::FluxError;
use flux::plan::{RowExpr, Scalar};

pub(crate) use compile::Typed;
pub(crate) use kernel::may_fail;
pub(crate) use reads::{over_texts, ranges, reads};
pub(crate) use reduce::{Reducer, ReducerState};
pub(crate) use scope::{Place, RowScope};
pub(crate) use typing::{asks_data, typed};

/// The body as a condition on rows: true where the row stays; elsewhere false or null.
pub(crate) fn compile_predicate(body: &RowExpr, scope: &RowScope<'_>) -> Result<Expr, FluxError> {
    limits::check_depth(body).and_then(|()| compile::predicate(body, scope)).map_err(|error| scope.refuse(error))
}

/// The body as one value a row.
pub(crate) fn compile(body: &RowExpr, scope: &RowScope<'_>) -> Result<Typed, FluxError> {
    limits::check_depth(body).and_then(|()| compile::value(body, scope)).map_err(|error| scope.refuse(error))
}

/// The body as a record: its properties in order, each a column. Those of no type (null in every row) have none, and
/// Flux leaves them out of the table.
pub(crate) fn compile_record(body: &RowExpr, scope: &RowScope<'_>) -> Result<Vec<(String, Typed)>, FluxError> {
    limits::check_depth(body).and_then(|()| record::compile(body, scope)).map_err(|error| scope.refuse(error))
}

/// The body of a `fn: (column) => ...` for one argument.
pub(crate) fn evaluate_parameter(body: &RowExpr, parameter: &Scalar) -> Result<Scalar, FluxError> {
    interpret::with_parameter(body, parameter)
}
