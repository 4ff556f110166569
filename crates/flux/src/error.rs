//! What can go wrong between a script's text and its answer, with the words and status that InfluxDB 2 uses.

use crate::ast::Span;

/// How InfluxDB 2 classes an error; decides the HTTP status and the `code` of its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorCode {
    /// 400
    Invalid,
    /// 404
    NotFound,
    /// 500
    Internal,
    /// 403
    Forbidden,
    /// 501
    Unimplemented,
    /// A bound of ours was reached (memory, time, nesting): 400, as InfluxDB answers.
    ResourceExhausted,
}

/// An error of a script: the whole message as the user sees it, its class and its place.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct FluxError {
    pub code: ErrorCode,
    pub message: String,
    pub span: Option<Span>,
}

impl FluxError {
    /// An error of class [`ErrorCode::Invalid`] without a place.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self { code: ErrorCode::Invalid, message: message.into(), span: None }
    }

    /// The same error with another class.
    #[must_use]
    pub fn with_code(mut self, code: ErrorCode) -> Self {
        self.code = code;
        self
    }

    /// The same error with a place (the message is not changed).
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }

    /// A static error: `error @SPAN: TEXT`.
    pub fn semantic(span: Span, text: impl std::fmt::Display) -> Self {
        Self::invalid(format!("error @{span}: {text}")).at(span)
    }

    /// A run-time error of a procedure: `runtime error @SPAN: NAME: TEXT`.
    pub fn runtime(span: Span, name: &str, text: impl std::fmt::Display) -> Self {
        Self::invalid(format!("runtime error @{span}: {name}: {text}")).at(span)
    }
}
