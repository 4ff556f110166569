//! `histogramQuantile`: a quantile from cumulated counts of bins, interpolated inside its bin.

use std::ops::Range;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result as DfResult, ScalarValue};
use flux::plan::Node;

use super::{Fold, FoldState, Results};
use crate::error::{external, runtime};
use crate::run::support::Numbers;

/// What to do with counts that fall from a bin to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Falling {
    Fail,
    DropTable,
    /// The count of the bin before holds.
    Raise,
}

/// See the module's text.
#[derive(Debug, Clone)]
pub(crate) struct HistogramQuantile {
    pub(crate) quantile: f64,
    pub(crate) count: String,
    pub(crate) upper_bound: String,
    pub(crate) value: String,
    /// The lower bound of the first bin.
    pub(crate) min: f64,
    pub(crate) falling: Falling,
    /// For the wording of errors.
    pub(crate) node: Node,
}

impl Fold for HistogramQuantile {
    fn name(&self) -> &'static str {
        "histogram quantile"
    }

    fn reads(&self) -> Vec<String> {
        vec![self.upper_bound.clone(), self.count.clone()]
    }

    fn results(&self) -> Vec<(String, DataType)> {
        vec![(self.value.clone(), DataType::Float64)]
    }

    fn start(&self) -> Box<dyn FoldState> {
        Box::new(State { fold: self.clone(), bins: Vec::new() })
    }
}

/// A bin: its upper bound, and how many values lie at or below it.
type Bin = (f64, f64);

struct State {
    fold: HistogramQuantile,
    bins: Vec<Bin>,
}

impl FoldState for State {
    fn rows(&mut self, columns: &[ArrayRef], rows: Range<usize>) -> DfResult<()> {
        let [bounds, counts] = columns else { return Ok(()) };
        let (bounds, counts) = (Numbers::of(bounds)?, Numbers::of(counts)?);
        for row in rows {
            let fail = |name: &str| {
                external(runtime(&self.fold.node, format!("unexpected null in the {name} column of a histogram")))
            };
            let bound = bounds.get(row).ok_or_else(|| fail("upper bound"))?;
            let count = counts.get(row).ok_or_else(|| fail("count"))?;
            self.bins.push((bound.to_float(), count.to_float()));
        }
        Ok(())
    }

    fn finish(&mut self) -> DfResult<Results> {
        self.bins.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut highest = f64::NEG_INFINITY;
        for (_, count) in &mut self.bins {
            if *count < highest {
                match self.fold.falling {
                    Falling::Fail => {
                        return Err(external(runtime(&self.fold.node, "histogram records counts are not monotonic")));
                    }
                    Falling::DropTable => return Ok(Vec::new()),
                    Falling::Raise => *count = highest,
                }
            }
            highest = *count;
        }
        Ok(vec![vec![ScalarValue::Float64(quantile(&self.bins, self.fold.quantile, self.fold.min))]])
    }
}

/// The quantile of sorted bins; `None` where nothing was counted.
fn quantile(bins: &[Bin], q: f64, min: f64) -> Option<f64> {
    let (_, total) = *bins.last().filter(|(_, total)| *total > 0.0)?;
    let rank = q * total;
    let at = bins.iter().position(|(_, count)| *count >= rank)?;
    let (upper, upper_count) = *bins.get(at)?;
    let (lower, lower_count) = at.checked_sub(1).and_then(|i| bins.get(i)).copied().unwrap_or((min, 0.0));
    if upper.is_infinite() {
        // Nothing is known about an open bin but where it begins or ends.
        return Some(if upper > 0.0 { lower } else { upper });
    }
    if upper_count == lower_count {
        return Some(lower);
    }
    Some(lower + (upper - lower) * (rank - lower_count) / (upper_count - lower_count))
}
