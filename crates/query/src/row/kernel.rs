//! Functions of ours inside DataFusion: one [`RowUdf`] a call, around a [`Kernel`] over arrays.

use std::fmt::Debug;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::TreeNode;
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use flux::FluxError;

use super::error::Fault;
use super::scope::Place;
use crate::error::external;

/// A function over whole arrays.
pub(super) trait Kernel: Debug + Send + Sync {
    /// Stands for the kernel in plans; equal names mean the same function.
    fn name(&self) -> String;

    /// One value a row; rows that the guard closes may have any.
    fn evaluate(&self, arguments: &[ArrayRef], rows: usize, guard: &Guard<'_>) -> Result<ArrayRef, Fault>;
}

/// Which rows a function must answer for.
#[derive(Debug)]
pub(super) struct Guard<'a>(Option<&'a BooleanArray>);

impl Guard<'_> {
    /// Whether Flux would get to this row.
    pub(super) fn is_open(&self, row: usize) -> bool {
        self.0.is_none_or(|guard| guard.is_valid(row) && guard.value(row))
    }
}

/// A kernel as DataFusion calls it. The guard, if there is one, is the last argument.
#[derive(Debug)]
pub(super) struct RowUdf {
    name: String,
    kernel: Arc<dyn Kernel>,
    returns: DataType,
    guarded: bool,
    fails: bool,
    place: Option<Place>,
    signature: Signature,
}

impl PartialEq for RowUdf {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && self.returns == other.returns
            && self.guarded == other.guarded
            && self.place == other.place
    }
}

impl Eq for RowUdf {}

impl Hash for RowUdf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        self.returns.hash(state);
    }
}

/// A call of a kernel that answers for every row.
pub(super) fn total(kernel: impl Kernel + 'static, returns: DataType, arguments: Vec<Expr>) -> Expr {
    build(Arc::new(kernel), returns, arguments, None, None, false)
}

/// A call of a kernel that may fail on a row, under a guard.
pub(super) fn fallible(
    kernel: impl Kernel + 'static,
    returns: DataType,
    arguments: Vec<Expr>,
    guard: Option<Expr>,
    place: Option<&Place>,
) -> Expr {
    // A function without arguments would not know how many rows there are.
    let guard = guard.or_else(|| arguments.is_empty().then(|| datafusion::prelude::lit(true)));
    build(Arc::new(kernel), returns, arguments, guard, place, true)
}

fn build(
    kernel: Arc<dyn Kernel>,
    returns: DataType,
    mut arguments: Vec<Expr>,
    guard: Option<Expr>,
    place: Option<&Place>,
    fails: bool,
) -> Expr {
    let guarded = guard.is_some();
    arguments.extend(guard);
    let udf = RowUdf {
        name: kernel.name(),
        kernel,
        returns,
        guarded,
        fails,
        place: place.cloned(),
        signature: Signature::variadic_any(Volatility::Immutable),
    };
    ScalarUDF::new_from_impl(udf).call(arguments)
}

/// Whether evaluating the expression can end in an error, so that it must not run over rows that an earlier filter took
/// away.
pub(crate) fn may_fail(expr: &Expr) -> bool {
    expr.exists(|part| {
        Ok(match part {
            Expr::ScalarFunction(call) => {
                call.func.inner().as_ref().downcast_ref::<RowUdf>().is_some_and(|udf| udf.fails)
            }
            _ => false,
        })
    })
    .unwrap_or(true)
}

impl RowUdf {
    fn invoke(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let constant = args.args.iter().all(|a| matches!(a, ColumnarValue::Scalar(_)));
        let rows = if constant { 1 } else { args.number_rows };
        let mut arrays: Vec<ArrayRef> = args.args.iter().map(|a| a.to_array(rows)).collect::<DfResult<_>>()?;
        for array in &mut arrays {
            if matches!(array.data_type(), DataType::Utf8 | DataType::LargeUtf8 | DataType::Dictionary(..)) {
                *array = datafusion::arrow::compute::cast(array, &DataType::Utf8View)?;
            }
        }
        let guard = if self.guarded { arrays.pop() } else { None };
        let guard = guard.as_ref().and_then(|array| array.as_boolean_opt());
        let answer = self.kernel.evaluate(&arrays, rows, &Guard(guard)).map_err(|fault| match fault {
            Fault::Inner(error) => error,
            Fault::Row(message) => external(match &self.place {
                Some(place) => place.fail(&message),
                None => FluxError::invalid(message),
            }),
        })?;
        if constant {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&answer, 0)?));
        }
        Ok(ColumnarValue::Array(answer))
    }
}

impl ScalarUDFImpl for RowUdf {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> DfResult<DataType> {
        Ok(self.returns.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        self.invoke(args)
    }
}
