//! Oscillators, adaptive averages, forecasts, interpolation and the time until the next event.

use crate::FluxError;
use crate::plan::{Aggregate, Op, Oscillator, Scan};
use crate::semantic::arguments::Arguments;
use crate::semantic::evaluate::Evaluator;
use crate::semantic::signature::Site;
use crate::semantic::value::Value;

use super::Line;

pub(super) const FUNCTIONS: &[Line] = &[
    ("universe", "chandeMomentumOscillator", "<-tables: stream, n: int, ?columns: [string]", |e, a, s| {
        oscillate(e, a, s, Oscillator::Momentum)
    }),
    ("universe", "relativeStrengthIndex", "<-tables: stream, n: int, ?columns: [string]", |e, a, s| {
        oscillate(e, a, s, Oscillator::Strength)
    }),
    ("universe", "kaufmansAMA", "<-tables: stream, n: int, ?column: string", |e, a, s| {
        oscillate(e, a, s, Oscillator::AdaptiveAverage)
    }),
    ("experimental", "kaufmansAMA", "<-tables: stream, n: int", |e, a, s| {
        oscillate(e, a, s, Oscillator::AdaptiveAverage)
    }),
    ("universe", "tripleExponentialDerivative", "<-tables: stream, n: int", |e, a, s| {
        oscillate(e, a, s, Oscillator::TripleDerivative)
    }),
    (
        "universe",
        "holtWinters",
        "<-tables: stream, n: int, interval: duration, ?withFit: bool, ?column: string, ?timeColumn: string, \
         ?seasonality: int, ?withMinSSE: bool",
        holt_winters,
    ),
    ("interpolate", "linear", "<-tables: stream, every: duration", interpolate),
    (
        "contrib/tomhollingworth/events",
        "duration",
        "<-tables: stream, ?unit: duration, ?timeColumn: string, ?columnName: string, ?stopColumn: string, ?stop: time",
        until_next,
    ),
    ("experimental", "preview", "<-tables: stream, ?nrows: int, ?ntables: int", preview),
];

type Outcome = Result<Value, FluxError>;

fn oscillate(evaluator: &mut Evaluator<'_>, arguments: &Arguments, site: Site<'_>, kind: Oscillator) -> Outcome {
    let n = arguments.need_int("n")?;
    if n <= 0 {
        let name = site.name;
        return Err(FluxError::invalid(format!("cannot take {name} with a period of {n} (must be greater than 0)")));
    }
    let columns = match arguments.text("column")? {
        Some(column) => vec![column],
        None => arguments.texts_or("columns", &["_value"])?,
    };
    evaluator.add(Op::Scan(Scan::Oscillator { kind, columns, n }), vec![arguments.stream("tables")?], site)
}

/// Values that a forecast may have.
const LONGEST_FORECAST: i64 = 1_000_000;
/// Values in a season: the search has a dimension for each.
const LONGEST_SEASON: i64 = 1_000;

fn holt_winters(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let n = arguments.need_int("n")?;
    let season = arguments.int("seasonality")?.unwrap_or(0);
    for (name, value, most) in [("n", n, LONGEST_FORECAST), ("seasonality", season, LONGEST_SEASON)] {
        if value > most {
            return Err(FluxError::invalid(format!("holtWinters: {name} must be at most {most}, got {value}")));
        }
    }
    let interval = arguments.need_duration("interval")?;
    if interval.is_zero() || interval.negative {
        return Err(FluxError::invalid("holtWinters: interval must be greater than zero"));
    }
    let aggregate = Aggregate::Forecast {
        n,
        interval,
        season,
        with_fit: arguments.boolean("withFit", false)?,
        with_error: arguments.boolean("withMinSSE", false)?,
        time_column: arguments.text_or("timeColumn", "_time")?,
    };
    let column = arguments.text_or("column", "_value")?;
    evaluator.add(Op::Aggregate { aggregate, column }, vec![arguments.stream("tables")?], site)
}

fn interpolate(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let every = arguments.need_duration("every")?;
    if every.is_zero() || every.negative {
        return Err(FluxError::invalid("interpolate.linear: every must be greater than zero"));
    }
    let op = Op::Aggregate { aggregate: Aggregate::Interpolate { every }, column: "_value".to_owned() };
    evaluator.add(op, vec![arguments.stream("tables")?], site)
}

fn until_next(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let second = model::FluxDuration::from_nanos(model::NANOS_PER_SECOND);
    let scan = Scan::Until {
        unit: arguments.duration("unit")?.unwrap_or(second),
        time_column: arguments.text_or("timeColumn", "_time")?,
        column: arguments.text_or("columnName", "duration")?,
        stop_column: arguments.text_or("stopColumn", "_stop")?,
        stop: arguments.time("stop")?,
    };
    evaluator.add(Op::Scan(scan), vec![arguments.stream("tables")?], site)
}

fn preview(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let (rows, tables) = (arguments.int("nrows")?.unwrap_or(5), arguments.int("ntables")?.unwrap_or(5));
    evaluator.add(Op::Preview { rows, tables }, vec![arguments.stream("tables")?], site)
}
