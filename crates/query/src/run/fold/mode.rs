//! `mode`: the most frequent values of a column, sorted; null where no value is more frequent than another.

use std::collections::HashMap;
use std::ops::Range;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result as DfResult, ScalarValue};

use super::{Fold, FoldState, Results};

/// See the module's text.
#[derive(Debug, Clone)]
pub(crate) struct Mode {
    pub(crate) column: String,
    pub(crate) data_type: DataType,
}

impl Fold for Mode {
    fn name(&self) -> &'static str {
        "mode"
    }

    fn reads(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn results(&self) -> Vec<(String, DataType)> {
        vec![("_value".to_owned(), self.data_type.clone())]
    }

    fn start(&self) -> Box<dyn FoldState> {
        Box::new(State { data_type: self.data_type.clone(), counts: HashMap::new() })
    }
}

struct State {
    data_type: DataType,
    counts: HashMap<ScalarValue, u64>,
}

impl FoldState for State {
    fn rows(&mut self, columns: &[ArrayRef], rows: Range<usize>) -> DfResult<()> {
        let Some(column) = columns.first() else { return Ok(()) };
        for row in rows.filter(|row| column.is_valid(*row)) {
            *self.counts.entry(ScalarValue::try_from_array(column, row)?).or_default() += 1;
        }
        Ok(())
    }

    fn finish(&mut self) -> DfResult<Results> {
        let most = self.counts.values().copied().max().unwrap_or(0);
        let all = self.counts.len();
        let mut winners: Vec<ScalarValue> =
            self.counts.drain().filter(|(_, count)| *count == most).map(|(value, _)| value).collect();
        if winners.len() == all {
            return Ok(vec![vec![ScalarValue::try_from(&self.data_type)?]]);
        }
        winners.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
        Ok(winners.into_iter().map(|value| vec![value]).collect())
    }

    fn held(&self) -> usize {
        self.counts.keys().map(|value| value.size() + size_of::<u64>()).sum()
    }
}
