//! One lane's tables, pulled one at a time.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::sync::Arc;

use codec::table::TableSchema;
use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::{Schema, UInt64Type};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::Result as DfResult;
use datafusion::execution::SendableRecordBatchStream;
use flux::FluxError;
use futures::StreamExt;

use super::key::{KeyValue, compare};
use super::{arrow_schema, pick, table_schema};
use crate::error::from_datafusion;
use crate::lane::{Lane, VARIANT};
use crate::run::Runs;

/// What is known of a table before its rows.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    pub(crate) schema: Arc<TableSchema>,
    /// One row with the key columns, in table order.
    pub(crate) key: RecordBatch,
    /// The key by label.
    pub(crate) values: Vec<KeyValue>,
    /// From the list of tables that may be without rows.
    pub(crate) empty: bool,
}

impl Head {
    pub(crate) fn cmp(&self, other: &Self) -> Ordering {
        compare(&self.values, &other.values)
    }
}

/// A piece of a table: rows, and whether it begins the table.
#[derive(Debug)]
struct Piece {
    begins: bool,
    rows: RecordBatch,
}

/// The schemas that tables of a lane take, by the variants that contribute to them.
struct Shape {
    variants: u64,
    table: Arc<TableSchema>,
    rows: Arc<Schema>,
    key: Arc<Schema>,
}

/// See the module's text.
pub(crate) struct Cursor {
    lane: Lane,
    labels: Vec<String>,
    source: Option<(SendableRecordBatchStream, Runs)>,
    pieces: VecDeque<Piece>,
    /// All rows of the table at the front are in `pieces`.
    empty: bool,
    head: Option<Head>,
    inside: Option<Arc<Schema>>,
    shapes: Vec<Shape>,
}

impl Cursor {
    pub(crate) fn of_rows(lane: &Lane, rows: SendableRecordBatchStream) -> DfResult<Self> {
        let labels = lane.key_by_label();
        let runs = Runs::new(&rows.schema(), &labels)?;
        Ok(Self { source: Some((rows, runs)), ..Self::new(lane, labels, false) })
    }

    /// A cursor over tables without rows: `batches` hold one row a key.
    pub(crate) fn of_keys(lane: &Lane, batches: Vec<RecordBatch>) -> DfResult<Self> {
        let mut cursor = Self::new(lane, lane.key_by_label(), true);
        for batch in batches {
            cursor.pieces.extend((0..batch.num_rows()).map(|i| Piece { begins: true, rows: batch.slice(i, 1) }));
        }
        Ok(cursor)
    }

    fn new(lane: &Lane, labels: Vec<String>, empty: bool) -> Self {
        Self {
            lane: lane.clone(),
            labels,
            source: None,
            pieces: VecDeque::new(),
            empty,
            head: None,
            inside: None,
            shapes: Vec::new(),
        }
    }

    /// Why the tables of this cursor fail, if they do.
    pub(crate) fn poison(&self) -> Option<FluxError> {
        self.lane.poison.as_ref().map(|p| p.error.clone())
    }

    /// The head of the next table, without entering it.
    pub(crate) async fn head(&mut self) -> Result<Option<Head>, FluxError> {
        if self.head.is_none() {
            self.fill().await?;
            if self.lane.variants.is_some() && !self.empty {
                self.fill_table().await?;
            }
            self.head = self.make_head().map_err(from_datafusion)?;
        }
        Ok(self.head.clone())
    }

    /// Enters the table whose head was seen last.
    pub(crate) fn enter(&mut self) {
        if let (Some(_), Some(piece)) = (self.head.take(), self.pieces.front_mut()) {
            piece.begins = false;
        }
        if self.empty {
            self.pieces.pop_front();
        }
    }

    /// Drops the table whose head was seen last.
    pub(crate) async fn skip(&mut self) -> Result<(), FluxError> {
        self.enter();
        while self.rows().await?.is_some() {}
        Ok(())
    }

    /// The next rows of the table that was entered; `None` at its end.
    pub(crate) async fn rows(&mut self) -> Result<Option<RecordBatch>, FluxError> {
        if self.empty {
            return Ok(None);
        }
        self.fill().await?;
        match self.pieces.front() {
            Some(piece) if !piece.begins => {}
            _ => return Ok(None),
        }
        let Some(piece) = self.pieces.pop_front() else { return Ok(None) };
        let schema = self.inside.clone().unwrap_or_else(|| piece.rows.schema());
        pick(&piece.rows, &schema).map(Some).map_err(from_datafusion)
    }

    /// Makes sure that there is a piece, if any is left.
    async fn fill(&mut self) -> Result<(), FluxError> {
        while self.pieces.is_empty() {
            if !self.pull().await? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Makes sure that all of the table at the front is there.
    async fn fill_table(&mut self) -> Result<(), FluxError> {
        while !self.pieces.iter().skip(1).any(|p| p.begins) {
            if !self.pull().await? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Takes a batch from the plan; `false` at its end.
    async fn pull(&mut self) -> Result<bool, FluxError> {
        let Some((stream, runs)) = &mut self.source else { return Ok(false) };
        let Some(batch) = stream.next().await else {
            self.source = None;
            return Ok(false);
        };
        let batch = batch.map_err(from_datafusion)?;
        if batch.num_rows() == 0 {
            return Ok(true);
        }
        let (ranges, continues) = runs.of(&batch).map_err(from_datafusion)?;
        for (i, range) in ranges.into_iter().enumerate() {
            let rows = batch.slice(range.start, range.len());
            self.pieces.push_back(Piece { begins: i > 0 || !continues, rows });
        }
        Ok(true)
    }

    fn make_head(&mut self) -> DfResult<Option<Head>> {
        let Some(piece) = self.pieces.front() else { return Ok(None) };
        let rows = piece.rows.clone();
        let variants = self.table_variants();
        let at = match self.shapes.iter().position(|s| s.variants == variants) {
            Some(at) => at,
            None => {
                let shape = self.shape(variants);
                self.shapes.push(shape);
                self.shapes.len() - 1
            }
        };
        let shape = &self.shapes[at];
        let key = pick(&rows.slice(0, 1), &shape.key)?;
        let values = KeyValue::of_row(&key, &self.labels, 0);
        self.inside = Some(shape.rows.clone());
        Ok(Some(Head { schema: shape.table.clone(), key, values, empty: self.empty }))
    }

    /// The variants of the table at the front; none if the lane has no variants.
    fn table_variants(&self) -> u64 {
        let mut found = 0;
        if self.lane.variants.is_none() {
            return found;
        }
        for (i, piece) in self.pieces.iter().enumerate() {
            if i > 0 && piece.begins {
                break;
            }
            let Some(column) = piece.rows.column_by_name(VARIANT) else { continue };
            found |= column.as_primitive::<UInt64Type>().values().iter().fold(0, |all, bits| all | bits);
        }
        found
    }

    fn shape(&self, variants: u64) -> Shape {
        let all: Vec<_> = self.lane.variants.iter().flatten().filter(|v| v.bits & variants == v.bits).collect();
        let has = |name: &str| {
            all.is_empty() || self.lane.in_key(name) || all.iter().any(|v| v.columns.iter().any(|c| c == name))
        };
        let table = Arc::new(table_schema(&self.lane, has));
        let rows = Arc::new(arrow_schema(&self.lane, has));
        let key = Arc::new(arrow_schema(&self.lane, |name| self.lane.in_key(name)));
        Shape { variants, table, rows, key }
    }
}
