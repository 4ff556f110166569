//! `window`: rows get the bounds of their window as key columns, cut to the range. `aggregateWindow`'s fill of empty
//! tables.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, TimestampNanosecondArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, TimestampNanosecondType};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::{Column, JoinType, NullEquality, Result as DfResult, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, LogicalPlan, LogicalPlanBuilder, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};
use flux::FluxError;
use flux::calendar::{Windows, Zone};
use flux::plan::{Aggregate, Bounds, Node, Op, ScalarType, Window};
use model::TimeRange;

use super::group::remember_table_order;
use super::rows::memory_plan;
use super::{Lowering, build, group};
use crate::error::runtime;
use crate::lane::{Lane, LaneColumn, Stream, column};
use crate::run::{Explode, RunNode};
use crate::scalar::{UTC, arrow_type, time_value};
use crate::whole;

/// See the module's text.
pub(super) async fn window(
    lowering: &mut Lowering<'_>,
    node: &Node,
    input: Stream,
    window: &Window,
) -> Result<Stream, FluxError> {
    let mut lanes = Vec::new();
    for lane in input.lanes {
        match lane.column(&window.time_column) {
            None => {
                let text = format!("missing time column {:?}", window.time_column);
                return Err(runtime(node, text));
            }
            Some(c) if c.data_type != ScalarType::Time => {
                let text = format!("time column {:?} is not of type time", window.time_column);
                return Err(runtime(node, text));
            }
            Some(_) => {}
        }
        let Some(bounds) = lane.bounds else {
            return Err(runtime(node, "nil bounds passed to window; use range to set the window range"));
        };
        lanes.push(window_lane(lowering, node, lane, bounds, window)?);
    }
    group::merge(lowering, node, lanes).await
}

fn window_lane(
    lowering: &mut Lowering<'_>,
    node: &Node,
    lane: Lane,
    bounds: Bounds,
    window: &Window,
) -> Result<Lane, FluxError> {
    let names = [window.start_column.as_str(), window.stop_column.as_str()];
    let Some(every) = window.every else {
        let lane = build(remember_table_order(lowering, lane, &[]))?;
        let lower = Expr::Literal(time_value(bounds.start), None);
        let upper = Expr::Literal(time_value(bounds.stop), None);
        let mut lane = build(bound_columns(lane, names, lower, upper))?;
        if !window.create_empty {
            lane.empty = None;
        }
        print_order(lowering, node, &mut lane);
        return Ok(lane);
    };
    let zone = Zone::new(&window.location).map_err(|e| runtime(node, e))?;
    let windows = Windows::new(every, window.period, window.offset, zone).map_err(|e| runtime(node, e))?;
    let windows = Arc::new(windows);
    let empty = match window.create_empty {
        true => Some(build(all_windows(&lane, names, &windows, bounds))?),
        false => None,
    };
    let timed = column(&window.time_column).is_not_null();
    let mut filtered = build(lane.clone().filter(timed.clone()))?;
    build(whole::filtered(&lane, &mut filtered, &timed))?;
    let mut lane = Lane { empty: None, ..filtered };
    let mut lane = if windows.are_disjoint() && window.period == every {
        let side = |stop| bound_of(&windows, bounds, stop, column(&window.time_column));
        build(bound_columns(lane, names, side(false), side(true)))?
    } else {
        let explode = Explode {
            windows,
            bounds: TimeRange::new(bounds.start, bounds.stop),
            time: window.time_column.clone(),
            start: "\u{1}window_start".to_owned(),
            stop: "\u{1}window_stop".to_owned(),
        };
        let (start, stop) = (explode.start.clone(), explode.stop.clone());
        lane.plan = build(RunNode::plan(lane.plan, Vec::new(), Vec::new(), Arc::new(explode)))?;
        build(bound_columns(lane, names, column(&start), column(&stop)))?
    };
    lane.empty = empty;
    lane.table_order.clear();
    Ok(lane)
}

/// The order of columns behind `aggregateWindow`, as recorded: from storage bounds, time, value, tags; for sums, counts and
/// means in memory the time first.
fn print_order(lowering: &Lowering<'_>, node: &Node, lane: &mut Lane) {
    let input = |node: &Node| node.inputs.first().map(|i| lowering.plan.node(*i));
    let mut below = input(node);
    while let Some(Node { op: Op::Duplicate { .. } | Op::FillEmptyTables, .. }) = below {
        below = below.and_then(input);
    }
    let in_memory = matches!(
        below.map(|n| &n.op),
        Some(Op::Aggregate { aggregate: Aggregate::Sum | Aggregate::Count | Aggregate::Mean, .. })
    );
    let rank = |name: &str| match (node.pushed, name) {
        (true, "_start") => 0,
        (true, "_stop") => 1,
        (true, "_time") => 2,
        (true, "_value") => 3,
        (false, "_time") if in_memory => 0,
        _ => 4,
    };
    lane.columns.sort_by_key(|c| rank(&c.name));
}

/// Sets the two columns and makes them part of the key. They keep their places, or come last.
fn bound_columns(lane: Lane, names: [&str; 2], start: Expr, stop: Expr) -> DfResult<Lane> {
    let mut key = lane.key.clone();
    let mut visible = lane.visible();
    for (name, value) in names.into_iter().zip([start, stop]) {
        let assigned = (LaneColumn { name: name.to_owned(), data_type: ScalarType::Time }, value);
        match visible.iter_mut().find(|(c, _)| c.name == name) {
            Some(slot) => *slot = assigned,
            None => visible.push(assigned),
        }
        if !key.iter().any(|k| k == name) {
            key.push(name.to_owned());
        }
    }
    let bounded = visible.iter().map(|(c, _)| c.name.clone()).filter(|n| key.contains(n)).collect();
    let before = lane;
    let mut lane = before.clone().select(visible.clone())?;
    if names.iter().all(|name| *name != "_value" && *name != "_field") {
        whole::assigned(&before, &mut lane, &visible)?;
    }
    lane.update_variants(|columns| {
        for name in names {
            if !columns.iter().any(|c| c == name) {
                columns.push(name.to_owned());
            }
        }
    });
    lane.key = bounded;
    Ok(lane)
}

/// The keys of all tables beside each window that touches the bounds.
fn all_windows(lane: &Lane, names: [&str; 2], windows: &Windows, bounds: Bounds) -> DfResult<LogicalPlan> {
    let range = TimeRange::new(bounds.start, bounds.stop);
    let clipped: Vec<TimeRange> = windows.overlapping(range).map(|w| w.intersect(range)).collect();
    let times = |f: fn(&TimeRange) -> i64| -> ArrayRef {
        Arc::new(TimestampNanosecondArray::from_iter_values(clipped.iter().map(f)).with_timezone(UTC))
    };
    let time = arrow_type(ScalarType::Time);
    let fields: Vec<Field> = names.iter().map(|n| Field::new(*n, time.clone(), true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(schema.clone(), vec![times(|w| w.start), times(|w| w.stop)])?;
    let windows = memory_plan(schema, vec![batch])?;
    let rest: Vec<String> = lane.key.iter().filter(|k| !names.contains(&k.as_str())).cloned().collect();
    let keys = crate::lane::distinct_keys(&lane.all_keys_plan()?, &rest)?;
    let mut exprs: Vec<Expr> = rest.iter().map(|k| column(k)).collect();
    exprs.extend(names.iter().map(|n| column(n)));
    LogicalPlanBuilder::from(keys).cross_join(windows)?.project(exprs)?.build()
}

/// An empty table becomes a row of its key and nulls.
pub(super) fn fill_empty(input: Stream) -> Result<Stream, FluxError> {
    input.try_map(|lane| build(fill_lane(lane)))
}

fn fill_lane(lane: Lane) -> DfResult<Lane> {
    let Some(empty) = lane.empty.clone() else { return Ok(lane) };
    let mut lane = lane;
    lane.empty = None;
    let key = lane.key_by_label();
    let side = |name: &str| key.iter().map(|k| Column::new(Some(name), k)).collect::<Vec<_>>();
    let all = LogicalPlanBuilder::from(crate::lane::distinct_keys(&empty, &key)?).alias("every")?;
    let seen = LogicalPlanBuilder::from(lane.keys_plan()?).alias("seen")?.build()?;
    let without =
        all.join_detailed(seen, JoinType::LeftAnti, (side("every"), side("seen")), None, NullEquality::NullEqualsNull)?;
    let mut exprs = Vec::new();
    for field in lane.plan.schema().fields() {
        let name = field.name();
        exprs.push(if key.contains(name) {
            Expr::Column(Column::new(Some("every"), name)).alias(name)
        } else {
            let null = datafusion::common::ScalarValue::try_from(field.data_type())?;
            Expr::Literal(null, None).alias(name)
        });
    }
    let rows = without.project(exprs)?.build()?;
    let inputs = vec![Arc::new(lane.plan), Arc::new(rows)];
    lane.plan = LogicalPlan::Union(datafusion::logical_expr::Union::try_new_with_loose_types(inputs)?);
    Ok(lane)
}

/// The start or the stop of the window of a time.
pub(super) fn bound_of(windows: &Arc<Windows>, bounds: Bounds, stop: bool, time: Expr) -> Expr {
    let udf = WindowBound {
        identity: format!("{windows:?}"),
        windows: windows.clone(),
        bounds: (bounds.start, bounds.stop),
        stop,
        signature: Signature::any(1, Volatility::Immutable),
    };
    ScalarUDF::new_from_impl(udf).call(vec![time])
}

#[derive(Debug, Clone)]
struct WindowBound {
    windows: Arc<Windows>,
    identity: String,
    bounds: (i64, i64),
    stop: bool,
    signature: Signature,
}

impl PartialEq for WindowBound {
    fn eq(&self, other: &Self) -> bool {
        self.windows == other.windows && self.bounds == other.bounds && self.stop == other.stop
    }
}

impl Eq for WindowBound {}

impl std::hash::Hash for WindowBound {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (&self.identity, self.bounds, self.stop).hash(state);
    }
}

impl ScalarUDFImpl for WindowBound {
    fn name(&self) -> &'static str {
        if self.stop { "window_stop" } else { "window_start" }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> DfResult<DataType> {
        Ok(arrow_type(ScalarType::Time))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let Some(times) = args.args.first() else { return exec_err!("window without a time") };
        let times = times.to_array(args.number_rows)?;
        let times = times.as_primitive::<TimestampNanosecondType>();
        let mut cursor = self.windows.cursor();
        let (low, high) = self.bounds;
        let bound = |time: i64| {
            let window = cursor.latest(time);
            if self.stop { window.stop.min(high) } else { window.start.max(low) }
        };
        let values: Vec<i64> = times.values().iter().copied().map(bound).collect();
        let bounds =
            TimestampNanosecondArray::new(values.into(), datafusion::arrow::array::Array::nulls(times).cloned());
        Ok(ColumnarValue::Array(Arc::new(bounds.with_timezone(UTC))))
    }
}
