//! Aggregates that DataFusion does not have, and other procedures that make few rows of each table: kernels that fold.

use std::sync::Arc;

use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::prelude::lit;
use flux::FluxError;
use flux::plan::{Aggregate, Node, Op, RowFunction, Scalar, ScalarType};

use super::filter::with_place;
use super::group::{complete_pushed_key, pushed_columns};
use super::{Lowering, build, group};
use crate::error::runtime;
use crate::lane::{HIDDEN, Lane, LaneColumn, OrderKey, Poison, Stream, column};
use crate::row::{Place, Reducer, RowScope};
use crate::run::RunNode;
use crate::run::fold::{
    Covariance, Digest, ExactMean, Falling, Fold, Folding, HistogramQuantile, Integral, KeyValues, Mode, Reduce, Skew,
};
use crate::scalar::arrow_type;
use crate::source::text;

/// Hidden: 0 in rows that only say that their table exists.
const LIVE: &str = "\u{1}live";

/// The aggregates that are folded.
pub(super) fn folds(aggregate: &Aggregate) -> bool {
    matches!(
        aggregate,
        Aggregate::Skew
            | Aggregate::Quantile { .. }
            | Aggregate::Mode
            | Aggregate::Integral { .. }
            | Aggregate::Covariance { .. }
    )
}

/// The lanes of one of the aggregates above.
pub(super) fn aggregate(
    lowering: &Lowering<'_>,
    node: &Node,
    input: Stream,
    aggregate: &Aggregate,
    name: &str,
) -> Result<Vec<Lane>, FluxError> {
    let listed = pushed_columns(lowering, node);
    let lanes = input.lanes.into_iter().map(|lane| {
        let lane = build(complete_pushed_key(lane, listed))?;
        aggregate_lane(node, lane, aggregate, name)
    });
    lanes.collect()
}

fn aggregate_lane(node: &Node, lane: Lane, aggregate: &Aggregate, name: &str) -> Result<Lane, FluxError> {
    if matches!(aggregate, Aggregate::Mode) {
        return build(mode(lane, name));
    }
    let inputs: Vec<&str> = match aggregate {
        Aggregate::Covariance { columns, .. } => columns.iter().map(String::as_str).collect(),
        _ => vec![name],
    };
    if let Aggregate::Integral { .. } = aggregate
        && let Some(bound) = ["_start", "_stop"].into_iter().find(|bound| !lane.in_key(bound))
    {
        let text = format!("integral function needs {bound} column to be part of group key");
        return Err(runtime(node, text));
    }
    if let [Some(x), Some(y)] = inputs.iter().map(|name| lane.column(name)).collect::<Vec<_>>().as_slice()
        && x.data_type != y.data_type
    {
        return Err(runtime(node, "cannot compute the covariance between different types"));
    }
    for input in &inputs {
        let Some(found) = lane.column(input).map(|c| c.data_type) else {
            let text = match aggregate {
                Aggregate::Covariance { .. } => format!("specified column does not exist in table: {input}"),
                _ => format!("column {input:?} does not exist"),
            };
            return Err(runtime(node, text));
        };
        if lane.in_key(input) && !matches!(aggregate, Aggregate::Covariance { .. }) {
            return Err(runtime(node, "cannot aggregate columns that are part of the group key"));
        }
        if !takes(aggregate, found) {
            let text = match aggregate {
                Aggregate::Covariance { .. } => format!("covariance does not support {}", found.name()),
                Aggregate::Integral { .. } => format!("cannot perform integral over {}", found.name()),
                _ => format!("unsupported aggregate column type {}", found.name()),
            };
            return Ok(Lane { poison: Some(Poison { error: runtime(node, text), held_back: true }), ..lane });
        }
    }
    let column = name.to_owned();
    let fold: Arc<dyn Fold> = match aggregate {
        Aggregate::Skew => Arc::new(Skew { column }),
        Aggregate::Quantile { q, exact: true, .. } => Arc::new(ExactMean { column, q: *q }),
        Aggregate::Quantile { q, compression, .. } => Arc::new(Digest { column, q: *q, compression: *compression }),
        Aggregate::Integral { unit, time_column, linear } => {
            let bounds = ["_start", "_stop"].map(str::to_owned);
            if lane.column(time_column).is_none_or(|c| c.data_type != ScalarType::Time) {
                return Err(runtime(node, format!("no column {time_column:?} exists")));
            }
            let (time, unit) = (time_column.clone(), unit.approximate_nanos());
            Arc::new(Integral { column, time, unit, bounds: linear.then_some(bounds), node: node.clone() })
        }
        Aggregate::Covariance { columns, pearson, value_dst } => {
            Arc::new(Covariance { columns: columns.clone(), pearson: *pearson, result: value_dst.clone() })
        }
        _ => return Err(super::unsupported(node, &node.name)),
    };
    build(fold_lane(lane, fold, &[(name, ScalarType::Float)]))
}

fn takes(aggregate: &Aggregate, found: ScalarType) -> bool {
    match aggregate {
        Aggregate::Quantile { exact: true, .. } | Aggregate::Covariance { .. } => found == ScalarType::Float,
        _ => matches!(found, ScalarType::Int | ScalarType::UInt | ScalarType::Float),
    }
}

/// `mode`, as `_value` whatever column it is of. Without the column it is an empty text, of a column of the key its value.
fn mode(lane: Lane, name: &str) -> DfResult<Lane> {
    let value = lane.column(name).cloned();
    let one = match &value {
        None => Some((ScalarType::String, text(""))),
        Some(c) if lane.in_key(name) => Some((c.data_type, column(name))),
        Some(_) => None,
    };
    let Some((data_type, value)) = one else {
        let found = value.map_or(ScalarType::Float, |c| c.data_type);
        let mode = Mode { column: name.to_owned(), data_type: arrow_type(found) };
        return fold_lane(lane, Arc::new(mode), &[("_value", found)]);
    };
    let lane = Lane { plan: lane.all_keys_plan()?, empty: None, variants: None, order: Vec::new(), ..lane };
    let of_key = |c: &&(LaneColumn, Expr)| lane.in_key(&c.0.name) && c.0.name != "_value";
    let mut visible: Vec<_> = lane.visible().iter().filter(of_key).cloned().collect();
    visible.push((LaneColumn { name: "_value".to_owned(), data_type }, value));
    let key: Vec<String> = lane.key.iter().filter(|k| *k != "_value").cloned().collect();
    let lane = Lane { table_order: Vec::new(), settled: false, ..lane }.select(visible)?;
    Ok(Lane { key, ..lane })
}

/// One fold over the tables of a lane, with and without rows.
pub(super) fn fold_lane(lane: Lane, fold: Arc<dyn Fold>, results: &[(&str, ScalarType)]) -> DfResult<Lane> {
    let partition = lane.key_by_label();
    let replaced = |name: &String| results.iter().any(|(r, _)| r == name);
    let key: Vec<String> = partition.iter().filter(|k| !replaced(k)).cloned().collect();
    let order: Vec<OrderKey> = lane.order.iter().filter(|k| !partition.contains(&k.column)).cloned().collect();
    let (input, live) = match &lane.empty {
        None => (lane.plan.clone(), None),
        Some(empty) => (with_signs(&lane, empty)?, Some(LIVE.to_owned())),
    };
    let ordinal = format!("{HIDDEN}result");
    let folding = Folding { fold, key, live, ordinal: Some(ordinal.clone()) };
    let plan = RunNode::plan(input, partition, order, Arc::new(folding))?;
    let result = |name: &str| results.iter().find(|(r, _)| *r == name).map(|(_, data_type)| *data_type);
    let mut columns: Vec<LaneColumn> = lane.columns.iter().filter(|c| lane.in_key(&c.name)).cloned().collect();
    for c in &mut columns {
        c.data_type = result(&c.name).unwrap_or(c.data_type);
    }
    for (name, data_type) in results {
        if !columns.iter().any(|c| c.name == *name) {
            columns.push(LaneColumn { name: (*name).to_owned(), data_type: *data_type });
        }
    }
    let order = vec![OrderKey::ascending(ordinal)];
    let lane = Lane { plan, columns, order, empty: None, variants: None, settled: false, ..lane };
    Ok(Lane { table_order: Vec::new(), ..lane })
}

/// The rows with [`LIVE`] = 1, and a row of nulls with [`LIVE`] = 0 for each table that exists.
fn with_signs(lane: &Lane, empty: &LogicalPlan) -> DfResult<LogicalPlan> {
    let (mut rows, mut signs) = (Vec::new(), Vec::new());
    for field in lane.plan.schema().fields() {
        let name = field.name();
        rows.push(column(name));
        signs.push(if lane.in_key(name) {
            column(name)
        } else {
            Expr::Literal(ScalarValue::try_from(field.data_type())?, None).alias(name)
        });
    }
    rows.push(lit(1_i64).alias(LIVE));
    signs.push(lit(0_i64).alias(LIVE));
    let rows = LogicalPlanBuilder::from(lane.plan.clone()).project(rows)?.build()?;
    let signs = LogicalPlanBuilder::from(empty.clone()).project(signs)?.build()?;
    let inputs = vec![Arc::new(rows), Arc::new(signs)];
    Ok(LogicalPlan::Union(datafusion::logical_expr::Union::try_new_with_loose_types(inputs)?))
}

/// `reduce`: the key and the properties of the accumulator, sorted by name.
pub(super) async fn reduce(
    lowering: &mut Lowering<'_>,
    node: &Node,
    input: Stream,
    function: &RowFunction,
    identity: &[(String, Scalar)],
) -> Result<Stream, FluxError> {
    let mut lanes = Vec::new();
    for lane in input.lanes {
        let columns = lane.typed_columns();
        let place = Place::new(node, function);
        let scope = RowScope::new(&columns).at(&place);
        let reducer = Reducer::new(function, identity, &scope).map_err(|e| with_place(node, e))?;
        let results = reducer.columns().to_vec();
        let names: Vec<(&str, ScalarType)> = results.iter().map(|(n, t)| (n.as_str(), *t)).collect();
        let mut lane = build(fold_lane(lane, Arc::new(Reduce { reducer: Arc::new(reducer) }), &names))?;
        if results.iter().any(|(name, _)| lane.in_key(name)) {
            let groups: Vec<Expr> = lane.key.iter().map(|k| column(k)).collect();
            let tables = "\u{1}tables";
            let twice = LogicalPlanBuilder::from(lane.plan.clone())
                .aggregate(groups, vec![count(lit(1_i64)).alias(tables)])
                .and_then(|b| b.filter(column(tables).gt(lit(1_i64))))
                .and_then(LogicalPlanBuilder::build);
            if lowering.has_rows(&build(twice)?).await? {
                return Err(runtime(node, "two reducers writing result to the same table"));
            }
            lane.fields.clear();
        }
        lanes.push(lane);
    }
    group::merge(lowering, node, lanes).await
}

/// `keyValues`: the distinct values of columns beside their names.
pub(super) fn key_values(node: &Node, input: Stream, columns: &[String]) -> Result<Vec<Lane>, FluxError> {
    let lanes = input.lanes.into_iter().map(|lane| {
        let present: Vec<LaneColumn> = columns.iter().filter_map(|c| lane.column(c)).cloned().collect();
        let Some(first) = present.first().map(|c| c.data_type) else {
            let (have, want) = (lane.column_names().join(" "), columns.join(" "));
            return Err(runtime(node, format!("received table with columns [{have}] not having key columns [{want}]")));
        };
        if present.iter().any(|c| c.data_type != first) {
            return Err(runtime(node, "keyColumns must all be the same type"));
        }
        let names = present.into_iter().map(|c| c.name).collect();
        let fold = KeyValues { columns: names, data_type: arrow_type(first) };
        build(fold_lane(lane, Arc::new(fold), &[("_key", ScalarType::String), ("_value", first)]))
    });
    lanes.collect()
}

/// `histogramQuantile`.
pub(super) fn histogram_quantile(node: &Node, input: Stream) -> Result<Vec<Lane>, FluxError> {
    let Op::HistogramQuantile { quantile, count_column, upper_bound_column, value_column, min_value, on_nonmonotonic } =
        &node.op
    else {
        return Ok(input.lanes);
    };
    let lanes = input.lanes.into_iter().map(|lane| {
        for (role, name) in [("count", count_column), ("upper bound", upper_bound_column)] {
            match lane.column(name).map(|c| c.data_type) {
                Some(ScalarType::Float) => {}
                Some(_) => return Err(FluxError::invalid(format!("{role} column {name:?} must be of type float"))),
                None => return Err(FluxError::invalid(format!("table is missing {role} column {name:?}"))),
            }
        }
        let fold = HistogramQuantile {
            quantile: *quantile,
            count: count_column.clone(),
            upper_bound: upper_bound_column.clone(),
            value: value_column.clone(),
            min: *min_value,
            falling: match on_nonmonotonic.as_str() {
                "drop" => Falling::DropTable,
                "force" => Falling::Raise,
                _ => Falling::Fail,
            },
            node: node.clone(),
        };
        build(fold_lane(lane, Arc::new(fold), &[(value_column, ScalarType::Float)]))
    });
    lanes.collect()
}
