//! Table plan -> lanes: one function a procedure.
//!
//! Lowering may run parts of the plan (a pivot over unknown values, a check for colliding types); everything else only
//! builds plans.

mod aggregate;
mod columns;
mod diff;
mod fill;
mod filter;
mod fold;
mod from;
mod group;
mod histogram;
mod join;
mod map;
mod oscillator;
mod pick;
mod pivot;
mod preview;
mod rows;
mod scan;
mod schema;
mod select;
mod shift;
mod to;
mod wide;
mod window;

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::compute::concat_batches;
use datafusion::common::Result as DfResult;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use flux::plan::{Aggregate, Node, NodeId, Op, Plan, RowFunction};
use flux::{ErrorCode, FluxError};
use futures::future::BoxFuture;

use crate::context::Context;
use crate::error::from_datafusion;
use crate::lane::Stream;
use crate::row::{RowScope, asks_data, typed};
use crate::session::Session;
use crate::source::Source;

/// Rows that are looked at for types that only the data know.
const ROWS_THAT_TYPE: usize = 100;

/// Lowers one plan.
pub(crate) struct Lowering<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) context: Arc<dyn Context>,
    pub(crate) session: Session,
    next: u32,
    done: HashMap<NodeId, Stream>,
}

impl<'a> Lowering<'a> {
    pub(crate) fn new(plan: &'a Plan, context: Arc<dyn Context>, session: Session) -> Self {
        Self { plan, context, session, next: 0, done: HashMap::new() }
    }

    /// A number that nobody else has: for variants and hidden columns.
    pub(crate) fn fresh(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    /// The stream of a node.
    pub(crate) fn lower(&mut self, id: NodeId) -> BoxFuture<'_, Result<Stream, FluxError>> {
        Box::pin(async move {
            if let Some(stream) = self.done.get(&id) {
                return Ok(stream.clone());
            }
            let stream = self.lower_node(id).await?;
            self.done.insert(id, stream.clone());
            Ok(stream)
        })
    }

    async fn lower_node(&mut self, id: NodeId) -> Result<Stream, FluxError> {
        let node = self.plan.node(id);
        if let Some((bucket, bounds, predicates)) = self.source(id) {
            let bucket = self.context.open(bucket)?;
            let (predicates, pushdown) = (predicates.as_slice(), self.session.pushdown);
            let source = Source { bucket: &bucket, bounds, predicates, pushdown, end: None, grouped: None };
            return source.lower(&mut || self.fresh());
        }
        if self.session.pushdown
            && let Some(stream) = wide::wide(self, id).await?
        {
            return Ok(stream);
        }
        match &node.op {
            Op::From(bucket) => {
                self.context.open(bucket)?;
                Err(unsupported(node, "reading a bucket without a range"))
            }
            Op::Buckets => rows::buckets(self.context.as_ref()),
            Op::Rows { columns, rows } => rows::from_values(columns, rows),
            Op::CsvFrom { text, raw } => rows::from_csv(text, *raw),
            Op::Schema(question) => schema::answer(self, question).await,
            Op::Union => self.union(node).await,
            Op::Diff => {
                let inputs = self.lower_sides(node).await?;
                diff::diff(self, node, inputs).await
            }
            Op::Join { names, on } => {
                let inputs = self.lower_sides(node).await?;
                join::join(self, node, inputs, names, on).await
            }
            Op::JoinPackage { method, on, as_row } => {
                let inputs = self.lower_sides(node).await?;
                join::JoinPackage { method: *method, on, as_row }.lower(self, node, inputs).await
            }
            _ => {
                let input = match node.inputs.first() {
                    Some(input) => match (self.ends_of_series(node, *input)?, self.before_group(node, *input).await?) {
                        (Some(stream), _) | (_, Some(stream)) => stream,
                        _ => self.lower(*input).await?,
                    },
                    None => return Err(unsupported(node, "a procedure without input")),
                };
                let below = node.inputs.first().map(|i| self.plan.node(*i));
                let grouped = below.filter(|n| n.pushed && matches!(n.op, Op::Group { .. }));
                if let Some(group) = grouped.filter(|_| !matches!(node.op, Op::Yield { .. })) {
                    group::refuse_collisions(self, group, &input.lanes).await?;
                }
                let (stream, poisoned): (Vec<_>, Vec<_>) = input.lanes.into_iter().partition(|l| l.poison.is_none());
                let stream = Stream { lanes: stream };
                let mut stream = match function_of(&node.op).filter(|f| asks_data(&f.body)) {
                    Some(_) => self.lower_typed(node, stream).await?,
                    None => self.lower_unary(node, stream).await?,
                };
                stream.lanes.extend(poisoned);
                Ok(stream)
            }
        }
    }

    /// The tables of all inputs; those of one key follow one another in the order of the list.
    async fn union(&mut self, node: &Node) -> Result<Stream, FluxError> {
        let mut lanes = Vec::new();
        // A stream given twice counts once, as recorded.
        let again = |i: usize| node.inputs.iter().take(i).any(|other| *other == node.inputs[i]);
        let rank = format!("{}union{}", crate::lane::HIDDEN, self.fresh());
        for (i, input) in node.inputs.iter().enumerate().filter(|(i, _)| !again(*i)) {
            let number = datafusion::prelude::lit(i64::try_from(i).unwrap_or(i64::MAX));
            for lane in self.lower(*input).await?.lanes {
                let mut lane = build(lane.with_hidden(&rank, number.clone()))?;
                lane.order.insert(0, crate::lane::OrderKey::ascending(rank.clone()));
                lanes.push(lane);
            }
        }
        group::merge(self, node, lanes).await
    }

    /// The two inputs of a join.
    async fn lower_sides(&mut self, node: &Node) -> Result<[Stream; 2], FluxError> {
        let [left, right] = node.inputs.as_slice() else {
            return Err(unsupported(node, "a join of other than two streams"));
        };
        Ok([self.lower(*left).await?, self.lower(*right).await?])
    }

    /// A procedure whose function is typed by the data: each lane by its own first rows.
    async fn lower_typed(&mut self, node: &Node, input: Stream) -> Result<Stream, FluxError> {
        let mut lanes = Vec::new();
        for lane in input.lanes {
            let first = LogicalPlanBuilder::from(lane.plan.clone()).limit(0, Some(ROWS_THAT_TYPE));
            let batches = build(self.session.collect(&build(first.and_then(LogicalPlanBuilder::build))?).await)?;
            let columns = lane.typed_columns();
            let scope = RowScope::new(&columns);
            let mut node = node.clone();
            if let (Some(function), Some(first)) = (function_of_mut(&mut node.op), batches.first()) {
                let all = build(concat_batches(&first.schema(), &batches).map_err(Into::into))?;
                function.body = typed(&function.body, &scope, &all);
            }
            lanes.extend(self.lower_unary(&node, Stream { lanes: vec![lane] }).await?.lanes);
        }
        group::merge(self, node, lanes).await
    }

    async fn lower_unary(&mut self, node: &Node, input: Stream) -> Result<Stream, FluxError> {
        match &node.op {
            Op::Range { bounds, time_column, start_column, stop_column } => {
                filter::range(node, input, *bounds, [time_column, start_column, stop_column])
            }
            Op::Filter { predicate, keep_empty } => filter::filter(node, input, predicate, *keep_empty),
            Op::Map { function } => {
                let lanes = map::map(self, node, input, function).await?;
                group::merge(self, node, lanes).await
            }
            Op::Group { columns, mode } => {
                let lanes = group::group(self, node, input, columns, *mode)?;
                group::merge(self, node, lanes).await
            }
            Op::Keep(_) | Op::Drop(_) | Op::Rename(_) | Op::Duplicate { .. } | Op::Set { .. } | Op::DedupKey { .. } => {
                let lanes = columns::lower(self, node, input)?;
                group::merge(self, node, lanes).await
            }
            Op::Aggregate {
                aggregate: aggregate @ (Aggregate::Forecast { .. } | Aggregate::Interpolate { .. }),
                column,
            } => {
                let lanes = oscillator::fold(node, input, aggregate, column)?;
                group::merge(self, node, lanes).await
            }
            Op::Aggregate { aggregate, column } if fold::folds(aggregate) => {
                let lanes = fold::aggregate(self, node, input, aggregate, column)?;
                group::merge(self, node, lanes).await
            }
            Op::Aggregate { aggregate, column } => {
                let lanes = aggregate::aggregate(self, node, input, aggregate, column)?;
                group::merge(self, node, lanes).await
            }
            Op::Select { selector, column } => pick::pick(node, input, selector, column),
            Op::Reduce { function, identity } => fold::reduce(self, node, input, function, identity).await,
            Op::KeyValues { columns } => {
                let lanes = fold::key_values(node, input, columns)?;
                group::merge(self, node, lanes).await
            }
            Op::HistogramQuantile { .. } => {
                let lanes = fold::histogram_quantile(node, input)?;
                group::merge(self, node, lanes).await
            }
            Op::TimeShift { duration, columns } => shift::time_shift(node, input, *duration, columns),
            Op::Unpivot { other_columns } => shift::unpivot(self, node, input, other_columns).await,
            Op::Distinct { column } => {
                let lanes = select::distinct(self, node, input, column)?;
                group::merge(self, node, lanes).await
            }
            Op::Unique { column } => select::unique(node, input, column),
            Op::Sort { columns, descending } => select::sort(self, input, columns, *descending),
            Op::Limit { n, offset } => select::limit(input, *n, *offset, false),
            Op::Tail { n, offset } => select::limit(input, *n, *offset, true),
            Op::Preview { rows, tables } => preview::preview(self, input, *rows, *tables).await,
            Op::Window(window) => window::window(self, node, input, window).await,
            Op::FillEmptyTables => window::fill_empty(input),
            Op::Pivot { row_key, column_key, value_column } => {
                pivot::pivot(self, node, input, row_key, column_key, value_column).await
            }
            _ => self.lower_other(node, input).await,
        }
    }

    async fn lower_other(&mut self, node: &Node, input: Stream) -> Result<Stream, FluxError> {
        match &node.op {
            Op::Columns { column } => rows::columns(input, column),
            Op::Keys { column } => rows::keys(input, column),
            Op::Fill { column, value } => fill::fill(node, input, column, value),
            Op::TruncateTime { unit, location } => {
                let lanes = fill::truncate(node, input, *unit, location)?;
                group::merge(self, node, lanes).await
            }
            Op::Scan(procedure) => scan::scan(self, node, input, procedure),
            Op::Histogram { column, upper_bound_column, count_column, bins, normalize } => {
                let (upper_bound, count) = (upper_bound_column.as_str(), count_column.as_str());
                let histogram = histogram::Histogram { column, upper_bound, count, bins, normalize: *normalize };
                histogram.lower(node, input)
            }
            Op::To(spec) => to::to(self, node, input, spec).await,
            Op::Yield { .. } => Ok(input),
            _ => Err(unsupported(node, &node.name)),
        }
    }

    /// For `limit(n: 1)`, of which somebody wants the first table: the first row of each lane, without the others. `None` if
    /// the tables of a lane differ in more than their rows.
    pub(crate) async fn first_rows(&mut self, id: NodeId) -> Result<Option<Stream>, FluxError> {
        let node = self.plan.node(id);
        let (Op::Limit { n: 1, offset: 0 }, Some(input)) = (&node.op, node.inputs.first()) else { return Ok(None) };
        let stream = self.lower(*input).await?;
        if stream.lanes.iter().any(|l| l.variants.is_some() || l.empty.is_some() || l.poison.is_some()) {
            return Ok(None);
        }
        let first = |mut lane: crate::lane::Lane| {
            let order: Vec<_> = lane.clustered().iter().map(crate::lane::OrderKey::sort_expr).collect();
            let rows = LogicalPlanBuilder::from(lane.plan);
            let rows = if order.is_empty() { rows } else { build(rows.sort(order))? };
            lane.plan = build(rows.limit(0, Some(1)).and_then(LogicalPlanBuilder::build))?;
            Ok(lane)
        };
        stream.try_map(first).map(Some)
    }

    /// Whether a plan gives a row.
    pub(crate) async fn has_rows(&self, plan: &LogicalPlan) -> Result<bool, FluxError> {
        let one = build(LogicalPlanBuilder::from(plan.clone()).limit(0, Some(1)).and_then(LogicalPlanBuilder::build))?;
        Ok(build(self.session.collect(&one).await)?.iter().any(|b| b.num_rows() > 0))
    }

    /// Adds hidden copies of columns and gives their names.
    pub(crate) fn hide(
        &mut self,
        lane: crate::lane::Lane,
        columns: &[String],
    ) -> DfResult<(crate::lane::Lane, Vec<String>)> {
        self.hide_as("order", lane, columns)
    }

    /// The same, under names that begin with a word.
    pub(crate) fn hide_as(
        &mut self,
        word: &str,
        lane: crate::lane::Lane,
        columns: &[String],
    ) -> DfResult<(crate::lane::Lane, Vec<String>)> {
        let mut lane = lane;
        let mut names = Vec::new();
        for name in columns {
            let hidden = format!("{}{word}{}", crate::lane::HIDDEN, self.fresh());
            lane = lane.with_hidden(&hidden, crate::lane::column(name))?;
            names.push(hidden);
        }
        Ok((lane, names))
    }
}

/// The function of a procedure that the data may type.
fn function_of(op: &Op) -> Option<&RowFunction> {
    match op {
        Op::Map { function } | Op::Reduce { function, .. } | Op::Filter { predicate: function, .. } => Some(function),
        _ => None,
    }
}

fn function_of_mut(op: &mut Op) -> Option<&mut RowFunction> {
    match op {
        Op::Map { function } | Op::Reduce { function, .. } | Op::Filter { predicate: function, .. } => Some(function),
        _ => None,
    }
}

/// A procedure or an option that is not built.
pub(crate) fn unsupported(node: &Node, what: &str) -> FluxError {
    FluxError::invalid(format!(
        "error @{}: {what} is not supported by this version of Tidegauge; docs/compatibility.md lists what is",
        node.span
    ))
    .with_code(ErrorCode::Unimplemented)
    .at(node.span)
}

/// Shorthand for building plans.
pub(crate) fn build<T>(result: DfResult<T>) -> Result<T, FluxError> {
    result.map_err(from_datafusion)
}
