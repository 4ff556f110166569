//! Pushed predicates, decided as far as measurement, field and tag keys decide them.
//!
//! A pushed predicate is a tree of `and` and `or` over `r.column OP literal` and `exists r.tag`. A tag that a series
//! lacks compares as an empty text, as in InfluxDB's storage; a comparison of `_value` with a literal of another kind
//! finds nothing, except that numbers compare with numbers.

use datafusion::common::Result as DfResult;
use datafusion::logical_expr::Expr;
use datafusion::prelude::lit;
use flux::FluxError;
use flux::ast::{BinaryOperator, LogicalOperator, UnaryOperator};
use flux::plan::{RowExpr, RowFunction, Scalar, ScalarType};
use model::{Comparison, FieldType, SeriesFilter};

use crate::lane::column;
use crate::row::{RowScope, compile_predicate};

/// What is known of a row before it is read. `None` is not decided yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) measurement: &'a str,
    pub(crate) field: Option<&'a str>,
    pub(crate) tag_set: Option<&'a [String]>,
    pub(crate) kind: Option<FieldType>,
}

/// A predicate over tags and values that storage cannot decide by series.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Residual {
    And(Vec<Residual>),
    Or(Vec<Residual>),
    Tag {
        key: String,
        comparison: Comparison,
        value: String,
    },
    /// `_value` or a time column compared with a literal.
    Row(RowExpr),
}

/// A partly decided predicate.
enum Decided {
    Is(bool),
    Open(Residual),
}

/// Decides all predicates for what is known. `None`: no row can match. Otherwise the part that series decide, and
/// the part that needs rows.
pub(crate) fn simplify(
    predicates: &[&RowFunction],
    known: &Known<'_>,
) -> Result<Option<(SeriesFilter, Option<Residual>)>, FluxError> {
    let Some(open) = undecided(predicates, known)? else { return Ok(None) };
    let (series, rows): (Vec<_>, Vec<_>) = open.into_iter().partition(by_series);
    let series: Vec<SeriesFilter> = series.iter().map(to_series_filter).collect();
    let series = if series.is_empty() { SeriesFilter::All } else { SeriesFilter::And(series) };
    let residual = match rows.len() {
        0 => None,
        1 => rows.into_iter().next(),
        _ => Some(Residual::And(rows)),
    };
    Ok(Some((series, residual)))
}

/// Everything that is not decided as a predicate over rows, nothing for storage.
pub(crate) fn without_series(
    predicates: &[&RowFunction],
    known: &Known<'_>,
) -> Result<(SeriesFilter, Option<Residual>), FluxError> {
    let open = undecided(predicates, known)?.unwrap_or_default();
    Ok((SeriesFilter::All, (!open.is_empty()).then_some(Residual::And(open))))
}

/// The conjuncts that are not decided; `None` if one is false.
fn undecided(predicates: &[&RowFunction], known: &Known<'_>) -> Result<Option<Vec<Residual>>, FluxError> {
    let mut open = Vec::new();
    for predicate in predicates {
        match decide(&predicate.body, known)? {
            Decided::Is(false) => return Ok(None),
            Decided::Is(true) => {}
            Decided::Open(Residual::And(parts)) => open.extend(parts),
            Decided::Open(part) => open.push(part),
        }
    }
    Ok(Some(open))
}

fn decide(expr: &RowExpr, known: &Known<'_>) -> Result<Decided, FluxError> {
    match expr {
        RowExpr::Literal(Scalar::Bool(b)) => Ok(Decided::Is(*b)),
        RowExpr::Logical(operator, left, right) => {
            let (left, right) = (decide(left, known)?, decide(right, known)?);
            Ok(combine(*operator, left, right))
        }
        RowExpr::Unary(UnaryOperator::Exists, inner) => match inner.as_ref() {
            RowExpr::Column(name) => Ok(tag(name, Comparison::NotEqual, "", known)),
            _ => Err(unpushable()),
        },
        RowExpr::Unary(UnaryOperator::Not, inner) => match inner.as_ref() {
            RowExpr::Unary(UnaryOperator::Exists, inner) => match inner.as_ref() {
                RowExpr::Column(name) => Ok(tag(name, Comparison::Equal, "", known)),
                _ => Err(unpushable()),
            },
            _ => Err(unpushable()),
        },
        RowExpr::Binary(operator, left, right) => match (left.as_ref(), right.as_ref()) {
            (RowExpr::Column(name), RowExpr::Literal(value)) => leaf(expr, *operator, name, value, known),
            _ => Err(unpushable()),
        },
        _ => Err(unpushable()),
    }
}

fn unpushable() -> FluxError {
    FluxError::invalid("a predicate that storage cannot decide was marked as pushed down")
        .with_code(flux::ErrorCode::Internal)
}

fn combine(operator: LogicalOperator, left: Decided, right: Decided) -> Decided {
    let absorbing = operator == LogicalOperator::Or;
    match (left, right) {
        (Decided::Is(b), other) | (other, Decided::Is(b)) => {
            if b == absorbing {
                Decided::Is(b)
            } else {
                other
            }
        }
        (Decided::Open(a), Decided::Open(b)) => Decided::Open(match operator {
            LogicalOperator::And => Residual::And(flatten(vec![a, b], true)),
            LogicalOperator::Or => Residual::Or(flatten(vec![a, b], false)),
        }),
    }
}

fn flatten(parts: Vec<Residual>, and: bool) -> Vec<Residual> {
    let mut flat = Vec::new();
    for part in parts {
        match part {
            Residual::And(inner) if and => flat.extend(inner),
            Residual::Or(inner) if !and => flat.extend(inner),
            other => flat.push(other),
        }
    }
    flat
}

fn leaf(
    expr: &RowExpr,
    operator: BinaryOperator,
    name: &str,
    value: &Scalar,
    known: &Known<'_>,
) -> Result<Decided, FluxError> {
    match name {
        "_value" => Ok(match known.kind {
            Some(kind) if !comparable(kind, value) => Decided::Is(false),
            _ => Decided::Open(Residual::Row(expr.clone())),
        }),
        "_time" | "_start" | "_stop" => Ok(Decided::Open(Residual::Row(expr.clone()))),
        _ => {
            let comparison = match operator {
                BinaryOperator::Equal => Comparison::Equal,
                BinaryOperator::NotEqual => Comparison::NotEqual,
                BinaryOperator::Matches => Comparison::Matches,
                BinaryOperator::NotMatches => Comparison::NotMatches,
                _ => return Err(unpushable()),
            };
            let text = match value {
                Scalar::String(s) | Scalar::Regex(s) => s.as_ref(),
                _ => return Ok(Decided::Is(false)),
            };
            Ok(tag(name, comparison, text, known))
        }
    }
}

/// Whether a stored type compares with a literal: numbers with numbers, the rest with its own kind.
fn comparable(kind: FieldType, value: &Scalar) -> bool {
    match kind {
        FieldType::Float | FieldType::Integer | FieldType::Unsigned => {
            matches!(value, Scalar::Float(_) | Scalar::Int(_) | Scalar::UInt(_))
        }
        FieldType::Boolean => matches!(value, Scalar::Bool(_)),
        FieldType::String => matches!(value, Scalar::String(_) | Scalar::Regex(_)),
    }
}

fn tag(key: &str, comparison: Comparison, value: &str, known: &Known<'_>) -> Decided {
    let text = match key {
        "_measurement" => Some(known.measurement),
        "_field" => known.field,
        _ if known.tag_set.is_some_and(|set| !set.iter().any(|t| t == key)) => Some(""),
        _ => None,
    };
    let open = || Decided::Open(Residual::Tag { key: key.to_owned(), comparison, value: value.to_owned() });
    let Some(text) = text else { return open() };
    match comparison {
        Comparison::Equal => Decided::Is(text == value),
        Comparison::NotEqual => Decided::Is(text != value),
        Comparison::Matches | Comparison::NotMatches => match flux::library::pattern::compile(value) {
            Ok(pattern) => Decided::Is(pattern.is_match(text) == (comparison == Comparison::Matches)),
            Err(_) => open(),
        },
    }
}

fn by_series(residual: &Residual) -> bool {
    match residual {
        Residual::And(parts) | Residual::Or(parts) => parts.iter().all(by_series),
        Residual::Tag { .. } => true,
        Residual::Row(_) => false,
    }
}

fn to_series_filter(residual: &Residual) -> SeriesFilter {
    match residual {
        Residual::And(parts) => SeriesFilter::And(parts.iter().map(to_series_filter).collect()),
        Residual::Or(parts) => SeriesFilter::Or(parts.iter().map(to_series_filter).collect()),
        Residual::Tag { key, comparison, value } => {
            SeriesFilter::Tag { key: key.clone(), comparison: *comparison, value: value.clone() }
        }
        Residual::Row(_) => SeriesFilter::All,
    }
}

impl Residual {
    /// The predicate over the columns of a source lane.
    pub(crate) fn to_expr(&self, value: ScalarType) -> DfResult<Expr> {
        let all = |parts: &[Self]| parts.iter().map(|p| p.to_expr(value)).collect::<DfResult<Vec<_>>>();
        match self {
            Self::And(parts) => Ok(all(parts)?.into_iter().reduce(Expr::and).unwrap_or_else(|| lit(true))),
            Self::Or(parts) => Ok(all(parts)?.into_iter().reduce(Expr::or).unwrap_or_else(|| lit(false))),
            Self::Tag { key, comparison, value } => tag_expr(key, *comparison, value),
            Self::Row(expr) => {
                let time = |name: &str| (name.to_owned(), ScalarType::Time);
                let columns = [("_value".to_owned(), value), time("_time"), time("_start"), time("_stop")];
                let scope = RowScope::new(&columns);
                compile_predicate(expr, &scope).map_err(crate::error::external)
            }
        }
    }
}

/// A comparison of a tag column in which null counts as empty text.
fn tag_expr(key: &str, comparison: Comparison, value: &str) -> DfResult<Expr> {
    let tag = column(key);
    let or_missing = |found: Expr, missing: bool| {
        if missing { found.or(column(key).is_null()) } else { found.and(column(key).is_not_null()) }
    };
    let found = match comparison {
        Comparison::Equal => tag.eq(super::text(value)),
        Comparison::NotEqual => tag.not_eq(super::text(value)),
        Comparison::Matches | Comparison::NotMatches => {
            let pattern = RowExpr::Literal(Scalar::Regex(value.into()));
            let columns = [(key.to_owned(), ScalarType::String)];
            let operator = match comparison {
                Comparison::Matches => BinaryOperator::Matches,
                _ => BinaryOperator::NotMatches,
            };
            let body = RowExpr::Binary(operator, Box::new(RowExpr::Column(key.to_owned())), Box::new(pattern));
            compile_predicate(&body, &RowScope::new(&columns)).map_err(crate::error::external)?
        }
    };
    let missing = match comparison {
        Comparison::Equal => value.is_empty(),
        Comparison::NotEqual => !value.is_empty(),
        Comparison::Matches => matches_empty(value),
        Comparison::NotMatches => !matches_empty(value),
    };
    Ok(or_missing(found, missing))
}

fn matches_empty(pattern: &str) -> bool {
    flux::library::pattern::compile(pattern).is_ok_and(|p| p.is_match(""))
}
