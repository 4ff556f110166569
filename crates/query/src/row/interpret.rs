//! Row expressions evaluated row by row: for what has no column type inside, for `reduce`, and for single calls.
//!
//! The expression is first turned into a [`Program`]: columns are slots, functions are found, constants are values.

use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::logical_expr::Expr;
use flux::FluxError;
use flux::ast::{BinaryOperator, LogicalOperator, UnaryOperator};
use flux::library::operators::{self, NullLogic};
use flux::library::{Argument, Function, Kind, display, write_text};
use flux::plan::{RowExpr, Scalar, ScalarType};

use super::error::{Fault, RowError};
use super::kernel::{Guard, Kernel};
use super::scope::RowScope;
use super::values::ColumnBuilder;
use super::{limits, shape};
use crate::lane::column;
use crate::scalar::from_array;

/// An expression ready to run.
#[derive(Debug)]
pub(super) struct Program {
    root: Node,
    /// The columns of the relation behind the slots.
    columns: Vec<String>,
    logic: NullLogic,
}

#[derive(Debug)]
enum Node {
    Constant(Argument),
    Slot(usize),
    /// A whole row: names and slots.
    Row(Vec<(String, usize)>),
    Accumulator(usize),
    Parameter,
    Unary(UnaryOperator, Box<Node>),
    Binary(BinaryOperator, Box<Node>, Box<Node>),
    Logical(LogicalOperator, Box<Node>, Box<Node>),
    If(Box<[Node; 3]>),
    Call(&'static Function, Vec<(String, Node)>),
    Interpolate(Vec<Node>),
    Record(Option<Box<Node>>, Vec<(String, Node)>),
    Member(Box<Node>, String),
    Array(Vec<Node>),
    Index(Box<Node>, Box<Node>),
    Dictionary(Vec<(Node, Node)>),
}

/// What a program reads.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Row<'a> {
    pub(super) slots: &'a [ArrayRef],
    pub(super) row: usize,
    pub(super) accumulator: &'a [Scalar],
    pub(super) parameter: Option<&'a Scalar>,
}

impl Program {
    /// Prepares an expression; its type must have been checked ([`shape::of`]).
    pub(super) fn new(expr: &RowExpr, scope: &RowScope<'_>) -> Result<Self, RowError> {
        let mut builder = Builder { scope, columns: Vec::new() };
        let root = builder.node(expr)?;
        Ok(Self { root, columns: builder.columns, logic: scope.logic() })
    }

    /// Names of the columns of the relation that the slots want, in order.
    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The value for a row.
    pub(super) fn evaluate(&self, row: &Row<'_>) -> Result<Argument, Fault> {
        self.root.evaluate(row, self.logic)
    }
}

struct Builder<'s> {
    scope: &'s RowScope<'s>,
    columns: Vec<String>,
}

impl Builder<'_> {
    fn slot(&mut self, column: &str) -> usize {
        self.columns.iter().position(|c| c == column).unwrap_or_else(|| {
            self.columns.push(column.to_owned());
            self.columns.len() - 1
        })
    }

    fn boxed(&mut self, expr: &RowExpr) -> Result<Box<Node>, RowError> {
        self.node(expr).map(Box::new)
    }

    fn named(&mut self, properties: &[(String, RowExpr)]) -> Result<Vec<(String, Node)>, RowError> {
        properties.iter().map(|(name, value)| Ok((name.clone(), self.node(value)?))).collect()
    }

    fn nodes(&mut self, exprs: &[RowExpr]) -> Result<Vec<Node>, RowError> {
        exprs.iter().map(|expr| self.node(expr)).collect()
    }

    fn node(&mut self, expr: &RowExpr) -> Result<Node, RowError> {
        limits::on_enough_stack(|| self.level(expr))
    }

    fn level(&mut self, expr: &RowExpr) -> Result<Node, RowError> {
        let scope = self.scope;
        let missing = Node::Constant(Argument::NULL);
        Ok(match expr {
            RowExpr::Literal(value) => Node::Constant(value.clone().into()),
            RowExpr::Row => Node::Row(scope.columns.iter().map(|(name, _)| (name.clone(), self.slot(name))).collect()),
            RowExpr::Column(name) => match scope.column_type(name) {
                Some(_) => Node::Slot(self.slot(name)),
                None => missing,
            },
            RowExpr::SideColumn(side, name) => match scope.side_column(*side, name) {
                Some((inner, _)) => Node::Slot(self.slot(inner)),
                None => missing,
            },
            RowExpr::SideRow(side) => {
                let columns = scope.sides.get(*side).copied().unwrap_or_default();
                Node::Row(columns.iter().map(|(name, inner, _)| (name.clone(), self.slot(inner))).collect())
            }
            RowExpr::Accumulator(name) => match scope.accumulator.iter().position(|(n, _)| n == name) {
                Some(place) => Node::Accumulator(place),
                None => missing,
            },
            RowExpr::Parameter => Node::Parameter,
            RowExpr::Unary(operator, operand) => Node::Unary(*operator, self.boxed(operand)?),
            RowExpr::Binary(operator, left, right) => Node::Binary(*operator, self.boxed(left)?, self.boxed(right)?),
            RowExpr::Logical(operator, left, right) => Node::Logical(*operator, self.boxed(left)?, self.boxed(right)?),
            RowExpr::If { test, then, otherwise } => {
                Node::If(Box::new([self.node(test)?, self.node(then)?, self.node(otherwise)?]))
            }
            RowExpr::Call { function, arguments } => Node::Call(shape::function(function)?, self.named(arguments)?),
            RowExpr::Interpolate(parts) => Node::Interpolate(self.nodes(parts)?),
            RowExpr::Record { with, properties } => {
                let with = with.as_deref().map(|with| self.boxed(with)).transpose()?;
                Node::Record(with, self.named(properties)?)
            }
            RowExpr::Member(record, name) => Node::Member(self.boxed(record)?, name.clone()),
            RowExpr::Array(items) => Node::Array(self.nodes(items)?),
            RowExpr::Index(list, index) => Node::Index(self.boxed(list)?, self.boxed(index)?),
            RowExpr::Dictionary(pairs) => {
                let pairs = pairs.iter().map(|(k, v)| Ok((self.node(k)?, self.node(v)?)));
                Node::Dictionary(pairs.collect::<Result<_, RowError>>()?)
            }
        })
    }
}

impl Node {
    fn evaluate(&self, row: &Row<'_>, logic: NullLogic) -> Result<Argument, Fault> {
        match self {
            Self::Constant(value) => Ok(value.clone()),
            Self::Slot(slot) => Ok(read(row, *slot).into()),
            _ => limits::on_enough_stack(|| self.level(row, logic)),
        }
    }

    fn level(&self, row: &Row<'_>, logic: NullLogic) -> Result<Argument, Fault> {
        let value = |node: &Node| node.evaluate(row, logic);
        Ok(match self {
            Self::Constant(value) => value.clone(),
            Self::Slot(slot) => read(row, *slot).into(),
            Self::Row(columns) => {
                Argument::Record(columns.iter().map(|(name, slot)| (name.clone(), read(row, *slot).into())).collect())
            }
            Self::Accumulator(place) => row.accumulator.get(*place).cloned().unwrap_or(Scalar::Null).into(),
            Self::Parameter => row.parameter.cloned().unwrap_or(Scalar::Null).into(),
            Self::Unary(UnaryOperator::Exists, operand) => Scalar::Bool(!value(operand)?.is_null()).into(),
            Self::Unary(operator, operand) => operators::unary(*operator, &scalar(value(operand)?)?)?.into(),
            Self::Binary(operator, left, right) => {
                operators::binary(*operator, &scalar(value(left)?)?, &scalar(value(right)?)?)?.into()
            }
            Self::Logical(operator, left, right) => logical(*operator, left, right, row, logic)?.into(),
            Self::If(parts) => {
                let [test, then, otherwise] = parts.as_ref();
                match value(test)? {
                    Argument::Scalar(Scalar::Bool(true)) => value(then)?,
                    _ => value(otherwise)?,
                }
            }
            Self::Call(function, arguments) => {
                let arguments = arguments.iter().map(|(name, node)| Ok((name.as_str(), value(node)?)));
                function.call(&arguments.collect::<Result<Vec<_>, Fault>>()?)?
            }
            Self::Interpolate(parts) => {
                let mut text = String::new();
                for part in parts {
                    interpolate(&mut text, &value(part)?)?;
                }
                Argument::text(text)
            }
            Self::Record(with, properties) => {
                let with = with.as_deref().map(value).transpose()?;
                let properties = properties.iter().map(|(name, node)| Ok((name.clone(), value(node)?)));
                extend(with, properties.collect::<Result<Vec<_>, Fault>>()?)
            }
            Self::Member(record, name) => match value(record)? {
                Argument::Scalar(Scalar::Null) => {
                    return Err(Fault::Row(format!("cannot access property {name:?} of a null record")));
                }
                record => record.property(name).cloned().unwrap_or(Argument::NULL),
            },
            Self::Array(items) => Argument::Array(items.iter().map(value).collect::<Result<_, _>>()?),
            Self::Index(list, index) => element(value(list)?, &value(index)?)?,
            Self::Dictionary(pairs) => {
                let pairs = pairs.iter().map(|(k, v)| Ok((value(k)?, value(v)?)));
                Argument::Dictionary(pairs.collect::<Result<_, Fault>>()?)
            }
        })
    }
}

fn read(row: &Row<'_>, slot: usize) -> Scalar {
    row.slots.get(slot).map_or(Scalar::Null, |array| from_array(array.as_ref(), row.row))
}

pub(super) fn scalar(value: Argument) -> Result<Scalar, Fault> {
    match value {
        Argument::Scalar(scalar) => Ok(scalar),
        other => Err(Fault::Row(format!("an operator cannot take a value of type {}", Kind::of_argument(&other)))),
    }
}

/// The right side is not touched where the left one decides.
fn logical(
    operator: LogicalOperator,
    left: &Node,
    right: &Node,
    row: &Row<'_>,
    logic: NullLogic,
) -> Result<Scalar, Fault> {
    let left = scalar(left.evaluate(row, logic)?)?;
    let decided = match (&left, operator) {
        (Scalar::Bool(false), LogicalOperator::And) | (Scalar::Bool(true), LogicalOperator::Or) => true,
        (Scalar::Null, LogicalOperator::And) => logic == NullLogic::LeftIsFalse,
        _ => false,
    };
    let right = if decided { Scalar::Null } else { scalar(right.evaluate(row, logic)?)? };
    Ok(operators::logical(operator, &left, &right, logic)?)
}

/// Appends the text of a part of an interpolated string.
pub(super) fn interpolate(out: &mut String, part: &Argument) -> Result<(), Fault> {
    match part {
        Argument::Scalar(Scalar::Null) => return Err(Fault::Row("invalid interpolation type".to_owned())),
        Argument::Scalar(scalar) => {
            // Writing to a string cannot fail.
            let _ = write_text(out, scalar);
        }
        other => out.push_str(&display(other)),
    }
    Ok(())
}

fn extend(with: Option<Argument>, properties: Vec<(String, Argument)>) -> Argument {
    let mut all = match with {
        Some(Argument::Record(properties)) => properties,
        _ => Vec::new(),
    };
    for (name, value) in properties {
        match all.iter_mut().find(|(n, _)| *n == name) {
            Some(slot) => slot.1 = value,
            None => all.push((name, value)),
        }
    }
    Argument::Record(all)
}

fn element(list: Argument, index: &Argument) -> Result<Argument, Fault> {
    match (list, index) {
        (Argument::Array(mut items), Argument::Scalar(Scalar::Int(index))) => {
            let length = items.len();
            match usize::try_from(*index) {
                Ok(place) if place < length => Ok(items.swap_remove(place)),
                _ => Err(Fault::Row(format!("cannot access element {index} of array of length {length}"))),
            }
        }
        (Argument::Scalar(Scalar::Null), _) | (_, Argument::Scalar(Scalar::Null)) => Ok(Argument::NULL),
        (list, index) => Err(Fault::Row(format!(
            "cannot index a value of type {} with a value of type {}",
            Kind::of_argument(&list),
            Kind::of_argument(index)
        ))),
    }
}

/// The value of an expression that reads nothing, if it has one.
pub(super) fn constant(expr: &RowExpr) -> Option<Argument> {
    if !is_constant(expr) {
        return None;
    }
    let program = Program::new(expr, &RowScope::new(&[])).ok()?;
    program.evaluate(&Row::default()).ok()
}

fn is_constant(expr: &RowExpr) -> bool {
    let all = |exprs: &[RowExpr]| exprs.iter().all(is_constant);
    let named = |properties: &[(String, RowExpr)]| properties.iter().all(|(_, value)| is_constant(value));
    match expr {
        RowExpr::Literal(_) => true,
        RowExpr::Row
        | RowExpr::Column(_)
        | RowExpr::Accumulator(_)
        | RowExpr::SideColumn(..)
        | RowExpr::SideRow(_)
        | RowExpr::Parameter => false,
        RowExpr::Unary(_, operand) | RowExpr::Member(operand, _) => is_constant(operand),
        RowExpr::Binary(_, a, b) | RowExpr::Logical(_, a, b) | RowExpr::Index(a, b) => is_constant(a) && is_constant(b),
        RowExpr::If { test, then, otherwise } => is_constant(test) && is_constant(then) && is_constant(otherwise),
        RowExpr::Call { arguments, .. } => named(arguments),
        RowExpr::Interpolate(parts) | RowExpr::Array(parts) => all(parts),
        RowExpr::Record { with, properties } => with.as_deref().is_none_or(is_constant) && named(properties),
        RowExpr::Dictionary(pairs) => pairs.iter().all(|(k, v)| is_constant(k) && is_constant(v)),
    }
}

/// The value of a body that reads its parameter only.
pub(super) fn with_parameter(body: &RowExpr, parameter: &Scalar) -> Result<Scalar, FluxError> {
    let scope = RowScope::new(&[]);
    let refuse = |error| scope.refuse(error);
    limits::check_depth(body).and_then(|()| shape::of(body, &scope)).map_err(refuse)?;
    let program = Program::new(body, &scope).map_err(refuse)?;
    let row = Row { parameter: Some(parameter), ..Row::default() };
    program.evaluate(&row).and_then(scalar).map_err(into_flux)
}

/// A fault as a bare message.
pub(super) fn into_flux(fault: Fault) -> FluxError {
    match fault {
        Fault::Row(message) => FluxError::invalid(message),
        Fault::Inner(error) => crate::error::from_datafusion(error),
    }
}

/// A program as a function over columns.
#[derive(Debug)]
pub(super) struct Interpreted {
    program: Arc<Program>,
    returns: Option<ScalarType>,
}

impl Interpreted {
    pub(super) fn new(program: Program, returns: Option<ScalarType>) -> Self {
        Self { program: Arc::new(program), returns }
    }

    /// The columns that it is called with.
    pub(super) fn arguments(&self) -> Vec<Expr> {
        self.program.columns().iter().map(|name| column(name)).collect()
    }
}

impl Kernel for Interpreted {
    fn name(&self) -> String {
        format!("flux_row:{:?}", self.program)
    }

    fn evaluate(&self, arguments: &[ArrayRef], rows: usize, guard: &Guard<'_>) -> Result<ArrayRef, Fault> {
        let mut out = ColumnBuilder::new(self.returns, rows);
        for row in 0..rows {
            if guard.is_open(row) {
                let value = self.program.evaluate(&Row { slots: arguments, row, ..Row::default() })?;
                out.push(&scalar(value)?)?;
            } else {
                out.push_null();
            }
        }
        Ok(out.finish())
    }
}
