//! Aggregates and selectors.

use crate::FluxError;
use crate::plan::{Aggregate, Op, Selector};
use crate::semantic::arguments::Arguments;
use crate::semantic::evaluate::Evaluator;
use crate::semantic::signature::Site;
use crate::semantic::value::Value;

use super::Line;

const COLUMN: &str = "<-tables: stream, ?column: string";
const TABLES: &str = "<-tables: stream";

pub(super) const FUNCTIONS: &[Line] = &[
    ("universe", "sum", COLUMN, |e, a, s| aggregate(e, a, s, Aggregate::Sum)),
    ("universe", "count", COLUMN, |e, a, s| aggregate(e, a, s, Aggregate::Count)),
    ("universe", "mean", COLUMN, |e, a, s| aggregate(e, a, s, Aggregate::Mean)),
    ("universe", "spread", COLUMN, |e, a, s| aggregate(e, a, s, Aggregate::Spread)),
    ("universe", "skew", COLUMN, |e, a, s| aggregate(e, a, s, Aggregate::Skew)),
    ("universe", "mode", COLUMN, |e, a, s| aggregate(e, a, s, Aggregate::Mode)),
    ("universe", "first", COLUMN, |e, a, s| select(e, a, s, Selector::First)),
    ("universe", "last", COLUMN, |e, a, s| select(e, a, s, Selector::Last)),
    ("universe", "min", COLUMN, |e, a, s| select(e, a, s, Selector::Min)),
    ("universe", "max", COLUMN, |e, a, s| select(e, a, s, Selector::Max)),
    ("universe", "sample", "<-tables: stream, n: int, ?pos: int, ?column: string", sample),
    ("universe", "stddev", "<-tables: stream, ?column: string, ?mode: string", stddev),
    (
        "universe",
        "quantile",
        "<-tables: stream, ?column: string, q: float, ?compression: float, ?method: string",
        quantile,
    ),
    (
        "universe",
        "integral",
        "<-tables: stream, ?unit: duration, ?timeColumn: string, ?column: string, ?interpolate: string",
        integral,
    ),
    ("experimental", "sum", TABLES, |e, a, s| aggregate(e, a, s, Aggregate::Sum)),
    ("experimental", "count", TABLES, |e, a, s| aggregate(e, a, s, Aggregate::Count)),
    ("experimental", "mean", TABLES, |e, a, s| aggregate(e, a, s, Aggregate::Mean)),
    ("experimental", "spread", TABLES, |e, a, s| aggregate(e, a, s, Aggregate::Spread)),
    ("experimental", "skew", TABLES, |e, a, s| aggregate(e, a, s, Aggregate::Skew)),
    ("experimental", "mode", TABLES, |e, a, s| aggregate(e, a, s, Aggregate::Mode)),
    ("experimental", "first", TABLES, |e, a, s| select(e, a, s, Selector::First)),
    ("experimental", "last", TABLES, |e, a, s| select(e, a, s, Selector::Last)),
    ("experimental", "min", TABLES, |e, a, s| select(e, a, s, Selector::Min)),
    ("experimental", "max", TABLES, |e, a, s| select(e, a, s, Selector::Max)),
    ("experimental", "stddev", "<-tables: stream, ?mode: string", stddev),
    ("experimental", "quantile", "<-tables: stream, q: float, ?compression: float, ?method: string", quantile),
    ("experimental", "integral", "<-tables: stream, ?unit: duration, ?interpolate: string", integral),
    ("universe", "covariance", "<-tables: stream, ?pearsonr: bool, ?valueDst: string, columns: [string]", covariance),
];

type Outcome = Result<Value, FluxError>;

fn aggregate(evaluator: &mut Evaluator<'_>, arguments: &Arguments, site: Site<'_>, aggregate: Aggregate) -> Outcome {
    let column = arguments.text_or("column", "_value")?;
    evaluator.add(Op::Aggregate { aggregate, column }, vec![arguments.stream("tables")?], site)
}

fn select(evaluator: &mut Evaluator<'_>, arguments: &Arguments, site: Site<'_>, selector: Selector) -> Outcome {
    let column = arguments.text_or("column", "_value")?;
    evaluator.add(Op::Select { selector, column }, vec![arguments.stream("tables")?], site)
}

fn sample(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let n = arguments.need_int("n")?;
    let pos = arguments.int("pos")?.unwrap_or(-1);
    if n <= 0 {
        return Err(FluxError::invalid(format!("n must be a positive integer, but was {n}")));
    }
    if pos >= n {
        return Err(FluxError::invalid(format!("pos must be less than n, but {pos} >= {n}")));
    }
    select(evaluator, arguments, site, Selector::Sample { n, pos })
}

fn stddev(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let population = match arguments.text("mode")?.as_deref() {
        None | Some("sample") => false,
        Some("population") => true,
        Some(other) => {
            return Err(FluxError::invalid(format!("\"{other}\" is not a valid standard deviation mode")));
        }
    };
    aggregate(evaluator, arguments, site, Aggregate::Stddev { population })
}

/// Compression of the estimate where none is asked for.
const COMPRESSION: f64 = 1000.0;

fn quantile(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let q = arguments.need_float("q")?;
    if !(0.0..=1.0).contains(&q) {
        return Err(FluxError::invalid("quantile must be between 0 and 1"));
    }
    let given = arguments.float("compression")?.unwrap_or(0.0);
    let compression = if given > 0.0 { given } else { COMPRESSION };
    if given > 0.0 && arguments.text("method")?.is_some_and(|m| m != "estimate_tdigest") {
        return Err(FluxError::invalid("compression parameter is only valid for method estimate_tdigest"));
    }
    match arguments.text_or("method", "estimate_tdigest")?.as_str() {
        "estimate_tdigest" => {
            aggregate(evaluator, arguments, site, Aggregate::Quantile { q, compression, exact: false })
        }
        "exact_mean" => aggregate(evaluator, arguments, site, Aggregate::Quantile { q, compression, exact: true }),
        "exact_selector" => select(evaluator, arguments, site, Selector::Quantile { q }),
        other => Err(FluxError::invalid(format!("unknown method {other}"))),
    }
}

fn integral(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let linear = match arguments.text("interpolate")?.as_deref() {
        None | Some("") => false,
        Some("linear") => true,
        Some(other) => return Err(FluxError::invalid(format!("unknown interpolation {other}: must be \"linear\""))),
    };
    let kind = Aggregate::Integral {
        unit: arguments.duration("unit")?.unwrap_or(model::FluxDuration::from_nanos(model::NANOS_PER_SECOND)),
        time_column: arguments.text_or("timeColumn", "_time")?,
        linear,
    };
    aggregate(evaluator, arguments, site, kind)
}

fn covariance(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let columns = arguments.texts_or("columns", &[])?;
    let Ok(columns) = <[String; 2]>::try_from(columns) else {
        return Err(FluxError::invalid("must provide exactly two columns"));
    };
    let value_dst = arguments.text_or("valueDst", "_value")?;
    let kind =
        Aggregate::Covariance { columns, pearson: arguments.boolean("pearsonr", false)?, value_dst: value_dst.clone() };
    evaluator.add(Op::Aggregate { aggregate: kind, column: value_dst }, vec![arguments.stream("tables")?], site)
}
