//! The embeddable database: open a folder, write, query, delete, close.
//!
//! An [`Engine`] is one open data folder. It needs a Tokio runtime and nothing else: no server, no global state; several
//! folders can be open in one process. A folder has one writer; others open it with [`EngineOptions::read_only`].
//!
//! ```
//! # use tidegauge_engine as engine;
//! use engine::management::{NewBucket, NewOrganization};
//! use engine::{Comparison, Engine, EngineOptions, Event, Precision, QueryRequest, SeriesFilter};
//! use futures::StreamExt;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! let engine = Engine::open(EngineOptions::new(folder.path())).await?;
//! let org = engine.create_organization(NewOrganization { name: "home".into(), ..Default::default() }).await?;
//! let bucket = engine.create_bucket(NewBucket::new(org.id, "sensors")).await?;
//!
//! let lines = b"room,place=attic celsius=28.5 1709510400\nroom,place=cellar celsius=12.25 1709510400";
//! engine.write_line_protocol(bucket.id, lines, Precision::Seconds).await?;
//!
//! let script = r#"from(bucket: "sensors") |> range(start: 0) |> filter(fn: (r) => r.place == "attic")"#;
//! let mut answer = engine.query(QueryRequest::new(script, engine.full_scope(org.id))).await?;
//! let mut rows = 0;
//! while let Some(event) = answer.next().await {
//!     match event {
//!         Event::Rows(batch) => rows += batch.num_rows(),
//!         Event::Error(message) => return Err(message.into()),
//!         Event::Result(_) | Event::Table { .. } => {}
//!     }
//! }
//! assert_eq!(rows, 1);
//!
//! let attic = SeriesFilter::Tag { key: "place".into(), comparison: Comparison::Equal, value: "attic".into() };
//! engine.delete(bucket.id, i64::MIN, i64::MAX, attic).await?;
//! engine.close().await?;
//! # Ok(())
//! # }
//! ```
//!
//! A front end that serves several people sets a folder up with [`Engine::onboard`], recognises who asks with
//! [`Engine::authenticate_token`] or [`Engine::authenticate_session`], asks [`auth::Principal::check`] before it acts, and
//! gives queries the scope of their asker with [`Engine::query_scope`].

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
mod explain;
mod flux_points;
pub mod flux_text;
mod host;
mod ids;
pub mod limits;
pub mod management;
mod options;
mod write;

pub use answer::{Answer, QueryRequest, QueryScope};
/// Arrow, in the version that batches come and go in.
pub use arrow;
pub use arrow_points::batch_to_lines;
pub use codec::table::{ColumnType, Event, TableColumn, TableSchema};
pub use engine::Engine;
pub use error::{EngineError, ErrorClass, SystemBucketChange};
pub use explain::Explain;
pub use flux::{ErrorCode, FluxError};
pub use management::{BucketFilter, NewBucket, OnboardingRequest};
pub use model::{Comparison, FieldType, FluxDuration, Id, IdError, Precision, SeriesFilter};
pub use options::EngineOptions;
pub use storage::budget::Hold;
pub use storage::catalog::{
    Action, Authorization, Bucket, BucketType, CatalogError, Dbrp, Label, Login, Membership, Organization, Permission,
    Resource, ResourceType, Role, Status, UnknownResourceType, User,
};
pub use storage::inspect::{BucketInspection, MeasurementInspection, PartitionInspection};
pub use storage::partition::IndexSummary;
pub use storage::store::StorageError;
pub use storage::verify::{Damage, Verification};
pub use write::{BatchError, WriteBatchError, WriteError, WriteOutcome};

#[cfg(test)]
mod tests;
