//! What a function says when it cannot answer.

use crate::FluxError;
use crate::calendar::CalendarError;

/// The words of a library function's refusal, as Flux has them, without a place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct LibraryError {
    pub message: String,
}

impl LibraryError {
    /// An error with these words.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

impl From<CalendarError> for LibraryError {
    fn from(error: CalendarError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<LibraryError> for FluxError {
    fn from(error: LibraryError) -> Self {
        Self::invalid(error.message)
    }
}
