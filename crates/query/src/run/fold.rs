//! Aggregates that read their tables row by row: each run becomes the key of its table and some rows of results.

mod diff;
mod forecast;
mod histogram;
mod integral;
mod interpolate;
mod mode;
mod moments;
mod pairs;
mod quantile;
mod reduce;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, UInt32Array, new_empty_array};
use datafusion::arrow::compute::{concat_batches, take_record_batch};
use datafusion::arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use datafusion::arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::execution::memory_pool::MemoryReservation;

use super::{Kernel, KernelState};

pub(crate) use diff::Diff;
pub(crate) use forecast::Forecast;
pub(crate) use histogram::{Falling, HistogramQuantile};
pub(crate) use integral::Integral;
pub(crate) use interpolate::Interpolate;
pub(crate) use mode::Mode;
pub(crate) use moments::{Covariance, Skew};
pub(crate) use pairs::KeyValues;
pub(crate) use quantile::{Digest, ExactMean};
pub(crate) use reduce::Reduce;

/// An aggregate.
pub(crate) trait Fold: fmt::Debug + Send + Sync {
    /// Shown by `--explain`.
    fn name(&self) -> &'static str;

    /// Columns that it reads, in the order in which [`FoldState::rows`] gets them.
    fn reads(&self) -> Vec<String>;

    /// The columns of its results.
    fn results(&self) -> Vec<(String, DataType)>;

    /// The state before the first row of a table.
    fn start(&self) -> Box<dyn FoldState>;
}

/// The rows of results of one table, each a value for every result column.
pub(crate) type Results = Vec<Vec<ScalarValue>>;

/// An aggregate at work on one table.
pub(crate) trait FoldState: Send {
    /// Takes rows in.
    fn rows(&mut self, columns: &[ArrayRef], rows: Range<usize>) -> DfResult<()>;

    /// The results, when all rows of the table were seen.
    fn finish(&mut self) -> DfResult<Results>;

    /// Bytes that are held, where their number depends on the rows.
    fn held(&self) -> usize {
        0
    }
}

/// The kernel of an aggregate.
#[derive(Debug, Clone)]
pub(crate) struct Folding {
    pub(crate) fold: Arc<dyn Fold>,
    /// Columns of the key that stay.
    pub(crate) key: Vec<String>,
    /// A column that is 0 in rows which only say that their table exists.
    pub(crate) live: Option<String>,
    /// A column for the order of the rows of results.
    pub(crate) ordinal: Option<String>,
}

impl Kernel for Folding {
    fn name(&self) -> String {
        format!("{} of {}", self.fold.name(), self.fold.reads().join(", "))
    }

    fn reads(&self) -> Vec<String> {
        self.fold.reads().into_iter().chain(self.key.iter().cloned()).chain(self.live.clone()).collect()
    }

    fn schema(&self, input: &Schema) -> DfResult<Schema> {
        let mut fields = Vec::new();
        for name in &self.key {
            fields.push(input.field_with_name(name)?.clone());
        }
        fields.extend(self.fold.results().into_iter().map(|(name, data_type)| Field::new(name, data_type, true)));
        fields.extend(self.ordinal.as_ref().map(|name| Field::new(name, DataType::UInt32, false)));
        Ok(Schema::new(fields))
    }

    fn start(&self, input: &SchemaRef, output: &SchemaRef) -> DfResult<Box<dyn KernelState>> {
        let at = |names: &[String]| names.iter().map(|n| input.index_of(n)).collect::<Result<Vec<_>, _>>();
        Ok(Box::new(State {
            reads: at(&self.fold.reads())?,
            key: at(&self.key)?,
            live: self.live.as_ref().map(|l| input.index_of(l)).transpose()?,
            output: output.clone(),
            folding: self.clone(),
            current: None,
            memory: None,
        }))
    }
}

/// A table whose rows are not all seen: its key in a batch of one row, and the aggregate.
type Current = (RecordBatch, Box<dyn FoldState>);

struct State {
    folding: Folding,
    reads: Vec<usize>,
    key: Vec<usize>,
    live: Option<usize>,
    output: SchemaRef,
    current: Option<Current>,
    memory: Option<MemoryReservation>,
}

impl State {
    /// Feeds the rows that live.
    fn feed(&self, state: &mut dyn FoldState, batch: &RecordBatch, rows: Range<usize>) -> DfResult<()> {
        let columns: Vec<ArrayRef> = self.reads.iter().map(|i| batch.column(*i).clone()).collect();
        let Some(live) = self.live else { return state.rows(&columns, rows) };
        let live = batch.column(live).as_primitive::<Int64Type>();
        let lives = |row: &usize| live.is_valid(*row) && live.value(*row) != 0;
        let mut start = rows.start;
        while start < rows.end {
            let end = (start..rows.end).find(|row| !lives(row)).unwrap_or(rows.end);
            if end > start {
                state.rows(&columns, start..end)?;
            }
            start = end + 1;
        }
        Ok(())
    }

    /// The rows of finished tables, whose keys stand in `keys` at the given places.
    fn answer(&self, keys: &RecordBatch, finished: Vec<(u32, Results)>) -> DfResult<RecordBatch> {
        let columns = self.folding.fold.results();
        let mut values: Vec<Vec<ScalarValue>> = columns.iter().map(|_| Vec::new()).collect();
        let (mut places, mut ordinals) = (Vec::new(), Vec::new());
        for (place, rows) in finished {
            for (ordinal, row) in rows.into_iter().enumerate() {
                places.push(place);
                ordinals.push(u32::try_from(ordinal).unwrap_or(u32::MAX));
                for (column, value) in values.iter_mut().zip(row) {
                    column.push(value);
                }
            }
        }
        let rows = places.len();
        let mut arrays = match keys.num_columns() {
            0 => Vec::new(),
            _ => take_record_batch(keys, &UInt32Array::from(places))?.columns().to_vec(),
        };
        for (values, (_, data_type)) in values.into_iter().zip(&columns) {
            arrays.push(if values.is_empty() {
                new_empty_array(data_type)
            } else {
                let array = ScalarValue::iter_to_array(values)?;
                datafusion::arrow::compute::cast(&array, data_type)?
            });
        }
        if self.folding.ordinal.is_some() {
            arrays.push(Arc::new(UInt32Array::from(ordinals)));
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(self.output.clone(), arrays, &options)?)
    }
}

impl KernelState for State {
    fn with_memory(&mut self, memory: MemoryReservation) {
        self.memory = Some(memory);
    }

    fn push(&mut self, batch: &RecordBatch, runs: &[Range<usize>], continues: bool) -> DfResult<RecordBatch> {
        let own = batch.project(&self.key)?;
        // The key of the table that began before this batch stands behind the batch's own rows.
        let carried = u32::try_from(batch.num_rows()).unwrap_or(u32::MAX);
        let keys = match &self.current {
            Some((key, _)) if !self.key.is_empty() => concat_batches(&own.schema(), [&own, key])?,
            Some(_) => {
                let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows() + 1));
                RecordBatch::try_new_with_options(own.schema(), Vec::new(), &options)?
            }
            None => own.clone(),
        };
        let mut place = carried;
        let mut finished = Vec::new();
        for (i, run) in runs.iter().enumerate() {
            let open = self.current.take();
            let mut state = match open {
                Some((_, state)) if i == 0 && continues => state,
                open => {
                    if let Some((_, mut state)) = open {
                        finished.push((place, state.finish()?));
                    }
                    place = u32::try_from(run.start).unwrap_or(u32::MAX);
                    self.folding.fold.start()
                }
            };
            self.feed(state.as_mut(), batch, run.clone())?;
            self.current = Some((own.slice(run.start, 1), state));
        }
        if let (Some(memory), Some((_, state))) = (&mut self.memory, &self.current) {
            memory.try_resize(state.held())?;
        }
        self.answer(&keys, finished)
    }

    fn finish(&mut self) -> DfResult<Option<RecordBatch>> {
        let Some((key, mut state)) = self.current.take() else { return Ok(None) };
        let results = state.finish()?;
        self.answer(&key, vec![(0, results)]).map(Some)
    }
}
