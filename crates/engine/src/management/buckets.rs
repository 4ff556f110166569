//! Buckets: in the catalogue, in the store and among the links by name.

use model::Id;
use storage::catalog::{Bucket, BucketType, CatalogError, Kind, Membership, Role, State, Transaction};

use super::{BucketChange, BucketFilter, NewBucket};
use crate::engine::Engine;
use crate::error::{EngineError, SystemBucketChange};
use crate::{ids, limits};

/// Buckets.
impl Engine {
    /// Buckets: by name within an organisation if the filter names one, else in the order of their creation.
    pub fn buckets(&self, filter: &BucketFilter) -> Vec<Bucket> {
        let state = self.catalog().state();
        let wanted = |bucket: &Bucket| {
            filter.id.is_none_or(|id| bucket.id == id) && filter.name.as_ref().is_none_or(|name| bucket.name == *name)
        };
        match filter.org_id {
            Some(org) => state.buckets_of(org).filter(|b| wanted(b)).map(|b| (**b).clone()).collect(),
            None => state.buckets().filter(|b| wanted(b)).map(|b| (**b).clone()).collect(),
        }
    }

    /// The bucket with this identifier, or `bucket not found`.
    pub fn bucket(&self, id: Id) -> Result<Bucket, EngineError> {
        Ok(find(&self.catalog().state(), id)?)
    }

    /// The bucket of this name in an organisation, or `bucket "x" not found`.
    pub fn bucket_by_name(&self, org: Id, name: &str) -> Result<Bucket, EngineError> {
        let state = self.catalog().state();
        let found = state.bucket_by_name(org, name).map(|bucket| (**bucket).clone());
        found.ok_or_else(|| EngineError::BucketName(name.to_owned()))
    }

    /// Makes a bucket.
    pub async fn create_bucket(&self, new: NewBucket) -> Result<Bucket, EngineError> {
        self.changing_buckets(move |engine| {
            let now_ns = engine.now_ns();
            let bucket = engine.catalog().transaction(|t| create(t, new, now_ns))?;
            engine.register_buckets(std::slice::from_ref(&bucket))?;
            Ok(bucket)
        })
        .await
    }

    /// Changes a bucket.
    pub async fn update_bucket(&self, id: Id, change: BucketChange) -> Result<Bucket, EngineError> {
        self.changing_buckets(move |engine| {
            let now_ns = engine.now_ns();
            let bucket = engine.catalog().transaction(|t| update(t, id, change, now_ns))?;
            engine.register_buckets(std::slice::from_ref(&bucket))?;
            Ok(bucket)
        })
        .await
    }

    /// Removes a bucket with its points.
    pub async fn delete_bucket(&self, id: Id) -> Result<(), EngineError> {
        self.changing_buckets(move |engine| {
            if engine.bucket(id)?.kind == BucketType::System {
                return Err(EngineError::SystemBucket(SystemBucketChange::Delete));
            }
            engine.drop_buckets(&[id])?;
            engine.catalog().transaction(|t| t.remove_bucket(id))?;
            engine.refresh_links();
            Ok(())
        })
        .await
    }
}

fn find(state: &State, id: Id) -> Result<Bucket, CatalogError> {
    state.bucket(id).map(|bucket| (**bucket).clone()).ok_or(CatalogError::NotFound { kind: Kind::Bucket })
}

/// Makes a bucket of a user.
pub(super) fn create(t: &mut Transaction, new: NewBucket, now_ns: i64) -> Result<Bucket, EngineError> {
    check_name(&new.name)?;
    check_retention(new.retention_ns)?;
    let shard_group_ns = match new.shard_group_ns {
        None | Some(0) => model::default_shard_group_ns(Some(new.retention_ns)),
        Some(chosen) => chosen,
    };
    check_shard_group(shard_group_ns)?;
    if new.retention_ns > 0 && shard_group_ns > new.retention_ns {
        return Err(EngineError::ShardGroupTooLong);
    }
    let bucket = Bucket {
        id: ids::next(t.state(), now_ns),
        org_id: new.org_id,
        name: new.name,
        kind: BucketType::User,
        description: new.description,
        retention_policy: new.retention_policy,
        retention_ns: new.retention_ns,
        shard_group_ns,
        schema_type: new.schema_type,
        created_at_ns: now_ns,
        updated_at_ns: now_ns,
    };
    t.put_bucket(bucket.clone())?;
    if let Some(owner) = new.owner {
        t.add_membership(Membership { resource_id: bucket.id, user_id: owner, role: Role::Owner })?;
    }
    Ok(bucket)
}

fn update(t: &mut Transaction, id: Id, change: BucketChange, now_ns: i64) -> Result<Bucket, EngineError> {
    let mut bucket = find(t.state(), id)?;
    if let Some(name) = change.name.filter(|name| *name != bucket.name) {
        if bucket.kind == BucketType::System {
            return Err(EngineError::SystemBucket(SystemBucketChange::Rename));
        }
        check_name(&name)?;
        bucket.name = name;
    }
    if let Some(description) = change.description {
        bucket.description = description;
    }
    if let Some(retention_ns) = change.retention_ns {
        check_retention(retention_ns)?;
        bucket.retention_ns = retention_ns;
    }
    if let Some(shard_group_ns) = change.shard_group_ns.filter(|ns| *ns != 0) {
        check_shard_group(shard_group_ns)?;
        bucket.shard_group_ns = shard_group_ns;
    }
    if bucket.retention_ns > 0 && bucket.shard_group_ns > bucket.retention_ns {
        return Err(EngineError::ShardGroupTooLongNow);
    }
    bucket.updated_at_ns = now_ns;
    t.put_bucket(bucket.clone()).map_err(|error| match error {
        CatalogError::NameTaken { .. } => EngineError::BucketNameTaken,
        error => error.into(),
    })?;
    Ok(bucket)
}

/// As in InfluxDB 2: an empty name is allowed, a leading underscore and a quotation mark are not.
fn check_name(name: &str) -> Result<(), EngineError> {
    let refuse = |reason| Err(EngineError::BucketNameInvalid { name: name.to_owned(), reason });
    if name.starts_with('_') {
        return refuse("Buckets may not start with underscore");
    }
    if name.contains('"') {
        return refuse("Bucket names may not include quotation marks");
    }
    Ok(())
}

fn check_retention(retention_ns: i64) -> Result<(), EngineError> {
    match retention_ns {
        0 | limits::RETENTION_MIN_NS.. => Ok(()),
        1.. => Err(EngineError::RetentionTooShort),
        _ => Err(EngineError::RetentionNegative),
    }
}

fn check_shard_group(shard_group_ns: i64) -> Result<(), EngineError> {
    if shard_group_ns < limits::SHARD_GROUP_MIN_NS { Err(EngineError::ShardGroupTooShort) } else { Ok(()) }
}
