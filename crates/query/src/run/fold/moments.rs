//! `skew` and `covariance`: running moments.

use std::ops::Range;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result as DfResult, ScalarValue};

use super::{Fold, FoldState, Results};
use crate::run::support::Numbers;

/// The skewness of a column, as of a population.
#[derive(Debug, Clone)]
pub(crate) struct Skew {
    pub(crate) column: String,
}

impl Fold for Skew {
    fn name(&self) -> &'static str {
        "skew"
    }

    fn reads(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn results(&self) -> Vec<(String, DataType)> {
        vec![(self.column.clone(), DataType::Float64)]
    }

    fn start(&self) -> Box<dyn FoldState> {
        Box::new(SkewState::default())
    }
}

#[derive(Debug, Default)]
struct SkewState {
    n: f64,
    mean: f64,
    second: f64,
    third: f64,
}

impl FoldState for SkewState {
    fn rows(&mut self, columns: &[ArrayRef], rows: Range<usize>) -> DfResult<()> {
        let Some(column) = columns.first() else { return Ok(()) };
        let values = Numbers::of(column)?;
        for value in rows.filter_map(|row| values.get(row)) {
            let before = self.n;
            self.n += 1.0;
            let distance = value.to_float() - self.mean;
            let step = distance / self.n;
            let spread = distance * step * before;
            self.third += spread * step * (self.n - 2.0) - 3.0 * step * self.second;
            self.second += spread;
            self.mean += step;
        }
        Ok(())
    }

    fn finish(&mut self) -> DfResult<Results> {
        let skew = (self.n > 0.0).then(|| self.n.sqrt() * self.third / self.second.powf(1.5));
        Ok(vec![vec![ScalarValue::Float64(skew)]])
    }
}

/// The covariance of two columns, as of a sample, or their correlation by Pearson.
#[derive(Debug, Clone)]
pub(crate) struct Covariance {
    pub(crate) columns: [String; 2],
    pub(crate) pearson: bool,
    pub(crate) result: String,
}

impl Fold for Covariance {
    fn name(&self) -> &'static str {
        "covariance"
    }

    fn reads(&self) -> Vec<String> {
        self.columns.to_vec()
    }

    fn results(&self) -> Vec<(String, DataType)> {
        vec![(self.result.clone(), DataType::Float64)]
    }

    fn start(&self) -> Box<dyn FoldState> {
        Box::new(CovarianceState { pearson: self.pearson, n: 0.0, means: [0.0; 2], squares: [0.0; 2], product: 0.0 })
    }
}

struct CovarianceState {
    pearson: bool,
    n: f64,
    means: [f64; 2],
    squares: [f64; 2],
    product: f64,
}

impl FoldState for CovarianceState {
    fn rows(&mut self, columns: &[ArrayRef], rows: Range<usize>) -> DfResult<()> {
        let [x, y] = columns else { return Ok(()) };
        let (x, y) = (Numbers::of(x)?, Numbers::of(y)?);
        for (x, y) in rows.filter_map(|row| x.get(row).zip(y.get(row))) {
            self.n += 1.0;
            let before = [x.to_float() - self.means[0], y.to_float() - self.means[1]];
            self.means[0] += before[0] / self.n;
            self.means[1] += before[1] / self.n;
            let after = [x.to_float() - self.means[0], y.to_float() - self.means[1]];
            self.squares[0] += before[0] * after[0];
            self.squares[1] += before[1] * after[1];
            self.product += before[0] * after[1];
        }
        Ok(())
    }

    fn finish(&mut self) -> DfResult<Results> {
        let result = (self.n > 0.0).then(|| {
            if self.pearson {
                self.product / (self.squares[0] * self.squares[1]).sqrt()
            } else {
                self.product / (self.n - 1.0)
            }
        });
        Ok(vec![vec![ScalarValue::Float64(result)]])
    }
}
