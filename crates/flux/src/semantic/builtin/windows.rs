//! Windows of time, time columns and histograms.

use model::FluxDuration;

use crate::FluxError;
use crate::plan::{Op, Scalar, Window};
use crate::semantic::arguments::Arguments;
use crate::semantic::evaluate::Evaluator;
use crate::semantic::signature::Site;
use crate::semantic::value::Value;

use super::Line;

pub(super) const FUNCTIONS: &[Line] = &[
    (
        "universe",
        "window",
        "<-tables: stream, ?every: duration, ?period: duration, ?offset: duration, ?location: record, \
         ?timeColumn: string, ?startColumn: string, ?stopColumn: string, ?createEmpty: bool",
        window,
    ),
    (
        "experimental",
        "window",
        "<-tables: stream, ?every: duration, ?period: duration, ?offset: duration, ?location: record, ?createEmpty: bool",
        window,
    ),
    ("experimental", "histogram", "<-tables: stream, bins: [float], ?normalize: bool", histogram),
    ("experimental", "histogramQuantile", "<-tables: stream, ?quantile: float, ?minValue: float", histogram_quantile),
    ("universe", "_fillEmpty", "<-tables: stream", fill_empty),
    ("experimental/table", "fill", "<-tables: stream", fill_empty),
    ("universe", "truncateTimeColumn", "<-tables: stream, unit: duration, ?timeColumn: string", truncate),
    ("universe", "timeShift", "<-tables: stream, duration: duration, ?columns: [string]", time_shift),
    (
        "universe",
        "histogram",
        "<-tables: stream, ?column: string, ?upperBoundColumn: string, ?countColumn: string, bins: [float], \
         ?normalize: bool",
        histogram,
    ),
    (
        "universe",
        "histogramQuantile",
        "<-tables: stream, ?quantile: float, ?countColumn: string, ?upperBoundColumn: string, ?valueColumn: string, \
         ?minValue: float, ?onNonmonotonic: string",
        histogram_quantile,
    ),
];

type Outcome = Result<Value, FluxError>;

/// `inf`.
fn is_infinite(d: FluxDuration) -> bool {
    d.months == 0 && d.nanos == i64::MAX
}

fn window(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let given = |name: &str| arguments.duration(name).map(|d| d.filter(|d| !d.is_zero()));
    let (every, period) = match (given("every")?, given("period")?) {
        (None, None) => {
            return Err(FluxError::invalid(
                "window function requires at least one of \"every\" or \"period\" to be set and non-zero",
            ));
        }
        (Some(every), None) => (every, every),
        (None, Some(period)) => (period, period),
        (Some(every), Some(period)) => (every, period),
    };
    for (name, value) in [("every", every), ("period", period)] {
        if value.negative {
            return Err(FluxError::invalid(format!("parameter \"{name}\" must be non-negative")));
        }
    }
    let window = Window {
        every: Some(every).filter(|d| !is_infinite(*d)),
        period,
        offset: arguments.duration("offset")?.unwrap_or_default(),
        location: evaluator.location(arguments)?,
        time_column: arguments.text_or("timeColumn", "_time")?,
        start_column: arguments.text_or("startColumn", "_start")?,
        stop_column: arguments.text_or("stopColumn", "_stop")?,
        create_empty: arguments.boolean("createEmpty", false)?,
    };
    evaluator.add(Op::Window(window), vec![arguments.stream("tables")?], site)
}

fn fill_empty(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    evaluator.add(Op::FillEmptyTables, vec![arguments.stream("tables")?], site)
}

fn truncate(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let unit = arguments.need_duration("unit")?;
    if unit.is_zero() {
        return Err(FluxError::invalid("duration used as an interval cannot be zero"));
    }
    if unit.months != 0 && unit.nanos != 0 {
        return Err(FluxError::invalid("duration used as an interval cannot mix month and nanosecond units"));
    }
    let location = evaluator.location(arguments)?;
    evaluator.add(Op::TruncateTime { unit, location }, vec![arguments.stream("tables")?], site)
}

fn time_shift(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let op = Op::TimeShift {
        duration: arguments.need_duration("duration")?,
        columns: arguments.texts_or("columns", &["_start", "_stop", "_time"])?,
    };
    evaluator.add(op, vec![arguments.stream("tables")?], site)
}

fn histogram(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let mut bins = Vec::new();
    for value in arguments.array("bins")?.iter() {
        match value {
            Value::Scalar(Scalar::Float(x)) => bins.push(*x),
            other => return Err(FluxError::invalid(format!("bins must be floats, got {}", other.type_name()))),
        }
    }
    if bins.is_empty() {
        return Err(FluxError::invalid("histogram requires at least one bin"));
    }
    let op = Op::Histogram {
        column: arguments.text_or("column", "_value")?,
        upper_bound_column: arguments.text_or("upperBoundColumn", "le")?,
        count_column: arguments.text_or("countColumn", "_value")?,
        bins,
        normalize: arguments.boolean("normalize", false)?,
    };
    evaluator.add(op, vec![arguments.stream("tables")?], site)
}

fn histogram_quantile(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let on_nonmonotonic = arguments.text_or("onNonmonotonic", "error")?;
    if !["error", "drop", "force"].contains(&on_nonmonotonic.as_str()) {
        return Err(FluxError::invalid(format!(
            "value provided to histogramQuantile parameter onNonmonotonic is invalid; must be one of \"error\", \"force\" \
             or \"drop\", got {on_nonmonotonic:?}"
        )));
    }
    let op = Op::HistogramQuantile {
        quantile: arguments.float("quantile")?.unwrap_or_default(),
        count_column: arguments.text_or("countColumn", "_value")?,
        upper_bound_column: arguments.text_or("upperBoundColumn", "le")?,
        value_column: arguments.text_or("valueColumn", "_value")?,
        min_value: arguments.float("minValue")?.unwrap_or(0.0),
        on_nonmonotonic,
    };
    evaluator.add(op, vec![arguments.stream("tables")?], site)
}
