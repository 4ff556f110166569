//! The function of `reduce`: a record of running values, changed by every row.

use std::ops::Range;

use datafusion::arrow::array::ArrayRef;
use flux::FluxError;
use flux::library::{Argument, Kind};
use flux::plan::{RowFunction, Scalar, ScalarType};

use super::error::{Fault, RowError};
use super::interpret::{Program, Row, into_flux};
use super::limits;
use super::scope::{Place, RowScope};
use super::shape::{self, Shape};

/// A compiled `reduce` function with its identity.
#[derive(Debug)]
pub(crate) struct Reducer {
    program: Program,
    /// Sorted by name, as the output's columns are.
    columns: Vec<(String, ScalarType)>,
    identity: Vec<Scalar>,
    place: Option<Place>,
}

/// The accumulator of one table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ReducerState {
    values: Vec<Scalar>,
}

impl ReducerState {
    /// Values in the order of [`Reducer::columns`].
    pub(crate) fn values(&self) -> &[Scalar] {
        &self.values
    }
}

impl Reducer {
    /// Checks the function against the columns of the table and the identity, whose types it must keep.
    pub(crate) fn new(
        function: &RowFunction,
        identity: &[(String, Scalar)],
        scope: &RowScope<'_>,
    ) -> Result<Self, FluxError> {
        limits::check_depth(&function.body)
            .and_then(|()| Self::compile(function, identity, scope))
            .map_err(|error| scope.refuse(error))
    }

    fn compile(function: &RowFunction, identity: &[(String, Scalar)], scope: &RowScope<'_>) -> Result<Self, RowError> {
        let mut sorted: Vec<&(String, Scalar)> = identity.iter().collect();
        sorted.sort_by(|a, b| a.0.cmp(&b.0));
        let mut columns = Vec::with_capacity(sorted.len());
        for (name, value) in &sorted {
            let kind = Kind::of(value);
            let data_type = value.column_type().ok_or_else(|| {
                RowError::message(format!(
                    "the identity of the reduce() function has no column type for {name:?}: {kind}"
                ))
            })?;
            columns.push((name.clone(), data_type));
        }
        let scope = RowScope { accumulator: &columns, ..*scope };
        match shape::of(&function.body, &scope)? {
            Shape::Record(properties) => {
                for (name, data_type) in &columns {
                    let found = properties.iter().find(|(n, _)| n == name).map_or(Kind::Null, |(_, s)| s.kind());
                    if found != Kind::Null && found != Kind::from(*data_type) {
                        return Err(shape::conflict((*data_type).into(), found));
                    }
                }
            }
            other => {
                return Err(RowError::message(format!("reduce function must return an object, got {}", other.kind())));
            }
        }
        let program = Program::new(&function.body, &scope)?;
        let identity = sorted.into_iter().map(|(_, value)| value.clone()).collect();
        let place = scope.place.cloned();
        Ok(Self { program, columns, identity, place })
    }

    /// Columns of the output, sorted by name.
    pub(crate) fn columns(&self) -> &[(String, ScalarType)] {
        &self.columns
    }

    /// Names of the columns that [`Self::step`] wants, in order.
    pub(crate) fn inputs(&self) -> &[String] {
        self.program.columns()
    }

    /// The state before the first row.
    pub(crate) fn start(&self) -> ReducerState {
        ReducerState { values: self.identity.clone() }
    }

    /// Takes rows in; `arrays` are the columns of [`Self::inputs`].
    pub(crate) fn step(
        &self,
        state: &mut ReducerState,
        arrays: &[ArrayRef],
        rows: Range<usize>,
    ) -> Result<(), FluxError> {
        for row in rows {
            self.row(state, arrays, row).map_err(|fault| match (fault, &self.place) {
                (Fault::Row(message), Some(place)) => place.fail(&message),
                (fault, _) => into_flux(fault),
            })?;
        }
        Ok(())
    }

    fn row(&self, state: &mut ReducerState, arrays: &[ArrayRef], row: usize) -> Result<(), Fault> {
        let input = Row { slots: arrays, row, accumulator: &state.values, parameter: None };
        let Argument::Record(record) = self.program.evaluate(&input)? else {
            return Err(Fault::Row("reduce function must return an object".to_owned()));
        };
        for ((name, _), slot) in self.columns.iter().zip(&mut state.values) {
            let Some((_, value)) = record.iter().find(|(n, _)| n == name) else { continue };
            match value {
                Argument::Scalar(Scalar::Null) => {
                    let text = format!("null values are not supported for {name:?} in the reduce() function");
                    return Err(Fault::Row(text));
                }
                Argument::Scalar(value) => slot.clone_from(value),
                _ => return Err(Fault::Row(format!("reduce object property {name:?} is no column value"))),
            }
        }
        Ok(())
    }
}
