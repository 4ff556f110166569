//! The embeddable database: open a folder, write, query, delete, close.

pub mod auth;
pub mod clock;
pub mod engine;
pub mod error;
pub mod limits;
pub mod management;

pub use codec::table::{ColumnType, Event, TableColumn, TableSchema};
pub use engine::{Answer, Engine, EngineOptions, QueryRequest, QueryScope, WriteError, WriteOutcome};
pub use error::{EngineError, ErrorClass};
pub use flux::{ErrorCode, FluxError};
pub use model::{Id, IdError, Precision, SeriesFilter};
pub use storage::catalog::{
    Action, Authorization, Bucket, BucketType, CatalogError, Dbrp, Membership, Organization, Permission, Resource,
    ResourceType, Role, Status, UnknownResourceType, User,
};
