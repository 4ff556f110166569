//! The catalogue: organisations, users, buckets and authorizations in one transactional file.

pub mod error;
pub mod permission;
pub mod record;

pub use error::{CatalogError, Kind};
pub use permission::{Action, Permission, Resource, ResourceType, UnknownResourceType};
pub use record::{Authorization, Bucket, BucketType, Dbrp, Membership, Organization, Role, Status, User};
