//! Group keys as numbers inside a plan: `key_number(columns...)` before an aggregate, `key_value(number, i)` behind it.
//!
//! An aggregate over series would hash and compare a dozen texts for every row although there are few series. Both
//! functions share one table of the keys met, which lives as long as the plan. It does not spill: whoever uses it knows
//! that the keys are few.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, UInt32Array};
use datafusion::arrow::compute::{concat, take};
use datafusion::arrow::datatypes::{DataType, UInt32Type};
use datafusion::arrow::row::SortField;
use datafusion::common::{Result as DfResult, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use parking_lot::Mutex;

use crate::keys::KeyIds;
use crate::lane::{Lane, column};
use crate::scalar::arrow_type;

/// Keys that are numbered at most: their table, some hundred bytes a key, is not in the account of memory.
const MAX_NUMBERED_KEYS: u64 = 32_768;

/// The keys met so far.
#[derive(Debug)]
struct Table {
    ids: KeyIds,
    /// The values of each column by number, in pieces that are joined when somebody reads.
    values: Vec<Vec<ArrayRef>>,
}

/// Numbers for the keys of some columns.
#[derive(Debug, Clone)]
pub(crate) struct Numbered {
    columns: Vec<String>,
    types: Vec<DataType>,
    table: Arc<Mutex<Table>>,
}

impl Numbered {
    /// `columns` with their types.
    pub(crate) fn new(columns: Vec<(String, DataType)>) -> DfResult<Self> {
        let (columns, types): (Vec<String>, Vec<DataType>) = columns.into_iter().unzip();
        let ids = KeyIds::new(types.iter().map(|t| SortField::new(t.clone())).collect())?;
        let values = vec![Vec::new(); columns.len()];
        Ok(Self { columns, types, table: Arc::new(Mutex::new(Table { ids, values })) })
    }

    /// Numbers for those columns of a key that say which series it is; `None` if there may be too many series, or if it is
    /// one column, which DataFusion groups well.
    pub(crate) fn of_series(lane: &Lane, key: &[&String]) -> DfResult<Option<Self>> {
        let Some(series) = lane.series.as_ref().filter(|s| s.at_most <= MAX_NUMBERED_KEYS) else { return Ok(None) };
        let columns = lane.columns.iter().filter(|c| key.contains(&&c.name) && series.columns.contains(&c.name));
        let columns: Vec<(String, DataType)> = columns.map(|c| (c.name.clone(), arrow_type(c.data_type))).collect();
        if columns.len() < 2 { Ok(None) } else { Self::new(columns).map(Some) }
    }

    /// The number of a row's key.
    pub(crate) fn number(&self) -> Expr {
        let signature = Signature::any(self.columns.len(), Volatility::Immutable);
        let udf = KeyNumber { table: self.table.clone(), signature };
        ScalarUDF::new_from_impl(udf).call(self.columns.iter().map(|c| column(c)).collect())
    }

    /// The value that a column has in the key of a number; `None` if it is no column of the key.
    pub(crate) fn value(&self, name: &str, number: Expr) -> Option<Expr> {
        let at = self.columns.iter().position(|c| c == name)?;
        let data_type = self.types.get(at)?.clone();
        let signature = Signature::exact(vec![DataType::UInt32], Volatility::Immutable);
        let udf = KeyValue { table: self.table.clone(), at, data_type, signature };
        Some(ScalarUDF::new_from_impl(udf).call(vec![number]))
    }
}

#[derive(Debug, Clone)]
struct KeyNumber {
    table: Arc<Mutex<Table>>,
    signature: Signature,
}

impl PartialEq for KeyNumber {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.table, &other.table)
    }
}

impl Eq for KeyNumber {}

impl Hash for KeyNumber {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.table).hash(state);
    }
}

impl ScalarUDFImpl for KeyNumber {
    fn name(&self) -> &'static str {
        "key_number"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> DfResult<DataType> {
        Ok(DataType::UInt32)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let columns = args.args.iter().map(|a| a.to_array(args.number_rows)).collect::<DfResult<Vec<_>>>()?;
        let table = &mut *self.table.lock();
        let mut numbers = Vec::new();
        let met = table.ids.met(&columns, args.number_rows, &mut numbers)?;
        if !met.is_empty() {
            let met = UInt32Array::from(met);
            for (values, column) in table.values.iter_mut().zip(&columns) {
                let new = take(column, &met, None)?;
                values.push(new.as_string_view_opt().map_or(new.clone(), |texts| Arc::new(texts.gc())));
            }
        }
        Ok(ColumnarValue::Array(Arc::new(UInt32Array::from(numbers))))
    }
}

#[derive(Debug, Clone)]
struct KeyValue {
    table: Arc<Mutex<Table>>,
    at: usize,
    data_type: DataType,
    signature: Signature,
}

impl PartialEq for KeyValue {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.table, &other.table) && self.at == other.at
    }
}

impl Eq for KeyValue {}

impl Hash for KeyValue {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (Arc::as_ptr(&self.table), self.at).hash(state);
    }
}

impl ScalarUDFImpl for KeyValue {
    fn name(&self) -> &'static str {
        "key_value"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> DfResult<DataType> {
        Ok(self.data_type.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let Some(numbers) = args.args.first() else { return exec_err!("key_value without a number") };
        let numbers = numbers.to_array(args.number_rows)?;
        let values = self.values()?;
        // Numbers come from `key_number`; one that is not there is an error of `take`.
        Ok(ColumnarValue::Array(take(&values, numbers.as_primitive::<UInt32Type>(), None)?))
    }
}

impl KeyValue {
    /// The values by number.
    fn values(&self) -> DfResult<ArrayRef> {
        let table = &mut *self.table.lock();
        let Some(pieces) = table.values.get_mut(self.at) else { return exec_err!("no column {} in the key", self.at) };
        if pieces.len() != 1 {
            let parts: Vec<&dyn Array> = pieces.iter().map(AsRef::as_ref).collect();
            *pieces = match parts.as_slice() {
                [] => vec![datafusion::arrow::array::new_empty_array(&self.data_type)],
                parts => vec![concat(parts)?],
            };
        }
        pieces.first().cloned().map_or_else(|| exec_err!("no values of a key"), Ok)
    }
}
