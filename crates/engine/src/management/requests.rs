//! What is asked of and answered by the management of a folder.

use model::Id;
use storage::catalog::{Authorization, Bucket, Organization, Permission, Status, User};

/// `POST /api/v2/setup`.
#[derive(Clone, Default)]
pub struct OnboardingRequest {
    /// Name of the first user.
    pub username: String,
    /// Its password; without one nobody can sign in, but the token works.
    pub password: Option<String>,
    /// Name of the first organisation.
    pub org: String,
    /// Name of the first bucket.
    pub bucket: String,
    /// How long its points are kept; 0 is for ever.
    pub retention_ns: i64,
    /// The operator token; a random one if `None` or empty.
    pub token: Option<String>,
}

impl std::fmt::Debug for OnboardingRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OnboardingRequest")
            .field("username", &self.username)
            .field("org", &self.org)
            .field("bucket", &self.bucket)
            .field("retention_ns", &self.retention_ns)
            .finish_non_exhaustive()
    }
}

/// What onboarding made.
#[derive(Debug, Clone)]
pub struct Onboarded {
    /// The first user.
    pub user: User,
    /// The first organisation.
    pub org: Organization,
    /// The first bucket.
    pub bucket: Bucket,
    /// The operator token.
    pub authorization: CreatedAuthorization,
}

/// An authorization with its token, which is told only now.
#[derive(Clone)]
pub struct CreatedAuthorization {
    /// The authorization.
    pub authorization: Authorization,
    /// The token.
    pub token: String,
}

impl std::fmt::Debug for CreatedAuthorization {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CreatedAuthorization").field("authorization", &self.authorization).finish_non_exhaustive()
    }
}

/// A new organisation; its system buckets come with it.
#[derive(Debug, Clone, Default)]
pub struct NewOrganization {
    /// Unique name.
    pub name: String,
    /// Free text.
    pub description: String,
    /// Who becomes its owner.
    pub owner: Option<Id>,
}

/// What to change of an organisation; `None` leaves it.
#[derive(Debug, Clone, Default)]
pub struct OrganizationChange {
    /// New name.
    pub name: Option<String>,
    /// New description.
    pub description: Option<String>,
}

/// A new user.
#[derive(Debug, Clone, Default)]
pub struct NewUser {
    /// Unique name.
    pub name: String,
    /// Whether it may be used.
    pub status: Status,
}

/// What to change of a user; `None` leaves it.
#[derive(Debug, Clone, Default)]
pub struct UserChange {
    /// New name.
    pub name: Option<String>,
    /// New status.
    pub status: Option<Status>,
}

/// A new bucket.
#[derive(Debug, Clone)]
pub struct NewBucket {
    /// The organisation that owns it.
    pub org_id: Id,
    /// Unique name within the organisation.
    pub name: String,
    /// Free text.
    pub description: String,
    /// `rp`, kept without effect.
    pub retention_policy: Option<String>,
    /// How long points are kept; 0 is for ever.
    pub retention_ns: i64,
    /// Length of a shard group; by the retention if `None` or 0.
    pub shard_group_ns: Option<i64>,
    /// `schemaType`, kept.
    pub schema_type: Option<String>,
    /// Who becomes its owner.
    pub owner: Option<Id>,
}

impl NewBucket {
    /// A bucket that keeps points for ever.
    pub fn new(org_id: Id, name: impl Into<String>) -> Self {
        Self {
            org_id,
            name: name.into(),
            description: String::new(),
            retention_policy: None,
            retention_ns: 0,
            shard_group_ns: None,
            schema_type: None,
            owner: None,
        }
    }
}

/// What to change of a bucket; `None` leaves it.
#[derive(Debug, Clone, Default)]
pub struct BucketChange {
    /// New name.
    pub name: Option<String>,
    /// New description.
    pub description: Option<String>,
    /// New retention, 0 for ever; the length of shard groups stays.
    pub retention_ns: Option<i64>,
    /// New length of shard groups, for points to come.
    pub shard_group_ns: Option<i64>,
}

/// Which buckets to list; `None` is all.
#[derive(Debug, Clone, Default)]
pub struct BucketFilter {
    /// This one.
    pub id: Option<Id>,
    /// Of this organisation.
    pub org_id: Option<Id>,
    /// Of this name.
    pub name: Option<String>,
}

/// A new authorization.
#[derive(Clone)]
pub struct NewAuthorization {
    /// The organisation it belongs to.
    pub org_id: Id,
    /// The user it acts for.
    pub user_id: Id,
    /// What it permits; at least one.
    pub permissions: Vec<Permission>,
    /// Free text.
    pub description: String,
    /// Whether it may be used.
    pub status: Status,
    /// The token; a random one if `None`.
    pub token: Option<String>,
}

impl std::fmt::Debug for NewAuthorization {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewAuthorization")
            .field("org_id", &self.org_id)
            .field("user_id", &self.user_id)
            .field("permissions", &self.permissions)
            .field("description", &self.description)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// What to change of an authorization; `None` leaves it.
#[derive(Debug, Clone, Default)]
pub struct AuthorizationChange {
    /// New status.
    pub status: Option<Status>,
    /// New description.
    pub description: Option<String>,
}

impl NewAuthorization {
    /// The authorization as it is kept, without its token.
    pub(super) fn made(self, id: Id, token_sha256: String, now_ns: i64) -> Authorization {
        Authorization {
            id,
            token_sha256,
            status: self.status,
            description: self.description,
            org_id: self.org_id,
            user_id: self.user_id,
            permissions: self.permissions,
            created_at_ns: now_ns,
            updated_at_ns: now_ns,
        }
    }
}

impl AuthorizationChange {
    /// Changes an authorization at an instant.
    pub(super) fn apply(self, authorization: &mut Authorization, now_ns: i64) {
        authorization.status = self.status.unwrap_or(authorization.status);
        if let Some(description) = self.description {
            authorization.description = description;
        }
        authorization.updated_at_ns = now_ns;
    }
}

/// Which authorizations to list; `None` is all.
#[derive(Debug, Clone, Default)]
pub struct AuthorizationFilter {
    /// Of this organisation.
    pub org_id: Option<Id>,
    /// Of this user.
    pub user_id: Option<Id>,
}
