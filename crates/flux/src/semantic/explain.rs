//! The printed form of a table plan: one procedure a line with its inputs, and row functions as expressions.

use std::fmt;

use crate::ast::{LogicalOperator, UnaryOperator};
use crate::library::{Argument, display};
use crate::plan::{
    Aggregate, BucketRef, ColumnSelection, FillValue, Op, Plan, RenameSpec, RowExpr, Scalar, Selector, ToSpec, Window,
};

impl fmt::Display for Plan {
    /// `#2 filter(r._field == "x") <- #1 [pushed]`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, node) in self.nodes.iter().enumerate() {
            write!(f, "#{at} {}", node.op)?;
            for (i, input) in node.inputs.iter().enumerate() {
                write!(f, "{}#{}", if i == 0 { " <- " } else { ", " }, input.0)?;
            }
            writeln!(f, "{}", if node.pushed { " [pushed]" } else { "" })?;
        }
        Ok(())
    }
}

/// Writes `name: value` pairs between parentheses.
fn call(f: &mut fmt::Formatter<'_>, name: &str, arguments: &[(&str, String)]) -> fmt::Result {
    let list: Vec<String> = arguments.iter().map(|(key, value)| format!("{key}: {value}")).collect();
    write!(f, "{name}({})", list.join(", "))
}

fn names(columns: &[String]) -> String {
    format!("[{}]", columns.join(", "))
}

fn time(nanos: i64) -> String {
    crate::calendar::format_trimmed(nanos)
}

impl fmt::Display for BucketRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "bucket: {name:?}"),
            Self::Id(id) => write!(f, "bucketID: {id:?}"),
        }
    }
}

impl fmt::Display for ColumnSelection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Names(columns) => f.write_str(&names(columns)),
            Self::Predicate(function) => write!(f, "(column) => {}", function.body),
        }
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::From(bucket) => write!(f, "from({bucket})"),
            Self::Buckets => f.write_str("buckets()"),
            Self::Rows { columns, rows } => {
                let columns: Vec<String> = columns.iter().map(|(n, t)| format!("{n}: {}", t.name())).collect();
                call(f, "rows", &[("columns", names(&columns)), ("rows", rows.len().to_string())])
            }
            Self::CsvFrom { text, raw } => {
                call(f, "csv", &[("bytes", text.len().to_string()), ("raw", raw.to_string())])
            }
            Self::Schema(question) => write!(f, "schema({:?}, {})", question.ask, question.bucket),
            Self::Range { bounds, .. } => {
                call(f, "range", &[("start", time(bounds.start)), ("stop", time(bounds.stop))])
            }
            Self::Filter { predicate, keep_empty } => {
                write!(f, "filter({}{})", predicate.body, if *keep_empty { ", onEmpty: keep" } else { "" })
            }
            Self::Map { function } => {
                write!(f, "map({}{})", function.body, if function.vectorized { ", vectorized" } else { "" })
            }
            Self::Reduce { function, .. } => write!(f, "reduce({})", function.body),
            Self::Group { columns, mode } => {
                call(f, "group", &[("columns", names(columns)), ("mode", format!("{mode:?}").to_lowercase())])
            }
            Self::Keep(selection) => write!(f, "keep({selection})"),
            Self::Drop(selection) => write!(f, "drop({selection})"),
            Self::Rename(RenameSpec::Names(pairs)) => {
                let pairs: Vec<String> = pairs.iter().map(|(a, b)| format!("{a} to {b}")).collect();
                write!(f, "rename({})", pairs.join(", "))
            }
            Self::Rename(RenameSpec::Function(function)) => write!(f, "rename((column) => {})", function.body),
            Self::Duplicate { column, as_column } => write!(f, "duplicate({column} as {as_column})"),
            Self::Set { values } => {
                let pairs: Vec<String> = values.iter().map(|(n, v)| format!("{n}: {}", literal(v))).collect();
                write!(f, "set({})", pairs.join(", "))
            }
            other => write_rest(f, other),
        }
    }
}

fn write_rest(f: &mut fmt::Formatter<'_>, op: &Op) -> fmt::Result {
    match op {
        Op::Aggregate { aggregate, column } => write!(f, "{}({column})", aggregate_text(aggregate)),
        Op::Select { selector, column } => write!(f, "{}({column})", selector_text(selector)),
        Op::Distinct { column } => write!(f, "distinct({column})"),
        Op::Unique { column } => write!(f, "unique({column})"),
        Op::Sort { columns, descending } => {
            call(f, "sort", &[("columns", names(columns)), ("desc", descending.to_string())])
        }
        Op::Limit { n, offset } => call(f, "limit", &[("n", n.to_string()), ("offset", offset.to_string())]),
        Op::Tail { n, offset } => call(f, "tail", &[("n", n.to_string()), ("offset", offset.to_string())]),
        Op::Preview { rows, tables } => {
            call(f, "preview", &[("nrows", rows.to_string()), ("ntables", tables.to_string())])
        }
        Op::Window(window) => write_window(f, window),
        Op::FillEmptyTables => f.write_str("fillEmptyTables()"),
        Op::Fill { column, value: FillValue::Previous } => write!(f, "fill({column}, previous)"),
        Op::Fill { column, value: FillValue::Literal(value) } => write!(f, "fill({column}, {})", literal(value)),
        Op::Scan(scan) => write!(f, "scan({scan:?})"),
        Op::Histogram { column, bins, .. } => {
            call(f, "histogram", &[("column", column.clone()), ("bins", bins.len().to_string())])
        }
        Op::HistogramQuantile { quantile, .. } => call(f, "histogramQuantile", &[("q", quantile.to_string())]),
        Op::Pivot { row_key, column_key, value_column } => call(
            f,
            "pivot",
            &[("rowKey", names(row_key)), ("columnKey", names(column_key)), ("valueColumn", value_column.clone())],
        ),
        Op::Unpivot { other_columns } => write!(f, "unpivot({})", names(other_columns)),
        Op::Columns { column } => write!(f, "columns({column})"),
        Op::Keys { column } => write!(f, "keys({column})"),
        Op::KeyValues { columns } => write!(f, "keyValues({})", names(columns)),
        Op::Union => f.write_str("union()"),
        Op::Diff => f.write_str("diff()"),
        Op::DedupKey { exclude } => call(f, "dedupKey", &[("exclude", names(exclude))]),
        Op::Join { names: sides, on } => call(f, "join", &[("tables", names(sides)), ("on", names(on))]),
        Op::JoinPackage { method, on, as_row } => {
            let on: Vec<String> = on.iter().map(|(l, r)| format!("l.{l} == r.{r}")).collect();
            write!(f, "join.{}({}, {})", format!("{method:?}").to_lowercase(), on.join(" and "), as_row.body)
        }
        Op::TimeShift { duration, columns } => write!(f, "timeShift({duration}, {})", names(columns)),
        Op::TruncateTime { unit, location } => write!(f, "truncateTimeColumn({unit}, {})", location.zone),
        Op::To(ToSpec { bucket, .. }) => write!(f, "to({bucket})"),
        Op::Yield { name } => write!(f, "yield({name:?})"),
        other => write!(f, "{other:?}"),
    }
}

fn aggregate_text(aggregate: &Aggregate) -> String {
    match aggregate {
        Aggregate::Sum | Aggregate::Count | Aggregate::Mean | Aggregate::Spread | Aggregate::Skew | Aggregate::Mode => {
            format!("{aggregate:?}").to_lowercase()
        }
        other => format!("{other:?}"),
    }
}

fn selector_text(selector: &Selector) -> String {
    match selector {
        Selector::First | Selector::Last | Selector::Min | Selector::Max => format!("{selector:?}").to_lowercase(),
        other => format!("{other:?}"),
    }
}

fn write_window(f: &mut fmt::Formatter<'_>, window: &Window) -> fmt::Result {
    let Some(every) = window.every else {
        return call(f, "window", &[("every", "inf".to_owned()), ("timeColumn", window.time_column.clone())]);
    };
    let mut arguments = vec![("every", every.to_string())];
    if window.period != every {
        arguments.push(("period", window.period.to_string()));
    }
    if !window.offset.is_zero() {
        arguments.push(("offset", window.offset.to_string()));
    }
    if window.location.zone != "UTC" || !window.location.offset.is_zero() {
        arguments.push(("location", format!("{}+{}", window.location.zone, window.location.offset)));
    }
    arguments.push(("createEmpty", window.create_empty.to_string()));
    call(f, "window", &arguments)
}

/// A scalar as a script would write it.
fn literal(scalar: &Scalar) -> String {
    match scalar {
        Scalar::Null => "null".to_owned(),
        Scalar::String(text) => format!("{text:?}"),
        Scalar::Regex(pattern) => format!("/{pattern}/"),
        Scalar::Time(nanos) => time(*nanos),
        other => display(&Argument::Scalar(other.clone())),
    }
}

fn list<'a>(items: impl Iterator<Item = &'a RowExpr>) -> String {
    items.map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn named<'a>(items: impl Iterator<Item = &'a (String, RowExpr)>) -> String {
    items.map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for RowExpr {
    /// The expression with the row as `r`, fully parenthesised.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(scalar) => f.write_str(&literal(scalar)),
            Self::Row => f.write_str("r"),
            Self::Column(name) => write!(f, "r.{name}"),
            Self::Accumulator(name) => write!(f, "accumulator.{name}"),
            Self::SideRow(side) => f.write_str(side_name(*side)),
            Self::SideColumn(side, name) => write!(f, "{}.{name}", side_name(*side)),
            Self::Parameter => f.write_str("column"),
            Self::Unary(UnaryOperator::Not, argument) => write!(f, "not {argument}"),
            Self::Unary(UnaryOperator::Exists, argument) => write!(f, "exists {argument}"),
            Self::Unary(UnaryOperator::Minus, argument) => write!(f, "-{argument}"),
            Self::Unary(UnaryOperator::Plus, argument) => write!(f, "+{argument}"),
            Self::Binary(operator, left, right) => write!(f, "({left} {} {right})", operator.symbol()),
            Self::Logical(LogicalOperator::And, left, right) => write!(f, "({left} and {right})"),
            Self::Logical(LogicalOperator::Or, left, right) => write!(f, "({left} or {right})"),
            Self::If { test, then, otherwise } => write!(f, "(if {test} then {then} else {otherwise})"),
            Self::Call { function, arguments } => write!(f, "{function}({})", named(arguments.iter())),
            Self::Interpolate(parts) => write!(f, "text({})", list(parts.iter())),
            Self::Record { with: Some(base), properties } => write!(f, "{{{base} with {}}}", named(properties.iter())),
            Self::Record { with: None, properties } => write!(f, "{{{}}}", named(properties.iter())),
            Self::Member(record, name) => write!(f, "{record}.{name}"),
            Self::Array(items) => write!(f, "[{}]", list(items.iter())),
            Self::Index(array, index) => write!(f, "{array}[{index}]"),
            Self::Dictionary(pairs) => {
                let pairs: Vec<String> = pairs.iter().map(|(k, v)| format!("{k}: {v}")).collect();
                write!(f, "[{}]", pairs.join(", "))
            }
        }
    }
}

fn side_name(side: usize) -> &'static str {
    if side == 0 { "left" } else { "right" }
}
