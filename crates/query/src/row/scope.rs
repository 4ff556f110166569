//! What a row function sees, and where it stands.

use flux::ast::Span;
use flux::library::operators::NullLogic;
use flux::plan::{Node, RowFunction, ScalarType};
use flux::{ErrorCode, FluxError};

use super::error::RowError;

/// Columns of one side of a join: Flux's name, the name in the relation, the type.
pub(crate) type SideColumns<'a> = &'a [(String, String, ScalarType)];

/// The columns that a row function sees.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowScope<'a> {
    /// Columns of `r`; they have the same names in the relation.
    pub(crate) columns: &'a [(String, ScalarType)],
    /// Whether null in `and` and `or` is a third value, as where InfluxDB evaluates a `map` by columns; such functions
    /// also have their own wording of errors.
    pub(crate) three_valued: bool,
    /// Columns of the left and the right row of a join.
    pub(crate) sides: [SideColumns<'a>; 2],
    /// Properties of `reduce`'s accumulator.
    pub(crate) accumulator: &'a [(String, ScalarType)],
    /// For the wording of errors; without it they are bare messages.
    pub(crate) place: Option<&'a Place>,
}

impl<'a> RowScope<'a> {
    /// A scope of these columns.
    pub(crate) fn new(columns: &'a [(String, ScalarType)]) -> Self {
        Self { columns, three_valued: false, sides: [&[], &[]], accumulator: &[], place: None }
    }

    /// The same scope with a place: errors, also those met while running, are then whole messages with a span.
    #[must_use]
    pub(crate) fn at(mut self, place: &'a Place) -> Self {
        self.place = Some(place);
        self.three_valued = place.vectorized;
        self
    }

    pub(super) fn logic(&self) -> NullLogic {
        if self.three_valued { NullLogic::ThreeValued } else { NullLogic::LeftIsFalse }
    }

    pub(super) fn column_type(&self, name: &str) -> Option<ScalarType> {
        self.columns.iter().find(|(column, _)| column == name).map(|(_, data_type)| *data_type)
    }

    /// The column of the relation behind a column of a side.
    pub(super) fn side_column(&self, side: usize, name: &str) -> Option<(&'a str, ScalarType)> {
        let columns = *self.sides.get(side)?;
        columns.iter().find(|(column, ..)| column == name).map(|(_, inner, data_type)| (inner.as_str(), *data_type))
    }

    pub(super) fn accumulator_type(&self, name: &str) -> Option<ScalarType> {
        self.accumulator.iter().find(|(property, _)| property == name).map(|(_, data_type)| *data_type)
    }

    /// The error of a function that does not compile.
    pub(super) fn refuse(&self, error: RowError) -> FluxError {
        let vectorized = self.three_valued;
        match self.place {
            None => FluxError::invalid(error.text(vectorized)),
            Some(place) => place.refuse(&error),
        }
    }
}

/// Where a row function stands: the call of the procedure and the function itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) call: Span,
    /// The procedure's name.
    pub(crate) name: String,
    pub(crate) function: Span,
    pub(crate) vectorized: bool,
}

impl Place {
    /// The place of a procedure's function.
    pub(crate) fn new(node: &Node, function: &RowFunction) -> Self {
        Self { call: node.span, name: node.name.clone(), function: function.span, vectorized: function.vectorized }
    }

    /// An error met on a row.
    pub(super) fn fail(&self, message: &str) -> FluxError {
        if self.vectorized {
            return FluxError::invalid(format!("runtime error: {message}")).at(self.call);
        }
        let cause = match self.name.as_str() {
            "map" => "failed to evaluate map function: ",
            "reduce" => "failed to evaluate reduce function: ",
            _ => "",
        };
        FluxError::runtime(self.call, &self.name, format_args!("{cause}{message}")).at(self.call)
    }

    fn refuse(&self, error: &RowError) -> FluxError {
        let text = error.text(self.vectorized);
        let whole = match error {
            RowError::Internal(_) => return FluxError::invalid(text).with_code(ErrorCode::Internal).at(self.call),
            RowError::Operator(_) if self.vectorized => format!("runtime error: {text}"),
            RowError::Operator(flux::library::operators::OperatorError::Conflict { .. }) | RowError::Message(_) => {
                return FluxError::runtime(self.call, &self.name, text).at(self.call);
            }
            RowError::Operator(_) => {
                let text = format!("cannot compile @ {}: {text}", self.function);
                return FluxError::runtime(self.call, &self.name, text).at(self.call);
            }
        };
        FluxError::invalid(whole).at(self.call)
    }
}
