//! The static type of a row expression, lists and records included.

use flux::library::{self, Function, Kind, Returns, operators};
use flux::plan::{RowExpr, ScalarType};

use super::error::RowError;
use super::limits;
use super::scope::RowScope;

/// A type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    /// A scalar; [`Kind::Null`] is a null of no known type.
    Scalar(Kind),
    List(Box<Shape>),
    Record(Vec<(String, Shape)>),
    /// A dictionary, by the type of its values.
    Dictionary(Box<Shape>),
}

impl Shape {
    const NULL: Self = Self::Scalar(Kind::Null);

    /// Its kind, as messages call it.
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Scalar(kind) => *kind,
            Self::List(_) => Kind::Array,
            Self::Record(_) => Kind::Record,
            Self::Dictionary(_) => Kind::Dictionary,
        }
    }

    fn of_column(data_type: Option<ScalarType>) -> Self {
        data_type.map_or(Self::NULL, |t| Self::Scalar(t.into()))
    }

    fn property(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Record(properties) => properties.iter().find(|(n, _)| n == name).map(|(_, shape)| shape),
            _ => None,
        }
    }

    /// The one type of two branches.
    fn unify(self, other: Self) -> Result<Self, RowError> {
        match (self, other) {
            (Self::Scalar(Kind::Null), known) | (known, Self::Scalar(Kind::Null)) => Ok(known),
            (Self::List(a), Self::List(b)) => Ok(Self::List(Box::new(a.unify(*b)?))),
            (Self::Record(a), Self::Record(b)) => {
                let mut both = a;
                for (name, shape) in b {
                    match both.iter_mut().find(|(n, _)| *n == name) {
                        Some(slot) => slot.1 = slot.1.clone().unify(shape)?,
                        None => both.push((name, shape)),
                    }
                }
                Ok(Self::Record(both))
            }
            (a, b) if a.kind() == b.kind() => Ok(a),
            (a, b) => Err(conflict(a.kind(), b.kind())),
        }
    }
}

pub(super) fn conflict(left: Kind, right: Kind) -> RowError {
    RowError::Operator(operators::OperatorError::Conflict { left, right })
}

/// The function of a call, or a refusal that names the nearest known names.
pub(super) fn function(name: &str) -> Result<&'static Function, RowError> {
    library::find(name).ok_or_else(|| {
        let own = name.rsplit('.').next().unwrap_or(name);
        let mut near: Vec<&str> = library::names().filter(|n| n.rsplit('.').next() == Some(own)).collect();
        if near.is_empty() {
            let package = name.split('.').next().unwrap_or(name);
            near = library::names().filter(|n| n.split('.').next() == Some(package)).collect();
        }
        near.sort_unstable();
        near.truncate(5);
        let hint = if near.is_empty() { String::new() } else { format!("; known are {}", near.join(", ")) };
        RowError::message(format!("function {name} is not supported inside a row function{hint}"))
    })
}

/// The type of an expression.
pub(super) fn of(expr: &RowExpr, scope: &RowScope<'_>) -> Result<Shape, RowError> {
    limits::on_enough_stack(|| of_level(expr, scope))
}

fn of_level(expr: &RowExpr, scope: &RowScope<'_>) -> Result<Shape, RowError> {
    Ok(match expr {
        RowExpr::Literal(value) => Shape::Scalar(Kind::of(value)),
        RowExpr::Row => {
            Shape::Record(scope.columns.iter().map(|(name, t)| (name.clone(), Shape::Scalar((*t).into()))).collect())
        }
        RowExpr::Column(name) => Shape::of_column(scope.column_type(name)),
        RowExpr::Accumulator(name) => Shape::of_column(scope.accumulator_type(name)),
        RowExpr::SideColumn(side, name) => Shape::of_column(scope.side_column(*side, name).map(|(_, t)| t)),
        RowExpr::SideRow(side) => {
            let columns = scope.sides.get(*side).copied().unwrap_or_default();
            Shape::Record(columns.iter().map(|(name, _, t)| (name.clone(), Shape::Scalar((*t).into()))).collect())
        }
        RowExpr::Parameter => Shape::Scalar(Kind::String),
        RowExpr::Unary(operator, operand) => {
            Shape::Scalar(operators::unary_kind(*operator, of(operand, scope)?.kind())?)
        }
        RowExpr::Binary(operator, left, right) => {
            Shape::Scalar(operators::binary_kind(*operator, of(left, scope)?.kind(), of(right, scope)?.kind())?)
        }
        RowExpr::Logical(_, left, right) => {
            want_bool(of(left, scope)?.kind())?;
            want_bool(of(right, scope)?.kind())?;
            Shape::Scalar(Kind::Bool)
        }
        RowExpr::If { test, then, otherwise } => {
            want_bool(of(test, scope)?.kind())?;
            of(then, scope)?.unify(of(otherwise, scope)?)?
        }
        RowExpr::Call { function: name, arguments } => of_call(name, arguments, scope)?,
        RowExpr::Interpolate(parts) => {
            for part in parts {
                of(part, scope)?;
            }
            Shape::Scalar(Kind::String)
        }
        RowExpr::Record { with, properties } => of_record(with.as_deref(), properties, scope)?,
        RowExpr::Member(record, name) => of_member(&of(record, scope)?, name)?,
        RowExpr::Array(items) => {
            let item = items.iter().try_fold(Shape::NULL, |shape, item| shape.unify(of(item, scope)?))?;
            Shape::List(Box::new(item))
        }
        RowExpr::Index(list, index) => {
            of(index, scope)?;
            match of(list, scope)? {
                Shape::List(item) => *item,
                other => return Err(RowError::message(format!("cannot index a value of type {}", other.kind()))),
            }
        }
        RowExpr::Dictionary(pairs) => {
            let value = pairs.iter().try_fold(Shape::NULL, |shape, (_, value)| shape.unify(of(value, scope)?))?;
            Shape::Dictionary(Box::new(value))
        }
    })
}

fn of_member(record: &Shape, name: &str) -> Result<Shape, RowError> {
    match record {
        Shape::Record(_) => Ok(record.property(name).cloned().unwrap_or(Shape::NULL)),
        Shape::Scalar(Kind::Null) => Ok(Shape::NULL),
        other => Err(RowError::message(format!("cannot access property {name:?} of a value of type {}", other.kind()))),
    }
}

fn of_record(
    with: Option<&RowExpr>,
    properties: &[(String, RowExpr)],
    scope: &RowScope<'_>,
) -> Result<Shape, RowError> {
    let mut all = match with.map(|with| of(with, scope)).transpose()? {
        None | Some(Shape::Scalar(Kind::Null)) => Vec::new(),
        Some(Shape::Record(properties)) => properties,
        Some(other) => return Err(RowError::message(format!("cannot extend a value of type {}", other.kind()))),
    };
    for (name, value) in properties {
        let shape = of(value, scope)?;
        match all.iter_mut().find(|(n, _)| n == name) {
            Some(slot) => slot.1 = shape,
            None => all.push((name.clone(), shape)),
        }
    }
    Ok(Shape::Record(all))
}

fn of_call(name: &str, arguments: &[(String, RowExpr)], scope: &RowScope<'_>) -> Result<Shape, RowError> {
    let function = function(name)?;
    let mut shapes = Vec::with_capacity(arguments.len());
    for (parameter, value) in arguments {
        shapes.push((parameter.as_str(), of(value, scope)?));
    }
    Ok(match function.returns {
        Returns::Kind(kind) => Shape::Scalar(kind),
        Returns::Data => Shape::NULL,
        Returns::ListOf(kind) => Shape::List(Box::new(Shape::Scalar(kind))),
        Returns::Record(properties) => {
            Shape::Record(properties.iter().map(|(name, kind)| ((*name).to_owned(), Shape::Scalar(*kind))).collect())
        }
        Returns::SameAs(parameter) => {
            shapes.into_iter().find(|(name, _)| *name == parameter).map_or(Shape::NULL, |(_, shape)| shape)
        }
    })
}

pub(super) fn want_bool(kind: Kind) -> Result<(), RowError> {
    match kind {
        Kind::Bool | Kind::Null => Ok(()),
        other => Err(conflict(Kind::Bool, other)),
    }
}
