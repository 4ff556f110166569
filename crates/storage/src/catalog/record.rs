//! What the catalogue keeps: organisations, users, buckets, authorizations, logins of version 1, memberships, DBRP mappings and labels.
//!
//! Each is stored as one JSON value under its identifier. Times are nanoseconds since the epoch, durations nanoseconds.

use std::collections::BTreeMap;

use model::Id;
use serde::{Deserialize, Serialize};

use super::permission::Permission;

/// An organisation: the owner of buckets and authorizations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// Identifier.
    pub id: Id,
    /// Unique among organisations.
    pub name: String,
    /// Free text, may be empty.
    pub description: String,
    /// When it was created.
    pub created_at_ns: i64,
    /// When it was changed last.
    pub updated_at_ns: i64,
}

/// Whether a user or an authorization may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// In use.
    #[default]
    Active,
    /// Kept, but refused.
    Inactive,
}

impl Status {
    /// `active` or `inactive`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
        }
    }

    /// The inverse of [`Status::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Active, Self::Inactive].into_iter().find(|s| s.name() == name)
    }
}

/// A person or a program that signs in or owns tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Identifier.
    pub id: Id,
    /// Unique among users.
    pub name: String,
    /// Whether it may do anything.
    pub status: Status,
}

/// Who made a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BucketType {
    /// A user.
    User,
    /// The database itself (`_tasks`, `_monitoring`): it can be neither renamed nor removed.
    System,
}

impl BucketType {
    /// `user` or `system`.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::System => "system",
        }
    }
}

/// Where points are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// Identifier.
    pub id: Id,
    /// The organisation that owns it.
    pub org_id: Id,
    /// Unique within the organisation.
    pub name: String,
    /// Who made it.
    pub kind: BucketType,
    /// Free text, may be empty.
    pub description: String,
    /// The retention policy's name that a client gave (`rp`); kept, without effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention_policy: Option<String>,
    /// How long points are kept; 0 is for ever.
    pub retention_ns: i64,
    /// Length of a shard group; a later change of the retention keeps it.
    pub shard_group_ns: i64,
    /// `schemaType` (`implicit` or `explicit`) as the client gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema_type: Option<String>,
    /// When it was created.
    pub created_at_ns: i64,
    /// When it was changed last.
    pub updated_at_ns: i64,
}

/// A token, without the token: what it permits and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorization {
    /// Identifier.
    pub id: Id,
    /// SHA-256 of the token, in lower-case hexadecimal digits.
    pub token_sha256: String,
    /// Whether it may be used.
    pub status: Status,
    /// Free text, may be empty.
    pub description: String,
    /// The organisation it belongs to.
    pub org_id: Id,
    /// The user it acts for.
    pub user_id: Id,
    /// What it permits.
    pub permissions: Vec<Permission>,
    /// When it was created.
    pub created_at_ns: i64,
    /// When it was changed last.
    pub updated_at_ns: i64,
}

/// What a user is to an organisation or a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// May read.
    Member,
    /// May read and write.
    Owner,
}

impl Role {
    /// `member` or `owner`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Owner => "owner",
        }
    }
}

/// A user's part in an organisation or a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Membership {
    /// The organisation or bucket.
    pub resource_id: Id,
    /// The user.
    pub user_id: Id,
    /// Its part.
    pub role: Role,
}

/// A mapping of a database and retention policy of InfluxDB 1 to a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dbrp {
    /// Identifier.
    pub id: Id,
    /// Database of version 1.
    pub database: String,
    /// Retention policy of version 1.
    pub retention_policy: String,
    /// Whether it answers for its database when no retention policy is named.
    pub default: bool,
    /// The organisation it belongs to.
    pub org_id: Id,
    /// The bucket it stands for.
    pub bucket_id: Id,
}

/// A name and password of version 1, and what they permit.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// Unique among logins.
    pub name: String,
    /// Hash of the password in the PHC string format; nobody comes in without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_hash: Option<String>,
    /// What it permits and whose it is; it has no token of its own.
    pub authorization: Authorization,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login")
            .field("name", &self.name)
            .field("authorization", &self.authorization)
            .finish_non_exhaustive()
    }
}

/// A mark that things of an organisation can bear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Identifier.
    pub id: Id,
    /// The organisation that owns it.
    pub org_id: Id,
    /// Unique within the organisation, whatever the case of its letters.
    pub name: String,
    /// Free pairs of texts, such as a colour.
    pub properties: BTreeMap<String, String>,
}
