//! `pivot` of fields straight from a bucket: rows as storage keeps them (`source::wide`), instead of a pivot.
//!
//! Taken where the shape is `from |> range |> filter* |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn:
//! "_value") |> filter*`, where filters that InfluxDB would not push look at tags only, and a `map` before the pivot does no
//! more than rename fields. What filters behind the pivot say of columns prunes the scan; they run all the same.

use std::collections::BTreeSet;

use datafusion::logical_expr::{Expr, LogicalPlanBuilder};
use flux::FluxError;
use flux::plan::{Bounds, BucketRef, Node, NodeId, Op, RowExpr, RowFunction, Scalar, ScalarType};
use model::{Comparison, SeriesFilter};
use storage::snapshot::Near;

use super::filter::filter;
use super::group::merge;
use super::pivot::label_variants;
use super::{Lowering, build};
use crate::context::OpenBucket;
use crate::error::from_storage;
use crate::lane::{Lane, Stream, VARIANT, column};
use crate::row;
use crate::source::{Source, Wide, WideLane};

/// Values of a tag that a scan is narrowed to; more are left to the filter.
const MOST_VALUES: usize = 2_000;

/// The nodes from a source to a filter behind a pivot.
struct Chain<'a> {
    bucket: &'a BucketRef,
    bounds: Bounds,
    predicates: Vec<&'a RowFunction>,
    /// Filters before the pivot that storage does not take, first one first.
    before: Vec<&'a Node>,
    /// Gives fields other names.
    rename: Option<&'a RowExpr>,
    pivot: &'a Node,
    /// Filters behind the pivot, first one first.
    behind: Vec<&'a Node>,
}

/// The stream of a node, if it is a matter of whole rows.
pub(super) async fn wide(lowering: &mut Lowering<'_>, id: NodeId) -> Result<Option<Stream>, FluxError> {
    let Some(chain) = chain(lowering, id) else { return Ok(None) };
    let Some(lanes) = chain.lanes(lowering)? else { return Ok(None) };
    let labels: BTreeSet<(String, ScalarType)> = lanes.iter().flat_map(|lane| lane.labels.clone()).collect();
    let whole = lanes.iter().all(|lane| lane.whole);
    let mut stream = Stream { lanes: lanes.into_iter().map(|WideLane { lane, .. }| lane).collect() };
    for node in &chain.before {
        stream = filtered(node, stream)?;
    }
    let merged = merge(lowering, chain.pivot, stream.lanes).await?;
    let mut stream = merged.try_map(|lane| finish(lane, &labels, whole))?;
    for node in &chain.behind {
        stream = filtered(node, stream)?;
    }
    Ok(Some(stream))
}

fn filtered(node: &Node, stream: Stream) -> Result<Stream, FluxError> {
    match &node.op {
        Op::Filter { predicate, keep_empty } => filter(node, stream, predicate, *keep_empty),
        _ => Ok(stream),
    }
}

/// Says which tables have which labels, unless all have all.
fn finish(lane: Lane, labels: &BTreeSet<(String, ScalarType)>, whole: bool) -> Result<Lane, FluxError> {
    let mut lane = lane;
    let place = |name: &str| labels.iter().position(|(label, _)| label == name).map_or(0, |i| i + 1);
    lane.columns.sort_by_key(|c| place(&c.name));
    if whole && lane.variants.is_none() {
        return Ok(lane);
    }
    let (variants, bits) = build(label_variants(&lane.columns, |name| place(name) > 0))?;
    let fields = lane.plan.schema().fields().iter().map(|f| f.name().clone());
    let mut exprs: Vec<Expr> = fields.filter(|name| name != VARIANT).map(|name| column(&name)).collect();
    exprs.push(bits.alias(VARIANT));
    lane.plan = build(LogicalPlanBuilder::from(lane.plan).project(exprs).and_then(LogicalPlanBuilder::build))?;
    lane.variants = Some(variants);
    lane.settled = false;
    Ok(lane)
}

fn chain<'a>(lowering: &Lowering<'a>, id: NodeId) -> Option<Chain<'a>> {
    let mut node = lowering.plan.node(id);
    let mut behind = Vec::new();
    while let Op::Filter { keep_empty: false, .. } = &node.op {
        behind.push(node);
        node = lowering.plan.node(*node.inputs.first()?);
    }
    let Op::Pivot { row_key, column_key, value_column } = &node.op else { return None };
    if *row_key != ["_time"] || *column_key != ["_field"] || value_column != "_value" {
        return None;
    }
    let pivot = node;
    let mut at = *pivot.inputs.first()?;
    let mut rename = None;
    if let Op::Map { function, .. } = &lowering.plan.node(at).op {
        rename = Some(renaming(&function.body)?);
        at = *lowering.plan.node(at).inputs.first()?;
    }
    let mut before = Vec::new();
    loop {
        if let Some((bucket, bounds, predicates)) = lowering.source(at) {
            behind.reverse();
            before.reverse();
            return Some(Chain { bucket, bounds, predicates, before, rename, pivot, behind });
        }
        let node = lowering.plan.node(at);
        let Op::Filter { predicate, keep_empty: false } = &node.op else { return None };
        let reads = row::reads(&predicate.body)?;
        if reads.iter().any(|name| ["_field", "_value", "_time"].contains(name)) {
            return None;
        }
        before.push(node);
        at = *node.inputs.first()?;
    }
}

/// The name that `{r with _field: name}` gives a field, if that is all that a `map` does.
fn renaming(body: &RowExpr) -> Option<&RowExpr> {
    let RowExpr::Record { with: Some(with), properties } = body else { return None };
    match (with.as_ref(), properties.as_slice()) {
        (RowExpr::Row, [(name, value)]) if name == "_field" => {
            let reads = row::reads(value)?;
            reads.iter().all(|name| *name == "_field").then_some(value)
        }
        _ => None,
    }
}

impl Chain<'_> {
    /// The lanes of the source.
    fn lanes(&self, lowering: &Lowering<'_>) -> Result<Option<Vec<WideLane>>, FluxError> {
        let bucket = lowering.context.open(self.bucket)?;
        let (bounds, predicates) = (self.bounds, self.predicates.as_slice());
        let source = Source { bucket: &bucket, bounds, predicates, pushdown: true, end: None, grouped: None };
        let near = self.near();
        let asked = Wide {
            label: &|field| self.label(field),
            sorted: self.rename.is_some(),
            series: &|measurement, tags| self.series(&bucket, measurement, tags),
            near: &near,
        };
        let lanes = source.wide(&asked)?;
        Ok(lanes.filter(|lanes| !lanes.iter().any(|lane| self.asks_before(&lane.labels))))
    }

    fn label(&self, field: &str) -> Result<String, FluxError> {
        let Some(rename) = self.rename else { return Ok(field.to_owned()) };
        match row::over_texts(rename, "_field", &[field]).as_deref() {
            Some([Scalar::String(name)]) => Ok(name.to_string()),
            // A name that no column may have: left to the pivot in general.
            _ => Ok("_field".to_owned()),
        }
    }

    fn predicates(&self) -> impl Iterator<Item = &RowFunction> {
        self.before.iter().chain(&self.behind).filter_map(|node| match &node.op {
            Op::Filter { predicate, .. } => Some(predicate),
            _ => None,
        })
    }

    /// Whether a filter before the pivot asks for a column that only the pivot makes.
    fn asks_before(&self, labels: &[(String, ScalarType)]) -> bool {
        let predicates = self.before.iter().filter_map(|node| match &node.op {
            Op::Filter { predicate, .. } => row::reads(&predicate.body),
            _ => None,
        });
        predicates.flatten().any(|name| labels.iter().any(|(label, _)| label == name))
    }

    /// What filters behind the pivot say of columns.
    fn near(&self) -> Vec<Near> {
        let bodies = self.behind.iter().filter_map(|node| match &node.op {
            Op::Filter { predicate, .. } => Some(&predicate.body),
            _ => None,
        });
        bodies.flat_map(row::ranges).collect()
    }

    /// The series that filters leave which look at one tag: each is decided once a value.
    fn series(&self, bucket: &OpenBucket, measurement: &str, tags: &[String]) -> Result<SeriesFilter, FluxError> {
        let mut parts = Vec::new();
        for predicate in self.predicates() {
            let Some(reads) = row::reads(&predicate.body) else { continue };
            let Some(key) = tags.iter().find(|tag| reads.len() == 1 && reads.contains(tag.as_str())) else { continue };
            let listed = bucket.snapshot.listed_values(measurement, key).map_err(|e| from_storage(&e))?;
            let Some(listed) = listed else { continue };
            let values: Vec<&str> = listed.iter().map(String::as_str).collect();
            let Some(kept) = row::over_texts(&predicate.body, key, &values) else { continue };
            let kept = values.iter().zip(&kept).filter(|(_, keep)| **keep == Scalar::Bool(true)).map(|(v, _)| *v);
            let kept: Vec<&str> = kept.collect();
            if kept.len() < values.len() && kept.len() <= MOST_VALUES {
                parts.push(one_of(key, &kept));
            }
        }
        Ok(if parts.is_empty() { SeriesFilter::All } else { SeriesFilter::And(parts) })
    }
}

/// The tag has one of these values: one pattern, so that a value is looked at once.
fn one_of(key: &str, values: &[&str]) -> SeriesFilter {
    if values.is_empty() {
        return SeriesFilter::Or(Vec::new());
    }
    let quoted: Vec<String> = values.iter().map(|value| quote(value)).collect();
    let value = format!("^(?:{})$", quoted.join("|"));
    SeriesFilter::Tag { key: key.to_owned(), comparison: Comparison::Matches, value }
}

fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_alphanumeric() {
            quoted.push(c);
        } else {
            quoted.push_str(&format!("\\x{{{:X}}}", u32::from(c)));
        }
    }
    quoted
}
