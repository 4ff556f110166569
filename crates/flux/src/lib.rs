//! The Flux language: text -> syntax tree -> semantic graph -> table plan.
//!
//! Knows neither Arrow nor DataFusion; what it needs of data while compiling it asks through [`host::Host`].

pub mod ast;
pub mod calendar;
pub mod error;
pub mod host;
pub mod library;
pub mod plan;
pub mod semantic;
pub mod syntax;

pub use error::{ErrorCode, FluxError};
