//! What a row function looks at, and what can be said of it without rows.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, StringViewArray};
use flux::ast::{BinaryOperator, LogicalOperator};
use flux::plan::{RowExpr, Scalar, ScalarType};
use storage::snapshot::{FieldRanges, Near};

use super::children::children;
use super::interpret::{Program, Row, scalar};
use super::scope::RowScope;
use super::{geo, limits, shape};

/// The columns of the row that an expression reads; `None` if it takes the row as a whole, or something beside it.
pub(crate) fn reads(expr: &RowExpr) -> Option<BTreeSet<&str>> {
    let mut columns = BTreeSet::new();
    gather(expr, &mut columns).then_some(columns)
}

fn gather<'a>(expr: &'a RowExpr, into: &mut BTreeSet<&'a str>) -> bool {
    match expr {
        RowExpr::Column(name) => {
            into.insert(name);
            true
        }
        RowExpr::Row | RowExpr::Accumulator(_) | RowExpr::SideColumn(..) | RowExpr::SideRow(_) | RowExpr::Parameter => {
            false
        }
        _ => children(expr).into_iter().all(|inner| gather(inner, into)),
    }
}

/// The values of an expression for texts in its only column; `None` if it fails for one of them.
pub(crate) fn over_texts(expr: &RowExpr, column: &str, texts: &[&str]) -> Option<Vec<Scalar>> {
    let columns = [(column.to_owned(), ScalarType::String)];
    let scope = RowScope::new(&columns);
    limits::check_depth(expr).ok()?;
    shape::of(expr, &scope).ok()?;
    let program = Program::new(expr, &scope).ok()?;
    let array: ArrayRef = Arc::new(StringViewArray::from_iter_values(texts));
    let slots: Vec<ArrayRef> = program.columns().iter().map(|_| Arc::clone(&array)).collect();
    let value = |row| {
        let value = program.evaluate(&Row { slots: &slots, row, ..Row::default() }).and_then(scalar);
        value.ok()
    };
    (0..texts.len()).map(value).collect()
}

/// Ranges of float columns outside which a predicate is not true: comparisons with numbers and regions of points that
/// must all hold.
pub(crate) fn ranges(body: &RowExpr) -> Vec<Near> {
    match body {
        RowExpr::Logical(LogicalOperator::And, left, right) => {
            let mut both = ranges(left);
            both.extend(ranges(right));
            both
        }
        RowExpr::Binary(operator, left, right) => {
            let (RowExpr::Column(name), RowExpr::Literal(Scalar::Float(bound))) = (left.as_ref(), right.as_ref())
            else {
                return Vec::new();
            };
            let range = match operator {
                BinaryOperator::Less | BinaryOperator::LessEqual => (f64::NEG_INFINITY, *bound),
                BinaryOperator::Greater | BinaryOperator::GreaterEqual => (*bound, f64::INFINITY),
                BinaryOperator::Equal => (*bound, *bound),
                _ => return Vec::new(),
            };
            let domain = (f64::NEG_INFINITY, f64::INFINITY);
            vec![Near::Field(FieldRanges { field: name.clone(), ranges: vec![range], domain })]
        }
        RowExpr::Call { function, arguments } => geo::ranges(function, arguments).unwrap_or_default(),
        _ => Vec::new(),
    }
}
