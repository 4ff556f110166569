//! Marks what InfluxDB 2.9.1 would answer inside its storage engine, because the meaning of a few procedures hangs on it.
//!
//! This is about meaning, not about speed: a filter on a missing tag, the group key behind `group`, the order of columns.

use std::collections::HashMap;

use crate::ast::{BinaryOperator, LogicalOperator, UnaryOperator};
use crate::plan::{Aggregate, GroupMode, Node, NodeId, Op, Plan, RowExpr, RowFunction, Scalar, Selector, Window};

/// How far up a node stands in what is pushed down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Source,
    /// from, range and pushable filters.
    Read,
    Group,
    /// A window directly over a read, which is pushed with the aggregate behind it.
    Window,
    /// A window aggregate.
    WindowAggregate,
    /// A duplicate of its bound as time.
    WindowTime,
}

/// Sets [`Node::pushed`] on every node that one of `outputs` needs.
pub(crate) fn mark(plan: &mut Plan, outputs: &[NodeId]) {
    let consumers = normalise(plan, outputs);
    let mut levels: HashMap<NodeId, Level> = HashMap::new();
    for at in 0..plan.nodes.len() {
        let id = NodeId(at);
        if !consumers.contains_key(&id) {
            continue;
        }
        let Some(node) = plan.nodes.get(at) else { continue };
        if let Some(level) = level_of(plan, node, &levels, &consumers) {
            levels.insert(id, level);
        }
    }
    // A window, or a duplicate behind one, is pushed only together with what completes it.
    let complete: Vec<NodeId> = levels.keys().copied().filter(|id| is_complete(plan, *id, &levels)).collect();
    for id in complete {
        if let Some(node) = plan.nodes.get_mut(id.0) {
            node.pushed = true;
        }
    }
}

/// Does what InfluxDB does to a plan before it looks for what to push: of two groups in a row only the last one counts,
/// and filters in a row are one filter, so that their pushable parts come first. Gives the consumers of each node.
fn normalise(plan: &mut Plan, outputs: &[NodeId]) -> HashMap<NodeId, usize> {
    let mut users = consumers(plan, outputs);
    for at in 0..plan.nodes.len() {
        let mut here = at;
        while let Some(below) = single_input(plan, NodeId(here)).filter(|id| users.get(id) == Some(&1)) {
            match (plan.nodes.get(below.0).map(|n| &n.op), plan.nodes.get(here).map(|n| &n.op)) {
                (Some(Op::Group { mode: inner, .. }), Some(Op::Group { mode: outer, .. }))
                    if *inner != GroupMode::Extend && *outer != GroupMode::Extend =>
                {
                    let Some(input) = single_input(plan, below) else { break };
                    if let Some(node) = plan.nodes.get_mut(here) {
                        node.inputs = vec![input];
                    }
                    users.remove(&below);
                }
                (
                    Some(Op::Filter { predicate: inner, keep_empty: false }),
                    Some(Op::Filter { predicate: outer, keep_empty: false }),
                ) if !is_pushable(&inner.body) && is_pushable(&outer.body) => {
                    exchange(plan, below.0, here);
                    here = below.0;
                }
                _ => break,
            }
        }
    }
    users
}

fn single_input(plan: &Plan, id: NodeId) -> Option<NodeId> {
    match plan.nodes.get(id.0)?.inputs.as_slice() {
        [input] => Some(*input),
        _ => None,
    }
}

/// Two procedures change places; who feeds whom stays.
fn exchange(plan: &mut Plan, below: usize, above: usize) {
    let (lower, upper) = plan.nodes.split_at_mut(above);
    if let (Some(a), Some(b)) = (lower.get_mut(below), upper.first_mut()) {
        std::mem::swap(&mut a.op, &mut b.op);
        std::mem::swap(&mut a.span, &mut b.span);
        std::mem::swap(&mut a.name, &mut b.name);
    }
}

/// How many nodes and outputs use each node that is needed.
fn consumers(plan: &Plan, outputs: &[NodeId]) -> HashMap<NodeId, usize> {
    let mut counts: HashMap<NodeId, usize> = HashMap::new();
    let mut open: Vec<NodeId> = Vec::new();
    for output in outputs {
        *counts.entry(*output).or_default() += 1;
        if counts.get(output) == Some(&1) {
            open.push(*output);
        }
    }
    while let Some(id) = open.pop() {
        let Some(node) = plan.nodes.get(id.0) else { continue };
        for input in &node.inputs {
            let count = counts.entry(*input).or_default();
            *count += 1;
            if *count == 1 {
                open.push(*input);
            }
        }
    }
    counts
}

fn level_of(
    plan: &Plan,
    node: &Node,
    levels: &HashMap<NodeId, Level>,
    consumers: &HashMap<NodeId, usize>,
) -> Option<Level> {
    if let Op::From(_) = node.op {
        return Some(Level::Source);
    }
    let input = *node.inputs.first()?;
    let below = levels.get(&input).copied()?;
    let alone = consumers.get(&input) == Some(&1);
    match (&node.op, below) {
        (Op::Range { .. }, Level::Source) => Some(Level::Read),
        (Op::Filter { predicate, keep_empty: false }, Level::Read) if is_pushable(&predicate.body) => Some(Level::Read),
        (Op::Group { columns, mode: GroupMode::By }, Level::Read) if alone => {
            let tags_only = columns.iter().all(|c| c != "_time" && c != "_value");
            tags_only.then_some(Level::Group)
        }
        (Op::Window(window), Level::Read) if alone && is_pushable_window(window) => Some(Level::Window),
        (Op::Aggregate { .. } | Op::Select { .. }, Level::Read | Level::Window) if alone => {
            is_bare_aggregate(&node.op).then_some(Level::WindowAggregate)
        }
        (Op::Aggregate { .. } | Op::Select { .. }, Level::Group) if alone => {
            is_group_aggregate(&node.op).then_some(Level::WindowAggregate)
        }
        // createEmpty of a pushed aggregate fills its windows in the same step.
        (Op::FillEmptyTables, Level::WindowAggregate) if alone && over_window(plan, input) => {
            Some(Level::WindowAggregate)
        }
        (Op::Duplicate { column, as_column }, Level::WindowAggregate) if alone && over_window(plan, input) => {
            let bound = column == "_start" || column == "_stop";
            (bound && as_column == "_time").then_some(Level::WindowTime)
        }
        (Op::Window(window), Level::WindowTime) if alone && is_unwindow(window) => Some(Level::WindowTime),
        _ => None,
    }
}

/// Whether a pushed aggregate stands over a window.
fn over_window(plan: &Plan, mut id: NodeId) -> bool {
    while let Some(node) = plan.nodes.get(id.0) {
        match (&node.op, node.inputs.first()) {
            (Op::Window(_), _) => return true,
            (Op::FillEmptyTables | Op::Aggregate { .. } | Op::Select { .. }, Some(input)) => id = *input,
            _ => return false,
        }
    }
    false
}

/// Windows count as pushed with the aggregate over them, duplicates with the window that closes them.
fn is_complete(plan: &Plan, id: NodeId, levels: &HashMap<NodeId, Level>) -> bool {
    let used_by = |level: Level| {
        plan.nodes
            .iter()
            .enumerate()
            .any(|(at, node)| node.inputs.first() == Some(&id) && levels.get(&NodeId(at)) == Some(&level))
    };
    match (levels.get(&id), plan.nodes.get(id.0).map(|n| &n.op)) {
        (Some(Level::Window), _) => used_by(Level::WindowAggregate),
        (Some(Level::WindowTime), Some(Op::Duplicate { .. })) => used_by(Level::WindowTime),
        (Some(_), _) => true,
        (None, _) => false,
    }
}

fn is_pushable_window(window: &Window) -> bool {
    let Some(every) = window.every else { return false };
    let default = crate::plan::Location::default();
    every == window.period
        && !window.offset.negative
        && (every.months == 0 || every.nanos == 0)
        && window.location == default
        && standard_columns(window)
}

fn is_unwindow(window: &Window) -> bool {
    window.every.is_none() && standard_columns(window) && !window.create_empty
}

fn standard_columns(window: &Window) -> bool {
    window.time_column == "_time" && window.start_column == "_start" && window.stop_column == "_stop"
}

fn is_bare_aggregate(op: &Op) -> bool {
    match op {
        Op::Aggregate { aggregate: Aggregate::Count | Aggregate::Sum | Aggregate::Mean, column }
        | Op::Select { selector: Selector::Min | Selector::Max, column } => column == "_value",
        Op::Select { selector: Selector::First | Selector::Last, column } => column == "_value",
        _ => false,
    }
}

fn is_group_aggregate(op: &Op) -> bool {
    match op {
        Op::Aggregate { aggregate: Aggregate::Count | Aggregate::Sum, column }
        | Op::Select { selector: Selector::First | Selector::Last, column } => column == "_value",
        _ => false,
    }
}

/// Whether InfluxDB hands the predicate to its storage engine: `and`/`or` of `r.column OPERATOR literal` and `exists r.tag`.
pub(crate) fn is_pushable(body: &RowExpr) -> bool {
    match body {
        RowExpr::Logical(_, left, right) => is_pushable(left) && is_pushable(right),
        RowExpr::Unary(UnaryOperator::Exists, argument) => is_tag(argument),
        RowExpr::Unary(UnaryOperator::Not, argument) => {
            matches!(&**argument, RowExpr::Unary(UnaryOperator::Exists, tag) if is_tag(tag))
        }
        RowExpr::Binary(operator, left, right) => is_pushable_comparison(*operator, left, right),
        _ => false,
    }
}

fn is_tag(expression: &RowExpr) -> bool {
    matches!(expression, RowExpr::Column(name) if name != "_value")
}

fn is_pushable_comparison(operator: BinaryOperator, left: &RowExpr, right: &RowExpr) -> bool {
    use BinaryOperator as Op;
    let (RowExpr::Column(name), RowExpr::Literal(literal)) = (left, right) else { return false };
    let stored =
        matches!(literal, Scalar::String(_) | Scalar::Int(_) | Scalar::Float(_) | Scalar::Bool(_) | Scalar::Regex(_));
    let empty_text = matches!(literal, Scalar::String(text) if text.is_empty());
    match operator {
        _ if !stored => false,
        Op::Equal => name == "_value" || !empty_text,
        Op::NotEqual | Op::Matches | Op::NotMatches => true,
        Op::Less | Op::LessEqual | Op::Greater | Op::GreaterEqual => name == "_value",
        _ => false,
    }
}

/// Splits a filter that stands directly over a read into the conjuncts that are pushed down and those that are not.
pub(crate) fn split_filter(plan: &Plan, input: NodeId, predicate: RowFunction, keep_empty: bool) -> Vec<RowFunction> {
    if keep_empty || !reads_storage(plan, input) || is_pushable(&predicate.body) {
        return vec![predicate];
    }
    let RowFunction { body, span, vectorized } = predicate;
    let mut conjuncts = Vec::new();
    conjuncts_of(body, &mut conjuncts);
    let (pushed, residual): (Vec<RowExpr>, Vec<RowExpr>) = conjuncts.into_iter().partition(is_pushable);
    [pushed, residual]
        .into_iter()
        .filter_map(|part| {
            part.into_iter()
                .reduce(|a, b| RowExpr::Logical(LogicalOperator::And, Box::new(a), Box::new(b)))
                .map(|body| RowFunction { body, span, vectorized })
        })
        .collect()
}

fn conjuncts_of(body: RowExpr, into: &mut Vec<RowExpr>) {
    match body {
        RowExpr::Logical(LogicalOperator::And, left, right) => {
            conjuncts_of(*left, into);
            conjuncts_of(*right, into);
        }
        other => into.push(other),
    }
}

/// Whether a node is a range over a bucket with pushable filters at most.
fn reads_storage(plan: &Plan, mut id: NodeId) -> bool {
    while let Some(node) = plan.nodes.get(id.0) {
        match (&node.op, node.inputs.first()) {
            (Op::Filter { predicate, keep_empty: false }, Some(input)) if is_pushable(&predicate.body) => id = *input,
            (Op::Range { .. }, Some(input)) => {
                return matches!(plan.nodes.get(input.0).map(|n| &n.op), Some(Op::From(_)));
            }
            _ => return false,
        }
    }
    false
}
