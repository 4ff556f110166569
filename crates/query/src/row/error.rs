//! Why a row function does not compile, or fails on a row.

use datafusion::error::DataFusionError;
use flux::ast::BinaryOperator;
use flux::library::LibraryError;
use flux::library::operators::OperatorError;

/// Why a row function does not compile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RowError {
    /// An operator that does not fit its operands.
    Operator(OperatorError),
    /// Words of the procedure.
    Message(String),
    /// A fault of ours.
    Internal(String),
}

impl RowError {
    pub(super) fn message(text: impl Into<String>) -> Self {
        Self::Message(text.into())
    }

    /// Flux's words; functions that InfluxDB evaluates by columns have others.
    pub(super) fn text(&self, vectorized: bool) -> String {
        match self {
            Self::Operator(OperatorError::Conflict { left, right }) if vectorized => {
                format!("type conflict: {right} != {left}")
            }
            Self::Operator(OperatorError::Binary { operator, left, right }) if vectorized => {
                let symbol = operator.symbol();
                format!("unsupported type for vector {}: {left} {symbol} {right}", vector_name(*operator))
            }
            Self::Operator(error) => error.to_string(),
            Self::Message(text) | Self::Internal(text) => text.clone(),
        }
    }
}

fn vector_name(operator: BinaryOperator) -> &'static str {
    match operator {
        BinaryOperator::Add => "Addition",
        BinaryOperator::Subtract => "Subtraction",
        BinaryOperator::Multiply => "Multiplication",
        BinaryOperator::Divide => "Division",
        BinaryOperator::Modulo => "Modulo",
        BinaryOperator::Power => "Power",
        BinaryOperator::Equal => "Equal",
        BinaryOperator::NotEqual => "NotEqual",
        BinaryOperator::Less => "LessThan",
        BinaryOperator::LessEqual => "LessThanEqual",
        BinaryOperator::Greater => "GreaterThan",
        BinaryOperator::GreaterEqual => "GreaterThanEqual",
        BinaryOperator::Matches => "RegexpMatch",
        BinaryOperator::NotMatches => "NotRegexpMatch",
        BinaryOperator::Invalid => "Invalid",
    }
}

impl From<OperatorError> for RowError {
    fn from(error: OperatorError) -> Self {
        Self::Operator(error)
    }
}

impl From<LibraryError> for RowError {
    fn from(error: LibraryError) -> Self {
        Self::Message(error.message)
    }
}

impl From<DataFusionError> for RowError {
    fn from(error: DataFusionError) -> Self {
        Self::Internal(error.strip_backtrace())
    }
}

/// Why a row has no value.
#[derive(Debug)]
pub(super) enum Fault {
    /// Flux's words for it, without a place.
    Row(String),
    /// A fault of ours.
    Inner(DataFusionError),
}

impl From<LibraryError> for Fault {
    fn from(error: LibraryError) -> Self {
        Self::Row(error.message)
    }
}

impl From<OperatorError> for Fault {
    fn from(error: OperatorError) -> Self {
        Self::Row(error.to_string())
    }
}

impl From<DataFusionError> for Fault {
    fn from(error: DataFusionError) -> Self {
        Self::Inner(error)
    }
}

impl From<datafusion::arrow::error::ArrowError> for Fault {
    fn from(error: datafusion::arrow::error::ArrowError) -> Self {
        Self::Inner(DataFusionError::from(error))
    }
}
