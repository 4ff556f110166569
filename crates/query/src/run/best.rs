//! The first row of each group under an order, without sorting: `first`, `last`, `min`, `max`, `distinct`, `unique`.
//!
//! Groups are found by hashing; what is held is one row a group. The input may come in any order. The row that stays
//! stands for the variants of its whole group.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, UInt32Array, UInt64Array};
use datafusion::arrow::compute::{SortOptions, interleave_record_batch, take_record_batch};
use datafusion::arrow::datatypes::{Schema, SchemaRef, UInt64Type};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::arrow::row::{OwnedRow, RowConverter, SortField};
use datafusion::common::Result as DfResult;
use datafusion::execution::memory_pool::MemoryReservation;
use hashbrown::HashMap;

use super::{Kernel, KernelState};
use crate::lane::{OrderKey, VARIANT};

/// Rows that may be held beyond one a group before they are compacted.
const SLACK_ROWS: usize = 65_536;

/// Keeps the first row of each group.
#[derive(Debug, Clone)]
pub(crate) struct Best {
    /// Columns whose equal values make a group.
    pub(crate) groups: Vec<String>,
    pub(crate) order: Vec<OrderKey>,
}

impl Kernel for Best {
    fn name(&self) -> String {
        let order: Vec<String> =
            self.order.iter().map(|k| format!("{}{}", k.column, if k.descending { " desc" } else { "" })).collect();
        format!("first of [{}] by [{}]", self.groups.join(", "), order.join(", ")).replace(crate::lane::HIDDEN, "#")
    }

    fn reads(&self) -> Vec<String> {
        let order = self.order.iter().map(|k| k.column.clone());
        self.groups.iter().cloned().chain(order).chain([VARIANT.to_owned()]).collect()
    }

    fn schema(&self, input: &Schema) -> DfResult<Schema> {
        Ok(input.clone())
    }

    fn start(&self, input: &SchemaRef, _output: &SchemaRef) -> DfResult<Box<dyn KernelState>> {
        let groups = self.groups.iter().map(|c| input.index_of(c)).collect::<Result<Vec<_>, _>>()?;
        let order = self.order.iter().map(|k| input.index_of(&k.column)).collect::<Result<Vec<_>, _>>()?;
        let plain = groups.iter().map(|i| SortField::new(input.field(*i).data_type().clone())).collect();
        let sorted = order.iter().zip(&self.order).map(|(i, key)| {
            let options = SortOptions { descending: key.descending, nulls_first: true };
            SortField::new_with_options(input.field(*i).data_type().clone(), options)
        });
        Ok(Box::new(State {
            group_rows: RowConverter::new(plain)?,
            order_rows: RowConverter::new(sorted.collect())?,
            groups,
            order,
            variant: input.index_of(VARIANT).ok(),
            best: HashMap::new(),
            held: Vec::new(),
            held_rows: 0,
            memory: None,
        }))
    }
}

/// The best row of a group so far.
struct Held {
    /// The variants of all rows of the group, not only of the best.
    variants: u64,
    /// `None`: any row will do.
    order: Option<OwnedRow>,
    /// Batch and row in `held`.
    at: (usize, usize),
}

struct State {
    group_rows: RowConverter,
    order_rows: RowConverter,
    groups: Vec<usize>,
    order: Vec<usize>,
    variant: Option<usize>,
    best: HashMap<Box<[u8]>, Held>,
    held: Vec<RecordBatch>,
    held_rows: usize,
    memory: Option<MemoryReservation>,
}

impl State {
    /// One batch with the best rows, in any order.
    fn compact(&mut self) -> DfResult<Option<RecordBatch>> {
        if self.best.is_empty() {
            return Ok(None);
        }
        let mut places = Vec::with_capacity(self.best.len());
        let mut variants = Vec::with_capacity(self.best.len());
        for (row, best) in self.best.values_mut().enumerate() {
            places.push(best.at);
            variants.push(best.variants);
            best.at = (0, row);
        }
        let batches: Vec<&RecordBatch> = self.held.iter().collect();
        let mut compacted = without_slack(&interleave_record_batch(&batches, &places)?)?;
        if let Some(at) = self.variant {
            let mut columns = compacted.columns().to_vec();
            if let Some(column) = columns.get_mut(at) {
                *column = Arc::new(UInt64Array::from(variants));
            }
            compacted = RecordBatch::try_new(compacted.schema(), columns)?;
        }
        self.held_rows = compacted.num_rows();
        self.held = vec![compacted.clone()];
        Ok(Some(compacted))
    }

    fn account(&mut self) -> DfResult<()> {
        let rows: usize = self.held.iter().map(RecordBatch::get_array_memory_size).sum();
        let groups = self.best.len() * (size_of::<Held>() + 128);
        match &mut self.memory {
            Some(memory) => memory.try_resize(rows + groups),
            None => Ok(()),
        }
    }
}

/// The batch without the buffers that its texts share with rows that are gone.
fn without_slack(batch: &RecordBatch) -> DfResult<RecordBatch> {
    let columns = batch.columns().iter().map(|column| match column.as_string_view_opt() {
        Some(texts) => Arc::new(texts.gc()) as ArrayRef,
        None => column.clone(),
    });
    Ok(RecordBatch::try_new(batch.schema(), columns.collect())?)
}

impl KernelState for State {
    fn with_memory(&mut self, memory: MemoryReservation) {
        self.memory = Some(memory);
    }

    fn push(&mut self, batch: &RecordBatch, _runs: &[Range<usize>], _continues: bool) -> DfResult<RecordBatch> {
        let columns = |at: &[usize]| at.iter().map(|i| batch.column(*i).clone()).collect::<Vec<ArrayRef>>();
        let (keys, orders) = (columns(&self.groups), columns(&self.order));
        let groups = (!keys.is_empty()).then(|| self.group_rows.convert_columns(&keys)).transpose()?;
        let orders = (!orders.is_empty()).then(|| self.order_rows.convert_columns(&orders)).transpose()?;
        let variants = self.variant.map(|at| batch.column(at).as_primitive::<UInt64Type>());
        let here = self.held.len();
        let mut winners: Vec<u32> = Vec::new();
        let mut slots: HashMap<u32, usize> = HashMap::new();
        for row in 0..batch.num_rows() {
            let key: &[u8] = groups.as_ref().map_or(&[], |g| g.row(row).data());
            let number = u32::try_from(row).unwrap_or(u32::MAX);
            match self.best.get_mut(key) {
                Some(best) => {
                    best.variants |= variants.map_or(0, |v| v.value(row));
                    let (Some(orders), Some(order)) = (&orders, &mut best.order) else { continue };
                    if orders.row(row) >= order.row() {
                        continue;
                    }
                    *order = orders.row(row).owned();
                    best.at = (here, row);
                }
                None => {
                    let order = orders.as_ref().map(|o| o.row(row).owned());
                    self.best.insert(
                        key.into(),
                        Held { variants: variants.map_or(0, |v| v.value(row)), order, at: (here, row) },
                    );
                }
            }
            slots.insert(number, winners.len());
            winners.push(number);
        }
        if !winners.is_empty() {
            // Rows beaten within their own batch stay until the next compaction.
            for best in self.best.values_mut().filter(|b| b.at.0 == here) {
                best.at.1 = slots.get(&u32::try_from(best.at.1).unwrap_or(u32::MAX)).copied().unwrap_or(0);
            }
            self.held_rows += winners.len();
            self.held.push(without_slack(&take_record_batch(batch, &UInt32Array::from(winners))?)?);
            if self.held_rows > 2 * self.best.len() + SLACK_ROWS {
                self.compact()?;
            }
            self.account()?;
        }
        Ok(RecordBatch::new_empty(batch.schema()))
    }

    fn finish(&mut self) -> DfResult<Option<RecordBatch>> {
        let answer = self.compact()?;
        self.best.clear();
        self.held.clear();
        Ok(answer)
    }
}
