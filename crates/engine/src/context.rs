//! [`QueryContext`]: what one caller's query sees of the folder. Every way in which a script can name a bucket ends here.

use std::sync::Arc;

use arrow::array::RecordBatch;
use flux::plan::{BucketRef, Op, Plan, ToSpec};
use flux::{ErrorCode, FluxError};
use futures::FutureExt;
use futures::future::BoxFuture;
use model::Id;
use query::context::{BucketRow, Context, OpenBucket};
use storage::batch::WriteBatch;
use storage::catalog::{Bucket, BucketType, State};
use storage::store::StorageError;

use crate::answer::QueryScope;
use crate::engine::Engine;
use crate::flux_points;
use crate::write::WriteOutcome;

/// The folder, and what of it may be touched.
#[derive(Debug, Clone)]
pub(crate) struct QueryContext {
    engine: Engine,
    scope: QueryScope,
}

impl QueryContext {
    pub(crate) fn new(engine: Engine, scope: QueryScope) -> Self {
        Self { engine, scope }
    }

    /// Refuses a plan with a `to()` that the caller may not do, before anything runs.
    pub(crate) fn check_writes(&self, plan: &Plan) -> Result<(), FluxError> {
        plan.nodes.iter().try_for_each(|node| match &node.op {
            Op::To(spec) => self.writable(spec).map(drop),
            _ => Ok(()),
        })
    }

    /// The bucket that `to()` writes to. One that may be neither read nor written looks as if it did not exist.
    fn writable(&self, spec: &ToSpec) -> Result<Id, FluxError> {
        let state = self.engine.catalog().state();
        let org = self.org_of(&state, spec.org.as_deref())?;
        let bucket = find(&state, org, &spec.bucket)?;
        if (self.scope.may_write)(bucket.id) {
            return Ok(bucket.id);
        }
        if (self.scope.may_read)(bucket.id) {
            let text = "failed to initialize execute state: user not authorized to write";
            return Err(FluxError::invalid(text).with_code(ErrorCode::Forbidden));
        }
        Err(unknown(&spec.bucket))
    }

    /// The organisation that `to(org:)` names, or that of the query.
    fn org_of(&self, state: &State, name: Option<&str>) -> Result<Id, FluxError> {
        let Some(name) = name.filter(|name| !name.is_empty()) else { return Ok(self.scope.org) };
        let by_id = name.parse::<Id>().ok().and_then(|id| state.organization(id));
        let found = by_id.or_else(|| state.organization_by_name(name));
        found.map(|org| org.id).ok_or_else(|| {
            let text = format!("failed to initialize execute state: could not find organization {name:?}");
            FluxError::invalid(text).with_code(ErrorCode::NotFound)
        })
    }

    async fn write_points(self, spec: ToSpec, rows: Vec<RecordBatch>) -> Result<(), FluxError> {
        let bucket = self.writable(&spec)?;
        let mut points = WriteBatch::default();
        for batch in &rows {
            flux_points::push_rows(&spec, batch, &mut points)?;
        }
        match self.engine.store_batch(bucket, points, self.engine.now_ns()).await {
            Ok(WriteOutcome::Stored { .. }) => Ok(()),
            Ok(WriteOutcome::Partial { message }) => {
                Err(FluxError::invalid(format!("failed writing points to database: {message}")))
            }
            Err(StorageError::NoBucket(_)) => Err(unknown(&spec.bucket)),
            Err(error) => Err(failed(&error)),
        }
    }
}

impl Context for QueryContext {
    fn open(&self, bucket: &BucketRef) -> Result<OpenBucket, FluxError> {
        let state = self.engine.catalog().state();
        let found = find(&state, self.scope.org, bucket)?;
        if !(self.scope.may_read)(found.id) {
            return Err(unknown(bucket));
        }
        match self.engine.store().snapshot(found.id) {
            Ok(snapshot) => Ok(OpenBucket { snapshot, shard_group_ns: found.shard_group_ns }),
            Err(StorageError::NoBucket(_)) => Err(unknown(bucket)),
            Err(error) => Err(failed(&error)),
        }
    }

    fn buckets(&self) -> Result<Vec<BucketRow>, FluxError> {
        let state = self.engine.catalog().state();
        let org = self.scope.org;
        let listed = |bucket: &&Arc<Bucket>| {
            (self.scope.may_read)(bucket.id) && (self.scope.lists_system_buckets || bucket.kind == BucketType::User)
        };
        let row = |bucket: &Arc<Bucket>| BucketRow {
            name: bucket.name.clone(),
            id: bucket.id.to_string(),
            organization_id: org.to_string(),
            retention_policy: bucket.retention_policy.clone().unwrap_or_default(),
            retention_period_ns: bucket.retention_ns,
        };
        let rows: Vec<BucketRow> = state.buckets_of(org).filter(listed).map(row).collect();
        if rows.is_empty() {
            let text = format!("no buckets found in organization {org}");
            return Err(FluxError::invalid(text).with_code(ErrorCode::NotFound));
        }
        Ok(rows)
    }

    fn write(&self, spec: ToSpec, rows: Vec<RecordBatch>) -> BoxFuture<'static, Result<(), FluxError>> {
        self.clone().write_points(spec, rows).boxed()
    }
}

/// The bucket of this name in `org`, or of this identifier anywhere. That it exists says nothing of who may see it.
fn find(state: &State, org: Id, bucket: &BucketRef) -> Result<Arc<Bucket>, FluxError> {
    let found = match bucket {
        BucketRef::Name(name) => state.bucket_by_name(org, name),
        BucketRef::Id(text) => {
            let id: Id = text.parse().map_err(|error| {
                FluxError::invalid(format!("failed to initialize execute state: invalid bucket id: {error}"))
            })?;
            state.bucket(id)
        }
    };
    found.cloned().ok_or_else(|| unknown(bucket))
}

fn unknown(bucket: &BucketRef) -> FluxError {
    let (BucketRef::Name(name) | BucketRef::Id(name)) = bucket;
    FluxError::invalid(format!("failed to initialize execute state: could not find bucket {name:?}"))
        .with_code(ErrorCode::NotFound)
}

fn failed(error: &StorageError) -> FluxError {
    FluxError::invalid(error.to_string()).with_code(ErrorCode::Internal)
}
