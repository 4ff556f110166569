//! The table provider over a snapshot: one measurement, rows in long form (one row a field and time) or as they are stored
//! (one row a series and time).
//!
//! Columns of the long form: `time`, `value`, `field`, and `tag:KEY` for each tag; of the wide form: `time`, the tags, and
//! `field:NAME` for each field. Only what the plan asks for is read. Partitions of the plan are shares of the scan's
//! time-disjoint parts.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{ArrayRef, BooleanArray, RecordBatchOptions, StringViewArray};
use datafusion::arrow::compute::{filter_record_batch, is_not_null};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::catalog::Session;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::{TableProvider, TableType};
use datafusion::error::{DataFusionError, Result as DfResult};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::Expr;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType, ReplaceChildrenOptions};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};
use parking_lot::Mutex;
use storage::snapshot::{Near, ScanPart, ScanRequest, Snapshot};

use crate::error::{external, from_storage};
use crate::scalar::{arrow_type, field_scalar_type};

/// The relation's name in plans.
pub(crate) const RELATION: &str = "storage";
pub(crate) const TIME: &str = "time";
pub(crate) const VALUE: &str = "value";
pub(crate) const FIELD: &str = "field";

/// Rows from which on it pays to read a scan on two threads.
const PARALLEL_ROWS: usize = 50_000;

/// The column of a tag.
pub(crate) fn tag_column(key: &str) -> String {
    format!("tag:{key}")
}

/// The column of a field in the wide form.
pub(crate) fn field_column(name: &str) -> String {
    format!("field:{name}")
}

/// A scan as a table.
#[derive(Debug)]
pub(crate) struct SeriesTable {
    snapshot: Snapshot,
    request: ScanRequest,
    schema: SchemaRef,
    wide: bool,
}

impl SeriesTable {
    /// In long form. All fields of the request have one type.
    pub(crate) fn new(snapshot: Snapshot, request: ScanRequest) -> Self {
        let value = request.fields.first().map_or(DataType::Boolean, |(_, t)| arrow_type(field_scalar_type(*t)));
        let time = arrow_type(flux::plan::ScalarType::Time);
        let mut fields = vec![
            Field::new(TIME, time, false),
            Field::new(VALUE, value, false),
            Field::new(FIELD, DataType::Utf8View, false),
        ];
        fields.extend(request.tags.iter().map(|t| Field::new(tag_column(t), DataType::Utf8View, true)));
        Self { snapshot, request, schema: Arc::new(Schema::new(fields)), wide: false }
    }

    /// In wide form.
    pub(crate) fn wide(snapshot: Snapshot, request: ScanRequest) -> Self {
        let time = arrow_type(flux::plan::ScalarType::Time);
        let mut columns = vec![Field::new(TIME, time, false)];
        columns.extend(request.tags.iter().map(|t| Field::new(tag_column(t), DataType::Utf8View, true)));
        let kind = |t: &model::FieldType| arrow_type(field_scalar_type(*t));
        columns.extend(request.fields.iter().map(|(name, t)| Field::new(field_column(name), kind(t), true)));
        Self { snapshot, request, schema: Arc::new(Schema::new(columns)), wide: true }
    }

    fn plan_scan(&self, projection: Option<&Vec<usize>>, partitions: usize) -> DfResult<SeriesExec> {
        let projected = match projection {
            Some(p) => Arc::new(self.schema.project(p)?),
            None => self.schema.clone(),
        };
        let wanted = |tag: &String| projected.column_with_name(&tag_column(tag)).is_some();
        let tags = self.request.tags.iter().filter(|t| wanted(t)).cloned().collect();
        let mut request = ScanRequest { tags, ..self.request.clone() };
        if self.only_counts(&projected)? {
            request.fields.clear();
        }
        let parts = self.snapshot.scan(&request).map_err(|e| external(from_storage(&e)))?;
        let rows: usize = parts.iter().map(|p| p.max_rows).sum();
        let count = if rows < PARALLEL_ROWS { 1 } else { partitions.min(parts.len()).max(1) };
        let mut shares: Vec<Vec<ScanPart>> = (0..count).map(|_| Vec::new()).collect();
        for (i, part) in parts.into_iter().enumerate() {
            shares[i % count].push(part);
        }
        let shares = shares.into_iter().map(|s| Mutex::new(Some(s))).collect();
        Ok(SeriesExec::new(request, projected, shares, self.wide))
    }
}

impl SeriesTable {
    /// Whether the one field of the long form need not be read: nobody asks for it, and every row has it.
    fn only_counts(&self, projected: &Schema) -> DfResult<bool> {
        let asked = [VALUE, FIELD].iter().any(|name| projected.column_with_name(name).is_some());
        if self.wide || self.request.fields.len() != 1 || asked {
            return Ok(false);
        }
        let set = self.snapshot.always_set(&self.request).map_err(|e| external(from_storage(&e)))?;
        Ok(set.iter().all(|set| *set))
    }
}

#[async_trait]
impl TableProvider for SeriesTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(self.plan_scan(projection, state.config().target_partitions())?))
    }
}

/// Reads the parts of a scan, each share on its own partition. Runs once.
struct SeriesExec {
    request: ScanRequest,
    schema: SchemaRef,
    shares: Vec<Mutex<Option<Vec<ScanPart>>>>,
    wide: bool,
    properties: Arc<PlanProperties>,
}

impl SeriesExec {
    fn new(request: ScanRequest, schema: SchemaRef, shares: Vec<Mutex<Option<Vec<ScanPart>>>>, wide: bool) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema.clone()),
            Partitioning::UnknownPartitioning(shares.len()),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self { request, schema, shares, wide, properties: Arc::new(properties) }
    }
}

impl fmt::Debug for SeriesExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeriesExec").field("request", &self.request).finish_non_exhaustive()
    }
}

impl DisplayAs for SeriesExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields: Vec<&str> = self.request.fields.iter().map(|(n, _)| n.as_str()).collect();
        write!(f, "SeriesExec: measurement={}, fields=[{}]", self.request.measurement, fields.join(", "))?;
        write!(f, ", tags=[{}], partitions={}", self.request.tags.join(", "), self.shares.len())?;
        write!(f, ", filter={:?}", self.request.filter)?;
        let near = self.request.near.iter().map(|near| match near {
            Near::Field(n) => format!("{} in {:?}", n.field, n.ranges),
            Near::Points(n) => format!("({}, {}) in {} ranges of cells", n.lat, n.lon, n.cells.len()),
        });
        let near: Vec<String> = near.collect();
        if near.is_empty() { Ok(()) } else { write!(f, ", near=[{}]", near.join(", ")) }
    }
}

impl ExecutionPlan for SeriesExec {
    fn name(&self) -> &'static str {
        "SeriesExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> DfResult<TreeNodeRecursion>,
    ) -> DfResult<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        _children: Vec<Arc<dyn ExecutionPlan>>,
        _options: ReplaceChildrenOptions,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn with_new_children(self: Arc<Self>, _children: Vec<Arc<dyn ExecutionPlan>>) -> DfResult<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, partition: usize, _context: Arc<TaskContext>) -> DfResult<SendableRecordBatchStream> {
        let share = self.shares.get(partition).and_then(|s| s.lock().take());
        let share = share.ok_or_else(|| DataFusionError::Internal("a scan runs once".to_owned()))?;
        let (schema, request) = (self.schema.clone(), self.request.clone());
        let long = Long {
            schema: schema.clone(),
            fields: request.fields.into_iter().map(|(n, _)| n).collect(),
            request_tags: request.tags,
        };
        let wide = self.wide;
        let batches = share.into_iter().flat_map(|part| part.batches).flat_map(move |batch| match batch {
            Ok(batch) if wide => vec![long.as_stored(&batch)],
            Ok(batch) => long.unpivot(&batch),
            Err(e) => vec![Err(external(from_storage(&e)))],
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, futures::stream::iter(batches))))
    }
}

/// Turns wide batches (time, tags, fields) into long ones with the projected columns.
struct Long {
    schema: SchemaRef,
    fields: Vec<String>,
    request_tags: Vec<String>,
}

impl Long {
    fn unpivot(&self, wide: &RecordBatch) -> Vec<DfResult<RecordBatch>> {
        if self.fields.is_empty() {
            // Rows of any field: nobody asks for a value.
            return vec![self.long(wide, wide.column(0).clone(), "")];
        }
        let first_field = 1 + self.request_tags.len();
        let one = |i: usize, name: &String| {
            let value = wide.column(first_field + i).clone();
            self.long(wide, value, name)
        };
        let batches = self.fields.iter().enumerate().map(|(i, name)| one(i, name));
        batches.filter(|b| !matches!(b, Ok(b) if b.num_rows() == 0)).collect()
    }

    /// The projected columns of wide rows.
    fn as_stored(&self, wide: &RecordBatch) -> DfResult<RecordBatch> {
        let first_field = 1 + self.request_tags.len();
        let place = |name: &str| match (name.strip_prefix("tag:"), name.strip_prefix("field:")) {
            (Some(tag), _) => self.request_tags.iter().position(|t| t == tag).map(|i| 1 + i),
            (_, Some(field)) => self.fields.iter().position(|f| f == field).map(|i| first_field + i),
            _ => Some(0),
        };
        let columns = self.schema.fields().iter().map(|column| {
            let found = place(column.name()).and_then(|i| wide.columns().get(i)).cloned();
            found.ok_or_else(|| DataFusionError::Internal(format!("no column {} in the scan", column.name())))
        });
        let options = RecordBatchOptions::new().with_row_count(Some(wide.num_rows()));
        let columns = columns.collect::<DfResult<Vec<_>>>()?;
        Ok(RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)?)
    }

    fn long(&self, wide: &RecordBatch, value: ArrayRef, field: &str) -> DfResult<RecordBatch> {
        let mask: Option<BooleanArray> = (value.null_count() > 0).then(|| is_not_null(&value)).transpose()?;
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.schema.fields().len());
        for column in self.schema.fields() {
            columns.push(match column.name().as_str() {
                TIME => wide.column(0).clone(),
                VALUE => value.clone(),
                FIELD => Arc::new(StringViewArray::from_iter_values(std::iter::repeat_n(field, wide.num_rows()))),
                tag => {
                    let at = self.request_tags.iter().position(|t| tag.strip_prefix("tag:") == Some(t));
                    let at = at.ok_or_else(|| DataFusionError::Internal(format!("no column {tag} in the scan")))?;
                    wide.column(1 + at).clone()
                }
            });
        }
        // The schema says that values are not null; that holds once the mask is applied.
        let loose = Schema::new(
            self.schema.fields().iter().map(|f| f.as_ref().clone().with_nullable(true)).collect::<Vec<_>>(),
        );
        let options = RecordBatchOptions::new().with_row_count(Some(wide.num_rows()));
        let batch = RecordBatch::try_new_with_options(Arc::new(loose), columns, &options)?;
        let batch = match mask {
            Some(mask) => filter_record_batch(&batch, &mask)?,
            None => batch,
        };
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        Ok(RecordBatch::try_new_with_options(self.schema.clone(), batch.columns().to_vec(), &options)?)
    }
}
