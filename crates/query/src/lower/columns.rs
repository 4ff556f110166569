//! `keep`, `drop`, `rename`, `duplicate`, `set`: bookkeeping on columns and key; rows do not move.

use datafusion::common::Result as DfResult;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use flux::FluxError;
use flux::ast::UnaryOperator;
use flux::plan::{ColumnSelection, Node, Op, RenameSpec, RowExpr, RowFunction, Scalar, ScalarType};

use super::filter::with_place;
use super::group::remember_table_order;
use super::{Lowering, build};
use crate::error::runtime;
use crate::lane::{Lane, LaneColumn, Stream, VARIANT, column, named};
use crate::row::{RowScope, compile, evaluate_parameter};
use crate::source::text;

/// The lanes after the change; they may now share keys.
pub(super) fn lower(lowering: &mut Lowering<'_>, node: &Node, input: Stream) -> Result<Vec<Lane>, FluxError> {
    input
        .lanes
        .into_iter()
        .map(|lane| match &node.op {
            Op::Keep(selection) => keep(lowering, node, lane, selection, true),
            Op::Drop(selection) => keep(lowering, node, lane, selection, false),
            Op::Rename(spec) => rename(node, lane, spec),
            Op::Duplicate { column, as_column } => duplicate(lowering, node, lane, column, as_column),
            Op::Set { values } => set(lowering, lane, values),
            Op::DedupKey { exclude } => dedup_key(node, lane, exclude),
            _ => Err(super::unsupported(node, &node.name)),
        })
        .collect()
}

/// Calls `fn: (column) => ...` on a column's name.
fn on_name(node: &Node, function: &RowFunction, name: &str) -> Result<Scalar, FluxError> {
    evaluate_parameter(&function.body, &Scalar::String(name.into())).map_err(|e| with_place(node, e))
}

fn keep(
    lowering: &mut Lowering<'_>,
    node: &Node,
    lane: Lane,
    selection: &ColumnSelection,
    keep: bool,
) -> Result<Lane, FluxError> {
    let mut stays = Vec::new();
    for c in &lane.columns {
        let chosen = match selection {
            ColumnSelection::Names(names) => names.contains(&c.name),
            ColumnSelection::Predicate(function) => matches!(on_name(node, function, &c.name)?, Scalar::Bool(true)),
        };
        if chosen == keep {
            stays.push(c.name.clone());
        }
    }
    build(retain(lowering, lane, &stays))
}

/// Keeps only the named columns.
fn retain(lowering: &mut Lowering<'_>, lane: Lane, stays: &[String]) -> DfResult<Lane> {
    let mut lane = lane;
    let loses_key = lane.key.iter().any(|k| !stays.contains(k));
    if loses_key {
        lane = remember_table_order(lowering, lane, stays)?;
        if let Some(empty) = lane.empty.take() {
            let key: Vec<Expr> = lane.key.iter().filter(|k| stays.contains(k)).map(|k| column(k)).collect();
            lane.empty = Some(narrow(empty, key)?);
        }
    }
    if !stays.iter().any(|s| s == "_field") {
        lane.fields.clear();
    }
    if stays.is_empty() {
        // Tables without columns are one table without rows.
        let one = LogicalPlanBuilder::empty(true).project(vec![datafusion::prelude::lit(true).alias("\u{1}any")])?;
        lane.variants = None;
        lane = lane.filter(datafusion::prelude::lit(false))?;
        lane.empty = Some(one.build()?);
    }
    let visible = lane.visible().into_iter().filter(|(c, _)| stays.contains(&c.name)).collect();
    let mut lane = lane.select(visible)?;
    lane.update_variants(|columns| columns.retain(|c| stays.contains(c)));
    Ok(lane)
}

/// The keys of empty tables with fewer or other columns.
fn narrow(empty: LogicalPlan, key: Vec<Expr>) -> DfResult<LogicalPlan> {
    let mut key = key;
    if empty.schema().fields().iter().any(|f| f.name() == VARIANT) {
        key.push(column(VARIANT));
    }
    if key.is_empty() {
        let one = datafusion::prelude::lit(true).alias("\u{1}any");
        return LogicalPlanBuilder::from(empty).project(vec![one])?.build();
    }
    LogicalPlanBuilder::from(empty).project(key)?.build()
}

fn rename(node: &Node, lane: Lane, spec: &RenameSpec) -> Result<Lane, FluxError> {
    let mut names: Vec<(String, String)> = Vec::new();
    match spec {
        RenameSpec::Names(pairs) => {
            if let Some((missing, _)) = pairs.iter().find(|(from, _)| !lane.has(from)) {
                return Err(runtime(node, format!("rename error: column {missing:?} doesn't exist")));
            }
            names.extend(lane.columns.iter().map(|c| {
                let to = pairs.iter().find(|(from, _)| *from == c.name).map_or(&c.name, |(_, to)| to);
                (c.name.clone(), to.clone())
            }));
        }
        RenameSpec::Function(function) => {
            for c in &lane.columns {
                match on_name(node, function, &c.name)? {
                    Scalar::String(to) => names.push((c.name.clone(), to.to_string())),
                    other => {
                        return Err(runtime(
                            node,
                            format!("rename error: fn must return a string, it returned {other:?}"),
                        ));
                    }
                }
            }
        }
    }
    for (i, (_, a)) in names.iter().enumerate() {
        if let Some(j) = names[..i].iter().position(|(_, b)| a == b) {
            return Err(runtime(node, format!("column {j} and {i} have the same name ({a:?}) which is not allowed")));
        }
    }
    build(apply_names(lane, &names))
}

fn apply_names(lane: Lane, names: &[(String, String)]) -> DfResult<Lane> {
    let to = |name: &str| names.iter().find(|(from, _)| from == name).map_or(name.to_owned(), |(_, to)| to.clone());
    let mut lane = lane;
    let key: Vec<String> = lane.key.iter().map(|k| to(k)).collect();
    if let Some(empty) = lane.empty.take() {
        let exprs = lane.key.iter().map(|k| named(column(k), &to(k))).collect();
        lane.empty = Some(narrow(empty, exprs)?);
    }
    if names.iter().any(|(from, to)| from != to && (from == "_field" || to == "_field")) {
        lane.fields.clear();
    }
    let visible =
        lane.columns.iter().map(|c| (LaneColumn { name: to(&c.name), data_type: c.data_type }, column(&c.name)));
    let visible = visible.collect();
    let mut lane = lane.select(visible)?;
    lane.update_variants(|columns| columns.iter_mut().for_each(|c| *c = to(c)));
    lane.key = key;
    Ok(lane)
}

fn duplicate(lowering: &mut Lowering<'_>, node: &Node, lane: Lane, from: &str, to: &str) -> Result<Lane, FluxError> {
    let Some(source) = lane.column(from).cloned() else {
        return Err(runtime(node, format!("duplicate error: column {from:?} doesn't exist")));
    };
    if from == to {
        return Ok(lane);
    }
    let mut lane = lane;
    if lane.in_key(to) {
        lane = build(remember_table_order(lowering, lane, &[]))?;
        let key_source = lane.in_key(from);
        if let Some(empty) = lane.empty.take() {
            let keys = lane.key.iter().filter(|k| key_source || *k != to);
            let exprs = keys.map(|k| if k == to { named(column(from), to) } else { column(k) }).collect();
            lane.empty = Some(build(narrow(empty, exprs))?);
        }
        if !key_source {
            lane.key.retain(|k| k != to);
        }
    }
    build(assign(lane, to, source.data_type, column(from)))
}

/// Gives a column a value, in its place or at the end.
pub(super) fn assign(lane: Lane, name: &str, data_type: ScalarType, value: Expr) -> DfResult<Lane> {
    let mut lane = lane;
    if name == "_field" {
        lane.fields.clear();
    }
    let mut visible = lane.visible();
    let assigned = (LaneColumn { name: name.to_owned(), data_type }, value);
    match visible.iter_mut().find(|(c, _)| c.name == name) {
        Some(slot) => *slot = assigned,
        None => visible.push(assigned),
    }
    let mut lane = lane.select(visible)?;
    lane.update_variants(|columns| {
        if !columns.iter().any(|c| c == name) {
            columns.push(name.to_owned());
        }
    });
    Ok(lane)
}

fn set(lowering: &mut Lowering<'_>, lane: Lane, values: &[(String, Scalar)]) -> Result<Lane, FluxError> {
    let mut lane = lane;
    for (name, value) in values {
        let (data_type, expr) = match value {
            Scalar::String(s) => (ScalarType::String, text(s)),
            other => match (other.column_type(), crate::scalar::to_scalar_value(other)) {
                (Some(t), Some(v)) => (t, Expr::Literal(v, None)),
                _ => return Err(FluxError::invalid(format!("set: {name} has a value that no column can hold"))),
            },
        };
        if lane.in_key(name) {
            lane = build(remember_table_order(lowering, lane, &[]))?;
            if let Some(empty) = lane.empty.take() {
                let exprs =
                    lane.key.iter().map(|k| if k == name { expr.clone().alias(name) } else { column(k) }).collect();
                lane.empty = Some(build(narrow(empty, exprs))?);
            }
        }
        lane = build(assign(lane, name, data_type, expr))?;
    }
    Ok(lane)
}

/// A digest of the names and the values of the key, as a column.
fn dedup_key(node: &Node, lane: Lane, exclude: &[String]) -> Result<Lane, FluxError> {
    let line = |text: &str| RowExpr::Literal(Scalar::String(text.into()));
    let mut parts = Vec::new();
    for name in lane.key_by_label().into_iter().filter(|name| !exclude.contains(name)) {
        let value = RowExpr::Column(name.clone());
        parts.push(line(&format!("{name}\n")));
        parts.push(RowExpr::If {
            test: Box::new(RowExpr::Unary(UnaryOperator::Exists, Box::new(value.clone()))),
            then: Box::new(RowExpr::Call { function: "string".to_owned(), arguments: vec![("v".to_owned(), value)] }),
            otherwise: Box::new(line("")),
        });
        parts.push(line("\n"));
    }
    parts.push(line(""));
    let text = RowExpr::Interpolate(parts);
    let digest =
        RowExpr::Call { function: "contrib/qxip/hash.sha256".to_owned(), arguments: vec![("v".to_owned(), text)] };
    let columns = lane.typed_columns();
    let typed = compile(&digest, &RowScope::new(&columns)).map_err(|e| with_place(node, e))?;
    build(assign(lane, "_pagerdutyDedupKey", ScalarType::String, typed.expr))
}
