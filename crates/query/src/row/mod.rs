//! Row functions as DataFusion expressions.

use datafusion::logical_expr::Expr;
use flux::FluxError;
use flux::plan::{RowExpr, ScalarType};

/// The columns that a row function sees.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowScope<'a> {
    pub(crate) columns: &'a [(String, ScalarType)],
    pub(crate) three_valued: bool,
}

impl<'a> RowScope<'a> {
    pub(crate) fn new(columns: &'a [(String, ScalarType)]) -> Self {
        Self { columns, three_valued: false }
    }
}

pub(crate) struct Typed {
    pub(crate) expr: Expr,
    pub(crate) data_type: Option<ScalarType>,
}

pub(crate) fn compile_predicate(_expr: &RowExpr, _scope: &RowScope<'_>) -> Result<Expr, FluxError> {
    Err(FluxError::invalid("row functions are being written"))
}

pub(crate) fn compile_record(_expr: &RowExpr, _scope: &RowScope<'_>) -> Result<Vec<(String, Typed)>, FluxError> {
    Err(FluxError::invalid("row functions are being written"))
}

pub(crate) fn evaluate_parameter(
    _expr: &RowExpr,
    _parameter: &flux::plan::Scalar,
) -> Result<flux::plan::Scalar, FluxError> {
    Err(FluxError::invalid("row functions are being written"))
}
