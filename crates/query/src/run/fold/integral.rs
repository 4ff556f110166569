//! `integral`: the area under a column over time, by trapezoids.

use std::ops::Range;

use datafusion::arrow::array::{Array, ArrayRef};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result as DfResult, ScalarValue};
use flux::plan::Node;

use super::{Fold, FoldState, Results};
use crate::error::{external, runtime};
use crate::run::support::{Numbers, times};

/// See the module's text.
#[derive(Debug, Clone)]
pub(crate) struct Integral {
    pub(crate) column: String,
    pub(crate) time: String,
    /// Nanoseconds.
    pub(crate) unit: i64,
    /// Columns with the bounds of the table, up to which the outermost lines are drawn on.
    pub(crate) bounds: Option<[String; 2]>,
    /// For the wording of errors.
    pub(crate) node: Node,
}

impl Fold for Integral {
    fn name(&self) -> &'static str {
        "integral"
    }

    fn reads(&self) -> Vec<String> {
        let bounds = self.bounds.iter().flatten();
        [&self.column, &self.time].into_iter().chain(bounds).cloned().collect()
    }

    fn results(&self) -> Vec<(String, DataType)> {
        vec![(self.column.clone(), DataType::Float64)]
    }

    fn start(&self) -> Box<dyn FoldState> {
        let state = State { node: self.node.clone(), unit: self.unit, points: 0, area: 0.0, lines: None, bounds: None };
        Box::new(state)
    }
}

/// A point: time and value.
type Point = (i64, f64);

struct State {
    node: Node,
    unit: i64,
    points: usize,
    area: f64,
    lines: Option<Lines>,
    bounds: Option<(i64, i64)>,
}

/// The first two points and the last two.
struct Lines {
    first: [Point; 2],
    last: [Point; 2],
}

impl State {
    fn trapezoid(&self, from: Point, to: Point) -> f64 {
        let elapsed = to.0.wrapping_sub(from.0) as f64 / self.unit as f64;
        0.5 * (to.1 + from.1) * elapsed
    }

    fn point(&mut self, point: Point) -> DfResult<()> {
        let last = match &mut self.lines {
            None => {
                self.points = 1;
                self.lines = Some(Lines { first: [point; 2], last: [point; 2] });
                return Ok(());
            }
            Some(lines) => {
                let last = lines.last[1];
                if point.0 < last.0 {
                    return Err(external(runtime(&self.node, "integral found out-of-order times in time column")));
                }
                if point.0 == last.0 {
                    return Ok(());
                }
                self.points += 1;
                if self.points == 2 {
                    lines.first[1] = point;
                }
                lines.last = [last, point];
                last
            }
        };
        self.area += self.trapezoid(last, point);
        Ok(())
    }

    /// What lies between the bounds and the outermost points.
    fn margins(&self) -> f64 {
        let (Some(lines), Some((start, stop)), true) = (&self.lines, self.bounds, self.points > 0) else { return 0.0 };
        let on = |[a, b]: [Point; 2], time: i64| {
            // The line through a single point is level.
            let slope = if a.0 == b.0 { 0.0 } else { (b.1 - a.1) / b.0.wrapping_sub(a.0) as f64 };
            (time, a.1 + slope * time.wrapping_sub(a.0) as f64)
        };
        let before = self.trapezoid(on(lines.first, start), lines.first[0]);
        before + self.trapezoid(lines.last[1], on(lines.last, stop))
    }
}

impl FoldState for State {
    fn rows(&mut self, columns: &[ArrayRef], rows: Range<usize>) -> DfResult<()> {
        let [values, clock, bounds @ ..] = columns else { return Ok(()) };
        let (values, clock) = (Numbers::of(values)?, times(clock));
        if let [start, stop] = bounds {
            self.bounds = Some((times(start).value(rows.start), times(stop).value(rows.start)));
        }
        for row in rows {
            if clock.is_null(row) {
                return Err(external(runtime(&self.node, "integral found null time in time column")));
            }
            if let Some(value) = values.get(row) {
                self.point((clock.value(row), value.to_float()))?;
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> DfResult<Results> {
        // Without points there is no area.
        let area = if self.points > 0 { self.area + self.margins() } else { 0.0 };
        Ok(vec![vec![ScalarValue::Float64(Some(area))]])
    }
}
