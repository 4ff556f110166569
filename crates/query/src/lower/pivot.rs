//! `pivot`: the values of the column key are read first (a run of its own), then one aggregate makes the wide rows.

use std::sync::Arc;

use datafusion::common::Result as DfResult;
use datafusion::functions_aggregate::expr_fn::{first_value, max, min};
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, SortExpr};
use flux::FluxError;
use flux::plan::{Node, Scalar, ScalarType};

use super::group::{merge, remember_table_order, set_key};
use super::{Lowering, build};
use crate::error::runtime;
use crate::lane::{HIDDEN, Lane, LaneColumn, OrderKey, Stream, VARIANT, Variant, column, typed_null};
use crate::run::{Limit, RunNode};
use crate::scalar::{from_array, to_scalar_value};
use crate::source::SERIES;

/// Hidden: the number of the label that a row sets.
const CELL: &str = "\u{1}cell";

/// A value of the column key: its label and the row condition.
#[derive(Debug, Clone)]
struct Cell {
    label: String,
    condition: Expr,
}

/// See the module's text.
pub(super) async fn pivot(
    lowering: &mut Lowering<'_>,
    node: &Node,
    input: Stream,
    row_key: &[String],
    column_key: &[String],
    value: &str,
) -> Result<Stream, FluxError> {
    let mut prepared: Vec<(Lane, Vec<Cell>, ScalarType)> = Vec::new();
    // Straight from a bucket a cell is set once: a field of a series has one value at a time.
    let stored = |l: &Lane| l.table_order.first().is_some_and(|k| k.column == SERIES);
    let apart = |l: &Lane| stored(l) && !l.order.starts_with(&l.table_order);
    let series = input.lanes.iter().all(|l| apart(l) && l.in_key("_field"));
    let once = series && row_key.iter().any(|c| c == "_time") && column_key.iter().any(|c| c == "_field");
    for lane in input.lanes {
        check(node, &lane, row_key, column_key, value)?;
        let value_type = lane.column(value).map_or(ScalarType::String, |c| c.data_type);
        let key: Vec<String> = lane.key.iter().filter(|k| !column_key.contains(k) && *k != value).cloned().collect();
        let cells = cells(lowering, node, &lane, column_key).await?;
        let lane = build(remember_table_order(lowering, lane, &key))?;
        let lane = build(set_key(lowering, lane, key))?;
        prepared.push((lane, cells, value_type));
    }
    let labels = all_labels(node, &prepared, row_key)?;
    let mut lanes = Vec::new();
    for (lane, cells, value_type) in prepared {
        lanes.push(build(wide(lane, &cells, &labels, value_type, row_key, value))?);
    }
    let stream = merge(lowering, node, lanes).await?;
    let mut out = Vec::new();
    for lane in stream.lanes {
        let lane = if once { lane } else { build(last_of_each_cell(lane, row_key))? };
        out.push(build(fold(lane, row_key, &labels))?);
    }
    Ok(Stream { lanes: out })
}

fn check(node: &Node, lane: &Lane, row_key: &[String], column_key: &[String], value: &str) -> Result<(), FluxError> {
    if let Some(missing) = row_key.iter().find(|c| !lane.has(c)) {
        return Err(runtime(node, format!("specified row key column does not exist in table: {missing}")));
    }
    if !lane.has(value) {
        return Err(runtime(node, format!("specified value column does not exist in table: {value}")));
    }
    if let Some(missing) = column_key.iter().find(|c| !lane.has(c)) {
        return Err(runtime(node, format!("specified column does not exist in table: {missing}")));
    }
    Ok(())
}

/// The distinct values of the column key in a lane, in the order of the tables.
async fn cells(
    lowering: &Lowering<'_>,
    node: &Node,
    lane: &Lane,
    column_key: &[String],
) -> Result<Vec<Cell>, FluxError> {
    let groups: Vec<Expr> = column_key.iter().map(|c| column(c)).collect();
    let sort: Vec<SortExpr> = column_key.iter().map(|c| column(c).sort(true, true)).collect();
    let plan = LogicalPlanBuilder::from(lane.plan.clone()).aggregate(groups, Vec::<Expr>::new());
    let plan = build(plan.and_then(|p| p.sort(sort)).and_then(LogicalPlanBuilder::build))?;
    let mut cells = Vec::new();
    for batch in build(lowering.session.collect(&plan).await)? {
        for row in 0..batch.num_rows() {
            let mut label = Vec::new();
            let mut condition: Option<Expr> = None;
            for (name, array) in column_key.iter().zip(batch.columns()) {
                let value = from_array(array.as_ref(), row);
                label.push(text_of(node, &value)?);
                let equal = match to_scalar_value(&value) {
                    Some(v) => column(name).eq(Expr::Literal(v, None)),
                    None => column(name).is_null(),
                };
                condition = Some(match condition {
                    None => equal,
                    Some(all) => all.and(equal),
                });
            }
            let condition = condition.unwrap_or_else(|| datafusion::prelude::lit(true));
            cells.push(Cell { label: label.join("_"), condition });
        }
    }
    Ok(cells)
}

/// How a value of the column key is written in a label.
fn text_of(node: &Node, value: &Scalar) -> Result<String, FluxError> {
    match value {
        Scalar::Null => Ok("null".to_owned()),
        Scalar::Float(number) => Ok(exponential(*number)),
        other => flux::library::to_string(other)
            .map(|v| match v {
                Scalar::String(s) => s.to_string(),
                _ => String::new(),
            })
            .map_err(|e| runtime(node, e)),
    }
}

/// A float with an exponent of a sign and two digits at least: `1.5E+00`.
fn exponential(number: f64) -> String {
    let text = format!("{number:E}");
    match text.split_once('E') {
        Some((digits, exponent)) => {
            let (sign, power) = exponent.strip_prefix('-').map_or(('+', exponent), |power| ('-', power));
            format!("{digits}E{sign}{power:0>2}")
        }
        None if number.is_infinite() => format!("{}Inf", if number > 0.0 { '+' } else { '-' }),
        None => text,
    }
}

/// All labels with their types, in order; a label must not be a column that stays.
fn all_labels(
    node: &Node,
    prepared: &[(Lane, Vec<Cell>, ScalarType)],
    row_key: &[String],
) -> Result<Vec<(String, ScalarType)>, FluxError> {
    let mut labels: Vec<(String, ScalarType)> = Vec::new();
    for (lane, cells, value_type) in prepared {
        for cell in cells {
            if lane.in_key(&cell.label) || row_key.contains(&cell.label) {
                return Err(runtime(
                    node,
                    format!(
                        "value {0:?} appears in a column key column, but a column named {0:?} already exists; consider renaming {0:?} to something else before pivoting",
                        cell.label
                    ),
                ));
            }
            if !labels.iter().any(|(l, t)| *l == cell.label && t == value_type) {
                labels.push((cell.label.clone(), *value_type));
            }
        }
    }
    labels.sort();
    Ok(labels)
}

/// The lane's rows with a column a label, one of them set.
fn wide(
    lane: Lane,
    cells: &[Cell],
    labels: &[(String, ScalarType)],
    value_type: ScalarType,
    row_key: &[String],
    value: &str,
) -> DfResult<Lane> {
    let mut visible: Vec<(LaneColumn, Expr)> =
        lane.visible().into_iter().filter(|(c, _)| lane.in_key(&c.name) || row_key.contains(&c.name)).collect();
    for (label, data_type) in labels {
        let cell = cells.iter().find(|c| c.label == *label).filter(|_| *data_type == value_type);
        let Some(cell) = cell else { continue };
        let set = datafusion::prelude::when(cell.condition.clone(), column(value)).otherwise(typed_null(*data_type))?;
        visible.push((LaneColumn { name: label.clone(), data_type: *data_type }, set));
    }
    let mut lane = lane;
    lane.variants = None;
    lane.empty = None;
    let mut number = datafusion::prelude::lit(0_u32);
    for cell in cells {
        let at = labels.iter().position(|(l, t)| *l == cell.label && *t == value_type).unwrap_or(0);
        let at = datafusion::prelude::lit(u32::try_from(at).unwrap_or(u32::MAX));
        number = datafusion::prelude::when(cell.condition.clone(), at).otherwise(number)?;
    }
    lane.with_hidden(CELL, number)?.select(visible)
}

/// Of several values for one cell the last stays.
fn last_of_each_cell(lane: Lane, row_key: &[String]) -> DfResult<Lane> {
    let mut partition = lane.key_by_label();
    partition.extend(row_key.iter().filter(|c| !lane.in_key(c)).cloned());
    partition.push(CELL.to_owned());
    let backwards = |k: &OrderKey| OrderKey { column: k.column.clone(), descending: !k.descending };
    let order = lane.order.iter().filter(|k| !partition.contains(&k.column)).map(backwards).collect();
    let plan = RunNode::plan(lane.plan.clone(), partition, order, Arc::new(Limit { offset: 0, fetch: 1 }))?;
    Ok(Lane { plan, ..lane })
}

/// One row a row key with the value of each label (there is at most one), in the order of first appearance.
fn fold(lane: Lane, row_key: &[String], labels: &[(String, ScalarType)]) -> DfResult<Lane> {
    let order: Vec<SortExpr> = lane.order.iter().map(OrderKey::sort_expr).collect();
    let mut groups: Vec<String> = lane.key.clone();
    groups.extend(row_key.iter().filter(|c| !lane.in_key(c)).cloned());
    let is_label = |name: &str| labels.iter().any(|(l, _)| l == name) && !groups.iter().any(|g| g == name);
    let mut exprs = Vec::new();
    let mut outputs: Vec<Expr> = groups.iter().map(|g| column(g)).collect();
    for c in lane.columns.iter().filter(|c| is_label(&c.name)) {
        exprs.push(max(column(&c.name)).alias(&c.name));
        outputs.push(column(&c.name));
    }
    let mut new_order = Vec::new();
    for (i, key) in lane.order.iter().enumerate() {
        let hidden = format!("{HIDDEN}pivot{i}");
        // The first column of the order decides alone.
        let first = match (i, key.descending) {
            (0, false) => min(column(&key.column)),
            (0, true) => max(column(&key.column)),
            _ => first_value(column(&key.column), order.clone()),
        };
        exprs.push(first.alias(&hidden));
        outputs.push(column(&hidden));
        new_order.push(OrderKey { column: hidden, descending: key.descending });
    }
    let stays = |c: &&LaneColumn| lane.in_key(&c.name) || row_key.contains(&c.name) || is_label(&c.name);
    let mut columns: Vec<LaneColumn> = lane.columns.iter().filter(stays).cloned().collect();
    columns.sort_by_key(|c| {
        labels.iter().position(|(l, _)| *l == c.name).filter(|_| is_label(&c.name)).map_or(0, |i| i + 1)
    });
    let (variants, bits) = label_variants(&columns, is_label)?;
    outputs.push(bits.alias(VARIANT));
    let groups: Vec<Expr> = groups.iter().map(|g| column(g)).collect();
    let plan = LogicalPlanBuilder::from(lane.plan.clone()).aggregate(groups, exprs)?.project(outputs)?.build()?;
    let variants = Some(variants);
    Ok(Lane { plan, columns, order: new_order, table_order: Vec::new(), variants, settled: false, ..lane })
}

/// A table has a label's column if one of its rows has a value there: a variant a label, and the bits of a row.
pub(super) fn label_variants(
    columns: &[LaneColumn],
    is_label: impl Fn(&str) -> bool,
) -> DfResult<(Vec<Variant>, Expr)> {
    let fixed: Vec<String> = columns.iter().map(|c| c.name.clone()).filter(|n| !is_label(n)).collect();
    let mut variants = Vec::new();
    let mut bits = datafusion::prelude::lit(0_u64);
    for (i, label) in columns.iter().filter(|c| is_label(&c.name)).enumerate() {
        let mut has = fixed.clone();
        has.push(label.name.clone());
        let variant = Variant::numbered(u32::try_from(i).unwrap_or(u32::MAX), has);
        let mut set =
            datafusion::prelude::when(column(&label.name).is_not_null(), datafusion::prelude::lit(variant.bits));
        bits = datafusion::logical_expr::bitwise_or(bits, set.otherwise(datafusion::prelude::lit(0_u64))?);
        variants.push(variant);
    }
    Ok((variants, bits))
}
