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
            let fail = |name: &str| external(runtime(&self.fold.node, format!("unexpected null in the {name}")));
            let count = counts.get(row).ok_or_else(|| fail("countColumn"))?;
            let bound = bounds.get(row).ok_or_else(|| fail("upperBoundColumn"))?;
            self.bins.push((bound.to_float(), count.to_float()));
        }
        Ok(())
    }

    fn finish(&mut self) -> DfResult<Results> {
        if self.bins.is_empty() {
            return Err(external(runtime(&self.fold.node, "histogram is empty")));
        }
        self.bins.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut highest = 0.0;
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

/// The quantile of sorted bins; `None` where nothing was counted. Of bins with equal counts the last one tells the bound.
fn quantile(bins: &[Bin], q: f64, min: f64) -> Option<f64> {
    let (highest, total) = *bins.last().filter(|(_, total)| *total != 0.0)?;
    let rank = q * total;
    let passed = bins.iter().rposition(|(_, count)| rank >= *count);
    let (lower, lower_count) = passed.and_then(|i| bins.get(i)).copied().unwrap_or((min, 0.0));
    let Some((upper, upper_count)) = bins.get(passed.map_or(0, |i| i + 1)).copied() else { return Some(highest) };
    if rank == lower_count {
        return Some(lower);
    }
    // Nothing is known about an open bin but where it begins or ends.
    if lower == f64::NEG_INFINITY {
        return Some(upper);
    }
    if upper == f64::INFINITY {
        return Some(lower);
    }
    Some(lower + (upper - lower) * (rank - lower_count) / (upper_count - lower_count))
}
