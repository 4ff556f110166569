//! Table plans -> DataFusion plans -> streams of tables. The only friend of DataFusion.
//!
//! [`QueryEngine::execute`] takes the plan of a Flux program and gives its answer as a stream of events; storage is read
//! through the [`context::Context`] of the caller.

mod cluster;
pub mod context;
mod engine;
mod error;
mod explain;
mod keys;
mod lane;
mod lower;
mod memory;
mod numbered;
mod row;
mod run;
mod scalar;
mod session;
mod source;
mod tables;
mod whole;

pub use engine::{AcceptKey, QueryEngine};
pub use explain::Stage;
pub use session::QueryOptions;
