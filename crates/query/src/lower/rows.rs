//! Streams that begin with values: `array.from`, `csv.from`, `buckets`, and the names of columns.

use std::sync::Arc;

use codec::table::ColumnType;
use datafusion::arrow::array::{ArrayRef, StringViewArray, UInt32Array};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::{Column, Result as DfResult, ScalarValue};
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use flux::FluxError;
use flux::plan::{Scalar, ScalarType};

use super::build;
use crate::context::Context;
use crate::lane::{Lane, LaneColumn, OrderKey, Stream, column, distinct_keys};
use crate::scalar::{arrow_type, to_scalar_value};

/// Hidden: the order of rows as they were given.
const GIVEN: &str = "\u{1}given";
/// Hidden: the order of tables as they were given.
const TABLE: &str = "\u{1}table";

/// A plan over batches in memory, columns unqualified.
pub(super) fn memory_plan(schema: SchemaRef, batches: Vec<RecordBatch>) -> DfResult<LogicalPlan> {
    let table = MemTable::try_new(schema.clone(), vec![batches])?;
    let exprs = schema.fields().iter().map(|f| Expr::Column(Column::new(Some("rows"), f.name())).alias(f.name()));
    let exprs: Vec<Expr> = exprs.collect();
    LogicalPlanBuilder::scan("rows", provider_as_source(Arc::new(table)), None)?.project(exprs)?.build()
}

/// A lane over a batch that holds whole tables; `ordinals` number the tables of the rows.
pub(super) fn from_batch(
    columns: Vec<LaneColumn>,
    key: Vec<String>,
    arrays: Vec<ArrayRef>,
    rows: usize,
    ordinals: Option<UInt32Array>,
) -> DfResult<Lane> {
    let mut fields: Vec<Field> = columns.iter().map(|c| Field::new(&c.name, arrow_type(c.data_type), true)).collect();
    let mut arrays = arrays;
    fields.push(Field::new(GIVEN, DataType::UInt32, false));
    arrays.push(Arc::new(UInt32Array::from_iter_values(0..u32::try_from(rows).unwrap_or(u32::MAX))));
    let mut table_order = Vec::new();
    if let Some(ordinals) = ordinals {
        fields.push(Field::new(TABLE, DataType::UInt32, false));
        arrays.push(Arc::new(ordinals));
        table_order.push(OrderKey::ascending(TABLE));
    }
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(schema.clone(), arrays)?;
    Ok(Lane {
        plan: memory_plan(schema, vec![batch])?,
        columns,
        key,
        order: vec![OrderKey::ascending(GIVEN)],
        table_order,
        variants: None,
        settled: false,
        empty: None,
        bounds: None,
        fields: Vec::new(),
        series: None,
        poison: None,
        whole: None,
    })
}

/// `array.from`: one table without a key.
pub(super) fn from_values(columns: &[(String, ScalarType)], rows: &[Vec<Scalar>]) -> Result<Stream, FluxError> {
    let mut arrays = Vec::with_capacity(columns.len());
    for (i, (name, data_type)) in columns.iter().enumerate() {
        let null = build(ScalarValue::try_from(&arrow_type(*data_type)))?;
        let mut values = Vec::with_capacity(rows.len());
        for row in rows {
            match row.get(i) {
                None | Some(Scalar::Null) => values.push(null.clone()),
                Some(value) if value.column_type() == Some(*data_type) => values.extend(to_scalar_value(value)),
                Some(value) => {
                    let found = value.column_type().map_or("a value that no column holds", ScalarType::name);
                    return Err(FluxError::invalid(format!("column {name:?} is {} but has {found}", data_type.name())));
                }
            }
        }
        let array = if values.is_empty() {
            datafusion::arrow::array::new_empty_array(&arrow_type(*data_type))
        } else {
            build(ScalarValue::iter_to_array(values))?
        };
        arrays.push(array);
    }
    let columns = columns.iter().map(|(n, t)| LaneColumn { name: n.clone(), data_type: *t }).collect();
    let lane = build(from_batch(columns, Vec::new(), arrays, rows.len(), None))?;
    Ok(Stream { lanes: vec![lane] })
}

/// `buckets()`.
pub(super) fn buckets(context: &dyn Context) -> Result<Stream, FluxError> {
    let rows = context.buckets()?;
    let text = |s: &str| Scalar::String(s.into());
    let columns: Vec<(String, ScalarType)> = [
        ("name", ScalarType::String),
        ("id", ScalarType::String),
        ("organizationID", ScalarType::String),
        ("retentionPolicy", ScalarType::String),
        ("retentionPeriod", ScalarType::Int),
    ]
    .into_iter()
    .map(|(n, t)| (n.to_owned(), t))
    .collect();
    let values: Vec<Vec<Scalar>> = rows
        .iter()
        .map(|b| {
            vec![
                text(&b.name),
                text(&b.id),
                text(&b.organization_id),
                text(&b.retention_policy),
                Scalar::Int(b.retention_period_ns),
            ]
        })
        .collect();
    let mut stream = from_values(&columns, &values)?;
    for lane in &mut stream.lanes {
        lane.key = vec!["organizationID".to_owned()];
    }
    Ok(stream)
}

/// `csv.from`: the tables of the text, each kept apart from the others by its key and columns.
pub(super) fn from_csv(text: &str, raw: bool) -> Result<Stream, FluxError> {
    let read = if raw { codec::annotated_csv::read_raw(text) } else { codec::annotated_csv::read_annotated(text) };
    if let Some(error) = read.error {
        return Err(FluxError::invalid(error.to_string()));
    }
    let mut shapes: Vec<Shape> = Vec::new();
    for (i, table) in read.tables.into_iter().enumerate() {
        let columns: Vec<LaneColumn> = table.schema.columns.iter().map(lane_column).collect();
        let key: Vec<String> = table.schema.columns.iter().filter(|c| c.in_key).map(|c| c.name.clone()).collect();
        let at = shapes.iter().position(|shape| shape.columns == columns && shape.key == key).unwrap_or_else(|| {
            shapes.push(Shape { columns, key, ..Shape::default() });
            shapes.len() - 1
        });
        let Some(shape) = shapes.get_mut(at) else { continue };
        let rows = table.batch.num_rows();
        if rows == 0 {
            shape.empty.push(table.key);
        }
        shape.ordinals.extend(std::iter::repeat_n(u32::try_from(i).unwrap_or(u32::MAX), rows));
        shape.tables.push(table.batch);
    }
    let lanes = shapes.into_iter().map(|shape| build(shape.lane())).collect::<Result<_, _>>()?;
    Ok(Stream { lanes })
}

/// Tables of equal columns and key columns: one lane, however many they are.
#[derive(Default)]
struct Shape {
    columns: Vec<LaneColumn>,
    key: Vec<String>,
    tables: Vec<RecordBatch>,
    /// The number of the table of each row.
    ordinals: Vec<u32>,
    /// Keys of the tables without rows.
    empty: Vec<RecordBatch>,
}

impl Shape {
    fn lane(self) -> DfResult<Lane> {
        let joined = |batches: &[RecordBatch]| match batches.first() {
            Some(first) => concat_batches(&first.schema(), batches).map(Some),
            None => Ok(None),
        };
        let rows = self.ordinals.len();
        let arrays = joined(&self.tables)?.map(|all| all.columns().to_vec()).unwrap_or_default();
        let empty = joined(&self.empty)?.map(|keys| one_key(&keys, &self.key)).transpose()?;
        let lane = from_batch(self.columns, self.key, arrays, rows, Some(UInt32Array::from(self.ordinals)))?;
        Ok(Lane { empty, ..lane })
    }
}

fn lane_column(c: &codec::table::TableColumn) -> LaneColumn {
    let data_type = match c.data_type {
        ColumnType::Boolean => ScalarType::Bool,
        ColumnType::Long => ScalarType::Int,
        ColumnType::UnsignedLong => ScalarType::UInt,
        ColumnType::Double => ScalarType::Float,
        ColumnType::String => ScalarType::String,
        ColumnType::Time => ScalarType::Time,
    };
    LaneColumn { name: c.name.clone(), data_type }
}

/// The plan of one key; without key columns a plan of one row.
pub(super) fn one_key(key: &RecordBatch, names: &[String]) -> DfResult<LogicalPlan> {
    if names.is_empty() {
        let schema = Arc::new(Schema::new(vec![Field::new("\u{1}any", DataType::UInt32, false)]));
        let batch = RecordBatch::try_new(schema.clone(), vec![Arc::new(UInt32Array::from_value(1, 1))])?;
        return memory_plan(schema, vec![batch]);
    }
    memory_plan(key.schema(), vec![key.clone()])
}

/// `columns()`: the names of the columns of each table.
pub(super) fn columns(input: Stream, label: &str) -> Result<Stream, FluxError> {
    input.try_map(|lane| {
        let names = lane.column_names();
        build(labels(lane, &names, label))
    })
}

/// `keys()`: the names of the key columns of each table.
pub(super) fn keys(input: Stream, label: &str) -> Result<Stream, FluxError> {
    input.try_map(|lane| {
        let names = lane.key.clone();
        build(labels(lane, &names, label))
    })
}

fn labels(lane: Lane, names: &[String], label: &str) -> DfResult<Lane> {
    let fields = vec![Field::new(label, DataType::Utf8View, true), Field::new(GIVEN, DataType::UInt32, false)];
    let schema = Arc::new(Schema::new(fields));
    let texts: ArrayRef = Arc::new(StringViewArray::from_iter_values(names));
    let order: ArrayRef = Arc::new(UInt32Array::from_iter_values(0..u32::try_from(names.len()).unwrap_or(u32::MAX)));
    let list = memory_plan(schema.clone(), vec![RecordBatch::try_new(schema, vec![texts, order])?])?;
    let key: Vec<String> = lane.key.iter().filter(|k| *k != label).cloned().collect();
    let mut exprs: Vec<Expr> = key.iter().map(|k| column(k)).collect();
    exprs.extend([column(label), column(GIVEN)]);
    let keys = distinct_keys(&lane.all_keys_plan()?, &key)?;
    let plan = LogicalPlanBuilder::from(keys).cross_join(list)?.project(exprs)?.build()?;
    let mut columns: Vec<LaneColumn> = lane.columns.iter().filter(|c| key.contains(&c.name)).cloned().collect();
    columns.push(LaneColumn { name: label.to_owned(), data_type: ScalarType::String });
    let order = vec![OrderKey::ascending(GIVEN)];
    Ok(Lane { plan, columns, key, order, table_order: Vec::new(), variants: None, settled: false, empty: None, ..lane })
}
