//! `histogram`: how many values of a table are at or below each bin's upper bound.
//!
//! One aggregate counts all bins of a table at once; the counts then become rows beside the bounds.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, UInt32Array};
use datafusion::arrow::datatypes::{DataType, Field, Float64Type, Schema};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::Result as DfResult;
use datafusion::functions_aggregate::expr_fn::sum;
use datafusion::logical_expr::{
    ColumnarValue, Expr, LogicalPlanBuilder, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, cast,
};
use datafusion::prelude::{lit, when};
use flux::FluxError;
use flux::plan::{Node, ScalarType};

use super::build;
use super::rows::memory_plan;
use crate::error::{external, runtime};
use crate::lane::{Lane, LaneColumn, OrderKey, Poison, Stream, column, typed_null};
use crate::scalar::arrow_type;

/// Hidden: the number of the bin.
const BIN: &str = "\u{1}bin";

/// Arguments of `histogram`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Histogram<'a> {
    pub(super) column: &'a str,
    pub(super) upper_bound: &'a str,
    pub(super) count: &'a str,
    pub(super) bins: &'a [f64],
    pub(super) normalize: bool,
}

impl Histogram<'_> {
    pub(super) fn lower(&self, node: &Node, input: Stream) -> Result<Stream, FluxError> {
        input.try_map(|lane| {
            let Some(c) = lane.column(self.column).cloned() else {
                return Err(runtime(node, format!("column {:?} is missing", self.column)));
            };
            if c.data_type != ScalarType::Float {
                let text = format!("column {:?} must be a float got {}", self.column, c.data_type.name());
                let poison = Poison { error: runtime(node, text), held_back: true };
                return Ok(Lane { poison: Some(poison), ..lane });
            }
            build(self.lane(node, lane))
        })
    }

    fn lane(&self, node: &Node, lane: Lane) -> DfResult<Lane> {
        let key: Vec<String> =
            lane.key.iter().filter(|k| *k != self.upper_bound && *k != self.count).cloned().collect();
        let mut bins = self.bins.to_vec();
        bins.sort_by(f64::total_cmp);
        let checked = "\u{1}checked";
        let guard = BelowLast {
            bins: bins.len(),
            last: bins.last().map_or(0, |b| b.to_bits()),
            node: Context(node.clone()),
            signature: Signature::any(1, Volatility::Immutable),
        };
        let mut exprs: Vec<Expr> = key.iter().map(|k| column(k)).collect();
        exprs.push(ScalarUDF::new_from_impl(guard).call(vec![column(self.column)]).alias(checked));
        let name = |i: usize| format!("\u{1}bin{i}");
        let counts = bins.iter().enumerate().map(|(i, bound)| {
            let inside = when(column(checked).lt_eq(lit(*bound)), lit(1_i64)).otherwise(lit(0_i64));
            inside.map(|e| sum(e).alias(name(i)))
        });
        let counts = counts.collect::<DfResult<Vec<_>>>()?;
        let groups: Vec<Expr> = key.iter().map(|k| column(k)).collect();
        let mut values = LogicalPlanBuilder::from(lane.plan.clone()).project(exprs)?;
        // A table without rows counts nothing in each bin.
        if let Some(empty) = &lane.empty {
            let mut signs: Vec<Expr> = key.iter().map(|k| column(k)).collect();
            signs.push(typed_null(ScalarType::Float).alias(checked));
            values = values.union(LogicalPlanBuilder::from(empty.clone()).project(signs)?.build()?)?;
        }
        let per_table = values.aggregate(groups.clone(), counts)?;
        // Without groups DataFusion gives a row even for no input; there is no table then.
        let per_table = match bins.first() {
            Some(_) if groups.is_empty() => per_table.filter(column(&name(0)).is_not_null())?,
            _ => per_table,
        };
        let rows = per_table.cross_join(self.bounds(&bins)?)?;
        let mut chosen = cast(lit(0_i64), DataType::Int64);
        for i in 0..bins.len() {
            let here = column(BIN).eq(lit(u32::try_from(i).unwrap_or(u32::MAX)));
            chosen = when(here, column(&name(i))).otherwise(chosen)?;
        }
        let float = cast(chosen, DataType::Float64);
        let total = bins.len().checked_sub(1).map_or_else(|| lit(1.0), |i| cast(column(&name(i)), DataType::Float64));
        let value = if self.normalize { float / total } else { float };
        let mut outputs = groups;
        outputs.extend([column(self.upper_bound), value.alias(self.count), column(BIN)]);
        let plan = rows.project(outputs)?.build()?;
        let mut columns: Vec<LaneColumn> = lane.columns.iter().filter(|c| key.contains(&c.name)).cloned().collect();
        for name in [self.upper_bound, self.count] {
            columns.push(LaneColumn { name: name.to_owned(), data_type: ScalarType::Float });
        }
        let order = vec![OrderKey::ascending(BIN)];
        Ok(Lane {
            plan,
            columns,
            key,
            order,
            table_order: Vec::new(),
            variants: None,
            settled: false,
            empty: None,
            ..lane
        })
    }

    fn bounds(&self, bins: &[f64]) -> DfResult<datafusion::logical_expr::LogicalPlan> {
        let fields = vec![
            Field::new(self.upper_bound, arrow_type(ScalarType::Float), true),
            Field::new(BIN, DataType::UInt32, false),
        ];
        let schema = Arc::new(Schema::new(fields));
        let numbers: ArrayRef =
            Arc::new(UInt32Array::from_iter_values(0..u32::try_from(bins.len()).unwrap_or(u32::MAX)));
        let bounds: ArrayRef = Arc::new(Float64Array::from(bins.to_vec()));
        memory_plan(schema.clone(), vec![RecordBatch::try_new(schema, vec![bounds, numbers])?])
    }
}

/// A node as part of a function's identity.
#[derive(Debug, Clone)]
struct Context(Node);

impl PartialEq for Context {
    fn eq(&self, other: &Self) -> bool {
        self.0.span == other.0.span
    }
}

impl Eq for Context {}

impl std::hash::Hash for Context {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.span.hash(state);
    }
}

/// Passes values through and fails on one above the last bin.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct BelowLast {
    bins: usize,
    /// Bits of the last bound.
    last: u64,
    node: Context,
    signature: Signature,
}

impl ScalarUDFImpl for BelowLast {
    fn name(&self) -> &'static str {
        "below_last_bin"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> DfResult<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let Some(values) = args.args.first() else { return datafusion::common::exec_err!("no value") };
        let values = values.to_array(args.number_rows)?;
        let last = f64::from_bits(self.last);
        let floats = values.as_primitive::<Float64Type>();
        for row in 0..floats.len() {
            if floats.is_valid(row) && (floats.value(row) > last || floats.value(row).is_nan()) {
                let (n, v) = (self.bins, floats.value(row));
                let text = format!("found value greater than any bin, {n} {n} {v:.6} {last:.6}");
                return Err(external(runtime(&self.node.0, text)));
            }
        }
        Ok(ColumnarValue::Array(values))
    }
}
