//! The order in which a sort of the original puts rows that are equal by its columns: every buffer of a table is sorted by
//! itself, keeping equal rows in order, and the buffers are merged over a heap, which does not keep them.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, UInt64Array};
use datafusion::arrow::compute::{SortOptions, concat_batches};
use datafusion::arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::arrow::row::{OwnedRow, RowConverter, SortField};
use datafusion::common::Result as DfResult;
use datafusion::execution::memory_pool::MemoryReservation;

use super::support::{rebuild, with_types};
use super::{Kernel, KernelState};

/// Numbers the rows of a table by their place in the merge.
#[derive(Debug, Clone)]
pub(crate) struct BufferMerge {
    /// Columns whose values tell the buffers of a table apart.
    pub(crate) buffers: Vec<String>,
    /// Columns to sort by, nulls first.
    pub(crate) columns: Vec<String>,
    /// The column with the numbers.
    pub(crate) place: String,
}

impl Kernel for BufferMerge {
    fn name(&self) -> String {
        format!("merge of buffers by {}", self.columns.join(", "))
    }

    fn reads(&self) -> Vec<String> {
        self.buffers.iter().chain(&self.columns).cloned().collect()
    }

    fn schema(&self, input: &Schema) -> DfResult<Schema> {
        Ok(with_types(input, &[(&self.place, DataType::UInt64)]))
    }

    fn start(&self, input: &SchemaRef, output: &SchemaRef) -> DfResult<Box<dyn KernelState>> {
        let at = |names: &[String]| names.iter().map(|n| input.index_of(n)).collect::<Result<Vec<_>, _>>();
        let (buffers, columns) = (at(&self.buffers)?, at(&self.columns)?);
        let options = SortOptions { descending: false, nulls_first: true };
        let field = |i: &usize| SortField::new_with_options(input.field(*i).data_type().clone(), options);
        Ok(Box::new(State {
            place: self.place.clone(),
            output: output.clone(),
            buffer_rows: RowConverter::new(buffers.iter().map(field).collect())?,
            sort_rows: RowConverter::new(columns.iter().map(field).collect())?,
            buffers,
            columns,
            held: Vec::new(),
            memory: None,
        }))
    }
}

struct State {
    place: String,
    output: SchemaRef,
    buffers: Vec<usize>,
    columns: Vec<usize>,
    buffer_rows: RowConverter,
    sort_rows: RowConverter,
    /// The rows of the table so far.
    held: Vec<RecordBatch>,
    memory: Option<MemoryReservation>,
}

impl State {
    /// The table that is over, numbered.
    fn table(&mut self) -> DfResult<Option<RecordBatch>> {
        let Some(first) = self.held.first() else { return Ok(None) };
        let rows = concat_batches(&first.schema(), &self.held)?;
        self.held.clear();
        let pick = |at: &[usize]| at.iter().map(|i| rows.column(*i).clone()).collect::<Vec<ArrayRef>>();
        let buffers = self.buffer_rows.convert_columns(&pick(&self.buffers))?;
        let values = self.sort_rows.convert_columns(&pick(&self.columns))?;
        let values: Vec<OwnedRow> = values.iter().map(|row| row.owned()).collect();
        let mut cut: Vec<VecDeque<usize>> = Vec::new();
        for row in 0..rows.num_rows() {
            let again = row > 0 && buffers.row(row) == buffers.row(row - 1);
            match cut.last_mut().filter(|_| again) {
                Some(buffer) => buffer.push_back(row),
                None => cut.push(VecDeque::from([row])),
            }
        }
        let mut places = vec![0_u64; rows.num_rows()];
        for (place, row) in (0_u64..).zip(merged(cut, &values)) {
            if let Some(slot) = places.get_mut(row) {
                *slot = place;
            }
        }
        let made = [(self.place.clone(), Arc::new(UInt64Array::from(places)) as ArrayRef)];
        rebuild(&rows, &self.output, &made, None).map(Some)
    }
}

/// The rows in the order of the merge. A heap of buffers by their next row: its least goes, and sinks by that of its next.
fn merged<T: Ord>(mut buffers: Vec<VecDeque<usize>>, values: &[T]) -> Vec<usize> {
    for buffer in &mut buffers {
        buffer.make_contiguous().sort_by(|a, b| values.get(*a).cmp(&values.get(*b)));
    }
    for i in (0..buffers.len() / 2).rev() {
        sink(&mut buffers, i, values);
    }
    let mut order = Vec::with_capacity(values.len());
    while let Some(least) = buffers.first_mut() {
        order.extend(least.pop_front());
        if least.is_empty() {
            let last = buffers.len() - 1;
            buffers.swap(0, last);
            buffers.pop();
        }
        sink(&mut buffers, 0, values);
    }
    order
}

/// Moves a buffer down the heap until none below it is less.
fn sink<T: Ord>(heap: &mut [VecDeque<usize>], from: usize, values: &[T]) {
    let next = |heap: &[VecDeque<usize>], i: usize| {
        heap.get(i).and_then(VecDeque::front).and_then(|row| values.get(*row).map(|value| (i, value)))
    };
    let mut at = from;
    while let Some((_, value)) = next(heap, at) {
        let (left, right) = (next(heap, 2 * at + 1), next(heap, 2 * at + 2));
        let least = match (left, right) {
            (Some((_, left)), Some((i, right))) if right < left => Some((i, right)),
            (left, _) => left,
        };
        let Some((child, _)) = least.filter(|(_, least)| *least < value) else { return };
        heap.swap(at, child);
        at = child;
    }
}

impl KernelState for State {
    fn with_memory(&mut self, memory: MemoryReservation) {
        self.memory = Some(memory);
    }

    fn push(&mut self, batch: &RecordBatch, runs: &[Range<usize>], continues: bool) -> DfResult<RecordBatch> {
        let mut answers = Vec::new();
        for (i, run) in runs.iter().enumerate() {
            if i > 0 || !continues {
                answers.extend(self.table()?);
            }
            self.held.push(batch.slice(run.start, run.len()));
        }
        if let Some(memory) = &mut self.memory {
            memory.try_resize(self.held.iter().map(RecordBatch::get_array_memory_size).sum())?;
        }
        Ok(concat_batches(&self.output, &answers)?)
    }

    fn finish(&mut self) -> DfResult<Option<RecordBatch>> {
        self.table()
    }
}
