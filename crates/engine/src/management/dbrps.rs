//! Mappings of the databases and retention policies of version 1 to buckets.

use model::Id;
use storage::catalog::{CatalogError, Dbrp, Kind};

use crate::engine::Engine;
use crate::error::EngineError;
use crate::ids;

/// The retention policy that a bucket without one in its name answers for.
const AUTOGEN: &str = "autogen";

/// A mapping: one that was made, or one that a bucket's name comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// Database, policy, bucket. Of a virtual mapping the identifier is the bucket's.
    pub dbrp: Dbrp,
    /// Whether nobody made it.
    pub is_virtual: bool,
}

/// What a new mapping is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDbrp {
    /// Database of version 1.
    pub database: String,
    /// Retention policy of version 1.
    pub retention_policy: String,
    /// Whether it is to answer for its database when no policy is named; the first of a database always does.
    pub default: bool,
    /// The organisation it belongs to.
    pub org_id: Id,
    /// The bucket it stands for.
    pub bucket_id: Id,
}

/// What is to be different; what is not said stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DbrpChange {
    /// Another policy.
    pub retention_policy: Option<String>,
    /// Whether it answers for its database.
    pub default: Option<bool>,
}

/// Mappings of version 1.
impl Engine {
    /// All mappings of an organisation. A bucket `db/rp` answers for that pair and a bucket `db` for `db` with `autogen`, which is also the default,
    /// unless a mapping that was made takes the place.
    pub fn mappings(&self, org: Id) -> Vec<Mapping> {
        let state = self.catalog().state();
        let made: Vec<Dbrp> = state.dbrps().filter(|d| d.org_id == org).map(|d| (**d).clone()).collect();
        let mut all: Vec<Mapping> = made.iter().map(|d| Mapping { dbrp: d.clone(), is_virtual: false }).collect();
        for bucket in state.buckets().filter(|b| b.org_id == org) {
            let (database, policy) = bucket.name.split_once('/').unwrap_or((&bucket.name, AUTOGEN));
            if made.iter().any(|d| d.database == database && d.retention_policy == policy) {
                continue;
            }
            let has_default = made.iter().any(|d| d.database == database && d.default);
            let dbrp = Dbrp {
                id: bucket.id,
                database: database.to_owned(),
                retention_policy: policy.to_owned(),
                default: !bucket.name.contains('/') && !has_default,
                org_id: org,
                bucket_id: bucket.id,
            };
            all.push(Mapping { dbrp, is_virtual: true });
        }
        all
    }

    /// The bucket that answers for a database and a policy; without a policy, for the database's default.
    pub fn mapped_bucket(&self, org: Id, database: &str, policy: Option<&str>) -> Option<Id> {
        let state = self.catalog().state();
        let mut made = state.dbrps().filter(|d| d.org_id == org && d.database == database);
        let wanted = |d: &Dbrp| policy.map_or(d.default, |policy| d.retention_policy == policy);
        if let Some(found) = made.find(|d| wanted(d)) {
            return Some(found.bucket_id);
        }
        let named = |name: &str| self.bucket_by_name(org, name).ok().map(|b| b.id);
        let pair = policy.and_then(|policy| named(&format!("{database}/{policy}")));
        pair.or_else(|| policy.is_none_or(|p| p == AUTOGEN).then(|| named(database)).flatten())
    }

    /// Makes a mapping. Refuses an unknown bucket, and a pair that is mapped.
    pub async fn create_dbrp(&self, new: NewDbrp) -> Result<Dbrp, EngineError> {
        self.blocking(move |engine| {
            let now_ns = engine.now_ns();
            let made = engine.catalog().transaction(|t| {
                if t.state().bucket(new.bucket_id).is_none_or(|b| b.org_id != new.org_id) {
                    return Err(CatalogError::NotFound { kind: Kind::Bucket });
                }
                let id = ids::next(t.state(), now_ns);
                t.put_dbrp(Dbrp {
                    id,
                    database: new.database,
                    retention_policy: new.retention_policy,
                    default: new.default,
                    org_id: new.org_id,
                    bucket_id: new.bucket_id,
                })?;
                t.state().dbrp(id).map(|d| (**d).clone()).ok_or(CatalogError::NotFound { kind: Kind::Dbrp })
            })?;
            Ok(made)
        })
        .await
    }

    /// Changes a mapping that was made.
    pub async fn update_dbrp(&self, id: Id, change: DbrpChange) -> Result<Dbrp, EngineError> {
        self.blocking(move |engine| {
            let changed = engine.catalog().transaction(|t| {
                let missing = || CatalogError::NotFound { kind: Kind::Dbrp };
                let mut dbrp = t.state().dbrp(id).map(|d| (**d).clone()).ok_or_else(missing)?;
                dbrp.retention_policy = change.retention_policy.unwrap_or(dbrp.retention_policy);
                dbrp.default = change.default.unwrap_or(dbrp.default);
                t.put_dbrp(dbrp)?;
                t.state().dbrp(id).map(|d| (**d).clone()).ok_or_else(missing)
            })?;
            Ok(changed)
        })
        .await
    }

    /// Removes a mapping that was made.
    pub async fn delete_dbrp(&self, id: Id) -> Result<(), EngineError> {
        self.blocking(move |engine| Ok(engine.catalog().transaction(|t| t.remove_dbrp(id))?)).await
    }
}
