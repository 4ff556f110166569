//! Sort keys as numbers: equal leading values become one small id, the trailing column an order-preserving integer.
//!
//! Rows of one series repeat their key columns thousands of times, so a key is looked at closely once a batch: rows are
//! first told apart by their raw 16-byte views, which are equal for equal texts of one buffer, and only one row of each
//! kind is converted to a comparable form.

use std::hash::BuildHasher;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, UInt32Array};
use datafusion::arrow::compute::{SortOptions, take};
use datafusion::arrow::datatypes::{
    DataType, Float64Type, Int64Type, TimeUnit, TimestampNanosecondType, UInt32Type, UInt64Type,
};
use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::common::{Result as DfResult, exec_datafusion_err};
use hashbrown::{DefaultHashBuilder, HashMap, HashTable};

/// One column of the order.
#[derive(Debug, Clone)]
pub(super) struct SortColumn {
    pub(super) data_type: DataType,
    pub(super) options: SortOptions,
}

/// Ids of keys in the order they were met, and their comparable forms.
#[derive(Debug)]
pub(super) struct Keys {
    prefix: usize,
    tail: Option<SortOptions>,
    converter: RowConverter,
    ids: HashMap<Box<[u8]>, u32>,
    hasher: DefaultHashBuilder,
    /// Bytes that the ids hold.
    held_bytes: usize,
}

/// Numbers of one row: the id of its key, whether its tail is null, and the tail.
#[derive(Debug, Default)]
pub(super) struct RowNumbers {
    pub(super) ids: Vec<u32>,
    pub(super) tails: Vec<u64>,
    /// Nulls in the tail, by row; empty if there are none.
    pub(super) nulls: Vec<bool>,
}

impl Keys {
    pub(super) fn new(columns: &[SortColumn]) -> DfResult<Self> {
        let tail = columns.last().filter(|c| is_number(&c.data_type)).map(|c| c.options);
        let prefix = columns.len() - usize::from(tail.is_some());
        let fields = columns[..prefix].iter();
        let fields = fields.map(|c| SortField::new_with_options(c.data_type.clone(), c.options)).collect();
        Ok(Self {
            prefix,
            tail,
            converter: RowConverter::new(fields)?,
            ids: HashMap::default(),
            hasher: DefaultHashBuilder::default(),
            held_bytes: 0,
        })
    }

    pub(super) fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    /// The position of each id in the order of keys.
    pub(super) fn ranks(&self) -> Vec<u32> {
        let mut keys: Vec<(&[u8], u32)> = self.ids.iter().map(|(k, id)| (k.as_ref(), *id)).collect();
        keys.sort_unstable();
        let mut ranks = vec![0; keys.len()];
        for (rank, (_, id)) in keys.into_iter().enumerate() {
            ranks[id as usize] = u32::try_from(rank).unwrap_or(u32::MAX);
        }
        ranks
    }

    pub(super) fn clear(&mut self) {
        self.ids.clear();
        self.held_bytes = 0;
    }

    /// The numbers of a batch's rows; `columns` are its sort columns.
    pub(super) fn number(&mut self, columns: &[ArrayRef], rows: usize) -> DfResult<RowNumbers> {
        let ids = self.key_ids(&columns[..self.prefix], rows)?;
        let Some(options) = self.tail else { return Ok(RowNumbers { ids, ..RowNumbers::default() }) };
        let column = columns.last().ok_or_else(|| exec_datafusion_err!("an order without columns"))?;
        let mut tails = numbers(column)?;
        if options.descending {
            tails.iter_mut().for_each(|t| *t = !*t);
        }
        let nulls = match column.nulls().filter(|n| n.null_count() > 0) {
            Some(nulls) => (0..rows).map(|i| nulls.is_null(i)).collect(),
            None => Vec::new(),
        };
        Ok(RowNumbers { ids, tails, nulls })
    }

    /// Whether nulls of the trailing column come first.
    pub(super) fn nulls_first(&self) -> bool {
        self.tail.is_none_or(|o| o.nulls_first)
    }

    fn key_ids(&mut self, columns: &[ArrayRef], rows: usize) -> DfResult<Vec<u32>> {
        if columns.is_empty() {
            let converted: Box<[u8]> = Box::default();
            return Ok(vec![self.intern(&converted)?; rows]);
        }
        let Some((kinds, representatives)) = self.kinds(columns, rows) else {
            return self.intern_all(columns);
        };
        if representatives.len() == rows {
            return self.intern_all(columns);
        }
        let chosen = UInt32Array::from(representatives);
        let columns = columns.iter().map(|c| Ok(take(c, &chosen, None)?)).collect::<DfResult<Vec<_>>>()?;
        let ids = self.intern_all(&columns)?;
        Ok(kinds.into_iter().map(|k| ids[k as usize]).collect())
    }

    fn intern_all(&mut self, columns: &[ArrayRef]) -> DfResult<Vec<u32>> {
        let rows = self.converter.convert_columns(columns)?;
        rows.iter().map(|row| self.intern(row.as_ref())).collect()
    }

    fn intern(&mut self, key: &[u8]) -> DfResult<u32> {
        if let Some(id) = self.ids.get(key) {
            return Ok(*id);
        }
        let id = u32::try_from(self.ids.len()).map_err(|_| exec_datafusion_err!("more than 2^32 keys in one sort"))?;
        self.ids.insert(key.into(), id);
        // The entry of the map: pointer, length, id and its share of the table.
        self.held_bytes += key.len() + 40;
        Ok(id)
    }

    /// The kind of each row, and the first row of each kind: rows of one kind are equal. `None` if a column's type has no raw form.
    fn kinds(&self, columns: &[ArrayRef], rows: usize) -> Option<(Vec<u32>, Vec<u32>)> {
        let raw: Vec<Raw<'_>> = columns.iter().map(Raw::of).collect::<Option<_>>()?;
        let raw: Vec<Raw<'_>> = raw.into_iter().filter(|r| !r.constant()).collect();
        if raw.is_empty() {
            return Some((vec![0; rows], vec![0]));
        }
        let mut hashes = vec![0_u64; rows];
        for column in &raw {
            column.hash(&mut hashes);
        }
        let mut table: HashTable<u32> = HashTable::with_capacity(64);
        let (mut kinds, mut first) = (Vec::with_capacity(rows), Vec::new());
        for (row, mixed) in hashes.iter().enumerate() {
            let hash = self.hasher.hash_one(mixed);
            let same = |kind: &u32| raw.iter().all(|r| r.at(row) == r.at(first[*kind as usize] as usize));
            if let Some(kind) = table.find(hash, same) {
                kinds.push(*kind);
                continue;
            }
            // Rows of a batch fit u32.
            let kind = first.len() as u32;
            first.push(row as u32);
            table.insert_unique(hash, kind, |k| self.hasher.hash_one(hashes[first[*k as usize] as usize]));
            kinds.push(kind);
        }
        Some((kinds, first))
    }
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

    /// Mixes the values into a number a row.
    fn hash(&self, into: &mut [u64]) {
        const ODD: u64 = 0x9E37_79B9_7F4A_7C15;
        match self {
            Self::Views(views, None) => {
                for (h, v) in into.iter_mut().zip(views.iter()) {
                    *h = (h.rotate_left(5) ^ (*v as u64) ^ ((*v >> 64) as u64).rotate_left(32)).wrapping_mul(ODD);
                }
            }
            Self::Words(words, None) => {
                for (h, w) in into.iter_mut().zip(words) {
                    *h = (h.rotate_left(5) ^ *w).wrapping_mul(ODD);
                }
            }
            Self::Views(..) | Self::Words(..) => {
                for (row, h) in into.iter_mut().enumerate() {
                    let v = self.at(row).unwrap_or(1);
                    *h = (h.rotate_left(5) ^ (v as u64) ^ ((v >> 64) as u64).rotate_left(32)).wrapping_mul(ODD);
                }
            }
        }
    }
}

/// Types whose values have an order-preserving 64-bit form.
fn is_number(data_type: &DataType) -> bool {
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
fn numbers(column: &ArrayRef) -> DfResult<Vec<u64>> {
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
