//! `experimental.diff`: tables of two streams that have one key, compared row by row.

use std::sync::Arc;

use datafusion::prelude::lit;
use flux::FluxError;
use flux::plan::{Node, ScalarType};

use super::fold::fold_lane;
use super::{Lowering, build, group};
use crate::error::runtime;
use crate::lane::{HIDDEN, Lane, OrderKey, Stream};
use crate::run::fold::Diff;
use crate::scalar::arrow_type;

/// The column that says where a row comes from: `-` wanted only, `+` got only, an empty text both.
const MARK: &str = "_diff";

/// See the module's text.
pub(super) async fn diff(lowering: &mut Lowering<'_>, node: &Node, inputs: [Stream; 2]) -> Result<Stream, FluxError> {
    let side = format!("{HIDDEN}side");
    let mut sides: [Vec<Lane>; 2] = Default::default();
    for ((number, stream), lanes) in (0_i64..).zip(inputs).zip(&mut sides) {
        for lane in stream.lanes {
            if lane.in_key(MARK) {
                return Err(runtime(node, "group key cannot contain _diff column"));
            }
            let visible = lane.visible().into_iter().filter(|(c, _)| c.name != MARK).collect();
            let mut lane = build(Lane { empty: None, ..lane }.select(visible))?;
            lane.update_variants(|columns| columns.retain(|c| c != MARK));
            lane = build(lane.with_hidden(&side, lit(number)))?;
            lane.order.insert(0, OrderKey::ascending(side.clone()));
            lanes.push(lane);
        }
    }
    let [want, got] = sides;
    for (a, b) in want.iter().flat_map(|a| got.iter().map(move |b| (a, b))) {
        let same = a.key_by_label() == b.key_by_label();
        if let Some((x, y)) = group::conflict(a, b).filter(|_| same) {
            let (name, one, other) = (&x.name, x.data_type.name(), y.data_type.name());
            return Err(runtime(node, format!("column {name:?} has different types {one} != {other}")));
        }
    }
    let merged = group::merge(lowering, node, want.into_iter().chain(got).collect()).await?;
    merged.try_map(|lane| {
        let compared = lane.columns.iter().filter(|c| !lane.in_key(&c.name)).cloned().collect::<Vec<_>>();
        let mut results = vec![(MARK, ScalarType::String)];
        results.extend(compared.iter().map(|c| (c.name.as_str(), c.data_type)));
        let columns = compared.iter().map(|c| (c.name.clone(), arrow_type(c.data_type))).collect();
        let fold = Diff { mark: MARK.to_owned(), side: side.clone(), columns };
        let mut lane = Lane { order: side_first(&lane, &side), ..lane };
        lane.variants = None;
        let mut lane = build(fold_lane(lane, Arc::new(fold), &results))?;
        lane.columns.sort_by_key(|c| c.name != MARK);
        Ok(lane)
    })
}

/// The order of rows, the wanted ones first.
fn side_first(lane: &Lane, side: &str) -> Vec<OrderKey> {
    let others = lane.order.iter().filter(|k| k.column != side).cloned();
    std::iter::once(OrderKey::ascending(side)).chain(others).collect()
}
