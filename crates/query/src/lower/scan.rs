//! Procedures that carry a state from row to row: kernels over runs in the order of rows.

use std::sync::Arc;

use flux::FluxError;
use flux::plan::{Node, Scan};

use super::{build, unsupported};
use crate::error::runtime;
use crate::lane::{Lane, OrderKey, Stream};
use crate::run::{CumulativeSum, Kernel, RunNode};

/// See the module's text.
pub(super) fn scan(node: &Node, input: Stream, scan: &Scan) -> Result<Stream, FluxError> {
    input.try_map(|lane| match scan {
        Scan::CumulativeSum { columns } => {
            if let Some(missing) = columns.iter().find(|c| !lane.has(c)) {
                return Err(runtime(node, format!("no column {missing:?} exists")));
            }
            in_order(lane, CumulativeSum { columns: columns.clone() })
        }
        _ => Err(unsupported(node, &node.name)),
    })
}

/// Runs a kernel over the tables of a lane, rows in order.
fn in_order(lane: Lane, kernel: impl Kernel + 'static) -> Result<Lane, FluxError> {
    let partition = lane.key_by_label();
    let order: Vec<OrderKey> = lane.order.iter().filter(|k| !partition.contains(&k.column)).cloned().collect();
    let mut lane = lane;
    lane.plan = build(RunNode::plan(lane.plan, partition, order, Arc::new(kernel)))?;
    Ok(lane)
}
