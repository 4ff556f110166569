//! The embeddable database: open a folder, write, query, delete, close.

#![warn(missing_docs)]

mod answer;
mod arrow_points;
pub mod auth;
mod background;
mod by_name;
pub mod clock;
mod columns;
mod context;
mod engine;
mod error;
mod flux_points;
mod host;
mod ids;
pub mod limits;
pub mod management;
mod options;
mod write;

pub use answer::{Answer, QueryRequest, QueryScope};
pub use codec::table::{ColumnType, Event, TableColumn, TableSchema};
pub use engine::Engine;
pub use error::{EngineError, ErrorClass, SystemBucketChange};
pub use flux::{ErrorCode, FluxError};
pub use management::{BucketFilter, NewBucket, OnboardingRequest};
pub use model::{Comparison, FluxDuration, Id, IdError, Precision, SeriesFilter};
pub use options::EngineOptions;
pub use storage::catalog::{
    Action, Authorization, Bucket, BucketType, CatalogError, Dbrp, Membership, Organization, Permission, Resource,
    ResourceType, Role, Status, UnknownResourceType, User,
};
pub use storage::store::StorageError;
pub use write::{BatchError, WriteBatchError, WriteError, WriteOutcome};

#[cfg(test)]
mod tests;
