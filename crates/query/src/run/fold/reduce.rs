//! `reduce`: a record of running values.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result as DfResult, ScalarValue};

use super::{Fold, FoldState, Results};
use crate::error::external;
use crate::row::{Reducer, ReducerState};
use crate::scalar::{arrow_type, to_scalar_value};

/// See the module's text.
#[derive(Debug, Clone)]
pub(crate) struct Reduce {
    pub(crate) reducer: Arc<Reducer>,
}

impl Fold for Reduce {
    fn name(&self) -> &'static str {
        "reduce"
    }

    fn reads(&self) -> Vec<String> {
        self.reducer.inputs().to_vec()
    }

    fn results(&self) -> Vec<(String, DataType)> {
        self.reducer.columns().iter().map(|(name, data_type)| (name.clone(), arrow_type(*data_type))).collect()
    }

    fn start(&self) -> Box<dyn FoldState> {
        Box::new(State { reducer: self.reducer.clone(), state: self.reducer.start() })
    }
}

struct State {
    reducer: Arc<Reducer>,
    state: ReducerState,
}

impl FoldState for State {
    fn rows(&mut self, columns: &[ArrayRef], rows: Range<usize>) -> DfResult<()> {
        self.reducer.step(&mut self.state, columns, rows).map_err(external)
    }

    fn finish(&mut self) -> DfResult<Results> {
        let mut row = Vec::new();
        for (value, (_, data_type)) in self.state.values().iter().zip(self.reducer.columns()) {
            row.push(match to_scalar_value(value) {
                Some(value) => value,
                None => ScalarValue::try_from(&arrow_type(*data_type))?,
            });
        }
        Ok(vec![row])
    }
}
