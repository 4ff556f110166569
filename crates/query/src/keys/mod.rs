//! Keys as numbers: equal combinations of values become one small id, a number an order-preserving integer.
//!
//! Rows of one series repeat their key columns thousands of times, so a key is looked at closely once a batch: rows are
//! first told apart by their raw 16-byte views, which are equal for equal texts of one buffer, and only one row of each
//! kind is converted to a comparable form.

#[cfg(test)]
mod tests;

use std::hash::{BuildHasher, Hash, Hasher};

use datafusion::arrow::array::{Array, ArrayRef, AsArray, UInt32Array};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{
    DataType, Float64Type, Int64Type, TimeUnit, TimestampNanosecondType, UInt32Type, UInt64Type,
};
use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::common::{Result as DfResult, exec_datafusion_err};
use hashbrown::{DefaultHashBuilder, HashMap, HashTable};

/// Distinct keys and their ids, in the order in which they were met.
#[derive(Debug)]
pub(crate) struct KeyIds {
    converter: RowConverter,
    ids: HashMap<Box<[u8]>, u32>,
    kinds: Kinds,
    /// Bytes that the ids hold.
    held_bytes: usize,
}

impl KeyIds {
    pub(crate) fn new(fields: Vec<SortField>) -> DfResult<Self> {
        let converter = RowConverter::new(fields)?;
        Ok(Self { converter, ids: HashMap::default(), kinds: Kinds::default(), held_bytes: 0 })
    }

    pub(crate) fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    /// The position of each id in the order of keys.
    pub(crate) fn ranks(&self) -> Vec<u32> {
        let mut keys: Vec<(&[u8], u32)> = self.ids.iter().map(|(k, id)| (k.as_ref(), *id)).collect();
        keys.sort_unstable();
        let mut ranks = vec![0; keys.len()];
        for (rank, (_, id)) in (0_u32..).zip(keys) {
            ranks[id as usize] = rank;
        }
        ranks
    }

    pub(crate) fn clear(&mut self) {
        self.ids.clear();
        self.held_bytes = 0;
    }

    /// The id of each row's key.
    pub(crate) fn ids(&mut self, columns: &[ArrayRef], rows: usize) -> DfResult<Vec<u32>> {
        if columns.is_empty() {
            return Ok(vec![self.intern(&[])?.0; rows]);
        }
        let mut ids = Vec::new();
        self.met(columns, rows, &mut ids)?;
        Ok(ids)
    }

    /// Like [`KeyIds::ids`]; gives the rows whose keys are met for the first time, by ascending id.
    pub(crate) fn met(&mut self, columns: &[ArrayRef], rows: usize, ids: &mut Vec<u32>) -> DfResult<Vec<u32>> {
        let (kinds, first) = match self.kinds.of(columns, rows) {
            Some((kinds, first)) if first.len() < rows => (kinds, first),
            _ => {
                let mut met = Vec::new();
                *ids = self.intern_all(columns, |row| met.push(row))?;
                return Ok(met);
            }
        };
        let chosen = UInt32Array::from(first);
        let columns = columns.iter().map(|c| Ok(take(c, &chosen, None)?)).collect::<DfResult<Vec<_>>>()?;
        let mut met = Vec::new();
        let of_kinds = self.intern_all(&columns, |kind| met.push(chosen.value(kind as usize)))?;
        ids.clear();
        ids.extend(kinds.into_iter().map(|k| of_kinds[k as usize]));
        Ok(met)
    }

    fn intern_all(&mut self, columns: &[ArrayRef], mut met: impl FnMut(u32)) -> DfResult<Vec<u32>> {
        let rows = self.converter.convert_columns(columns)?;
        let mut ids = Vec::with_capacity(rows.num_rows());
        for (number, row) in (0_u32..).zip(rows.iter()) {
            let (id, new) = self.intern(row.as_ref())?;
            ids.push(id);
            if new {
                met(number);
            }
        }
        Ok(ids)
    }

    fn intern(&mut self, key: &[u8]) -> DfResult<(u32, bool)> {
        if let Some(id) = self.ids.get(key) {
            return Ok((*id, false));
        }
        let id = u32::try_from(self.ids.len()).map_err(|_| exec_datafusion_err!("more than 2^32 keys"))?;
        self.ids.insert(key.into(), id);
        // The entry of the map: pointer, length, id and its share of the table.
        self.held_bytes += key.len() + 40;
        Ok((id, true))
    }
}

/// Tells rows of a batch apart by the raw bits of their values.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kinds {
    hasher: DefaultHashBuilder,
}

impl Kinds {
    /// The kind of each row, and the first row of each kind. Rows of one kind are equal; equal rows may be of different
    /// kinds. `None` if a column's type has no raw form.
    pub(crate) fn of(&self, columns: &[ArrayRef], rows: usize) -> Option<(Vec<u32>, Vec<u32>)> {
        let raw: Vec<Raw<'_>> = columns.iter().map(Raw::of).collect::<Option<_>>()?;
        let raw: Vec<Raw<'_>> = raw.into_iter().filter(|r| !r.constant()).collect();
        if rows == 0 || raw.is_empty() {
            return Some((vec![0; rows], if rows == 0 { Vec::new() } else { vec![0] }));
        }
        // Rows of one series mostly stand together: only a row that differs from the one before is looked up.
        let mut begins = vec![false; rows];
        raw.iter().for_each(|column| column.mark_changes(&mut begins));
        let mut table: HashTable<(u64, u32)> = HashTable::with_capacity(64);
        let (mut kinds, mut first) = (Vec::with_capacity(rows), Vec::<u32>::new());
        let mut kind = 0;
        for (row, begins) in (0_u32..).zip(begins) {
            if !begins && row > 0 {
                kinds.push(kind);
                continue;
            }
            let hash = self.hash(&raw, row as usize);
            let same =
                |(_, kind): &(u64, u32)| raw.iter().all(|r| r.at(row as usize) == r.at(first[*kind as usize] as usize));
            kind = match table.find(hash, same) {
                Some((_, kind)) => *kind,
                None => {
                    let kind = u32::try_from(first.len()).ok()?;
                    table.insert_unique(hash, (hash, kind), |(hash, _)| *hash);
                    first.push(row);
                    kind
                }
            };
            kinds.push(kind);
        }
        Some((kinds, first))
    }

    fn hash(&self, raw: &[Raw<'_>], row: usize) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        for column in raw {
            column.at(row).hash(&mut hasher);
        }
        hasher.finish()
    }
}

/// A column that depends on other columns alone, made once for rows of one kind.
pub(crate) fn by_kind(
    columns: &[ArrayRef],
    rows: usize,
    make: impl Fn(&[ArrayRef], usize) -> DfResult<ArrayRef>,
) -> DfResult<ArrayRef> {
    let Some((kinds, first)) = Kinds::default().of(columns, rows).filter(|(_, first)| first.len() < rows) else {
        return make(columns, rows);
    };
    let chosen = UInt32Array::from(first);
    let columns = columns.iter().map(|c| Ok(take(c, &chosen, None)?)).collect::<DfResult<Vec<_>>>()?;
    Ok(take(&make(&columns, chosen.len())?, &UInt32Array::from(kinds), None)?)
}

/// The values of a column as bits that are equal only for equal values.
enum Raw<'a> {
    Views(&'a [u128], Option<&'a datafusion::arrow::buffer::NullBuffer>),
    Words(Vec<u64>, Option<&'a datafusion::arrow::buffer::NullBuffer>),
}

impl<'a> Raw<'a> {
    fn of(column: &'a ArrayRef) -> Option<Self> {
        let nulls = column.nulls().filter(|n| n.null_count() > 0);
        match column.data_type() {
            DataType::Utf8View => Some(Self::Views(column.as_string_view().views(), nulls)),
            DataType::Boolean => Some(Self::Words(column.as_boolean().values().iter().map(u64::from).collect(), nulls)),
            other if is_number(other) => Some(Self::Words(numbers(column).ok()?, nulls)),
            _ => None,
        }
    }

    fn constant(&self) -> bool {
        match self {
            Self::Views(views, None) => views.windows(2).all(|w| w[0] == w[1]),
            Self::Words(words, None) => words.windows(2).all(|w| w[0] == w[1]),
            Self::Views(views, Some(nulls)) => nulls.null_count() == views.len(),
            Self::Words(words, Some(nulls)) => nulls.null_count() == words.len(),
        }
    }

    /// The value of a row; nothing for null.
    fn at(&self, row: usize) -> Option<u128> {
        match self {
            Self::Views(views, nulls) => (!nulls.is_some_and(|n| n.is_null(row))).then(|| views[row]),
            Self::Words(words, nulls) => (!nulls.is_some_and(|n| n.is_null(row))).then(|| u128::from(words[row])),
        }
    }

    /// Marks the rows that differ from the row before.
    fn mark_changes(&self, begins: &mut [bool]) {
        fn changes<T: PartialEq>(values: &[T], begins: &mut [bool]) {
            for (begin, pair) in begins.iter_mut().skip(1).zip(values.windows(2)) {
                *begin |= pair[0] != pair[1];
            }
        }
        match self {
            Self::Views(views, None) => changes(views, begins),
            Self::Words(words, None) => changes(words, begins),
            Self::Views(..) | Self::Words(..) => {
                for (row, begin) in begins.iter_mut().enumerate().skip(1) {
                    *begin |= self.at(row) != self.at(row - 1);
                }
            }
        }
    }
}

/// Types whose values have an order-preserving 64-bit form.
pub(crate) fn is_number(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Int64
            | DataType::UInt64
            | DataType::UInt32
            | DataType::Float64
            | DataType::Timestamp(TimeUnit::Nanosecond, _)
    )
}

/// The values of a column of numbers, in unsigned numbers of the same order (floats by IEEE's total order, as sorting does).
/// What stands for null is any number.
pub(crate) fn numbers(column: &ArrayRef) -> DfResult<Vec<u64>> {
    const SIGN: u64 = 1 << 63;
    let signed = |v: &i64| (*v as u64) ^ SIGN;
    Ok(match column.data_type() {
        DataType::Int64 => column.as_primitive::<Int64Type>().values().iter().map(signed).collect(),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            column.as_primitive::<TimestampNanosecondType>().values().iter().map(signed).collect()
        }
        DataType::UInt64 => column.as_primitive::<UInt64Type>().values().to_vec(),
        DataType::UInt32 => column.as_primitive::<UInt32Type>().values().iter().map(|v| u64::from(*v)).collect(),
        DataType::Float64 => {
            let ordered = |v: &f64| {
                let bits = v.to_bits();
                if bits & SIGN == 0 { bits | SIGN } else { !bits }
            };
            column.as_primitive::<Float64Type>().values().iter().map(ordered).collect()
        }
        other => return Err(exec_datafusion_err!("{other} is no number to sort by")),
    })
}
