//! `experimental.diff`: what the wanted and the got rows of a table have in common, by a longest common subsequence.

use std::ops::Range;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{Result as DfResult, ScalarValue};

use super::{Fold, FoldState, Results};

/// Pairs of rows that are compared at most; larger tables are listed one behind the other.
const MOST_PAIRS: usize = 25_000_000;

/// How far floats may differ.
const EPSILON: f64 = 1e-6;

/// See the module's text.
#[derive(Debug, Clone)]
pub(crate) struct Diff {
    /// The column that says where a row comes from.
    pub(crate) mark: String,
    /// The column that is 0 in wanted rows and 1 in got ones, which come later.
    pub(crate) side: String,
    pub(crate) columns: Vec<(String, DataType)>,
}

impl Fold for Diff {
    fn name(&self) -> &'static str {
        "diff"
    }

    fn reads(&self) -> Vec<String> {
        std::iter::once(self.side.clone()).chain(self.columns.iter().map(|(name, _)| name.clone())).collect()
    }

    fn results(&self) -> Vec<(String, DataType)> {
        std::iter::once((self.mark.clone(), DataType::Utf8View)).chain(self.columns.iter().cloned()).collect()
    }

    fn start(&self) -> Box<dyn FoldState> {
        Box::new(State::default())
    }
}

type Row = Vec<ScalarValue>;

#[derive(Debug, Default)]
struct State {
    want: Vec<Row>,
    got: Vec<Row>,
}

impl FoldState for State {
    fn rows(&mut self, columns: &[ArrayRef], rows: Range<usize>) -> DfResult<()> {
        let [side, columns @ ..] = columns else { return Ok(()) };
        let side = side.as_primitive::<Int64Type>();
        for row in rows {
            let values = columns.iter().map(|c| ScalarValue::try_from_array(c, row)).collect::<DfResult<Row>>()?;
            let wanted = side.is_valid(row) && side.value(row) == 0;
            if wanted { self.want.push(values) } else { self.got.push(values) }
        }
        Ok(())
    }

    fn finish(&mut self) -> DfResult<Results> {
        let (want, got) = (std::mem::take(&mut self.want), std::mem::take(&mut self.got));
        if want.len() == got.len() && want.iter().zip(&got).all(|(a, b)| same(a, b)) {
            return Ok(Vec::new());
        }
        let marked = |mark: &str, row: &Row| {
            std::iter::once(ScalarValue::Utf8View(Some(mark.to_owned()))).chain(row.iter().cloned()).collect::<Row>()
        };
        let steps = steps(&want, &got).into_iter().filter_map(|step| match step {
            Step::Both(i) => want.get(i).map(|row| marked("", row)),
            Step::Want(i) => want.get(i).map(|row| marked("-", row)),
            Step::Got(i) => got.get(i).map(|row| marked("+", row)),
        });
        Ok(steps.collect())
    }

    fn held(&self) -> usize {
        self.want.iter().chain(&self.got).flatten().map(ScalarValue::size).sum()
    }
}

/// Whether rows are equal; floats nearly so.
fn same(a: &Row, b: &Row) -> bool {
    a.iter().zip(b).all(|pair| match pair {
        (ScalarValue::Float64(Some(x)), ScalarValue::Float64(Some(y))) => {
            x == y || (x.is_nan() && y.is_nan()) || (x - y).abs() <= EPSILON
        }
        (x, y) => x == y,
    })
}

/// A row of the answer, by its place on a side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Both(usize),
    Want(usize),
    Got(usize),
}

/// How the wanted rows become those that were got; of equally short ways the one that takes away first.
fn steps(want: &[Row], got: &[Row]) -> Vec<Step> {
    let width = got.len() + 1;
    if want.len().saturating_add(1).saturating_mul(width) > MOST_PAIRS {
        return (0..want.len()).map(Step::Want).chain((0..got.len()).map(Step::Got)).collect();
    }
    // The length of the longest common subsequence of the first rows of each side.
    let mut lengths = vec![0_u32; (want.len() + 1) * width];
    let at = |i: usize, j: usize| i * width + j;
    let of = |lengths: &[u32], i: usize, j: usize| lengths.get(at(i, j)).copied().unwrap_or(0);
    let mut matches = vec![false; lengths.len()];
    for (i, a) in (1..).zip(want) {
        for (j, b) in (1..).zip(got) {
            let equal = same(a, b);
            let length = match equal {
                true => of(&lengths, i - 1, j - 1) + 1,
                false => of(&lengths, i - 1, j).max(of(&lengths, i, j - 1)),
            };
            if let (Some(slot), Some(met)) = (lengths.get_mut(at(i, j)), matches.get_mut(at(i, j))) {
                (*slot, *met) = (length, equal);
            }
        }
    }
    let (mut i, mut j) = (want.len(), got.len());
    let mut steps = Vec::new();
    while i > 0 || j > 0 {
        if i > 0 && j > 0 && matches.get(at(i, j)) == Some(&true) {
            (i, j) = (i - 1, j - 1);
            steps.push(Step::Both(i));
        } else if i > 0 && (j == 0 || of(&lengths, i - 1, j) > of(&lengths, i, j - 1)) {
            i -= 1;
            steps.push(Step::Want(i));
        } else {
            j -= 1;
            steps.push(Step::Got(j));
        }
    }
    steps.reverse();
    steps
}
