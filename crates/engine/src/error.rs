//! Why a management request was refused, with the words and the class that InfluxDB 2 gives it.

use storage::catalog::CatalogError;
use storage::store::StorageError;

use crate::auth::{AuthError, Denied};

/// How an error is answered: the one thing that a front end needs besides the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// The request is wrong: `invalid`, 400.
    Invalid,
    /// A value is missing: `empty value`, 400.
    EmptyValue,
    /// `unauthorized`, 401.
    Unauthorized,
    /// `forbidden`, 403.
    Forbidden,
    /// `not found`, 404.
    NotFound,
    /// `conflict`, 422 (InfluxDB 2 never answers 409).
    Conflict,
    /// `unprocessable entity`, 422.
    Unprocessable,
    /// `unavailable`, 503.
    Unavailable,
    /// `internal error`, 500.
    Internal,
}

impl ErrorClass {
    /// The `code` of InfluxDB's error body.
    pub fn code(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::EmptyValue => "empty value",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not found",
            Self::Conflict => "conflict",
            Self::Unprocessable => "unprocessable entity",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal error",
        }
    }
}

/// Why a request about organisations, buckets, users or authorizations was refused. The text of each is the whole
/// message for the user.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EngineError {
    /// The catalogue refused.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The store refused.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Nobody is known by these credentials, or they may not be used.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// Somebody known may not do this.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// No organisation has this name.
    #[error("organization name {0:?} not found")]
    OrganizationName(String),
    /// The organisation has no bucket of this name.
    #[error("bucket {0:?} not found")]
    BucketName(String),
    /// A password's length.
    #[error("passwords must be between {min} and {max} characters long", min = crate::limits::PASSWORD_MIN_BYTES, max = crate::limits::PASSWORD_MAX_BYTES)]
    PasswordLength,
    /// What onboarding lacks.
    #[error("onboarding failed: missing required fields [{}]", .0.join(","))]
    OnboardingFields(Vec<&'static str>),
    /// A name that a bucket may not have.
    #[error("bucket name {name} is invalid. {reason}")]
    BucketNameInvalid {
        /// The name.
        name: String,
        /// Why.
        reason: &'static str,
    },
    /// An organisation's name is empty.
    #[error("org name is empty")]
    OrganizationNameEmpty,
    /// An organisation that is not there was to be removed.
    #[error("error deleting organization id: {id}: {error}")]
    DeleteOrganization {
        /// Its identifier.
        id: crate::Id,
        /// `organization not found`.
        error: CatalogError,
    },
    /// A user's name is empty.
    #[error("key required")]
    UserNameEmpty,
    /// A label's name is empty.
    #[error("label name is required")]
    LabelNameEmpty,
    /// A login is to permit something with a bucket that does not exist.
    #[error("bucket not found when creating auth")]
    LoginBucketUnknown,
    /// A password was to be set for nobody.
    #[error("your userID is incorrect")]
    PasswordOfUnknownUser,
    /// A bucket was to get a name that is in use.
    #[error("bucket name is not unique")]
    BucketNameTaken,
    /// A bucket of the system may not be renamed or removed.
    #[error("{0}")]
    SystemBucket(SystemBucketChange),
    /// Retention below the shortest.
    #[error("retention policy duration must be at least 1h0m0s")]
    RetentionTooShort,
    /// Retention below zero.
    #[error("expiration seconds cannot be negative")]
    RetentionNegative,
    /// A shard group below the shortest.
    #[error("shard-group duration must be at least 1h0m0s")]
    ShardGroupTooShort,
    /// A new bucket's shard group is longer than its retention.
    #[error("retention policy duration must be greater than the shard duration")]
    ShardGroupTooLong,
    /// A changed bucket's shard group would be longer than its retention.
    #[error("shard-group duration must also be updated to be smaller than new retention duration")]
    ShardGroupTooLongNow,
    /// An authorization's organisation or user does not exist.
    #[error("unable to create token")]
    TokenOwnerUnknown,
    /// An authorization without permissions.
    #[error("authorization must include permissions")]
    NoPermissions,
    /// A permission on another organisation than the authorization's.
    #[error("permission {permission} is not for org id {org}")]
    PermissionOfOtherOrganization {
        /// The permission.
        permission: crate::Permission,
        /// The authorization's organisation.
        org: crate::Id,
    },
    /// A permission that the creator lacks.
    #[error("permission {0} is not allowed: {0} is unauthorized")]
    PermissionNotAllowed(crate::Permission),
    /// The password hash could not be computed.
    #[error("hashing the password failed: {0}")]
    PasswordHash(argon2::password_hash::Error),
    /// The data folder cannot be made.
    #[error("making the data folder {path} failed: {cause}")]
    Folder {
        /// The folder.
        path: std::path::PathBuf,
        /// Why.
        cause: std::sync::Arc<std::io::Error>,
    },
    /// The query engine refused its options.
    #[error(transparent)]
    Queries(flux::FluxError),
    /// A task of the engine ended before its answer.
    #[error("the engine is closing: open the folder again")]
    Closing,
}

/// What was tried on a bucket of the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SystemBucketChange {
    /// Another name.
    #[error("system buckets cannot be renamed")]
    Rename,
    /// Removal.
    #[error("system buckets cannot be deleted")]
    Delete,
}

impl EngineError {
    /// How it is answered.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Catalog(error) => match error {
                CatalogError::NotFound { .. } => ErrorClass::NotFound,
                CatalogError::NameTaken { .. }
                | CatalogError::TokenTaken
                | CatalogError::LoginTaken
                | CatalogError::LabelledAlready
                | CatalogError::MemberAlready { .. }
                | CatalogError::DbrpTaken
                | CatalogError::OnboardedAlready => ErrorClass::Conflict,
                _ => ErrorClass::Internal,
            },
            Self::Storage(StorageError::Busy { .. }) => ErrorClass::Unavailable,
            Self::Storage(_) | Self::PasswordHash(_) | Self::Folder { .. } | Self::Queries(_) => ErrorClass::Internal,
            Self::Auth(error) => error.class(),
            Self::Denied(_) => ErrorClass::Unauthorized,
            Self::OrganizationName(_)
            | Self::BucketName(_)
            | Self::DeleteOrganization { .. }
            | Self::LoginBucketUnknown => ErrorClass::NotFound,
            Self::BucketNameTaken => ErrorClass::Conflict,
            Self::OnboardingFields(_)
            | Self::RetentionTooShort
            | Self::RetentionNegative
            | Self::ShardGroupTooShort
            | Self::ShardGroupTooLong
            | Self::ShardGroupTooLongNow => ErrorClass::Unprocessable,
            Self::PasswordLength
            | Self::BucketNameInvalid { .. }
            | Self::OrganizationNameEmpty
            | Self::LabelNameEmpty
            | Self::SystemBucket(_)
            | Self::NoPermissions
            | Self::TokenOwnerUnknown
            | Self::PermissionOfOtherOrganization { .. } => ErrorClass::Invalid,
            Self::UserNameEmpty => ErrorClass::EmptyValue,
            Self::PermissionNotAllowed(_) | Self::PasswordOfUnknownUser => ErrorClass::Forbidden,
            Self::Closing => ErrorClass::Unavailable,
        }
    }
}

impl From<argon2::password_hash::Error> for EngineError {
    fn from(error: argon2::password_hash::Error) -> Self {
        Self::PasswordHash(error)
    }
}
