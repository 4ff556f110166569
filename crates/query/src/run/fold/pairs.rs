//! `keyValues`: the distinct values of some columns, each beside the name of its column.

use std::collections::HashSet;
use std::ops::Range;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result as DfResult, ScalarValue};

use super::{Fold, FoldState, Results};

/// See the module's text.
#[derive(Debug, Clone)]
pub(crate) struct KeyValues {
    pub(crate) columns: Vec<String>,
    pub(crate) data_type: DataType,
}

impl Fold for KeyValues {
    fn name(&self) -> &'static str {
        "key values"
    }

    fn reads(&self) -> Vec<String> {
        self.columns.clone()
    }

    fn results(&self) -> Vec<(String, DataType)> {
        vec![("_key".to_owned(), DataType::Utf8View), ("_value".to_owned(), self.data_type.clone())]
    }

    fn start(&self) -> Box<dyn FoldState> {
        let seen = self.columns.iter().map(|name| (name.clone(), HashSet::new())).collect();
        Box::new(State { seen, pairs: Vec::new() })
    }
}

struct State {
    seen: Vec<(String, HashSet<ScalarValue>)>,
    pairs: Results,
}

impl FoldState for State {
    fn rows(&mut self, columns: &[ArrayRef], rows: Range<usize>) -> DfResult<()> {
        for row in rows {
            for (column, (name, seen)) in columns.iter().zip(&mut self.seen) {
                let value = ScalarValue::try_from_array(column, row)?;
                if !seen.contains(&value) {
                    seen.insert(value.clone());
                    self.pairs.push(vec![ScalarValue::Utf8View(Some(name.clone())), value]);
                }
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> DfResult<Results> {
        Ok(std::mem::take(&mut self.pairs))
    }

    fn held(&self) -> usize {
        self.pairs.iter().flatten().map(|value| 2 * value.size()).sum()
    }
}
