//! What running a plan asks of its surroundings; implemented by the engine.

use std::fmt;

use arrow::record_batch::RecordBatch;
use flux::FluxError;
use flux::plan::{BucketRef, ToSpec};
use futures::future::BoxFuture;
use storage::snapshot::Snapshot;

/// A bucket as a query sees it.
#[derive(Debug, Clone)]
pub struct OpenBucket {
    pub snapshot: Snapshot,
    /// Shard-group duration in nanoseconds; some schema answers widen their bounds to whole shard groups.
    pub shard_group_ns: i64,
}

/// One row of `buckets()`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketRow {
    pub name: String,
    pub id: String,
    pub organization_id: String,
    /// Empty for buckets made through version 2.
    pub retention_policy: String,
    /// Nanoseconds; 0 for ever.
    pub retention_period_ns: i64,
}

/// Implemented by the engine for one caller: it knows the organisation and the permissions.
pub trait Context: fmt::Debug + Send + Sync {
    /// Opens a bucket for reading. Unknown and unreadable buckets look alike: code not found, message
    /// `failed to initialize execute state: could not find bucket "b"`.
    fn open(&self, bucket: &BucketRef) -> Result<OpenBucket, FluxError>;

    /// The buckets that the caller may read.
    fn buckets(&self) -> Result<Vec<BucketRow>, FluxError>;

    /// `to()`: writes rows as points. `rows` holds the columns of the tables by their Flux names.
    fn write(&self, spec: ToSpec, rows: Vec<RecordBatch>) -> BoxFuture<'static, Result<(), FluxError>>;
}
