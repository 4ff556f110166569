//! The text by which series are ordered: measurement, tags in order, field; and the bytes by which tables are ordered that
//! have no field in their key. Computed only where an order is needed.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BinaryBuilder, StringViewBuilder};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result as DfResult, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::keys::by_kind;

/// The series key of a row: `MEASUREMENT,KEY=VALUE,...` and the field behind a zero byte.
pub(super) fn series_key(measurement: &str, keys: &[String], tags: Vec<Expr>, field: Expr) -> Expr {
    let udf = SeriesKey {
        measurement: measurement.to_owned(),
        keys: keys.to_vec(),
        signature: Signature::any(tags.len() + 1, Volatility::Immutable),
    };
    let mut arguments = tags;
    arguments.push(field);
    ScalarUDF::new_from_impl(udf).call(arguments)
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct SeriesKey {
    measurement: String,
    keys: Vec<String>,
    signature: Signature,
}

impl ScalarUDFImpl for SeriesKey {
    fn name(&self) -> &'static str {
        "series_key"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> DfResult<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let rows = args.number_rows;
        let columns = args.args.iter().map(|a| a.to_array(rows)).collect::<DfResult<Vec<_>>>()?;
        Ok(ColumnarValue::Array(by_kind(&columns, rows, |columns, rows| self.texts(columns, rows))?))
    }
}

impl SeriesKey {
    /// The key of each row.
    fn texts(&self, columns: &[ArrayRef], rows: usize) -> DfResult<ArrayRef> {
        let Some((field, tags)) = columns.split_last() else { return exec_err!("series_key without a field") };
        let field = field.as_string_view();
        let tags: Vec<_> = tags.iter().map(|t| t.as_string_view()).collect();
        let mut builder = StringViewBuilder::with_capacity(rows);
        let mut text = String::new();
        for row in 0..rows {
            text.clear();
            text.push_str(&self.measurement);
            for (key, tag) in self.keys.iter().zip(&tags) {
                if tag.is_valid(row) {
                    text.push(',');
                    text.push_str(key);
                    text.push('=');
                    text.push_str(tag.value(row));
                }
            }
            text.push('\u{0}');
            text.push_str(field.value(row));
            builder.append_value(&text);
        }
        Ok(Arc::new(builder.finish()))
    }
}

/// Where a table of a measurement's rows stands among tables with other keys: its bytes compare as Flux's keys of
/// `_measurement`, `_start`, `_stop` and the tags do (`crate::tables`).
pub(super) fn table_key(measurement: &str, tags: Vec<(String, Expr)>) -> Expr {
    let mut labels: Vec<(String, Option<usize>)> = vec![];
    labels.extend(["_measurement", "_start", "_stop"].map(|label| (label.to_owned(), None)));
    labels.extend(tags.iter().enumerate().map(|(i, (key, _))| (key.clone(), Some(i))));
    labels.sort();
    let count = tags.len();
    let signature = if count == 0 {
        Signature::nullary(Volatility::Immutable)
    } else {
        Signature::any(count, Volatility::Immutable)
    };
    let udf = TableKey { measurement: measurement.to_owned(), labels, signature };
    ScalarUDF::new_from_impl(udf).call(tags.into_iter().map(|(_, tag)| tag).collect())
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct TableKey {
    measurement: String,
    /// Labels in order with the arguments that hold their values.
    labels: Vec<(String, Option<usize>)>,
    signature: Signature,
}

impl ScalarUDFImpl for TableKey {
    fn name(&self) -> &'static str {
        "table_key"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> DfResult<DataType> {
        Ok(DataType::Binary)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let rows = args.number_rows;
        let columns = args.args.iter().map(|a| a.to_array(rows)).collect::<DfResult<Vec<_>>>()?;
        Ok(ColumnarValue::Array(by_kind(&columns, rows, |columns, rows| Ok(self.keys(columns, rows)))?))
    }
}

impl TableKey {
    /// The key of each row.
    fn keys(&self, columns: &[ArrayRef], rows: usize) -> ArrayRef {
        let tags: Vec<_> = columns.iter().map(|c| c.as_string_view()).collect();
        let mut builder = BinaryBuilder::new();
        let mut bytes = Vec::new();
        for row in 0..rows {
            bytes.clear();
            for (label, place) in &self.labels {
                // Of two labels the greater one comes first.
                bytes.extend(label.bytes().map(|b| !b));
                bytes.push(0xff);
                let value = match place.and_then(|i| tags.get(i)) {
                    Some(tag) if tag.is_valid(row) => tag.value(row),
                    None if label == "_measurement" => self.measurement.as_str(),
                    _ => "",
                };
                bytes.extend_from_slice(value.as_bytes());
                bytes.push(0);
            }
            builder.append_value(&bytes);
        }
        Arc::new(builder.finish())
    }
}
