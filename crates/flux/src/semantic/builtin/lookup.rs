//! Looking into tables while the script is evaluated: tableFind, findColumn, findRecord, getColumn, getRecord.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::host::{Accept, FoundTable, Host};
use crate::plan::{NodeId, Op, Plan, Scalar};
use crate::semantic::arguments::{Argument, Arguments};
use crate::semantic::evaluate::Evaluator;
use crate::semantic::pushdown;
use crate::semantic::signature::Site;
use crate::semantic::value::{Function, Record, Value};
use crate::{ErrorCode, FluxError};

use super::Line;

pub(super) const FUNCTIONS: &[Line] = &[
    ("universe", "tableFind", "<-tables: stream, fn: fn(key)", table_find),
    ("universe", "findColumn", "<-tables: stream, fn: fn(key), column: string", find_column),
    ("universe", "findRecord", "<-tables: stream, fn: fn(key), idx: int", find_record),
    ("universe", "getColumn", "<-table: table, column: string", get_column),
    ("universe", "getRecord", "<-table: table, idx: int", get_record),
];

type Outcome = Result<Value, FluxError>;

/// What a predicate on keys may ask for: nothing but the clock.
struct Clock {
    now_ns: i64,
    system_ns: i64,
}

impl Host for Clock {
    fn find_table(
        &mut self,
        _plan: &Plan,
        _node: NodeId,
        _accept: Accept<'_>,
    ) -> Result<Option<FoundTable>, FluxError> {
        Err(FluxError::invalid("a predicate on group keys cannot look into other tables; look there first"))
    }

    fn now_ns(&self) -> i64 {
        self.now_ns
    }

    fn system_time_ns(&self) -> i64 {
        self.system_ns
    }
}

fn find(
    evaluator: &mut Evaluator<'_>,
    arguments: &Arguments,
    site: Site<'_>,
) -> Result<Option<Rc<FoundTable>>, FluxError> {
    let node = arguments.stream("tables")?;
    let predicate = arguments.need_function("fn")?;
    let span = arguments.span("fn", site.span);
    let mut clock = Clock { now_ns: evaluator.now()?, system_ns: evaluator.host.system_time_ns() };
    let options: HashMap<String, Value> = evaluator.options.clone();
    let mut plan = evaluator.plan.clone();
    pushdown::mark(&mut plan, &[node]);
    super::super::verify::check(&plan, &[node])?;
    let mut inner = Evaluator::new(&mut clock);
    inner.options = options;
    // Libraries look at the first row of the first table for one thing after the other.
    let first_row_of = match (&plan.node(node).op, plan.node(node).inputs.as_slice()) {
        (Op::Limit { n: 1, offset: 0 }, [input]) => Some(*input),
        _ => None,
    };
    if let Some(known) = first_row_of.and_then(|input| evaluator.first_tables.get(&input)).cloned()
        && accepts(&mut inner, &predicate, &key_of(&known), span)?
    {
        return Ok(Some(known));
    }
    let mut seen = 0;
    let mut accept = |key: &[(String, Scalar)]| {
        seen += 1;
        accepts(&mut inner, &predicate, key, span)
    };
    let found = evaluator.host.find_table(&plan, node, &mut accept)?.map(Rc::new);
    if let (Some(input), Some(table), 1) = (first_row_of, &found, seen)
        && table.row_count > 0
    {
        evaluator.first_tables.insert(input, table.clone());
    }
    Ok(found)
}

/// The key of a table that has rows.
fn key_of(table: &FoundTable) -> Vec<(String, Scalar)> {
    let of_key = table.columns.iter().filter(|c| c.in_key);
    of_key.map(|c| (c.name.clone(), c.values.first().cloned().unwrap_or(Scalar::Null))).collect()
}

fn accepts(
    evaluator: &mut Evaluator<'_>,
    predicate: &Function,
    key: &[(String, Scalar)],
    span: crate::ast::Span,
) -> Result<bool, FluxError> {
    let fields = key.iter().map(|(name, value)| (Arc::from(name.as_str()), Value::Scalar(value.clone()))).collect();
    let record = Value::Record(Rc::new(Record { fields, lenient: true }));
    let arguments = Arguments(vec![Argument { name: "key".to_owned(), value: record, span }]);
    match evaluator.call(predicate, arguments, None, Site { span, name: "_key" })? {
        Value::Scalar(Scalar::Bool(b)) => Ok(b),
        Value::Scalar(Scalar::Null) => Ok(false),
        other => Err(FluxError::semantic(span, format!("expected bool but found {} (argument fn)", other.type_name()))),
    }
}

fn table_find(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    match find(evaluator, arguments, site)? {
        Some(table) => Ok(Value::Table(table)),
        None => Err(FluxError::invalid("no table found").with_code(ErrorCode::NotFound)),
    }
}

fn column_of(table: &FoundTable, name: &str) -> Option<Value> {
    let column = table.columns.iter().find(|c| c.name == name)?;
    Some(Value::array(column.values.iter().cloned().map(Value::Scalar).collect()))
}

/// A row as a record; columns that are not there read as null.
fn record_of(table: &FoundTable, index: usize) -> Value {
    let fields = table
        .columns
        .iter()
        .map(|c| (Arc::from(c.name.as_str()), Value::Scalar(c.values.get(index).cloned().unwrap_or(Scalar::Null))))
        .collect();
    Value::Record(Rc::new(Record { fields, lenient: true }))
}

fn find_column(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let name = arguments.need_text("column")?;
    let Some(table) = find(evaluator, arguments, site)? else { return Ok(Value::array(Vec::new())) };
    Ok(column_of(&table, &name).unwrap_or_else(|| Value::array(Vec::new())))
}

fn find_record(evaluator: &mut Evaluator<'_>, arguments: &mut Arguments, site: Site<'_>) -> Outcome {
    let index = arguments.need_int("idx")?;
    let found = find(evaluator, arguments, site)?;
    let row = usize::try_from(index).ok();
    Ok(match (found, row) {
        (Some(table), Some(row)) if row < table.row_count => record_of(&table, row),
        _ => Value::Record(Rc::new(Record { fields: Vec::new(), lenient: true })),
    })
}

fn table(arguments: &Arguments) -> Result<Rc<FoundTable>, FluxError> {
    match arguments.value("table") {
        Some(Value::Table(table)) => Ok(table.clone()),
        _ => Err(FluxError::invalid("argument table must be a table, as tableFind gives it")),
    }
}

fn get_column(_: &mut Evaluator<'_>, arguments: &mut Arguments, _: Site<'_>) -> Outcome {
    let name = arguments.need_text("column")?;
    column_of(&*table(arguments)?, &name).ok_or_else(|| FluxError::invalid(format!("cannot find column {name}")))
}

fn get_record(_: &mut Evaluator<'_>, arguments: &mut Arguments, _: Site<'_>) -> Outcome {
    let index = arguments.need_int("idx")?;
    let table = table(arguments)?;
    match usize::try_from(index) {
        Ok(row) if row < table.row_count => Ok(record_of(&table, row)),
        _ => Err(FluxError::invalid(format!("index out of bounds: {index}"))),
    }
}
