//! `map`: a projection; the columns of the record that the function builds are the columns of the tables.

use datafusion::logical_expr::{Expr, LogicalPlanBuilder, cast};
use datafusion::prelude::lit;
use flux::FluxError;
use flux::plan::{Node, RowExpr, RowFunction, ScalarType};

use super::filter::with_place;
use super::group::remember_table_order;
use super::{Lowering, build};
use crate::lane::{Lane, LaneColumn, Stream, column};
use crate::row::{Place, RowScope, compile, compile_predicate, compile_record, may_fail};
use crate::scalar::arrow_type;

/// The lanes after the projection; tables that were without rows are gone, others may now share keys.
pub(super) async fn map(
    lowering: &mut Lowering<'_>,
    node: &Node,
    input: Stream,
    function: &RowFunction,
) -> Result<Vec<Lane>, FluxError> {
    let mut lanes = Vec::new();
    for lane in input.lanes {
        let rows = lane.plan.clone();
        let absent = absent(lowering, node, &lane, function).await?;
        match project(lowering, node, lane, function, &absent) {
            Ok(lane) => lanes.push(lane),
            // A function that does not fit a lane is no error while no row comes.
            Err(error) if lowering.has_rows(&rows).await? => return Err(error),
            Err(_) => {}
        }
    }
    Ok(lanes)
}

/// Properties that no row has: the branches of an `if` that are ever taken are of no type. Only where InfluxDB evaluates the
/// function by columns; else the type of the other branch counts.
async fn absent(
    lowering: &Lowering<'_>,
    node: &Node,
    lane: &Lane,
    function: &RowFunction,
) -> Result<Vec<String>, FluxError> {
    let RowExpr::Record { properties, .. } = &function.body else { return Ok(Vec::new()) };
    let columns = lane.typed_columns();
    let place = Place::new(node, function);
    let scope = RowScope::new(&columns).at(&place);
    let untyped = |expr: &RowExpr| compile(expr, &scope).is_ok_and(|typed| typed.data_type.is_none());
    let mut absent = Vec::new();
    for (name, value) in properties.iter().filter(|_| function.vectorized) {
        let RowExpr::If { test, then, otherwise } = value else { continue };
        let reached = match (untyped(then), untyped(otherwise)) {
            (true, false) => Expr::is_not_true,
            (false, true) => Expr::is_true,
            _ => continue,
        };
        let condition = compile_predicate(test, &scope).map_err(|e| with_place(node, e))?;
        let rows = build(LogicalPlanBuilder::from(lane.plan.clone()).filter(reached(condition)))?;
        if !lowering.has_rows(&build(rows.build())?).await? {
            absent.push(name.clone());
        }
    }
    Ok(absent)
}

fn project(
    lowering: &mut Lowering<'_>,
    node: &Node,
    lane: Lane,
    function: &RowFunction,
    absent: &[String],
) -> Result<Lane, FluxError> {
    let columns = lane.typed_columns();
    let place = Place::new(node, function);
    let scope = RowScope::new(&columns).at(&place);
    let record = compile_record(&function.body, &scope).map_err(|e| with_place(node, e))?;
    let mut visible = Vec::new();
    for (name, typed) in record {
        match typed.data_type {
            Some(_) if absent.contains(&name) => {}
            Some(data_type) => visible.push((LaneColumn { name, data_type }, typed.expr)),
            // Of no type, but it fails on every row: the column is there to be looked at.
            None if may_fail(&typed.expr) => {
                let data_type = ScalarType::String;
                visible.push((LaneColumn { name, data_type }, cast(typed.expr, arrow_type(data_type))));
            }
            None => {}
        }
    }
    if !function.vectorized {
        visible.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
    }
    let new: Vec<String> = visible.iter().map(|(c, _)| c.name.clone()).collect();
    let same = |(c, expr): &&(LaneColumn, Expr)| *expr == column(&c.name);
    let stay: Vec<String> = visible.iter().filter(same).map(|(c, _)| c.name.clone()).collect();
    let mut lane = lane;
    if lane.key.iter().any(|k| !stay.contains(k)) {
        // Tables leave as they came, also those that are now one.
        let of_tables = if lane.table_order.is_empty() { lane.key.len() } else { lane.table_order.len() };
        lane = build(remember_table_order(lowering, lane, &[]))?;
        lane.table_order = lane.order.iter().take(of_tables).cloned().collect();
    }
    lane.empty = None;
    lane.fields.clear();
    // A table without columns has no rows.
    let rows = if visible.is_empty() { build(lane.filter(lit(false)))? } else { lane };
    let mut lane = build(rows.select(visible))?;
    lane.update_variants(|columns| {
        // What is computed is there in every table, also under the name of a column that some lack.
        columns.retain(|c| stay.contains(c));
        columns.extend(new.iter().filter(|c| !stay.contains(c)).cloned());
    });
    Ok(lane)
}
