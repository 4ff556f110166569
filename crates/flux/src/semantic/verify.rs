//! What InfluxDB refuses before a plan runs: empty and missing ranges, buckets without a name, windows without bounds.

use std::collections::HashMap;

use crate::FluxError;
use crate::plan::{Bounds, BucketRef, NodeId, Op, Plan};

/// Checks the nodes that `outputs` need.
pub(crate) fn check(plan: &Plan, outputs: &[NodeId]) -> Result<(), FluxError> {
    let needed = needed(plan, outputs);
    let nodes = || needed.iter().filter_map(|id| plan.nodes.get(id.0).map(|node| (*id, node)));
    for (_, node) in nodes() {
        let bounds = match &node.op {
            Op::Range { bounds, .. } => Some(*bounds),
            Op::Schema(question) => question.bounds,
            _ => None,
        };
        if bounds.is_some_and(|b| b.start >= b.stop) {
            return Err(FluxError::invalid(
                "error in building plan while starting program: cannot query an empty range",
            ));
        }
    }
    for (id, node) in nodes() {
        if let Op::From(bucket) = &node.op {
            let bounded = |(_, user): (NodeId, &crate::plan::Node)| {
                !user.inputs.contains(&id) || matches!(user.op, Op::Range { .. })
            };
            if outputs.contains(&id) || !nodes().all(bounded) {
                let (BucketRef::Name(name) | BucketRef::Id(name)) = bucket;
                return Err(FluxError::invalid(format!(
                    "error in building plan while starting program: cannot submit unbounded read to \"{name}\"; try \
                     bounding 'from' with a call to 'range'"
                )));
            }
        }
    }
    for (_, node) in nodes() {
        if let Op::Window(window) = &node.op {
            let interval = window.every.unwrap_or_default();
            let mixed = |d: model::FluxDuration| d.months != 0 && d.nanos != 0;
            if mixed(interval) || mixed(window.period) {
                return Err(FluxError::invalid("duration used as an interval cannot mix month and nanosecond units"));
            }
        }
    }
    for (_, node) in nodes() {
        match &node.op {
            Op::From(bucket) => check_bucket(bucket)?,
            Op::Schema(question) => check_bucket(&question.bucket)?,
            Op::To(spec) => check_bucket(&spec.bucket)?,
            _ => {}
        }
    }
    let bounds = bounds_of_all(plan);
    for (_, node) in nodes() {
        let input_bounds = node.inputs.first().and_then(|input| bounds.get(input));
        if matches!(node.op, Op::Window(_)) && input_bounds.is_none() {
            return Err(FluxError::invalid(
                "failed to initialize execute state: nil bounds passed to window; use range to set the window range",
            ));
        }
    }
    Ok(())
}

fn check_bucket(bucket: &BucketRef) -> Result<(), FluxError> {
    match bucket {
        BucketRef::Name(name) if name.is_empty() => {
            Err(FluxError::invalid("failed to initialize execute state: no bucket name or id have been specified"))
        }
        BucketRef::Id(id) if id.len() != 16 => Err(FluxError::invalid(
            "failed to initialize execute state: invalid bucket id: id must have a length of 16 bytes",
        )),
        _ => Ok(()),
    }
}

/// The nodes that outputs need, in the plan's order.
pub(crate) fn needed(plan: &Plan, outputs: &[NodeId]) -> Vec<NodeId> {
    let mut wanted = vec![false; plan.nodes.len()];
    let mut open: Vec<NodeId> = outputs.to_vec();
    while let Some(id) = open.pop() {
        if let Some(slot) = wanted.get_mut(id.0).filter(|slot| !**slot) {
            *slot = true;
            open.extend(plan.nodes.get(id.0).into_iter().flat_map(|n| n.inputs.iter().copied()));
        }
    }
    wanted.iter().enumerate().filter(|(_, w)| **w).map(|(at, _)| NodeId(at)).collect()
}

/// The time bounds in force behind each node: those of its range, the union over several inputs.
fn bounds_of_all(plan: &Plan) -> HashMap<NodeId, Bounds> {
    let mut bounds: HashMap<NodeId, Bounds> = HashMap::new();
    for (at, node) in plan.nodes.iter().enumerate() {
        let below = node
            .inputs
            .iter()
            .filter_map(|input| bounds.get(input).copied())
            .reduce(|a, b| Bounds { start: a.start.min(b.start), stop: a.stop.max(b.stop) });
        let here = match &node.op {
            Op::Range { bounds: own, .. } => Some(match below {
                Some(outer) => Bounds { start: own.start.max(outer.start), stop: own.stop.min(outer.stop) },
                None => *own,
            }),
            Op::Schema(question) => question.bounds,
            _ => below,
        };
        if let Some(here) = here {
            bounds.insert(NodeId(at), here);
        }
    }
    bounds
}
