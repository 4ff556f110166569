//! `interpolate.linear`: the rows of a table, and between them a row on the straight line at each bound of a window.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::common::{Result as DfResult, ScalarValue};
use flux::FluxError;
use flux::calendar::Windows;
use flux::plan::ScalarType;

use super::{Fold, FoldState, Results};
use crate::error::external;
use crate::run::support::times;
use crate::scalar::{UTC, arrow_type};

/// See the module's text.
#[derive(Debug, Clone)]
pub(crate) struct Interpolate {
    pub(crate) windows: Arc<Windows>,
}

impl Fold for Interpolate {
    fn name(&self) -> &'static str {
        "interpolate"
    }

    fn reads(&self) -> Vec<String> {
        vec!["_time".to_owned(), "_value".to_owned()]
    }

    fn results(&self) -> Vec<(String, DataType)> {
        vec![("_time".to_owned(), arrow_type(ScalarType::Time)), ("_value".to_owned(), DataType::Float64)]
    }

    fn start(&self) -> Box<dyn FoldState> {
        Box::new(State { windows: self.windows.clone(), last: None, points: Vec::new() })
    }
}

struct State {
    windows: Arc<Windows>,
    last: Option<(i64, f64)>,
    points: Vec<(i64, f64)>,
}

fn null_found(column: &str) -> datafusion::error::DataFusionError {
    external(FluxError::invalid(format!("null {column} found during linear interpolation")))
}

impl State {
    /// The bounds of windows after `x0` and before `x1`.
    fn between(&mut self, (x0, y0): (i64, f64), (x1, y1): (i64, f64)) {
        let slope = (y1 - y0) / (x1.wrapping_sub(x0)) as f64;
        let mut found = Vec::new();
        self.windows.containing(x0, &mut found);
        let mut next = found.first().map(|w| w.stop);
        while let Some(x) = next.filter(|x| *x < x1) {
            self.points.push((x, y0 + slope * (x - x0) as f64));
            self.windows.containing(x, &mut found);
            next = found.first().map(|w| w.stop).filter(|stop| *stop > x);
        }
    }
}

impl FoldState for State {
    fn rows(&mut self, columns: &[ArrayRef], rows: Range<usize>) -> DfResult<()> {
        let [x, y] = columns else { return Err(null_found("column")) };
        let (x, y) = (times(x), y.as_primitive::<Float64Type>());
        for row in rows {
            if x.is_null(row) {
                return Err(null_found("_time"));
            }
            if y.is_null(row) {
                return Err(null_found("_value"));
            }
            let point = (x.value(row), y.value(row));
            if let Some(last) = self.last.replace(point) {
                self.between(last, point);
            }
            self.points.push(point);
        }
        Ok(())
    }

    fn finish(&mut self) -> DfResult<Results> {
        let row =
            |(x, y)| vec![ScalarValue::TimestampNanosecond(Some(x), Some(UTC.into())), ScalarValue::Float64(Some(y))];
        Ok(std::mem::take(&mut self.points).into_iter().map(row).collect())
    }

    fn held(&self) -> usize {
        self.points.len() * size_of::<(i64, f64)>()
    }
}
