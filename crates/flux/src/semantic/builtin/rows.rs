//! Procedures over rows: filter, map, reduce, sort, limit, distinct, fill, pivot and their kin.

use crate::FluxError;
use crate::plan::{FillValue, Op, RowExpr, RowFunction, Scalar};
use crate::semantic::arguments::Arguments;
use crate::semantic::evaluate::Evaluator;
use crate::semantic::pushdown;
use crate::semantic::row;
use crate::semantic::signature::Site;
use crate::semantic::value::Value;

use super::Line;

pub(super) const FUNCTIONS: &[Line] = &[
    ("universe", "filter", "<-tables: stream, fn: fn(r), ?onEmpty: string", filter),
    ("universe", "map", "<-tables: stream, fn: fn(r), ?mergeKey: bool", map),
    ("universe", "reduce", "<-tables: stream, fn: fn(r accumulator), identity: record", reduce),
    ("universe", "sort", "<-tables: stream, ?columns: [string], ?desc: bool", sort),
    ("universe", "limit", "<-tables: stream, n: int, ?offset: int", limit),
    ("universe", "tail", "<-tables: stream, n: int, ?offset: int", tail),
    ("universe", "distinct", "<-tables: stream, ?column: string", distinct),
    ("universe", "unique", "<-tables: stream, ?column: string", unique),
    ("universe", "fill", "<-tables: stream, ?column: string, ?value: any, ?usePrevious: bool", fill),
    ("universe", "pivot", "<-tables: stream, rowKey: [string], columnKey: [string], valueColumn: string", pivot),
    ("experimental", "distinct", "<-tables: stream", distinct),
    ("experimental", "unique", "<-tables: stream", unique),
    ("experimental", "fill", "<-tables: stream, ?value: any, ?usePrevious: bool", fill),
    ("experimental", "unpivot", "<-tables: stream, ?otherColumns: [string]", unpivot),
    ("universe", "union", "tables: [stream]", union),
    ("experimental", "diff", "<-got: stream, want: stream", diff),
    ("testing", "assertEmpty", "<-tables: stream", assert_empty),
    ("universe", "yield", "<-tables: stream, ?name: string", r#yield),
    ("universe", "columns", "<-tables: stream, ?column: string", columns),
    ("universe", "keys", "<-tables: stream, ?column: string", keys),
    ("universe", "keyValues", "<-tables: stream, ?keyColumns: [string]", key_values),
];

type Outcome = Result<Value, FluxError>;

fn filter(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let input = arguments.stream("tables")?;
    let keep_empty = match arguments.text("onEmpty")?.as_deref() {
        None | Some("drop") => false,
        Some("keep") => true,
        Some(other) => return Err(FluxError::invalid(format!("onEmpty must be keep or drop, was \"{other}\""))),
    };
    let function = arguments.need_function("fn")?;
    let at = ("fn", arguments.span("fn", site.span));
    let predicate = evaluator.row_function(&function, &[("r", row::row())], at)?;
    match &predicate.body {
        // A predicate that is always true is no filter at all: empty tables stay.
        RowExpr::Literal(Scalar::Bool(true)) => return Ok(Value::Stream(input)),
        RowExpr::Literal(scalar) if !matches!(scalar, Scalar::Bool(_) | Scalar::Null) => {
            let found = crate::semantic::value::scalar_type_name(scalar);
            return Err(FluxError::semantic(predicate.span, format!("expected bool but found {found} (argument fn)")));
        }
        _ => {}
    }
    let parts = pushdown::split_filter(&evaluator.plan, input, predicate, keep_empty);
    let mut stream = Value::Stream(input);
    for predicate in parts {
        let Value::Stream(node) = stream else { break };
        stream = evaluator.add(Op::Filter { predicate, keep_empty }, vec![node], site)?;
    }
    Ok(stream)
}

fn map(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let input = arguments.stream("tables")?;
    let function = arguments.need_function("fn")?;
    let at = ("fn", arguments.span("fn", site.span));
    let function = evaluator.row_function(&function, &[("r", row::row())], at)?;
    evaluator.add(Op::Map { function }, vec![input], site)
}

fn reduce(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let input = arguments.stream("tables")?;
    let identity = arguments.need_record("identity")?;
    let function = arguments.need_function("fn")?;
    let parameters = [("r", row::row()), ("accumulator", row::accumulator(&identity))];
    let at = ("fn", arguments.span("fn", site.span));
    let function = evaluator.row_function(&function, &parameters, at)?;
    let identity = identity
        .fields
        .iter()
        .map(|(name, value)| match value {
            Value::Scalar(scalar) => Ok((name.to_string(), scalar.clone())),
            other => Err(FluxError::invalid(format!(
                "property {name} of identity must be a scalar, got {}",
                other.type_name()
            ))),
        })
        .collect::<Result<_, _>>()?;
    evaluator.add(Op::Reduce { function, identity }, vec![input], site)
}

fn sort(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let columns = arguments.texts_or("columns", &["_value"])?;
    let op = Op::Sort { columns, descending: arguments.boolean("desc", false)? };
    evaluator.add(op, vec![arguments.stream("tables")?], site)
}

fn offset(arguments: &Arguments, name: &str) -> Result<i64, FluxError> {
    match arguments.int("offset")?.unwrap_or(0) {
        offset if offset < 0 => Err(FluxError::invalid(format!("{name} offset cannot be negative ({offset})"))),
        offset => Ok(offset),
    }
}

fn limit(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let op = Op::Limit { n: arguments.need_int("n")?, offset: offset(arguments, "limit")? };
    evaluator.add(op, vec![arguments.stream("tables")?], site)
}

fn tail(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let op = Op::Tail { n: arguments.need_int("n")?, offset: offset(arguments, "tail")? };
    evaluator.add(op, vec![arguments.stream("tables")?], site)
}

fn distinct(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let op = Op::Distinct { column: arguments.text_or("column", "_value")? };
    evaluator.add(op, vec![arguments.stream("tables")?], site)
}

fn unique(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let op = Op::Unique { column: arguments.text_or("column", "_value")? };
    evaluator.add(op, vec![arguments.stream("tables")?], site)
}

fn fill(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let value = match (arguments.value("value"), arguments.value("usePrevious")) {
        (None, Some(_)) if arguments.boolean("usePrevious", false)? => FillValue::Previous,
        (Some(_), Some(_)) | (None, _) => {
            return Err(FluxError::invalid("fill requires exactly one of value or usePrevious"));
        }
        (Some(Value::Scalar(scalar)), None) if scalar.column_type().is_some() => FillValue::Literal(scalar.clone()),
        (Some(_), None) => {
            return Err(FluxError::invalid(
                "value type for fill must be a valid primitive type (bool, int, uint, float, string, time)",
            ));
        }
    };
    let op = Op::Fill { column: arguments.text_or("column", "_value")?, value };
    evaluator.add(op, vec![arguments.stream("tables")?], site)
}

fn pivot(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let row_key = arguments.texts_or("rowKey", &[])?;
    let column_key = arguments.texts_or("columnKey", &[])?;
    let value_column = arguments.need_text("valueColumn")?;
    if let Some(both) = row_key.iter().find(|c| column_key.contains(c)) {
        return Err(FluxError::invalid(format!("column name found in both rowKey and colKey: {both}")));
    }
    evaluator.add(Op::Pivot { row_key, column_key, value_column }, vec![arguments.stream("tables")?], site)
}

fn unpivot(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let op = Op::Unpivot { other_columns: arguments.texts_or("otherColumns", &["_time"])? };
    evaluator.add(op, vec![arguments.stream("tables")?], site)
}

fn union(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let tables = arguments.array("tables")?;
    let inputs: Vec<_> = tables
        .iter()
        .filter_map(|value| match value {
            Value::Stream(node) => Some(*node),
            _ => None,
        })
        .collect();
    if inputs.len() < 2 {
        return Err(FluxError::invalid("union must have at least two streams as input"));
    }
    evaluator.add(Op::Union, inputs, site)
}

fn diff(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    evaluator.add(Op::Diff, vec![arguments.stream("want")?, arguments.stream("got")?], site)
}

/// Fails if there is a row.
fn assert_empty(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let text = Scalar::String("found tables that were not empty".into());
    let fail =
        RowExpr::Call { function: "die".to_owned(), arguments: vec![("msg".to_owned(), RowExpr::Literal(text))] };
    let predicate = RowFunction { body: fail, span: site.span, vectorized: false };
    evaluator.add(Op::Filter { predicate, keep_empty: true }, vec![arguments.stream("tables")?], site)
}

fn r#yield(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let name = arguments.text_or("name", "_result")?;
    let stream = evaluator.add(Op::Yield { name: name.clone() }, vec![arguments.stream("tables")?], site)?;
    if let Value::Stream(node) = &stream {
        evaluator.outputs.push(crate::plan::Output { name, node: *node });
    }
    Ok(stream)
}

fn columns(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let op = Op::Columns { column: arguments.text_or("column", "_value")? };
    evaluator.add(op, vec![arguments.stream("tables")?], site)
}

fn keys(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let op = Op::Keys { column: arguments.text_or("column", "_value")? };
    evaluator.add(op, vec![arguments.stream("tables")?], site)
}

fn key_values(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let Some(columns) = arguments.texts("keyColumns")? else {
        return Err(FluxError::invalid("neither column list nor predicate function provided"));
    };
    let op = Op::KeyValues { columns };
    evaluator.add(op, vec![arguments.stream("tables")?], site)
}
