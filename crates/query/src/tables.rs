//! The way out: lanes become a stream of tables, ordered by key. The only place that orders tables.
//!
//! Each lane is sorted by its key columns in label order and then by its order of rows, cut into tables, and merged with
//! the other lanes by Flux's order of keys.

mod cursor;
mod key;

use std::sync::Arc;

use codec::table::{ColumnType, Event, TableColumn, TableSchema};
use datafusion::arrow::datatypes::{Field, Schema};
use datafusion::arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::common::Result as DfResult;
use datafusion::logical_expr::LogicalPlanBuilder;
use flux::FluxError;
use flux::plan::ScalarType;

use crate::error::from_datafusion;
use crate::lane::{Lane, Stream, column, distinct_keys};
use crate::scalar::arrow_type;
use crate::session::Session;

pub(crate) use cursor::{Cursor, Head};
pub(crate) use key::KeyValue;

/// The tables of a stream, in order: pulls [`Item`]s.
pub(crate) struct Tables {
    cursors: Vec<Cursor>,
    current: Option<usize>,
    /// Two tables have one key: told when the first of them is out.
    collided: Option<FluxError>,
}

/// What comes out of [`Tables`].
#[derive(Debug, Clone)]
pub(crate) enum Item {
    Table(Head),
    Rows(RecordBatch),
}

impl Tables {
    /// Starts the plans of all lanes.
    pub(crate) async fn start(stream: Stream, session: &Session) -> Result<Self, FluxError> {
        let mut cursors = Vec::new();
        for lane in stream.lanes {
            let held_back = lane.poison.clone().filter(|p| p.held_back);
            let from = cursors.len();
            cursors.extend(lane_cursors(lane, session).await.map_err(from_datafusion)?);
            if let Some(poison) = held_back {
                for cursor in &mut cursors[from..] {
                    if cursor.head().await?.is_some() {
                        return Err(poison.error);
                    }
                }
            }
        }
        Ok(Self { cursors, current: None, collided: None })
    }

    /// The next item; `None` when all tables have left.
    pub(crate) async fn next(&mut self) -> Result<Option<Item>, FluxError> {
        if let Some(current) = self.current {
            if let Some(rows) = self.cursors[current].rows().await? {
                return Ok(Some(Item::Rows(rows)));
            }
            self.current = None;
        }
        if let Some(error) = self.collided.take() {
            return Err(error);
        }
        let mut least: Option<(usize, Head)> = None;
        for i in 0..self.cursors.len() {
            let Some(head) = self.cursors[i].head().await? else { continue };
            least = match least {
                None => Some((i, head)),
                Some((j, best)) => match self.order((i, &head), (j, &best)) {
                    std::cmp::Ordering::Less => Some((i, head)),
                    std::cmp::Ordering::Equal if head.empty => {
                        self.cursors[i].skip().await?;
                        Some((j, best))
                    }
                    std::cmp::Ordering::Equal if best.empty => {
                        self.cursors[j].skip().await?;
                        Some((i, head))
                    }
                    std::cmp::Ordering::Equal => {
                        self.collided = Some(collision(&best, &head));
                        Some((j, best))
                    }
                    std::cmp::Ordering::Greater => Some((j, best)),
                },
            };
        }
        let Some((i, head)) = least else { return Ok(None) };
        if let Some(error) = self.cursors[i].poison() {
            return Err(error);
        }
        self.cursors[i].enter();
        self.current = Some(i);
        Ok(Some(Item::Table(head)))
    }
}

impl Tables {
    /// Tables that fail come last, so that the others have left by then.
    fn order(&self, a: (usize, &Head), b: (usize, &Head)) -> std::cmp::Ordering {
        let fails = |i: usize| self.cursors[i].poison().is_some();
        fails(a.0).cmp(&fails(b.0)).then_with(|| a.1.cmp(b.1))
    }
}

/// Two tables of one key that cannot be one table.
fn collision(a: &Head, b: &Head) -> FluxError {
    for x in &a.schema.columns {
        if let Some(y) = b.schema.columns.iter().find(|y| y.name == x.name && y.data_type != x.data_type) {
            return FluxError::invalid(format!(
                "schema collision: cannot group {} and {} types together",
                storage_name(x.data_type),
                storage_name(y.data_type)
            ));
        }
    }
    FluxError::invalid("two tables with the same group key but different columns")
}

/// The word of InfluxDB's storage for a type.
fn storage_name(data_type: ColumnType) -> &'static str {
    match data_type {
        ColumnType::Boolean => "boolean",
        ColumnType::Long => "integer",
        ColumnType::UnsignedLong => "unsigned",
        ColumnType::Double => "float",
        ColumnType::String => "string",
        ColumnType::Time => "time",
    }
}

/// The column type of an answer.
pub(crate) fn column_type(data_type: ScalarType) -> ColumnType {
    match data_type {
        ScalarType::Bool => ColumnType::Boolean,
        ScalarType::Int => ColumnType::Long,
        ScalarType::UInt => ColumnType::UnsignedLong,
        ScalarType::Float => ColumnType::Double,
        ScalarType::String => ColumnType::String,
        ScalarType::Time => ColumnType::Time,
    }
}

/// The cursors of a lane: its rows, and the keys of its empty tables.
async fn lane_cursors(lane: Lane, session: &Session) -> DfResult<Vec<Cursor>> {
    let mut cursors = Vec::new();
    if let Some(empty) = &lane.empty {
        let keys = distinct_keys(empty, &lane.key)?;
        let sort: Vec<_> = lane.key_by_label().iter().map(|k| column(k).sort(true, true)).collect();
        let plan = if sort.is_empty() { keys } else { LogicalPlanBuilder::from(keys).sort(sort)?.build()? };
        let batches = session.collect(&plan).await?;
        cursors.push(Cursor::of_keys(&lane, batches)?);
    }
    let sort: Vec<_> = lane.clustered().iter().map(crate::lane::OrderKey::sort_expr).collect();
    let mut names = lane.column_names();
    if lane.variants.is_some() {
        names.push(crate::lane::VARIANT.to_owned());
    }
    let builder = LogicalPlanBuilder::from(lane.plan.clone());
    let builder = if sort.is_empty() { builder } else { builder.sort(sort)? };
    let plan = builder.project(names.iter().map(|n| column(n)))?.build()?;
    let rows = session.run(&plan).await?;
    cursors.push(Cursor::of_rows(&lane, rows)?);
    Ok(cursors)
}

/// The schema of a lane's tables, with only those columns for which `has` holds.
pub(crate) fn table_schema(lane: &Lane, has: impl Fn(&str) -> bool) -> TableSchema {
    let columns = lane.columns.iter().filter(|c| has(&c.name));
    let column = |c: &crate::lane::LaneColumn| TableColumn {
        name: c.name.clone(),
        data_type: column_type(c.data_type),
        in_key: lane.in_key(&c.name),
    };
    TableSchema { columns: columns.map(column).collect() }
}

/// The Arrow schema of a lane's columns, in order.
pub(crate) fn arrow_schema(lane: &Lane, has: impl Fn(&str) -> bool) -> Schema {
    let columns = lane.columns.iter().filter(|c| has(&c.name));
    Schema::new(columns.map(|c| Field::new(&c.name, arrow_type(c.data_type), true)).collect::<Vec<_>>())
}

/// A batch of some columns of another, by name, with as many rows even when there are no columns.
pub(crate) fn pick(batch: &RecordBatch, schema: &Arc<Schema>) -> DfResult<RecordBatch> {
    let mut columns = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        let array = batch.column(batch.schema_ref().index_of(field.name())?).clone();
        let array = if array.data_type() == field.data_type() {
            array
        } else {
            datafusion::arrow::compute::cast(&array, field.data_type())?
        };
        columns.push(array);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(schema.clone(), columns, &options)?)
}

/// The events of one result.
pub(crate) fn to_event(item: Item) -> Event {
    match item {
        Item::Table(head) => Event::Table { schema: head.schema, key: head.key },
        Item::Rows(rows) => Event::Rows(rows),
    }
}

/// The inverse of [`column_type`].
pub(crate) fn scalar_type(data_type: ColumnType) -> ScalarType {
    match data_type {
        ColumnType::Boolean => ScalarType::Bool,
        ColumnType::Long => ScalarType::Int,
        ColumnType::UnsignedLong => ScalarType::UInt,
        ColumnType::Double => ScalarType::Float,
        ColumnType::String => ScalarType::String,
        ColumnType::Time => ScalarType::Time,
    }
}
