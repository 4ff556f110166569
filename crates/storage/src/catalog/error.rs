//! What can go wrong in the catalogue.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use model::Id;

/// The kinds of things that the catalogue keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An [`super::Organization`].
    Organization,
    /// A [`super::User`].
    User,
    /// A [`super::Bucket`].
    Bucket,
    /// An [`super::Authorization`].
    Authorization,
    /// A [`super::Membership`].
    Membership,
    /// A [`super::Dbrp`].
    Dbrp,
    /// A [`super::Login`].
    Login,
    /// A [`super::Label`].
    Label,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Organization => "organization",
            Self::User => "user",
            Self::Bucket => "bucket",
            Self::Authorization | Self::Login => "authorization",
            Self::Membership => "user resource mapping",
            Self::Dbrp => "DBRP mapping",
            Self::Label => "label",
        })
    }
}

/// An error of the catalogue. The texts of the first two are InfluxDB's.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CatalogError {
    /// Nothing has this identifier.
    #[error("{kind} not found")]
    NotFound {
        /// What was looked for.
        kind: Kind,
    },
    /// The name is in use.
    #[error("{kind} with name {name} already exists")]
    NameTaken {
        /// Of what.
        kind: Kind,
        /// The name.
        name: String,
    },
    /// The token is in use by another authorization.
    #[error("authorization with this token already exists; choose another token")]
    TokenTaken,
    /// The name is in use by another login of version 1.
    #[error("token already exists")]
    LoginTaken,
    /// The thing bears the label.
    #[error("Cannot add label, label already exists on resource")]
    LabelledAlready,
    /// The membership exists.
    #[error("user {user} is {role} of {resource} already", role = role.name())]
    MemberAlready {
        /// The user.
        user: Id,
        /// Organisation or bucket.
        resource: Id,
        /// The part it has.
        role: super::Role,
    },
    /// Another mapping stands for the same database and retention policy.
    #[error("another DBRP mapping with same orgID, db, and rp exists")]
    DbrpTaken,
    /// The folder was set up before.
    #[error("onboarding has already been completed")]
    OnboardedAlready,
    /// The folder was opened read-only.
    #[error("the catalogue {path} is open read-only: open the folder for writing")]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// Another process holds the file.
    #[error("{path} is in use by another process: stop it, or open the folder read-only")]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// There is no catalogue to read.
    #[error("{path} does not exist: open the folder for writing once, or name another folder")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// Written by a version that this one does not know.
    #[error("{path} has format version {found}; this build reads up to {known}: use a newer build")]
    Version {
        /// The file.
        path: PathBuf,
        /// What it has.
        found: u64,
        /// The highest that is known.
        known: u64,
    },
    /// A stored value cannot be read.
    #[error("{path} is damaged: {kind} {id}: {cause}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Of what kind.
        kind: Kind,
        /// Which one.
        id: Id,
        /// Why.
        cause: Arc<serde_json::Error>,
    },
    /// Reading or writing the file failed.
    #[error("{action} {path}: {cause}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it failed.
        cause: Arc<std::io::Error>,
    },
    /// The database library failed.
    #[error("{action} {path}: {cause}")]
    Database {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it failed.
        cause: Arc<redb::Error>,
    },
}
