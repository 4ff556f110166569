//! Aggregates: one row a table, DataFusion's `Aggregate` over the key.

use std::sync::Arc;

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
use crate::run::{FieldParts, Fields, RunNode};
use crate::whole::{self, WholeRows};

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
        // Series without the tag come last; what is no tag is always there.
        let absent = (!name.starts_with('_')).then(|| ("absent", column(&name).is_null()));
        for (kind, value) in absent.into_iter().chain([("of", column(&name))]) {
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
    let result = LaneColumn { name: name.to_owned(), data_type };
    build(grouped(&lane, result, aggregate, c.data_type))?.ok_or_else(|| unsupported(node, &node.name))
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

/// What of a column an aggregate asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Values {
    /// Every row has one.
    All,
    /// Rows that do not live have none.
    Live,
    /// Rows may lack one.
    Some,
}

fn folded(aggregate: &Aggregate, name: &str, data_type: ScalarType, values: Values) -> Option<Folded> {
    let value = column(name);
    let float = || if data_type == ScalarType::Float { column(name) } else { cast(column(name), DataType::Float64) };
    let [first, second] = PARTS.map(column);
    let one = |part: Expr| Folded { parts: vec![part], result: column(PARTS[0]) };
    Some(match aggregate {
        Aggregate::Count => match values {
            Values::All => one(count(lit(1_i64))),
            Values::Live => one(sum(column(LIVE))),
            Values::Some => one(count(value)),
        },
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

/// `Aggregate` by the key. Tables without rows take part through one row of nulls that does not live. `None` if this is no
/// aggregate of DataFusion's.
fn grouped(lane: &Lane, result: LaneColumn, aggregate: &Aggregate, input_type: ScalarType) -> DfResult<Option<Lane>> {
    let whole =
        whole::of(lane).filter(|whole| result.name == "_value" && lane.empty.is_none() && has_keys(whole, lane));
    let input = match (whole, &lane.empty) {
        (Some(whole), _) => whole.plan().clone(),
        (None, None) => lane.plan.clone(),
        (None, Some(empty)) => with_signs(lane, empty, &result.name, input_type)?,
    };
    // Of whole rows every one stands for all fields.
    let key: Vec<&String> = lane.key.iter().filter(|k| whole.is_none() || *k != "_field").collect();
    let numbered = Numbered::of_series(lane, &key)?;
    let is_numbered = |k: &str| numbered.as_ref().is_some_and(|n| n.value(k, column(KEY)).is_some());
    let plain = key.iter().filter(|k| !is_numbered(k)).map(|k| column(k));
    let groups: Vec<Expr> = numbered.iter().map(|_| column(KEY)).chain(plain).collect();
    let input = match &numbered {
        Some(numbered) => {
            let mut exprs = vec![numbered.number().alias(KEY)];
            let rest = input.schema().fields().iter().map(|f| f.name()).filter(|n| !is_numbered(n));
            exprs.extend(rest.map(|n| column(n)));
            LogicalPlanBuilder::from(input).project(exprs)?.build()?
        }
        None => input,
    };
    let values = if lane.empty.is_some() { Values::Live } else { Values::All };
    let folded = match whole {
        Some(whole) => fold_whole(input, groups, whole, aggregate, input_type)?,
        None => match folded(aggregate, &result.name, input_type, values) {
            Some(value) => Some((fold_rows(input, groups, value.parts)?, value.result)),
            None => None,
        },
    };
    let Some((plan, value)) = folded else { return Ok(None) };
    let value_of = |k: &String| match numbered.as_ref().and_then(|n| n.value(k, column(KEY))) {
        Some(value) => value.alias(k),
        None => column(k),
    };
    let mut exprs: Vec<Expr> = lane.key.iter().map(value_of).collect();
    exprs.push(value.alias(&result.name));
    let plan = LogicalPlanBuilder::from(plan).project(exprs)?.build()?;
    Ok(Some(one_row_a_table(lane, plan, result)))
}

/// Whether whole rows have the columns of a lane's key, which tells fields apart.
fn has_keys(whole: &WholeRows, lane: &Lane) -> bool {
    let has = |k: &String| whole.plan().schema().has_column_with_unqualified_name(k);
    lane.in_key("_field") && lane.key.iter().all(|k| k == "_field" || has(k))
}

/// The aggregate over rows of one value each.
fn fold_rows(input: LogicalPlan, groups: Vec<Expr>, parts: Vec<Expr>) -> DfResult<LogicalPlan> {
    let parts = parts.into_iter().zip(PARTS).map(|(part, name)| part.alias(name));
    // Without groups DataFusion gives a row even for no input; Flux has no table then.
    let parts: Vec<Expr> = parts.chain(groups.is_empty().then(|| count(lit(1_i64)).alias(ROWS))).collect();
    let some = groups.is_empty().then(|| column(ROWS).gt(lit(0_i64)));
    let builder = LogicalPlanBuilder::from(input).aggregate(groups, parts)?;
    match some {
        Some(some) => builder.filter(some)?.build(),
        None => builder.build(),
    }
}

/// The aggregate over whole rows: all fields in one pass, then a row for each field that has values.
fn fold_whole(
    input: LogicalPlan,
    groups: Vec<Expr>,
    whole: &WholeRows,
    aggregate: &Aggregate,
    input_type: ScalarType,
) -> DfResult<Option<(LogicalPlan, Expr)>> {
    let (mut parts, mut fields, mut result) = (Vec::new(), Vec::new(), None);
    for field in whole.fields() {
        let name = whole::value_column(field);
        let Some(value) = folded(aggregate, &name, input_type, Values::Some) else { return Ok(None) };
        let names: Vec<String> =
            PARTS.iter().take(value.parts.len()).map(|part| format!("{part} of {field}")).collect();
        parts.extend(value.parts.into_iter().zip(&names).map(|(part, name)| part.alias(name)));
        let counted = format!("{ROWS} of {field}");
        parts.push(count(column(&name)).alias(&counted));
        fields.push(FieldParts { field: field.clone(), count: counted, parts: names });
        result = Some(value.result);
    }
    let plan = LogicalPlanBuilder::from(input).aggregate(groups, parts)?.build()?;
    let names = PARTS.iter().take(fields.first().map_or(0, |f| f.parts.len())).map(|part| (*part).to_owned());
    let kernel = Arc::new(Fields { fields, parts: names.collect() });
    let plan = RunNode::plan(plan, Vec::new(), Vec::new(), kernel)?;
    Ok(result.map(|result| (plan, result)))
}

/// The lane of an aggregate's tables.
fn one_row_a_table(lane: &Lane, plan: LogicalPlan, result: LaneColumn) -> Lane {
    let mut columns: Vec<LaneColumn> = lane.columns.iter().filter(|c| lane.in_key(&c.name)).cloned().collect();
    columns.push(result);
    Lane {
        plan,
        columns,
        key: lane.key.clone(),
        order: Vec::new(),
        table_order: Vec::new(),
        variants: None,
        settled: false,
        empty: None,
        bounds: lane.bounds,
        fields: lane.fields.clone(),
        series: lane.series.clone(),
        poison: None,
        whole: None,
    }
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
