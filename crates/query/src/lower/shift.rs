//! `timeShift`, and `experimental.unpivot`: columns that move or become rows.

use datafusion::common::Result as DfResult;
use datafusion::logical_expr::LogicalPlanBuilder;
use datafusion::prelude::lit;
use flux::FluxError;
use flux::plan::{Node, RowExpr, Scalar, ScalarType};
use model::FluxDuration;

use super::filter::with_place;
use super::{Lowering, build, group};
use crate::error::runtime;
use crate::lane::{HIDDEN, Lane, LaneColumn, OrderKey, Stream, column, named};
use crate::row::{RowScope, compile};
use crate::source::text;

/// Adds a duration to time columns; other columns stay.
pub(super) fn time_shift(
    node: &Node,
    input: Stream,
    duration: FluxDuration,
    names: &[String],
) -> Result<Stream, FluxError> {
    input.try_map(|lane| {
        let columns = lane.typed_columns();
        let scope = RowScope::new(&columns);
        let mut visible = lane.visible();
        for (c, value) in &mut visible {
            if !names.contains(&c.name) {
                continue;
            }
            if c.data_type != ScalarType::Time {
                return Err(runtime(node, format!("column {:?} is not of type time", c.name)));
            }
            let call = RowExpr::Call {
                function: "date.add".to_owned(),
                arguments: vec![
                    ("d".to_owned(), RowExpr::Literal(Scalar::Duration(duration))),
                    ("to".to_owned(), RowExpr::Column(c.name.clone())),
                ],
            };
            *value = compile(&call, &scope).map_err(|e| with_place(node, e))?.expr;
        }
        let mut lane = lane;
        if let Some(empty) = lane.empty.take() {
            let moved = |name: &str| visible.iter().find(|(c, _)| c.name == name).map(|(_, e)| named(e.clone(), name));
            let fields = empty.schema().fields().iter();
            let exprs: Vec<_> = fields.map(|f| moved(f.name()).unwrap_or_else(|| column(f.name()))).collect();
            let plan = LogicalPlanBuilder::from(empty).project(exprs).and_then(LogicalPlanBuilder::build);
            lane.empty = Some(build(plan)?);
        }
        build(lane.select(visible))
    })
}

/// Every column but the key and those others becomes rows of its name and its value; nulls go.
pub(super) async fn unpivot(
    lowering: &mut Lowering<'_>,
    node: &Node,
    input: Stream,
    others: &[String],
) -> Result<Stream, FluxError> {
    let mut lanes = Vec::new();
    for lane in input.lanes {
        if lane.has("_field") || lane.has("_value") {
            return Err(runtime(node, "unpivot can't have \"_field\" or \"_value\" as an input column"));
        }
        // Among the others `_field` is the name of the column that becomes rows: then it is no part of the key.
        if let Some(missing) = others.iter().find(|o| *o != "_field" && !lane.has(o)) {
            return Err(runtime(node, format!("unpivot could not find column named {missing:?}")));
        }
        let fields: Vec<LaneColumn> =
            lane.columns.iter().filter(|c| !lane.in_key(&c.name) && !others.contains(&c.name)).cloned().collect();
        let rank = format!("{HIDDEN}field{}", lowering.fresh());
        for (number, field) in (0_i64..).zip(fields) {
            let mut one = build(one_field(lane.clone(), &field, others))?;
            if !one.in_key("_field") {
                one = build(one.with_hidden(&rank, lit(number)))?;
                one.order.insert(0, OrderKey::ascending(rank.clone()));
            }
            lanes.push(one);
        }
    }
    group::merge(lowering, node, lanes).await
}

fn one_field(lane: Lane, field: &LaneColumn, others: &[String]) -> DfResult<Lane> {
    let mut visible: Vec<_> = lane.visible().into_iter().filter(|(c, _)| lane.in_key(&c.name)).collect();
    visible.push((LaneColumn { name: "_field".to_owned(), data_type: ScalarType::String }, text(&field.name)));
    visible.extend(lane.visible().into_iter().filter(|(c, _)| others.contains(&c.name) && !lane.in_key(&c.name)));
    visible.push((LaneColumn { name: "_value".to_owned(), data_type: field.data_type }, column(&field.name)));
    let names: Vec<String> = visible.iter().map(|(c, _)| c.name.clone()).collect();
    let mut lane = Lane { empty: None, fields: vec![field.name.clone()], ..lane };
    lane = lane.filter(column(&field.name).is_not_null())?.select(visible)?;
    let field_in_key = !others.iter().any(|o| o == "_field");
    lane.key = names.iter().filter(|n| (*n == "_field" && field_in_key) || lane.key.contains(n)).cloned().collect();
    lane.update_variants(|columns| columns.retain(|c| names.contains(c)));
    lane.update_variants(|columns| columns.extend(["_field", "_value"].map(str::to_owned)));
    Ok(lane)
}
