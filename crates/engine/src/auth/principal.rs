//! [`Principal`]: a user who was recognised by a token or a session, and what that lets them do.

use model::Id;
use storage::catalog::{Authorization, Permission, Status, User};

use super::PermissionSet;
use crate::error::ErrorClass;

/// Why credentials were refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// No such token, session or pair of user and password: 401.
    #[error("unauthorized access")]
    Unknown,
    /// The user of the token or session is inactive or gone: 403.
    #[error("User is inactive")]
    UserInactive,
    /// The old password is wrong: 403.
    #[error("your username or password is incorrect")]
    WrongPassword,
}

impl AuthError {
    /// How it is answered.
    pub fn class(self) -> ErrorClass {
        match self {
            Self::Unknown => ErrorClass::Unauthorized,
            Self::UserInactive | Self::WrongPassword => ErrorClass::Forbidden,
        }
    }
}

/// Why somebody known may not do something. Management answers 401 with this text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The permission is lacking: `read:orgs/ORG/buckets/ID is unauthorized`.
    #[error("{0} is unauthorized")]
    Lacking(Permission),
    /// The token was set inactive.
    #[error("token is inactive")]
    TokenInactive,
}

/// What a [`Principal`] was recognised by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A token, `Authorization: Token ...`.
    Token(Box<Authorization>),
    /// A session's cookie; when it ends, nanoseconds since the epoch.
    Session {
        /// The end, already pushed ahead by this request.
        expires_at_ns: i64,
    },
    /// The program that embeds the engine: it may do everything.
    Embedder,
}

/// A user who was recognised, and what that lets them do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The user.
    pub user: User,
    /// What they were recognised by.
    pub credential: Credential,
    /// What it permits, whether or not the token is active.
    pub permissions: PermissionSet,
}

impl Principal {
    /// Whether this may be done; the refusal says what is lacking.
    pub fn check(&self, wanted: Permission) -> Result<(), Denied> {
        if let Credential::Token(token) = &self.credential
            && token.status == Status::Inactive
        {
            return Err(Denied::TokenInactive);
        }
        if self.permissions.allows(&wanted) { Ok(()) } else { Err(Denied::Lacking(wanted)) }
    }

    /// Whether this may be done.
    pub fn allows(&self, wanted: Permission) -> bool {
        self.check(wanted).is_ok()
    }

    /// The token's organisation, if a token was used.
    pub fn token_org(&self) -> Option<Id> {
        match &self.credential {
            Credential::Token(token) => Some(token.org_id),
            Credential::Session { .. } | Credential::Embedder => None,
        }
    }
}

/// A session that began.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionGrant {
    /// The secret that stands in the cookie.
    pub key: String,
    /// When it ends unless it is used, nanoseconds since the epoch.
    pub expires_at_ns: i64,
}

impl std::fmt::Debug for SessionGrant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionGrant").field("expires_at_ns", &self.expires_at_ns).finish_non_exhaustive()
    }
}
