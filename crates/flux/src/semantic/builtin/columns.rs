//! Procedures over columns and group keys: group, keep, drop, rename, duplicate, set.

use crate::FluxError;
use crate::plan::{ColumnSelection, GroupMode, Op, RenameSpec, Scalar};
use crate::semantic::arguments::Arguments;
use crate::semantic::evaluate::Evaluator;
use crate::semantic::row;
use crate::semantic::signature::Site;
use crate::semantic::value::{Record, Value};

use super::Line;

pub(super) const FUNCTIONS: &[Line] = &[
    ("universe", "group", "<-tables: stream, ?columns: [string], ?mode: string", group),
    ("universe", "keep", "<-tables: stream, ?columns: [string], ?fn: fn(column)", keep),
    ("universe", "drop", "<-tables: stream, ?columns: [string], ?fn: fn(column)", drop_columns),
    ("universe", "rename", "<-tables: stream, ?columns: record, ?fn: fn(column)", rename),
    ("universe", "duplicate", "<-tables: stream, column: string, as: string", duplicate),
    ("universe", "set", "<-tables: stream, key: string, value: string", set),
    ("experimental", "group", "<-tables: stream, mode: string, columns: [string]", extend_group),
    ("pagerduty", "dedupKey", "<-tables: stream, ?exclude: [string]", dedup_key),
    ("experimental", "set", "<-tables: stream, o: record", set_many),
];

type Outcome = Result<Value, FluxError>;

fn group(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let mode = match arguments.text("mode")?.as_deref() {
        None | Some("by") => GroupMode::By,
        Some("except") => GroupMode::Except,
        Some(_) => return Err(FluxError::invalid("invalid group mode: must be \"by\" or \"except\"")),
    };
    let columns = arguments.texts_or("columns", &[])?;
    evaluator.add(Op::Group { columns, mode }, vec![arguments.stream("tables")?], site)
}

fn extend_group(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    if arguments.need_text("mode")? != "extend" {
        return Err(FluxError::invalid("invalid group mode: must be \"extend\""));
    }
    let columns = arguments.texts_or("columns", &[])?;
    evaluator.add(Op::Group { columns, mode: GroupMode::Extend }, vec![arguments.stream("tables")?], site)
}

fn selection(
    evaluator: &mut Evaluator<'_>,
    arguments: &Arguments,
    site: Site<'_>,
) -> Result<ColumnSelection, FluxError> {
    let name = site.name;
    match (arguments.texts("columns")?, arguments.function("fn")?) {
        (Some(_), Some(_)) => Err(FluxError::invalid(format!("{name} error: both column list and predicate provided"))),
        (None, None) => {
            Err(FluxError::invalid(format!("{name} error: neither column list nor predicate function provided")))
        }
        (Some(columns), None) => Ok(ColumnSelection::Names(columns)),
        (None, Some(function)) => {
            let at = ("fn", arguments.span("fn", site.span));
            let predicate = evaluator.row_function(&function, &[("column", row::parameter())], at)?;
            Ok(ColumnSelection::Predicate(predicate))
        }
    }
}

fn keep(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let selection = selection(evaluator, arguments, site)?;
    evaluator.add(Op::Keep(selection), vec![arguments.stream("tables")?], site)
}

fn drop_columns(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let selection = selection(evaluator, arguments, site)?;
    evaluator.add(Op::Drop(selection), vec![arguments.stream("tables")?], site)
}

/// The texts of a record, in the order written.
fn texts_of(record: &Record, what: &str) -> Result<Vec<(String, String)>, FluxError> {
    record
        .fields
        .iter()
        .map(|(name, value)| match value {
            Value::Scalar(Scalar::String(text)) => Ok((name.to_string(), text.to_string())),
            other => Err(FluxError::invalid(format!(
                "{what}: columns object contains non-string value of type {} (column {name:?})",
                other.type_name()
            ))),
        })
        .collect()
}

fn rename(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let spec = match (arguments.record("columns")?, arguments.function("fn")?) {
        (Some(_), Some(_)) => {
            return Err(FluxError::invalid("rename error: both column list and map function provided"));
        }
        (None, None) => {
            return Err(FluxError::invalid("rename error: neither column list nor map function provided"));
        }
        (Some(record), None) => RenameSpec::Names(texts_of(&record, "rename error")?),
        (None, Some(function)) => {
            let at = ("fn", arguments.span("fn", site.span));
            RenameSpec::Function(evaluator.row_function(&function, &[("column", row::parameter())], at)?)
        }
    };
    evaluator.add(Op::Rename(spec), vec![arguments.stream("tables")?], site)
}

fn duplicate(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let op = Op::Duplicate { column: arguments.need_text("column")?, as_column: arguments.need_text("as")? };
    evaluator.add(op, vec![arguments.stream("tables")?], site)
}

fn set(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let value = Scalar::String(arguments.need_text("value")?.into());
    let op = Op::Set { values: vec![(arguments.need_text("key")?, value)] };
    evaluator.add(op, vec![arguments.stream("tables")?], site)
}

fn set_many(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let values = arguments
        .need_record("o")?
        .fields
        .iter()
        .map(|(name, value)| match value {
            Value::Scalar(scalar) => Ok((name.to_string(), scalar.clone())),
            other => {
                Err(FluxError::invalid(format!("value of \"{name}\" must be a scalar, got {}", other.type_name())))
            }
        })
        .collect::<Result<_, _>>()?;
    evaluator.add(Op::Set { values }, vec![arguments.stream("tables")?], site)
}

fn dedup_key(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let op = Op::DedupKey { exclude: arguments.texts_or("exclude", &["_start", "_stop", "_level"])? };
    evaluator.add(op, vec![arguments.stream("tables")?], site)
}
