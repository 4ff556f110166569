//! Aggregates: one row a table, DataFusion's `Aggregate` over the key.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result as DfResult;
use datafusion::functions_aggregate::expr_fn::{avg, count, max, min, stddev, stddev_pop, sum};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, cast};
use datafusion::prelude::{lit, when};
use flux::FluxError;
use flux::plan::{Aggregate, Node, ScalarType};

use super::group::{complete_pushed_key, pushed_columns};
use super::{Lowering, build, unsupported};
use crate::error::runtime;
use crate::lane::{HIDDEN, Lane, LaneColumn, OrderKey, Poison, Stream, column, typed_null};
use crate::numbered::Numbered;
use crate::scalar::arrow_type;

/// Keys that are numbered at most: their table, some hundred bytes a key, is not in the account of memory.
const MAX_NUMBERED_KEYS: u64 = 32_768;

/// Hidden: whether a row is a row and not only the sign that its table exists.
const LIVE: &str = "\u{1}live";

/// The lanes of one-row tables. Where InfluxDB aggregates in its storage the value stands before the tags.
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
        let mut lane = aggregate_lane(node, lane, aggregate, name)?;
        if node.pushed && lane.poison.is_none() {
            as_storage_prints(&mut lane, name, listed);
            lane = build(as_storage_orders(lane, listed))?;
        }
        Ok(lane)
    });
    lanes.collect()
}

/// The order of tables in answers of InfluxDB's storage: by the columns of a `group` as it lists them, else by series.
fn as_storage_orders(lane: Lane, listed: &[String]) -> DfResult<Lane> {
    let tags = lane.key_by_label().into_iter().filter(|k| !k.starts_with('_'));
    let series = std::iter::once("_measurement".to_owned()).chain(tags).chain(["_field".to_owned()]);
    let columns: Vec<String> = if listed.is_empty() { series.collect() } else { listed.to_vec() };
    let columns = columns.into_iter().chain(["_start".to_owned(), "_stop".to_owned()]);
    let columns: Vec<String> = columns.filter(|c| lane.in_key(c)).collect();
    // Names that the same columns have in other lanes, with which this one may be merged.
    let mut lane = lane;
    for name in columns {
        // Series without the tag come last.
        for (kind, value) in [("absent", column(&name).is_null()), ("of", column(&name))] {
            let hidden = format!("{HIDDEN}{kind} {name}");
            lane = lane.with_hidden(&hidden, value)?;
            lane.table_order.push(OrderKey::ascending(hidden));
        }
    }
    Ok(lane)
}

/// The order of columns in answers of InfluxDB's storage: bounds, value, then tags, those of a `group` as it lists them.
fn as_storage_prints(lane: &mut Lane, value: &str, listed: &[String]) {
    let rank = |name: &str| match name {
        "_start" => 0,
        "_stop" => 1,
        _ if name == value => 2,
        _ => 3 + listed.iter().position(|l| l == name).unwrap_or(0),
    };
    lane.columns.sort_by_key(|c| rank(&c.name));
    lane.key.sort_by_key(|k| rank(k));
}

fn aggregate_lane(node: &Node, lane: Lane, aggregate: &Aggregate, name: &str) -> Result<Lane, FluxError> {
    let Some(c) = lane.column(name).cloned() else {
        return Err(runtime(node, format!("column {name:?} does not exist")));
    };
    if lane.in_key(name) {
        return Err(runtime(node, "cannot aggregate columns that are part of the group key"));
    }
    let Some(data_type) = result_type(aggregate, c.data_type) else {
        return Ok(refused(node, lane, c.data_type));
    };
    let live = lane.empty.is_some();
    let Some(value) = folded(aggregate, name, c.data_type, live) else {
        return Err(unsupported(node, &node.name));
    };
    build(grouped(lane, LaneColumn { name: name.to_owned(), data_type }, value, c.data_type))
}

/// A lane whose tables hold what the aggregate does not take.
fn refused(node: &Node, lane: Lane, found: ScalarType) -> Lane {
    let error = if node.pushed {
        let word = match found {
            ScalarType::Bool => "boolean",
            ScalarType::Int => "integer",
            ScalarType::UInt => "unsigned",
            other => other.name(),
        };
        FluxError::invalid(format!("unsupported input type for {} aggregate: {word}", node.name))
    } else {
        runtime(node, format!("unsupported aggregate column type {}", found.name()))
    };
    let poison = Poison { error, held_back: !node.pushed };
    Lane { poison: Some(poison), ..lane }
}

/// The type of the answer; `None` if the aggregate does not take the column's type.
fn result_type(aggregate: &Aggregate, column: ScalarType) -> Option<ScalarType> {
    let number = matches!(column, ScalarType::Int | ScalarType::UInt | ScalarType::Float);
    match aggregate {
        Aggregate::Count => (column != ScalarType::Time).then_some(ScalarType::Int),
        Aggregate::Sum | Aggregate::Spread => number.then_some(column),
        Aggregate::Mean | Aggregate::Stddev { .. } => number.then_some(ScalarType::Float),
        _ => None,
    }
}

/// Hidden: how many rows the one table without a key has.
const ROWS: &str = "\u{1}rows";

/// DataFusion's aggregates, and what the answer makes of them (they stand under [`PARTS`] there).
struct Folded {
    parts: Vec<Expr>,
    result: Expr,
}

/// Hidden names of the aggregates that an answer is made of.
const PARTS: [&str; 2] = ["\u{1}part0", "\u{1}part1"];

fn folded(aggregate: &Aggregate, name: &str, data_type: ScalarType, live: bool) -> Option<Folded> {
    let value = column(name);
    let float = || if data_type == ScalarType::Float { column(name) } else { cast(column(name), DataType::Float64) };
    let [first, second] = PARTS.map(column);
    let one = |part: Expr| Folded { parts: vec![part], result: column(PARTS[0]) };
    Some(match aggregate {
        Aggregate::Count if live => one(sum(column(LIVE))),
        Aggregate::Count => one(count(lit(1_i64))),
        Aggregate::Sum => one(sum(value)),
        Aggregate::Mean => one(avg(float())),
        Aggregate::Spread => Folded { parts: vec![max(value.clone()), min(value)], result: first - second },
        // One value has no deviation among samples: not a number, as recorded.
        Aggregate::Stddev { population: false } => Folded {
            parts: vec![stddev(float()), count(float())],
            result: when(second.eq(lit(1_i64)), lit(f64::NAN)).otherwise(first).ok()?,
        },
        Aggregate::Stddev { population: true } => one(stddev_pop(float())),
        _ => return None,
    })
}

/// Hidden: the number of the part of a key that says which series it is.
const KEY: &str = "\u{1}key";

/// Numbers for the part of the key that says which series it is, and the columns of that part; `None` if there may be
/// too many, or if it is one column, which DataFusion groups well.
fn numbered_key(lane: &Lane) -> DfResult<Option<(Numbered, Vec<String>)>> {
    let Some(series) = lane.series.as_ref().filter(|s| s.at_most <= MAX_NUMBERED_KEYS) else { return Ok(None) };
    let columns = lane.columns.iter().filter(|c| lane.in_key(&c.name) && series.columns.contains(&c.name));
    let columns: Vec<(String, DataType)> = columns.map(|c| (c.name.clone(), arrow_type(c.data_type))).collect();
    if columns.len() < 2 {
        return Ok(None);
    }
    let names = columns.iter().map(|(name, _)| name.clone()).collect();
    Ok(Some((Numbered::new(columns)?, names)))
}

/// `Aggregate` by the key. Tables without rows take part through one row of nulls that does not live.
fn grouped(lane: Lane, result: LaneColumn, value: Folded, input_type: ScalarType) -> DfResult<Lane> {
    let key = lane.key.clone();
    let input = match &lane.empty {
        None => lane.plan.clone(),
        Some(empty) => with_signs(&lane, empty, &result.name, input_type)?,
    };
    let numbered = numbered_key(&lane)?;
    let is_numbered = |k: &str| numbered.as_ref().is_some_and(|(n, _)| n.value(k, column(KEY)).is_some());
    let plain = key.iter().filter(|k| !is_numbered(k)).map(|k| column(k));
    let groups: Vec<Expr> = numbered.iter().map(|_| column(KEY)).chain(plain).collect();
    let input = match &numbered {
        Some((numbered, columns)) => {
            let mut exprs = vec![numbered.number().alias(KEY)];
            let rest = input.schema().fields().iter().map(|f| f.name()).filter(|n| !columns.contains(n));
            exprs.extend(rest.map(|n| column(n)));
            LogicalPlanBuilder::from(input).project(exprs)?.build()?
        }
        None => input,
    };
    let parts = value.parts.into_iter().zip(PARTS).map(|(part, name)| part.alias(name));
    // Without groups DataFusion gives a row even for no input; Flux has no table then.
    let parts: Vec<Expr> = parts.chain(groups.is_empty().then(|| count(lit(1_i64)).alias(ROWS))).collect();
    let some = groups.is_empty().then(|| column(ROWS).gt(lit(0_i64)));
    let builder = LogicalPlanBuilder::from(input).aggregate(groups, parts)?;
    let builder = match some {
        Some(some) => builder.filter(some)?,
        None => builder,
    };
    let value_of = |k: &String| match numbered.as_ref().and_then(|(n, _)| n.value(k, column(KEY))) {
        Some(value) => value.alias(k),
        None => column(k),
    };
    let mut exprs: Vec<Expr> = key.iter().map(value_of).collect();
    exprs.push(value.result.alias(&result.name));
    let plan = builder.project(exprs)?.build()?;
    let mut columns: Vec<LaneColumn> = lane.columns.iter().filter(|c| key.contains(&c.name)).cloned().collect();
    columns.push(result);
    Ok(Lane {
        plan,
        columns,
        key,
        order: Vec::new(),
        table_order: Vec::new(),
        variants: None,
        settled: false,
        empty: None,
        bounds: lane.bounds,
        fields: lane.fields,
        series: lane.series,
        poison: None,
    })
}

/// The rows with [`LIVE`] = 1, and a row of nulls with [`LIVE`] = 0 for each table that exists.
fn with_signs(lane: &Lane, empty: &LogicalPlan, value: &str, data_type: ScalarType) -> DfResult<LogicalPlan> {
    let key: Vec<Expr> = lane.key.iter().map(|k| column(k)).collect();
    let mut rows = key.clone();
    rows.extend([column(value), lit(1_i64).alias(LIVE)]);
    let rows = LogicalPlanBuilder::from(lane.plan.clone()).project(rows)?.build()?;
    let mut signs = key;
    signs.extend([typed_null(data_type).alias(value), lit(0_i64).alias(LIVE)]);
    let signs = LogicalPlanBuilder::from(empty.clone()).project(signs)?.build()?;
    LogicalPlanBuilder::from(rows).union(signs)?.build()
}
