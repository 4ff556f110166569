//! Procedures that walk each table in order with a small state.

use model::FluxDuration;

use crate::FluxError;
use crate::plan::{Op, Scan};
use crate::semantic::arguments::Arguments;
use crate::semantic::evaluate::Evaluator;
use crate::semantic::row;
use crate::semantic::signature::Site;
use crate::semantic::value::Value;

use super::Line;

pub(super) const FUNCTIONS: &[Line] = &[
    ("universe", "cumulativeSum", "<-tables: stream, ?columns: [string]", cumulative_sum),
    (
        "universe",
        "difference",
        "<-tables: stream, ?nonNegative: bool, ?columns: [string], ?keepFirst: bool, ?initialZero: bool",
        difference,
    ),
    (
        "universe",
        "derivative",
        "<-tables: stream, ?unit: duration, ?nonNegative: bool, ?columns: [string], ?timeColumn: string, \
         ?initialZero: bool",
        derivative,
    ),
    ("universe", "elapsed", "<-tables: stream, ?unit: duration, ?timeColumn: string, ?columnName: string", elapsed),
    ("universe", "movingAverage", "<-tables: stream, n: int", moving_average),
    ("universe", "exponentialMovingAverage", "<-tables: stream, n: int", exponential_moving_average),
    (
        "universe",
        "stateTracking",
        "<-tables: stream, fn: fn(r), ?countColumn: string, ?durationColumn: string, ?durationUnit: duration, \
         ?timeColumn: string",
        state_tracking,
    ),
    ("universe", "increase", "<-tables: stream, ?columns: [string]", increase),
];

type Outcome = Result<Value, FluxError>;

fn scan(evaluator: &mut Evaluator<'_>, arguments: &Arguments, site: Site<'_>, scan: Scan) -> Outcome {
    evaluator.add(Op::Scan(scan), vec![arguments.stream("tables")?], site)
}

fn second() -> FluxDuration {
    FluxDuration::from_nanos(model::NANOS_PER_SECOND)
}

fn cumulative_sum(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let columns = arguments.texts_or("columns", &["_value"])?;
    scan(evaluator, arguments, site, Scan::CumulativeSum { columns })
}

fn difference(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let kind = Scan::Difference {
        columns: arguments.texts_or("columns", &["_value"])?,
        non_negative: arguments.boolean("nonNegative", false)?,
        keep_first: arguments.boolean("keepFirst", false)?,
        initial_zero: arguments.boolean("initialZero", false)?,
    };
    scan(evaluator, arguments, site, kind)
}

fn derivative(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let kind = Scan::Derivative {
        unit: arguments.duration("unit")?.unwrap_or(second()),
        columns: arguments.texts_or("columns", &["_value"])?,
        time_column: arguments.text_or("timeColumn", "_time")?,
        non_negative: arguments.boolean("nonNegative", false)?,
        initial_zero: arguments.boolean("initialZero", false)?,
    };
    scan(evaluator, arguments, site, kind)
}

fn elapsed(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let kind = Scan::Elapsed {
        unit: arguments.duration("unit")?.unwrap_or(second()),
        time_column: arguments.text_or("timeColumn", "_time")?,
        column: arguments.text_or("columnName", "elapsed")?,
    };
    scan(evaluator, arguments, site, kind)
}

/// The width of an average, at least one.
fn width(arguments: &Arguments) -> Result<i64, FluxError> {
    match arguments.need_int("n")? {
        n if n < 1 => {
            Err(FluxError::invalid(format!("cannot take moving average with a period of {n} (must be greater than 0)")))
        }
        n => Ok(n),
    }
}

fn moving_average(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let n = width(arguments)?;
    scan(evaluator, arguments, site, Scan::MovingAverage { n })
}

fn exponential_moving_average(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let n = width(arguments)?;
    scan(evaluator, arguments, site, Scan::ExponentialMovingAverage { n })
}

fn state_tracking(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let function = arguments.need_function("fn")?;
    let at = ("fn", arguments.span("fn", site.span));
    let predicate = evaluator.row_function(&function, &[("r", row::row())], at)?;
    let unit = arguments.duration("durationUnit")?.unwrap_or(second());
    if arguments.text("durationColumn")?.is_some() && (unit.negative || unit.is_zero()) {
        return Err(FluxError::invalid("state tracking duration unit must be greater than zero"));
    }
    let kind = Scan::StateTracking {
        predicate,
        count_column: arguments.text("countColumn")?,
        duration_column: arguments.text("durationColumn")?,
        duration_unit: unit,
        time_column: arguments.text_or("timeColumn", "_time")?,
    };
    scan(evaluator, arguments, site, kind)
}

fn increase(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let columns = arguments.texts_or("columns", &["_value"])?;
    scan(evaluator, arguments, site, Scan::Increase { columns })
}
