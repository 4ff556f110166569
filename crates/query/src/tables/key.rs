//! Group keys as values, in Flux's order: by label, then type, then value; null first, false before true.

use std::cmp::Ordering;

use datafusion::arrow::record_batch::RecordBatch;
use flux::plan::Scalar;

use crate::scalar::from_array;

/// One column of a group key.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct KeyValue {
    pub(crate) label: String,
    pub(crate) value: Scalar,
}

impl KeyValue {
    /// The key of a row, by label.
    pub(crate) fn of_row(batch: &RecordBatch, labels: &[String], row: usize) -> Vec<Self> {
        let one = |label: &String| {
            let array = batch.column_by_name(label)?;
            Some(Self { label: label.clone(), value: from_array(array.as_ref(), row) })
        };
        labels.iter().filter_map(one).collect()
    }
}

/// Flux's order of keys whose columns come by label: the key whose label is greater at the first difference is first.
pub(crate) fn compare(a: &[KeyValue], b: &[KeyValue]) -> Ordering {
    for (x, y) in a.iter().zip(b) {
        let order = y.label.cmp(&x.label).then_with(|| compare_values(&x.value, &y.value));
        if order != Ordering::Equal {
            return order;
        }
    }
    a.len().cmp(&b.len())
}

fn compare_values(a: &Scalar, b: &Scalar) -> Ordering {
    match (a, b) {
        (Scalar::Bool(a), Scalar::Bool(b)) => a.cmp(b),
        (Scalar::Int(a), Scalar::Int(b)) | (Scalar::Time(a), Scalar::Time(b)) => a.cmp(b),
        (Scalar::UInt(a), Scalar::UInt(b)) => a.cmp(b),
        (Scalar::Float(a), Scalar::Float(b)) => a.total_cmp(b),
        (Scalar::String(a), Scalar::String(b)) => a.cmp(b),
        _ => rank(a).cmp(&rank(b)),
    }
}

/// Null before any value, then by type.
fn rank(value: &Scalar) -> u8 {
    match value {
        Scalar::Null => 0,
        Scalar::Bool(_) => 1,
        Scalar::Int(_) => 2,
        Scalar::UInt(_) => 3,
        Scalar::Float(_) => 4,
        Scalar::String(_) => 5,
        Scalar::Time(_) => 6,
        Scalar::Duration(_) | Scalar::Regex(_) | Scalar::Bytes(_) => 7,
    }
}
