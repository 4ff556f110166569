//! Organisations, and who is a member or an owner of what.

use model::Id;
use storage::catalog::{Bucket, BucketType, CatalogError, Kind, Membership, Organization, Role, State, Transaction};

use super::{NewOrganization, OrganizationChange};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::{ids, limits};

/// The buckets that come with an organisation: name, description, retention in nanoseconds.
const SYSTEM_BUCKETS: [(&str, &str, i64); 2] = [
    ("_tasks", "System bucket for task logs", limits::TASKS_RETENTION_NS),
    ("_monitoring", "System bucket for monitoring logs", limits::MONITORING_RETENTION_NS),
];

/// Organisations and their people.
impl Engine {
    /// All organisations, in the order of their creation.
    pub fn organizations(&self) -> Vec<Organization> {
        self.catalog().state().organizations().map(|org| (**org).clone()).collect()
    }

    /// The organisation with this identifier, or `organization not found`.
    pub fn organization(&self, id: Id) -> Result<Organization, EngineError> {
        Ok(find(&self.catalog().state(), id)?)
    }

    /// The organisation of this name, or `organization name "x" not found`.
    pub fn organization_by_name(&self, name: &str) -> Result<Organization, EngineError> {
        let state = self.catalog().state();
        let found = state.organization_by_name(name).map(|org| (**org).clone());
        found.ok_or_else(|| EngineError::OrganizationName(name.to_owned()))
    }

    /// Makes an organisation and its system buckets.
    pub async fn create_organization(&self, new: NewOrganization) -> Result<Organization, EngineError> {
        self.changing_buckets(move |engine| {
            let now_ns = engine.now_ns();
            let (organization, buckets) = engine.catalog().transaction(|t| create(t, new, now_ns))?;
            engine.register_buckets(&buckets)?;
            Ok(organization)
        })
        .await
    }

    /// Changes an organisation.
    pub async fn update_organization(&self, id: Id, change: OrganizationChange) -> Result<Organization, EngineError> {
        self.changing_buckets(move |engine| {
            let now_ns = engine.now_ns();
            let changed = engine.catalog().transaction(|t| {
                let mut organization = find(t.state(), id)?;
                if let Some(name) = change.name {
                    organization.name = checked_name(name)?;
                }
                if let Some(description) = change.description {
                    organization.description = description;
                }
                organization.updated_at_ns = now_ns;
                t.put_organization(organization.clone())?;
                Ok::<_, EngineError>(organization)
            })?;
            engine.refresh_links();
            Ok(changed)
        })
        .await
    }

    /// Removes an organisation with its buckets, authorizations and members.
    pub async fn delete_organization(&self, id: Id) -> Result<(), EngineError> {
        self.changing_buckets(move |engine| {
            let state = engine.catalog().state();
            find(&state, id).map_err(|error| EngineError::DeleteOrganization { id, error })?;
            let buckets: Vec<Id> = state.buckets_of(id).map(|bucket| bucket.id).collect();
            engine.drop_buckets(&buckets)?;
            engine.catalog().transaction(|t| t.remove_organization(id))?;
            engine.refresh_links();
            Ok(())
        })
        .await
    }

    /// The members and owners of an organisation or a bucket.
    pub fn memberships(&self, resource: Id) -> Vec<Membership> {
        self.catalog().state().memberships_of(resource).copied().collect()
    }

    /// What a user is a member or an owner of: organisations and buckets.
    pub fn memberships_of_user(&self, user: Id) -> Vec<Membership> {
        let state = self.catalog().state();
        state.memberships_of_user(user).filter(|m| m.resource_id != ids::instance()).copied().collect()
    }

    /// Makes a user a member or an owner of an organisation or a bucket.
    pub async fn add_membership(&self, membership: Membership) -> Result<(), EngineError> {
        self.blocking(move |engine| {
            engine.catalog().transaction(|t| {
                let resource = membership.resource_id;
                if t.state().organization(resource).is_none() && t.state().bucket(resource).is_none() {
                    return Err(CatalogError::NotFound { kind: Kind::Organization }.into());
                }
                Ok(t.add_membership(membership)?)
            })
        })
        .await
    }

    /// Ends a user's part in an organisation or a bucket.
    pub async fn remove_membership(&self, resource: Id, user: Id, role: Role) -> Result<(), EngineError> {
        let membership = Membership { resource_id: resource, user_id: user, role };
        self.blocking(move |engine| Ok(engine.catalog().transaction(|t| t.remove_membership(membership))?)).await
    }
}

fn find(state: &State, id: Id) -> Result<Organization, CatalogError> {
    let found = state.organization(id).map(|org| (**org).clone());
    found.ok_or(CatalogError::NotFound { kind: Kind::Organization })
}

/// Makes an organisation with its system buckets; gives the buckets too.
pub(super) fn create(
    t: &mut Transaction,
    new: NewOrganization,
    now_ns: i64,
) -> Result<(Organization, Vec<Bucket>), EngineError> {
    let organization = Organization {
        id: ids::next(t.state(), now_ns),
        name: checked_name(new.name)?,
        description: new.description,
        created_at_ns: now_ns,
        updated_at_ns: now_ns,
    };
    t.put_organization(organization.clone())?;
    if let Some(owner) = new.owner {
        t.add_membership(Membership { resource_id: organization.id, user_id: owner, role: Role::Owner })?;
    }
    let mut buckets = Vec::with_capacity(SYSTEM_BUCKETS.len());
    for (name, description, retention_ns) in SYSTEM_BUCKETS {
        let bucket = Bucket {
            id: ids::next(t.state(), now_ns),
            org_id: organization.id,
            name: name.to_owned(),
            kind: BucketType::System,
            description: description.to_owned(),
            retention_policy: None,
            retention_ns,
            shard_group_ns: model::default_shard_group_ns(Some(retention_ns)),
            schema_type: None,
            created_at_ns: now_ns,
            updated_at_ns: now_ns,
        };
        t.put_bucket(bucket.clone())?;
        buckets.push(bucket);
    }
    Ok((organization, buckets))
}

fn checked_name(name: String) -> Result<String, EngineError> {
    if name.trim().is_empty() { Err(EngineError::OrganizationNameEmpty) } else { Ok(name) }
}
