//! Where streams come from: buckets, rows in the script, CSV, and questions about a bucket's schema.

use std::sync::Arc;

use crate::FluxError;
use crate::plan::{Bounds, BucketRef, NodeId, Op, RowExpr, Scalar, ScalarType, SchemaAsk, SchemaQuestion, ToSpec};
use crate::semantic::arguments::{Argument, Arguments};
use crate::semantic::evaluate::Evaluator;
use crate::semantic::row;
use crate::semantic::signature::Site;
use crate::semantic::value::{Record, Value};

use super::Line;

pub(super) const FUNCTIONS: &[Line] = &[
    (
        "influxdata/influxdb",
        "from",
        "?bucket: string, ?bucketID: string, ?host: string, ?org: string, ?orgID: string, ?token: string",
        from,
    ),
    ("influxdata/influxdb", "buckets", "?host: string, ?org: string, ?orgID: string, ?token: string", buckets),
    (
        "influxdata/influxdb",
        "cardinality",
        "?bucket: string, ?bucketID: string, ?org: string, ?orgID: string, ?host: string, ?token: string, start: any, \
         ?stop: any, ?predicate: fn(r)",
        cardinality,
    ),
    (
        "influxdata/influxdb",
        "to",
        "<-tables: stream, ?bucket: string, ?bucketID: string, ?org: string, ?orgID: string, ?host: string, \
         ?token: string, ?timeColumn: string, ?measurementColumn: string, ?tagColumns: [string], ?fieldFn: fn(r)",
        to,
    ),
    ("influxdata/influxdb", "wideTo", WIDE_TO, wide_to),
    ("experimental", "to", WIDE_TO, wide_to),
    (
        "influxdata/influxdb/schema",
        "tagValues",
        "bucket: string, tag: string, ?predicate: fn(r), ?start: any, ?stop: any",
        tag_values,
    ),
    ("influxdata/influxdb/schema", "tagKeys", "bucket: string, ?predicate: fn(r), ?start: any, ?stop: any", tag_keys),
    ("universe", "range", "<-tables: stream, start: any, ?stop: any", range),
    ("generate", "from", "start: any, stop: any, count: int, fn: fn(n)", generate),
    ("array", "from", "<-rows: [any]", array_from),
    ("csv", "from", "?csv: string, ?file: string, ?mode: string, ?url: string", csv_from),
];

const WIDE_TO: &str = "<-tables: stream, ?bucket: string, ?bucketID: string, ?org: string, ?orgID: string, ?host: string, \
                       ?token: string";

type Outcome = Result<Value, FluxError>;

fn bucket(arguments: &Arguments) -> Result<BucketRef, FluxError> {
    match (arguments.text("bucket")?, arguments.text("bucketID")?) {
        (Some(_), Some(_)) => Err(FluxError::invalid("must specify only one of bucket or bucketID")),
        (Some(name), None) => Ok(BucketRef::Name(name)),
        (None, Some(id)) => Ok(BucketRef::Id(id)),
        (None, None) => Err(FluxError::invalid("must specify bucket or bucketID")),
    }
}

/// Arguments that would send the question to another server or organization.
fn refuse_remote(arguments: &Arguments, names: &[&str]) -> Result<(), FluxError> {
    match names.iter().find(|name| arguments.value(name).is_some()) {
        None => Ok(()),
        Some(name) => Err(FluxError::invalid(format!(
            "argument {name} is not supported by Tidegauge: only buckets of this server and of the request's \
             organization can be used; leave it out"
        ))),
    }
}

fn from(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    refuse_remote(arguments, &["host", "org", "orgID", "token"])?;
    let bucket = bucket(arguments)?;
    evaluator.add(Op::From(bucket), Vec::new(), site)
}

fn buckets(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    refuse_remote(arguments, &["host", "org", "orgID", "token"])?;
    evaluator.add(Op::Buckets, Vec::new(), site)
}

impl Evaluator<'_> {
    /// A moment given as time, as duration from now (months of average length) or as seconds since the epoch.
    fn moment(&mut self, value: &Value) -> Result<i128, FluxError> {
        match value {
            Value::Scalar(Scalar::Time(nanos)) => Ok(i128::from(*nanos)),
            Value::Scalar(Scalar::Duration(d)) => Ok(i128::from(self.now()?) + i128::from(d.approximate_nanos())),
            Value::Scalar(Scalar::Int(seconds)) => Ok(i128::from(*seconds) * i128::from(model::NANOS_PER_SECOND)),
            Value::Row(_) => Err(FluxError::invalid("value is not a time: it depends on the row")),
            other => Err(FluxError::invalid(format!("value is not a time, got {}", other.type_name()))),
        }
    }

    fn bounds(&mut self, arguments: &Arguments, default_start: Option<i64>) -> Result<Bounds, FluxError> {
        let start = match (arguments.value("start"), default_start) {
            (Some(value), _) => self.moment(value)?,
            (None, Some(start)) => i128::from(start),
            (None, None) => return Err(FluxError::invalid("value is not a time, got null")),
        };
        let stop = match arguments.value("stop") {
            Some(value) => self.moment(value)?,
            None => i128::from(self.now()?),
        };
        Ok(bounds_within_times(start, stop))
    }
}

/// Bounds cut to the times there are. A range that lies beyond them is not empty, but finds nothing.
fn bounds_within_times(start: i128, stop: i128) -> Bounds {
    let (first, last) = (i128::from(i64::MIN), i128::from(i64::MAX));
    let nanos = |moment: i128| i64::try_from(moment).unwrap_or(if moment < 0 { i64::MIN } else { i64::MAX });
    if start >= stop {
        return Bounds { start: nanos(start), stop: nanos(start) };
    }
    let start = start.clamp(first, last - 1);
    Bounds { start: nanos(start), stop: nanos(stop.clamp(start + 1, last)) }
}

fn range(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let input = arguments.stream("tables")?;
    let bounds = evaluator.bounds(arguments, None)?;
    let op = Op::Range {
        bounds,
        time_column: "_time".to_owned(),
        start_column: "_start".to_owned(),
        stop_column: "_stop".to_owned(),
    };
    evaluator.add(op, vec![input], site)
}

const THIRTY_DAYS_NS: i64 = 30 * 86_400 * model::NANOS_PER_SECOND;

fn ask(
    evaluator: &mut Evaluator<'_>,
    arguments: &Arguments,
    bucket: BucketRef,
    bounds: Option<Bounds>,
    ask: SchemaAsk,
    site: Site<'_>,
) -> Outcome {
    let predicate = match arguments.function("predicate")? {
        None => None,
        Some(function) => {
            let at = ("predicate", arguments.span("predicate", site.span));
            let compiled = evaluator.row_function(&function, &[("r", row::row())], at)?;
            Some(compiled).filter(|f| f.body != RowExpr::Literal(Scalar::Bool(true)))
        }
    };
    evaluator.add(Op::Schema(SchemaQuestion { bucket, bounds, predicate, ask }), Vec::new(), site)
}

/// Bounds of the questions of `schema`: the last thirty days.
fn schema_bounds(evaluator: &mut Evaluator<'_>, arguments: &Arguments) -> Result<Bounds, FluxError> {
    let default_start = evaluator.now()?.saturating_sub(THIRTY_DAYS_NS);
    evaluator.bounds(arguments, Some(default_start))
}

/// The answer of the package's Flux part over what the option `schema._from` gives, where a script sets it.
fn over_option(
    evaluator: &mut Evaluator<'_>,
    arguments: &Arguments,
    member: &str,
    site: Site<'_>,
) -> Result<Option<Value>, FluxError> {
    const PACKAGE: &str = "influxdata/influxdb/schema";
    let Some(Value::Function(source)) = evaluator.options.get(&format!("{PACKAGE}._from")).cloned() else {
        return Ok(None);
    };
    let Some(Value::Function(answer)) = evaluator.member(PACKAGE, member)? else { return Ok(None) };
    let (bucket, others) = arguments.iter().cloned().partition(|argument| argument.name == "bucket");
    let stream = evaluator.call(&source, Arguments(bucket), None, Site { name: "_from", ..site })?;
    evaluator.call(&answer, Arguments(others), Some((stream, site.span)), Site { name: "_answer", ..site }).map(Some)
}

fn tag_values(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    if let Some(answer) = over_option(evaluator, arguments, "_valuesIn", site)? {
        return Ok(answer);
    }
    let tag = arguments.need_text("tag")?;
    let bounds = schema_bounds(evaluator, arguments)?;
    let (question, bounds) = match tag.as_str() {
        // Names of measurements are answered for all times, as InfluxDB 2 does.
        "_measurement" => (SchemaAsk::Measurements, None),
        "_field" => (SchemaAsk::FieldKeys, Some(bounds)),
        _ => (SchemaAsk::TagValues { tag }, Some(bounds)),
    };
    let bucket = BucketRef::Name(arguments.need_text("bucket")?);
    ask(evaluator, arguments, bucket, bounds, question, site)
}

fn tag_keys(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    if let Some(answer) = over_option(evaluator, arguments, "_keysIn", site)? {
        return Ok(answer);
    }
    let bounds = schema_bounds(evaluator, arguments)?;
    let bucket = BucketRef::Name(arguments.need_text("bucket")?);
    ask(evaluator, arguments, bucket, Some(bounds), SchemaAsk::TagKeys, site)
}

fn cardinality(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    refuse_remote(arguments, &["host", "org", "orgID", "token"])?;
    let bucket = bucket(arguments)?;
    let bounds = evaluator.bounds(arguments, None)?;
    ask(evaluator, arguments, bucket, Some(bounds), SchemaAsk::Cardinality, site)
}

fn to(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    refuse_remote(arguments, &["host", "token"])?;
    let input = arguments.stream("tables")?;
    let field_fn = match arguments.function("fieldFn")? {
        None => None,
        Some(function) => {
            let at = ("fieldFn", arguments.span("fieldFn", site.span));
            Some(evaluator.row_function(&function, &[("r", row::row())], at)?)
        }
    };
    let spec = ToSpec {
        bucket: bucket(arguments)?,
        org: arguments.text("org")?.or(arguments.text("orgID")?),
        measurement_column: arguments.text_or("measurementColumn", "_measurement")?,
        tag_columns: arguments.texts("tagColumns")?,
        time_column: arguments.text_or("timeColumn", "_time")?,
        field_fn,
        wide: false,
        fields: None,
    };
    write(evaluator, spec, input, site)
}

fn wide_to(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    refuse_remote(arguments, &["host", "token"])?;
    let spec = ToSpec {
        bucket: bucket(arguments)?,
        org: arguments.text("org")?.or(arguments.text("orgID")?),
        measurement_column: "_measurement".to_owned(),
        tag_columns: None,
        time_column: "_time".to_owned(),
        field_fn: None,
        wide: true,
        fields: None,
    };
    write(evaluator, spec, arguments.stream("tables")?, site)
}

fn write(evaluator: &mut Evaluator<'_>, spec: ToSpec, input: NodeId, site: Site<'_>) -> Outcome {
    let stream = evaluator.add(Op::To(spec), vec![input], site)?;
    if let Value::Stream(node) = &stream {
        evaluator.writes.push(*node);
    }
    Ok(stream)
}

fn array_from(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let values = arguments.array("rows")?;
    let span = arguments.span("rows", site.span);
    let mut records: Vec<&Record> = Vec::with_capacity(values.len());
    for value in values.iter() {
        match value {
            Value::Record(record) => records.push(record),
            other => {
                let text = format!("{} is not Record (argument rows)", other.type_name());
                return Err(FluxError::semantic(span, text));
            }
        }
    }
    let Some(first) = records.first() else { return Err(FluxError::invalid("rows must be non-empty")) };
    let mut columns = Vec::with_capacity(first.fields.len());
    for (name, _) in &first.fields {
        columns.push((name.to_string(), column_type(name, &records, span)?));
    }
    let mut rows = Vec::with_capacity(records.len());
    for record in &records {
        let mut row = Vec::with_capacity(columns.len());
        for (name, _) in &columns {
            match record.get(name) {
                Some(Value::Scalar(scalar)) => row.push(scalar.clone()),
                Some(Value::TypedNull(_)) => row.push(Scalar::Null),
                Some(other) => return Err(unfit(other)),
                None if record.lenient => row.push(Scalar::Null),
                None => return Err(FluxError::semantic(span, format!("record is missing label {name}"))),
            }
        }
        rows.push(row);
    }
    evaluator.add(Op::Rows { columns, rows }, Vec::new(), site)
}

/// Rows that a script may make.
const MOST_GENERATED: i64 = 1_000_000;

/// `generate.from`: `count` rows in equal steps, their values computed from their numbers.
fn generate(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let count = arguments.need_int("count")?;
    if !(1..=MOST_GENERATED).contains(&count) {
        return Err(FluxError::invalid(format!("count must be from 1 to {MOST_GENERATED}, got {count}")));
    }
    let bounds = evaluator.bounds(arguments, None)?;
    let function = arguments.need_function("fn")?;
    let span = arguments.span("fn", site.span);
    let step = bounds.stop.wrapping_sub(bounds.start) / count;
    let mut rows = Vec::new();
    for n in 0..count {
        let number = Argument { name: "n".to_owned(), value: Value::int(n), span };
        match evaluator.call(&function, Arguments(vec![number]), None, Site { span, name: "_generate" })? {
            Value::Scalar(value @ Scalar::Int(_)) => {
                rows.push(vec![Scalar::Time(bounds.start.wrapping_add(step.wrapping_mul(n))), value]);
            }
            other => {
                let text = format!("function must return type integer, but got {}", other.type_name());
                return Err(FluxError::invalid(text));
            }
        }
    }
    let columns = vec![("_time".to_owned(), ScalarType::Time), ("_value".to_owned(), ScalarType::Int)];
    evaluator.add(Op::Rows { columns, rows }, Vec::new(), site)
}

fn unfit(value: &Value) -> FluxError {
    let name = value.type_name();
    let bare = name.split(" (").next().unwrap_or(&name).to_owned();
    FluxError::invalid(format!("cannot represent the type {bare} as column data"))
}

/// The type of a column: that of its first value that is not null.
fn column_type(name: &str, records: &[&Record], span: crate::ast::Span) -> Result<ScalarType, FluxError> {
    let mut found: Option<ScalarType> = None;
    for record in records {
        match record.get(name) {
            Some(Value::Scalar(Scalar::Null)) | None => {}
            Some(value @ (Value::Scalar(_) | Value::TypedNull(_))) => {
                let this = match value {
                    Value::TypedNull(data_type) => Some(*data_type),
                    Value::Scalar(scalar) => scalar.column_type(),
                    _ => None,
                };
                let Some(this) = this else { return Err(unfit(value)) };
                match found {
                    None => found = Some(this),
                    Some(before) if before != this => {
                        let text = format!("expected {} but found {}", before.name(), this.name());
                        return Err(FluxError::semantic(span, text));
                    }
                    Some(_) => {}
                }
            }
            Some(other) => return Err(unfit(other)),
        }
    }
    found.ok_or_else(|| unfit(&Value::NULL))
}

fn csv_from(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    refuse_remote(arguments, &["url"])?;
    if arguments.value("file").is_some() {
        return Err(FluxError::invalid(
            "argument file is not supported by Tidegauge: a script cannot read files of the server; give the text as csv",
        ));
    }
    let Some(text) = arguments.text("csv")? else {
        return Err(FluxError::invalid("must provide csv raw text or filename"));
    };
    let raw = match arguments.text("mode")?.as_deref() {
        None | Some("annotations") => false,
        Some("raw") => true,
        Some(other) => {
            return Err(FluxError::invalid(format!("unknown mode {other:?}: must be \"annotations\" or \"raw\"")));
        }
    };
    evaluator.add(Op::CsvFrom { text: Arc::from(text), raw }, Vec::new(), site)
}
