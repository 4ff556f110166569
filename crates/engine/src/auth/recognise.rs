//! From credentials to a [`Principal`]: tokens, sessions, and what a user's memberships permit.

use std::sync::Arc;

use model::Id;
use storage::catalog::{Action, Permission, ResourceType, Role, State, Status, User};

use super::permissions::{
    PermissionSet, bucket_permissions, operator_permissions, org_member_permissions, org_owner_permissions,
    own_permissions,
};
use super::principal::{AuthError, Credential, Principal, SessionGrant};
use super::{password, token};
use crate::answer::QueryScope;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ids;

/// Onboarding and credentials.
impl Engine {
    /// Recognises a token. An inactive token is recognised too; [`Principal::check`] then refuses everything.
    pub fn authenticate_token(&self, token: &str) -> Result<Principal, AuthError> {
        let state = self.catalog().state();
        let hash = token::sha256_hex(token);
        let authorization = state
            .authorization_by_hash(&hash)
            .filter(|authorization| token::same_hash(&authorization.token_sha256, &hash))
            .ok_or(AuthError::Unknown)?;
        let user = active_user(&state, authorization.user_id)?;
        Ok(Principal {
            user,
            permissions: PermissionSet::new(authorization.permissions.clone()),
            credential: Credential::Token(Box::new((**authorization).clone())),
        })
    }

    /// Recognises a session by the key in its cookie and pushes its end ahead.
    pub fn authenticate_session(&self, key: &str) -> Result<Principal, AuthError> {
        let (user, expires_at_ns) = self.sessions().touch(key, self.now_ns()).ok_or(AuthError::Unknown)?;
        let state = self.catalog().state();
        let user = active_user(&state, user)?;
        let permissions = session_permissions(&state, user.id);
        Ok(Principal { user, permissions, credential: Credential::Session { expires_at_ns } })
    }

    /// Begins a session. An inactive user can sign in, as in InfluxDB 2, and then do nothing.
    pub async fn sign_in(&self, user_name: &str, password: &str) -> Result<SessionGrant, EngineError> {
        let user = self.catalog().state().user_by_name(user_name).map(|user| user.id);
        let matches = self.verify_password(user, password).await?;
        match user {
            Some(user) if matches => Ok(self.sessions().begin(user, self.now_ns())),
            _ => Err(AuthError::Unknown.into()),
        }
    }

    /// Ends a session; `false` if there was none.
    pub fn sign_out(&self, key: &str) -> bool {
        self.sessions().end(key)
    }

    /// Sets a user's password.
    pub async fn set_password(&self, user: Id, password: &str) -> Result<(), EngineError> {
        if self.catalog().state().user(user).is_none() {
            return Err(EngineError::PasswordOfUnknownUser);
        }
        password::check_length(password)?;
        let password = password.to_owned();
        self.blocking(move |engine| {
            let hash = password::hash(&password)?;
            engine.catalog().transaction(|t| t.put_password_hash(user, &hash).map_err(EngineError::from))
        })
        .await
    }

    /// Sets one's own password, which takes the old one.
    pub async fn change_password(&self, user: Id, old: &str, new: &str) -> Result<(), EngineError> {
        if !self.verify_password(Some(user), old).await? {
            return Err(AuthError::WrongPassword.into());
        }
        self.set_password(user, new).await
    }

    /// What a query of this principal may touch in an organisation.
    pub fn query_scope(&self, principal: &Principal, org: Id) -> QueryScope {
        let decide = |action: Action| {
            let (principal, catalog) = (principal.clone(), self.catalog().clone());
            Arc::new(move |bucket: Id| {
                catalog.state().bucket(bucket).is_some_and(|bucket| {
                    principal.allows(Permission::on(action, ResourceType::Buckets, bucket.org_id, bucket.id))
                })
            })
        };
        QueryScope {
            org,
            may_read: decide(Action::Read),
            may_write: decide(Action::Write),
            lists_system_buckets: principal.allows(Permission::on_unowned(Action::Read, ResourceType::Orgs, org)),
        }
    }

    /// What the program that embeds the engine may touch: every bucket; those of `org` by name.
    pub fn full_scope(&self, org: Id) -> QueryScope {
        let all = |_: Id| true;
        QueryScope { org, may_read: Arc::new(all), may_write: Arc::new(all), lists_system_buckets: true }
    }

    async fn verify_password(&self, user: Option<Id>, password: &str) -> Result<bool, EngineError> {
        let hash = user.and_then(|user| self.catalog().state().password_hash(user).cloned());
        let password = password.to_owned();
        self.blocking(move |_| password::verify(&password, hash.as_deref())).await
    }
}

fn active_user(state: &State, id: Id) -> Result<User, AuthError> {
    state
        .user(id)
        .filter(|user| user.status == Status::Active)
        .map(|user| (**user).clone())
        .ok_or(AuthError::UserInactive)
}

/// What a session of this user may do, by its memberships at this moment.
fn session_permissions(state: &State, user: Id) -> PermissionSet {
    let mut permissions = own_permissions(user).to_vec();
    for membership in state.memberships_of_user(user) {
        let resource = membership.resource_id;
        let owner = membership.role == Role::Owner;
        if resource == ids::instance() {
            permissions.extend(operator_permissions());
        } else if state.organization(resource).is_some() {
            let of_role = if owner { org_owner_permissions } else { org_member_permissions };
            permissions.extend(of_role(resource));
        } else if let Some(bucket) = state.bucket(resource) {
            let actions: &[Action] = if owner { &Action::ALL } else { &[Action::Read] };
            permissions.extend(bucket_permissions(bucket.org_id, bucket.id, actions));
        }
    }
    PermissionSet::new(permissions)
}
