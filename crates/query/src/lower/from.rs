//! What comes straight from a bucket, and what the procedure behind it lets storage leave out.

use flux::FluxError;
use flux::plan::{Bounds, BucketRef, GroupMode, Node, NodeId, Op, RowFunction, Selector};
use storage::snapshot::End;

use super::{Lowering, filter};
use crate::lane::Stream;
use crate::row::reads;
use crate::source::{Grouped, Source};

impl<'a> Lowering<'a> {
    /// `from |> range |> filter*` with pushed filters, as seen from its last node.
    pub(super) fn source(&self, id: NodeId) -> Option<(&'a BucketRef, Bounds, Vec<&'a RowFunction>)> {
        let mut predicates = Vec::new();
        let mut node = self.plan.node(id);
        while let Op::Filter { predicate, keep_empty: false } = &node.op {
            if !node.pushed {
                return None;
            }
            predicates.push(predicate);
            node = self.plan.node(*node.inputs.first()?);
        }
        let Op::Range { bounds, time_column, start_column, stop_column } = &node.op else { return None };
        let Op::From(bucket) = &self.plan.node(*node.inputs.first()?).op else { return None };
        let plain = time_column == "_time" && start_column == "_start" && stop_column == "_stop";
        predicates.reverse();
        plain.then_some((bucket, *bounds, predicates))
    }

    /// The input of a `first` or `last` straight from a bucket: no more of time than has these rows of all series.
    pub(super) fn ends_of_series(&mut self, node: &Node, input: NodeId) -> Result<Option<Stream>, FluxError> {
        let end = match &node.op {
            Op::Select { selector: Selector::First, column } if column == "_value" => End::First,
            Op::Select { selector: Selector::Last, column } if column == "_value" => End::Last,
            _ => return Ok(None),
        };
        if !self.session.pushdown {
            return Ok(None);
        }
        // Filters that InfluxDB would not push may stand between, if they keep or drop whole series.
        let (mut filters, mut at) = (Vec::new(), input);
        let (bucket, bounds, predicates) = loop {
            if let Some(source) = self.source(at) {
                break source;
            }
            let node = self.plan.node(at);
            let (Op::Filter { predicate, keep_empty: false }, Some(below)) = (&node.op, node.inputs.first()) else {
                return Ok(None);
            };
            if reads(&predicate.body).is_none_or(|columns| columns.contains("_value") || columns.contains("_time")) {
                return Ok(None);
            }
            filters.push((node, predicate));
            at = *below;
        };
        let bucket = self.context.open(bucket)?;
        let predicates = predicates.as_slice();
        let source = Source { bucket: &bucket, bounds, predicates, pushdown: true, end: Some(end), grouped: None };
        let mut stream = source.lower(&mut || self.fresh())?;
        for (node, predicate) in filters.into_iter().rev() {
            stream = filter::filter(node, stream, predicate, false)?;
            if stream.lanes.iter().any(|lane| lane.poison.is_some()) {
                return Ok(None);
            }
        }
        Ok(Some(stream))
    }

    /// The input of a `group` straight from a bucket, but for a cut of `_time`: series that the group brings together are
    /// one scan, whatever other tags they have.
    pub(super) async fn before_group(&mut self, node: &Node, input: NodeId) -> Result<Option<Stream>, FluxError> {
        let grouped = match &node.op {
            Op::Group { columns, mode: GroupMode::By } => Grouped { columns, except: false },
            Op::Group { columns, mode: GroupMode::Except } => Grouped { columns, except: true },
            _ => return Ok(None),
        };
        if !self.session.pushdown {
            return Ok(None);
        }
        let (mut cuts, mut at) = (Vec::new(), input);
        let (bucket, bounds, predicates) = loop {
            if let Some(source) = self.source(at) {
                break source;
            }
            let cut = self.plan.node(at);
            let (Op::TruncateTime { .. }, Some(below)) = (&cut.op, cut.inputs.first()) else { return Ok(None) };
            cuts.push(cut);
            at = *below;
        };
        let bucket = self.context.open(bucket)?;
        let predicates = predicates.as_slice();
        let source = Source { bucket: &bucket, bounds, predicates, pushdown: true, end: None, grouped: Some(grouped) };
        let mut stream = source.lower(&mut || self.fresh())?;
        for cut in cuts.into_iter().rev() {
            stream = self.lower_unary(cut, stream).await?;
        }
        Ok(Some(stream))
    }
}
