//! `to()`: the rows are read, written as points, and passed on.

use std::sync::Arc;

use datafusion::arrow::datatypes::{Field, Schema};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use flux::FluxError;
use flux::plan::{Node, RowFunction, ScalarType, ToSpec};

use super::filter::with_place;
use super::rows::memory_plan;
use super::{Lowering, build};
use crate::error::runtime;
use crate::lane::{Lane, OrderKey, Stream, column, named};
use crate::row::{Place, RowScope, compile_record};
use crate::tables::{arrow_schema, pick};

/// Names of columns that `fieldFn` makes begin so.
const MADE: &str = "\u{1}field ";

/// See the module's text.
pub(super) async fn to(
    lowering: &Lowering<'_>,
    node: &Node,
    input: Stream,
    spec: &ToSpec,
) -> Result<Stream, FluxError> {
    let mut lanes = Vec::new();
    for lane in input.lanes {
        let sort: Vec<_> = lane.order.iter().map(OrderKey::sort_expr).collect();
        let mut exprs: Vec<_> = lane.plan.schema().fields().iter().map(|f| column(f.name())).collect();
        let mut spec = spec.clone();
        let mut made = Vec::new();
        if spec.wide {
            as_wide(node, &lane, &mut spec)?;
        }
        if let Some(function) = spec.field_fn.take() {
            made = fields_of(node, &lane, &function)?;
            let names = made.iter().map(|(name, ..)| (format!("{MADE}{name}"), name.clone()));
            spec.fields = Some(names.collect());
            exprs.extend(made.iter().map(|(name, _, value)| named(value.clone(), &format!("{MADE}{name}"))));
        }
        let builder = LogicalPlanBuilder::from(lane.plan.clone());
        let builder = if sort.is_empty() { Ok(builder) } else { builder.sort(sort) };
        let plan = build(builder.and_then(|b| b.project(exprs)).and_then(LogicalPlanBuilder::build))?;
        let batches = build(lowering.session.collect(&plan).await)?;
        let rows = to_write(&lane, &made, &batches)?;
        lowering.context.write(spec, rows).await?;
        lanes.push(Lane { plan: build(as_before(&lane, &plan, batches))?, ..lane });
    }
    Ok(Stream { lanes })
}

type Made = (String, ScalarType, Expr);

/// The columns that are written: those that Flux sees, and the made ones.
fn to_write(lane: &Lane, made: &[Made], batches: &[RecordBatch]) -> Result<Vec<RecordBatch>, FluxError> {
    let visible = arrow_schema(lane, |_| true);
    let mut fields: Vec<Field> = visible.fields().iter().map(|f| f.as_ref().clone()).collect();
    for (name, data_type, _) in made {
        fields.push(Field::new(format!("{MADE}{name}"), crate::scalar::arrow_type(*data_type), true));
    }
    let schema = Arc::new(Schema::new(fields));
    batches.iter().map(|b| build(pick(b, &schema))).collect()
}

/// The rows as a plan, without the made columns.
fn as_before(lane: &Lane, plan: &LogicalPlan, batches: Vec<RecordBatch>) -> datafusion::common::Result<LogicalPlan> {
    let schema = Arc::new(plan.schema().as_arrow().clone());
    let all = memory_plan(schema, batches)?;
    let exprs: Vec<Expr> = lane.plan.schema().fields().iter().map(|f| column(f.name())).collect();
    LogicalPlanBuilder::from(all).project(exprs)?.build()
}

/// Text columns of the key are tags; what is not in the key is a field.
fn as_wide(node: &Node, lane: &Lane, spec: &mut ToSpec) -> Result<(), FluxError> {
    for name in [&spec.measurement_column, &spec.time_column] {
        if !lane.has(name) {
            return Err(runtime(node, format!("no column with label {name} exists")));
        }
    }
    let own = |name: &str| name == spec.measurement_column || name == spec.time_column;
    let (key, others): (Vec<_>, Vec<_>) = lane.columns.iter().partition(|c| lane.in_key(&c.name));
    let tags = key.iter().filter(|c| c.data_type == ScalarType::String && !own(&c.name));
    let fields = others.iter().filter(|c| c.data_type != ScalarType::Time && !own(&c.name));
    let tags = tags.map(|c| c.name.clone()).collect();
    let fields = fields.map(|c| (c.name.clone(), c.name.clone())).collect();
    (spec.tag_columns, spec.fields) = (Some(tags), Some(fields));
    Ok(())
}

/// The properties of the record that `fieldFn` gives.
fn fields_of(node: &Node, lane: &Lane, function: &RowFunction) -> Result<Vec<Made>, FluxError> {
    let columns = lane.typed_columns();
    let place = Place::new(node, function);
    let scope = RowScope::new(&columns).at(&place);
    let record = compile_record(&function.body, &scope).map_err(|e| with_place(node, e))?;
    Ok(record.into_iter().filter_map(|(name, typed)| Some((name, typed.data_type?, typed.expr))).collect())
}
