//! `holtWinters`: values in equal steps are fitted by the damped method, with seasons if asked, and carried on.

mod damped;
mod simplex;

use std::ops::Range;

use datafusion::arrow::array::{Array, ArrayRef};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result as DfResult, ScalarValue};
use flux::FluxError;
use flux::plan::ScalarType;

use super::{Fold, FoldState, Results};
use crate::error::external;
use crate::run::support::{Number, Numbers, times};
use crate::scalar::{UTC, arrow_type};
use damped::Series;

/// See the module's text.
#[derive(Debug, Clone)]
pub(crate) struct Forecast {
    pub(crate) column: String,
    pub(crate) time: String,
    pub(crate) n: usize,
    /// Nanoseconds between values.
    pub(crate) interval: i64,
    /// Values in a season; none below 2.
    pub(crate) season: usize,
    /// Whether the fitted values come first.
    pub(crate) with_fit: bool,
    /// Whether the error of the fit stands beside each value.
    pub(crate) with_error: bool,
}

/// The column of the fit's error.
const ERROR: &str = "minSSE";

impl Fold for Forecast {
    fn name(&self) -> &'static str {
        "forecast"
    }

    fn reads(&self) -> Vec<String> {
        vec![self.time.clone(), self.column.clone()]
    }

    fn results(&self) -> Vec<(String, DataType)> {
        let error = self.with_error.then(|| (ERROR.to_owned(), DataType::Float64));
        let time = ("_time".to_owned(), arrow_type(ScalarType::Time));
        [time, ("_value".to_owned(), DataType::Float64)].into_iter().chain(error).collect()
    }

    fn start(&self) -> Box<dyn FoldState> {
        Box::new(State { forecast: self.clone(), values: Vec::new(), first: 0, last: 0, bucket: None })
    }
}

struct State {
    forecast: Forecast,
    /// One value a step; none where a step has no row.
    values: Vec<Option<f64>>,
    first: i64,
    last: i64,
    /// The rounded time of the last step.
    bucket: Option<i64>,
}

/// Rounded to a whole number of intervals, halves up.
fn round(time: i64, interval: i64) -> i64 {
    let over = time.rem_euclid(interval);
    let down = time.wrapping_sub(over);
    if over < interval - over { down } else { down.wrapping_add(interval) }
}

impl State {
    /// Takes the first row of each step; steps without a row are empty.
    fn point(&mut self, time: i64, value: Option<f64>) {
        let at = round(time, self.forecast.interval);
        let Some(bucket) = self.bucket else {
            // The first value must be one.
            if value.is_some() {
                (self.first, self.bucket) = (time, Some(at));
                self.values.push(value);
            }
            return;
        };
        if at <= bucket {
            return;
        }
        let missing = (at.wrapping_sub(bucket) / self.forecast.interval).saturating_sub(1);
        for _ in 0..missing.min(MOST_MISSING) {
            self.values.push(None);
        }
        self.values.push(value);
        (self.last, self.bucket) = (time, Some(at));
    }
}

/// Empty steps in a row that are counted: beyond it the interval does not fit the data.
const MOST_MISSING: i64 = 1_000_000;

impl FoldState for State {
    fn rows(&mut self, columns: &[ArrayRef], rows: Range<usize>) -> DfResult<()> {
        let [time, value] = columns else {
            return Err(external(FluxError::invalid("holtWinters reads a time and a value")));
        };
        let (time, values) = (times(time), Numbers::of(value)?);
        for row in rows.filter(|row| time.is_valid(*row)) {
            let value = values.get(row).map(Number::to_float);
            if value.is_some_and(|v| !v.is_finite()) {
                return Err(external(FluxError::invalid("NaN/Inf in input")));
            }
            self.point(time.value(row), value);
        }
        Ok(())
    }

    fn finish(&mut self) -> DfResult<Results> {
        let forecast = &self.forecast;
        let series = Series { values: &self.values, season: forecast.season };
        let Some((values, error)) = series.forecast(forecast.n, forecast.with_fit) else { return Ok(Vec::new()) };
        let start = if forecast.with_fit { self.first } else { self.last.wrapping_add(forecast.interval) };
        let mut time = start;
        let rows = values.into_iter().map(|value| {
            let at = ScalarValue::TimestampNanosecond(Some(time), Some(UTC.into()));
            time = time.wrapping_add(forecast.interval);
            let error = forecast.with_error.then_some(ScalarValue::Float64(Some(error)));
            [at, ScalarValue::Float64(Some(value))].into_iter().chain(error).collect()
        });
        Ok(rows.collect())
    }

    fn held(&self) -> usize {
        self.values.len() * size_of::<Option<f64>>()
    }
}
