//! `map`: a projection; the columns of the record that the function builds are the columns of the tables.

use flux::FluxError;
use flux::plan::{Node, RowFunction};

use super::build;
use super::filter::with_place;
use crate::lane::{Lane, LaneColumn, Stream};
use crate::row::{Place, RowScope, compile_record};

/// The lanes after the projection; tables that were without rows are gone, others may now share keys.
pub(super) fn map(node: &Node, input: Stream, function: &RowFunction) -> Result<Vec<Lane>, FluxError> {
    input.lanes.into_iter().map(|lane| project(node, lane, function)).collect()
}

fn project(node: &Node, lane: Lane, function: &RowFunction) -> Result<Lane, FluxError> {
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
    let mut lane = lane;
    lane.empty = None;
    lane.fields.clear();
    let mut lane = build(lane.select(visible))?;
    lane.update_variants(|columns| {
        columns.retain(|c| new.contains(c));
        columns.extend(new.iter().filter(|c| !old.contains(c)).cloned());
    });
    Ok(lane)
}
