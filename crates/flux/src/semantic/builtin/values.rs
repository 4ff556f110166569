//! Functions of plain values: the clock, bins, zones, functions over arrays; and the pure functions of the library.

use crate::FluxError;
use crate::library;
use crate::plan::{Location, Op, RowExpr, RowFunction, Scalar, ScalarType};
use crate::semantic::arguments::{Argument, Arguments};
use crate::semantic::evaluate::Evaluator;
use crate::semantic::packages;
use crate::semantic::row;
use crate::semantic::signature::{Native, Parameter, Run, Site, Type};
use crate::semantic::value::Value;

use super::Line;

pub(super) const FUNCTIONS: &[Line] = &[
    ("universe", "now", "", now),
    ("system", "time", "", system_time),
    ("universe", "today", "", today),
    ("universe", "linearBins", "start: float, width: float, count: int, ?infinity: bool", linear_bins),
    ("universe", "logarithmicBins", "start: float, factor: float, count: int, ?infinity: bool", logarithmic_bins),
    ("universe", "_hours", "start: int, stop: int", hours),
    ("timezone", "location", "name: string", location),
    ("array", "map", "<-arr: [any], fn: fn(x)", array_map),
    ("array", "filter", "<-arr: [any], fn: fn(x)", array_filter),
    ("experimental", "catch", "fn: fn()", catch),
    ("internal/debug", "opaque", "<-tables: any", identity),
    ("internal/debug", "null", "?type: string", null),
    ("internal/debug", "pass", "<-tables: any", identity),
    ("internal/debug", "slurp", "<-tables: any", identity),
    ("internal/debug", "sink", "<-tables: stream", sink),
    ("internal/debug", "getOption", "pkg: string, name: string", get_option),
    ("experimental", "chain", "first: stream, second: stream", chain),
];

type Outcome = Result<Value, FluxError>;

/// The pure functions, under the packages that their names give.
pub(super) fn library() -> Vec<Native> {
    library::names()
        .filter_map(library::find)
        .map(|function| {
            let (package, name) = function.name.rsplit_once('.').unwrap_or(("universe", function.name));
            let parameters = function
                .parameters
                .iter()
                .filter(|p| p.presence != library::Presence::Implicit)
                .map(|p| Parameter {
                    name: p.name.to_owned(),
                    expected: Type::Any,
                    required: p.presence == library::Presence::Required,
                    pipe: matches!((package, name, p.name), ("array", _, "arr") | ("universe", "length", "arr")),
                })
                .collect();
            Native { package, name, parameters, run: Run::Library }
        })
        .collect()
}

fn now(evaluator: &mut Evaluator<'_>, _: &mut Arguments, _: Site<'_>) -> Outcome {
    evaluator.now().map(Value::time)
}

fn system_time(evaluator: &mut Evaluator<'_>, _: &mut Arguments, _: Site<'_>) -> Outcome {
    Ok(Value::time(evaluator.host.system_time_ns()))
}

fn today(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, _: Site<'_>) -> Outcome {
    let location = evaluator.location(arguments)?;
    let zone = crate::calendar::Zone::new(&location).map_err(|e| FluxError::invalid(e.to_string()))?;
    Ok(Value::time(crate::calendar::midnight(evaluator.now()?, &zone)))
}

/// Bins that a script may ask for.
const MOST_BINS: i64 = 100_000;

fn bins(arguments: &Arguments, bin: impl Fn(i64) -> f64) -> Outcome {
    let count = arguments.need_int("count")?;
    if !(0..=MOST_BINS).contains(&count) {
        return Err(FluxError::invalid(format!("count of bins must be from 0 to {MOST_BINS}, got {count}")));
    }
    let mut bins: Vec<Value> = (0..count).map(|i| Value::Scalar(Scalar::Float(bin(i)))).collect();
    if arguments.boolean("infinity", true)? {
        bins.push(Value::Scalar(Scalar::Float(f64::INFINITY)));
    }
    Ok(Value::array(bins))
}

fn linear_bins(_: &mut Evaluator<'_>, arguments: &mut Arguments, _: Site<'_>) -> Outcome {
    let (start, width) = (arguments.need_float("start")?, arguments.need_float("width")?);
    bins(arguments, |i| start + width * i as f64)
}

fn logarithmic_bins(_: &mut Evaluator<'_>, arguments: &mut Arguments, _: Site<'_>) -> Outcome {
    let (start, factor) = (arguments.need_float("start")?, arguments.need_float("factor")?);
    bins(arguments, |i| start * factor.powf(i as f64))
}

fn location(_: &mut Evaluator<'_>, arguments: &mut Arguments, _: Site<'_>) -> Outcome {
    let zone = arguments.need_text("name")?;
    let location = Location { zone, ..Location::default() };
    crate::calendar::Zone::new(&location).map_err(|e| FluxError::invalid(e.to_string()))?;
    Ok(Value::record(vec![
        ("zone".into(), Value::string(location.zone)),
        ("offset".into(), Value::duration(location.offset)),
    ]))
}

fn element(evaluator: &mut Evaluator<'_>, arguments: &Arguments, site: Site<'_>, value: &Value) -> Outcome {
    let function = arguments.need_function("fn")?;
    let span = arguments.span("fn", site.span);
    let list = vec![Argument { name: "x".to_owned(), value: value.clone(), span }];
    evaluator.call(&function, Arguments(list), None, Site { span, name: "_element" })
}

fn array_map(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let values = arguments.array("arr")?;
    let mapped: Result<Vec<Value>, FluxError> =
        values.iter().map(|value| element(evaluator, arguments, site, value)).collect();
    mapped.map(Value::array)
}

fn array_filter(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let mut kept = Vec::new();
    for value in arguments.array("arr")?.iter() {
        match element(evaluator, arguments, site, value)? {
            Value::Scalar(Scalar::Bool(true)) => kept.push(value.clone()),
            Value::Scalar(Scalar::Bool(false) | Scalar::Null) => {}
            other => {
                let text = format!("expected bool but found {} (argument fn)", other.type_name());
                return Err(FluxError::semantic(arguments.span("fn", site.span), text));
            }
        }
    }
    Ok(Value::array(kept))
}

/// Runs a function and gives its value, or its error as data: `{value, code, msg}`.
fn catch(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let function = arguments.need_function("fn")?;
    let row_depth = std::mem::take(&mut evaluator.row_depth);
    let outcome = evaluator.call(&function, Arguments::default(), None, Site { span: site.span, name: "_catch" });
    evaluator.row_depth = row_depth;
    let (value, code, message) = match outcome {
        Ok(value) => (value, Value::TypedNull(ScalarType::UInt), Value::TypedNull(ScalarType::String)),
        Err(error) => {
            let code = Scalar::UInt(row::status_number(error.code));
            (Value::NULL, Value::Scalar(code), Value::string(error.message))
        }
    };
    Ok(Value::record(vec![("value".into(), value), ("code".into(), code), ("msg".into(), message)]))
}

fn null(_: &mut Evaluator<'_>, arguments: &mut Arguments, _: Site<'_>) -> Outcome {
    use crate::plan::ScalarType as Type;
    let types = [Type::Bool, Type::Int, Type::UInt, Type::Float, Type::String, Type::Time];
    let name = arguments.text("type")?;
    let known = types.into_iter().find(|t| Some(t.name()) == name.as_deref());
    Ok(known.map_or(Value::NULL, Value::TypedNull))
}

/// Refuses hours that no day has.
fn hours(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    for name in ["start", "stop"] {
        if !(0..24).contains(&arguments.need_int(name)?) {
            let span = evaluator.outer_site.unwrap_or(site.span);
            let text = format!("{name} must be between 0 and 23");
            return Err(FluxError::runtime(span, "hourSelection", text).at(span));
        }
    }
    Ok(Value::boolean(true))
}

/// Lets no row through.
fn sink(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let predicate = RowFunction { body: RowExpr::Literal(Scalar::Bool(false)), span: site.span, vectorized: false };
    evaluator.add(Op::Filter { predicate, keep_empty: false }, vec![arguments.stream("tables")?], site)
}

/// The value of an option that the script has set.
fn get_option(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, _: Site<'_>) -> Outcome {
    let (package, name) = (arguments.need_text("pkg")?, arguments.need_text("name")?);
    let known = match packages::find(&package) {
        Some(package) => evaluator.member(package, &name)?,
        None => None,
    };
    known.ok_or_else(|| FluxError::invalid(format!("no option {name:?} in package {package:?}")))
}

/// The second stream; what the first one writes is written in any case.
fn chain(_: &mut Evaluator<'_>, arguments: &mut Arguments, _: Site<'_>) -> Outcome {
    Ok(Value::Stream(arguments.stream("second")?))
}

fn identity(_: &mut Evaluator<'_>, arguments: &mut Arguments, _: Site<'_>) -> Outcome {
    Ok(arguments.value("tables").cloned().unwrap_or(Value::NULL))
}
