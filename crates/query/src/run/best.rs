//! The first row of each group under an order, without sorting: `first`, `last`, `min`, `max`, `distinct`, `unique`.
//!
//! Groups are found by hashing; what is held is one row a group. The input may come in any order. Where the order begins
//! with a number (a time, a value) that number turns down most rows, and only the others are compared as a whole. The row
//! that stays stands for the variants of its whole group.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, UInt32Array, UInt64Array};
use datafusion::arrow::compute::{SortOptions, interleave_record_batch, take_record_batch};
use datafusion::arrow::datatypes::{Schema, SchemaRef, UInt64Type};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::arrow::row::{OwnedRow, RowConverter, SortField};
use datafusion::common::Result as DfResult;
use datafusion::execution::memory_pool::MemoryReservation;

use super::{Kernel, KernelState};
use crate::keys::{KeyIds, is_number, numbers};
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

    fn works_in_parts(&self) -> bool {
        true
    }

    fn start(&self, input: &SchemaRef, _output: &SchemaRef) -> DfResult<Box<dyn KernelState>> {
        let groups = self.groups.iter().map(|c| input.index_of(c)).collect::<Result<Vec<_>, _>>()?;
        let order = self.order.iter().map(|k| input.index_of(&k.column)).collect::<Result<Vec<_>, _>>()?;
        let plain = groups.iter().map(|i| SortField::new(input.field(*i).data_type().clone())).collect();
        let options = |key: &OrderKey| SortOptions { descending: key.descending, nulls_first: true };
        let sorted = order
            .iter()
            .zip(&self.order)
            .map(|(i, key)| SortField::new_with_options(input.field(*i).data_type().clone(), options(key)));
        let leading = order.first().filter(|i| is_number(input.field(**i).data_type()));
        Ok(Box::new(State {
            keys: KeyIds::new(plain)?,
            order_rows: RowConverter::new(sorted.collect())?,
            leading: leading.and(self.order.first()).map(|k| k.descending),
            groups,
            order,
            variant: input.index_of(VARIANT).ok(),
            best: Vec::new(),
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
    /// The first column of the order, where it is a number: null, or the number in the order's direction.
    leading: Option<u64>,
    /// The whole order. `None`: any row will do.
    order: Option<OwnedRow>,
    /// Batch and row in `held`.
    at: (usize, usize),
}

struct State {
    keys: KeyIds,
    order_rows: RowConverter,
    /// If the first column of the order is a number: whether it descends.
    leading: Option<bool>,
    groups: Vec<usize>,
    order: Vec<usize>,
    variant: Option<usize>,
    /// By the id of the group's key.
    best: Vec<Held>,
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
        for (row, best) in self.best.iter_mut().enumerate() {
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
        let groups = self.best.len() * (size_of::<Held>() + 64) + self.keys.held_bytes();
        match &mut self.memory {
            Some(memory) => memory.try_resize(rows + groups),
            None => Ok(()),
        }
    }

    /// The first column of the order as numbers that grow in the order's direction; null is least. Empty if it is no number.
    fn leading(&self, batch: &RecordBatch) -> DfResult<Vec<Option<u64>>> {
        let (Some(descending), Some(at)) = (self.leading, self.order.first()) else { return Ok(Vec::new()) };
        let column = batch.column(*at);
        let flip = if descending { u64::MAX } else { 0 };
        let numbers = numbers(column)?.into_iter().enumerate();
        Ok(numbers.map(|(row, number)| column.is_valid(row).then_some(number ^ flip)).collect())
    }

    /// Rows, ascending, that may be the best of their groups: those that no other beats by the first column of the order.
    fn candidates(&mut self, ids: &[u32], leading: &[Option<u64>]) -> Vec<u32> {
        let groups = ids.iter().max().map_or(0, |id| *id as usize + 1);
        while self.best.len() < groups {
            self.best.push(Held { variants: 0, leading: None, order: None, at: NOWHERE });
        }
        let mut met = vec![false; if self.order.is_empty() { groups } else { 0 }];
        let mut may = |row: usize| {
            let Some(id) = ids.get(row) else { return false };
            let number = leading.get(row).copied().flatten();
            let Some(best) = self.best.get_mut(*id as usize) else { return false };
            // Any row will do: the first.
            if let Some(met) = met.get_mut(*id as usize) {
                return !std::mem::replace(met, true) && best.at == NOWHERE;
            }
            if self.leading.is_some() && best.at != NOWHERE && number > best.leading {
                return false;
            }
            best.leading = number;
            if best.at == NOWHERE {
                best.at = COMING;
            }
            true
        };
        let rows = u32::try_from(ids.len()).unwrap_or(u32::MAX);
        if self.leading == Some(true) {
            // Rows mostly come by time: of many newer and newer ones the last is met first, and turns down the others.
            let mut chosen: Vec<u32> = (0..rows).rev().filter(|row| may(*row as usize)).collect();
            chosen.reverse();
            return chosen;
        }
        (0..rows).filter(|row| may(*row as usize)).collect()
    }
}

/// The place of a group's best row before there is one, and while it is chosen.
const NOWHERE: (usize, usize) = (usize::MAX, 0);
const COMING: (usize, usize) = (usize::MAX, 1);

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
        let ids = self.keys.ids(&columns(&self.groups), batch.num_rows())?;
        let leading = self.leading(batch)?;
        let candidates = self.candidates(&ids, &leading);
        if let Some(at) = self.variant {
            let variants = batch.column(at).as_primitive::<UInt64Type>().values();
            for (id, bits) in ids.iter().zip(variants) {
                self.best[*id as usize].variants |= bits;
            }
        }
        if candidates.is_empty() {
            return Ok(RecordBatch::new_empty(batch.schema()));
        }
        let chosen = take_record_batch(batch, &UInt32Array::from(candidates.clone()))?;
        let orders: Vec<ArrayRef> = self.order.iter().map(|i| chosen.column(*i).clone()).collect();
        let orders = (!orders.is_empty()).then(|| self.order_rows.convert_columns(&orders)).transpose()?;
        let here = self.held.len();
        let mut winners: Vec<u32> = Vec::new();
        for (number, row) in (0_u32..).zip(candidates) {
            let best = &mut self.best[ids[row as usize] as usize];
            if let Some(orders) = &orders {
                let order = orders.row(number as usize);
                if best.order.as_ref().is_some_and(|known| order >= known.row()) {
                    continue;
                }
                best.order = Some(order.owned());
            }
            best.at = (here, winners.len());
            winners.push(number);
        }
        if !winners.is_empty() {
            // Rows beaten within their own batch stay until the next compaction.
            self.held_rows += winners.len();
            self.held.push(without_slack(&take_record_batch(&chosen, &UInt32Array::from(winners))?)?);
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
        self.keys.clear();
        self.held.clear();
        Ok(answer)
    }
}
