//! `map`: a projection; the columns of the record that the function builds are the columns of the tables.

use datafusion::logical_expr::Expr;
use flux::FluxError;
use flux::plan::{Node, RowFunction};

use super::filter::with_place;
use super::group::remember_table_order;
use super::{Lowering, build};
use crate::lane::{Lane, LaneColumn, Stream, column};
use crate::row::{Place, RowScope, compile_record};

/// The lanes after the projection; tables that were without rows are gone, others may now share keys.
pub(super) fn map(
    lowering: &mut Lowering<'_>,
    node: &Node,
    input: Stream,
    function: &RowFunction,
) -> Result<Vec<Lane>, FluxError> {
    input.lanes.into_iter().map(|lane| project(lowering, node, lane, function)).collect()
}

fn project(lowering: &mut Lowering<'_>, node: &Node, lane: Lane, function: &RowFunction) -> Result<Lane, FluxError> {
    let columns = lane.typed_columns();
    let place = Place::new(node, function);
    let scope = RowScope::new(&columns).at(&place);
    let record = compile_record(&function.body, &scope).map_err(|e| with_place(node, e))?;
    let mut visible = Vec::new();
    for (name, typed) in record {
        let Some(data_type) = typed.data_type else { continue };
        visible.push((LaneColumn { name, data_type }, typed.expr));
    }
    if !function.vectorized {
        visible.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
    }
    let old: Vec<String> = lane.column_names();
    let new: Vec<String> = visible.iter().map(|(c, _)| c.name.clone()).collect();
    let same = |(c, expr): &&(LaneColumn, Expr)| *expr == column(&c.name);
    let stay: Vec<String> = visible.iter().filter(same).map(|(c, _)| c.name.clone()).collect();
    let mut lane = lane;
    if lane.key.iter().any(|k| !stay.contains(k)) {
        lane = build(remember_table_order(lowering, lane, &stay))?;
    }
    lane.empty = None;
    lane.fields.clear();
    let mut lane = build(lane.select(visible))?;
    lane.update_variants(|columns| {
        columns.retain(|c| new.contains(c));
        columns.extend(new.iter().filter(|c| !old.contains(c)).cloned());
    });
    Ok(lane)
}
