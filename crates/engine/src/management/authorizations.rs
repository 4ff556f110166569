//! Authorizations.

use model::Id;
use storage::catalog::{Authorization, CatalogError, Kind, Permission, State, Transaction};

use super::{AuthorizationChange, AuthorizationFilter, CreatedAuthorization, NewAuthorization};
use crate::auth::{Denied, Principal, token};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ids;

/// Authorizations.
impl Engine {
    /// Authorizations in the order of their creation.
    pub fn authorizations(&self, filter: &AuthorizationFilter) -> Vec<Authorization> {
        let wanted = |authorization: &Authorization| {
            filter.org_id.is_none_or(|org| authorization.org_id == org)
                && filter.user_id.is_none_or(|user| authorization.user_id == user)
        };
        let state = self.catalog().state();
        state.authorizations().filter(|a| wanted(a)).map(|a| (**a).clone()).collect()
    }

    /// The authorization with this identifier, or `authorization not found`.
    pub fn authorization(&self, id: Id) -> Result<Authorization, EngineError> {
        Ok(find(&self.catalog().state(), id)?)
    }

    /// Makes an authorization without asking whose permissions they are: ask [`Engine::may_grant`] first.
    pub async fn create_authorization(&self, new: NewAuthorization) -> Result<CreatedAuthorization, EngineError> {
        self.blocking(move |engine| {
            let now_ns = engine.now_ns();
            engine.catalog().transaction(|t| create(t, new, now_ns))
        })
        .await
    }

    /// Refuses with InfluxDB's words when there are no permissions, when one of them names another organisation than `org`,
    /// or when `creator` may not hand one of them on.
    pub fn may_grant(&self, creator: &Principal, org: Id, permissions: &[Permission]) -> Result<(), EngineError> {
        check_organization(org, permissions)?;
        for permission in permissions {
            match creator.check(*permission) {
                Ok(()) => {}
                Err(Denied::Lacking(permission)) => return Err(EngineError::PermissionNotAllowed(permission)),
                Err(denied @ Denied::TokenInactive) => return Err(denied.into()),
            }
        }
        Ok(())
    }

    /// Changes an authorization.
    pub async fn update_authorization(
        &self,
        id: Id,
        change: AuthorizationChange,
    ) -> Result<Authorization, EngineError> {
        self.blocking(move |engine| {
            let now_ns = engine.now_ns();
            engine.catalog().transaction(|t| {
                let mut authorization = find(t.state(), id)?;
                change.apply(&mut authorization, now_ns);
                t.put_authorization(authorization.clone())?;
                Ok(authorization)
            })
        })
        .await
    }

    /// Removes an authorization: its token is unknown from now on.
    pub async fn delete_authorization(&self, id: Id) -> Result<(), EngineError> {
        self.blocking(move |engine| Ok(engine.catalog().transaction(|t| t.remove_authorization(id))?)).await
    }
}

fn find(state: &State, id: Id) -> Result<Authorization, CatalogError> {
    let found = state.authorization(id).map(|authorization| (**authorization).clone());
    found.ok_or(CatalogError::NotFound { kind: Kind::Authorization })
}

/// Makes an authorization; only its token's hash is kept.
pub(super) fn create(
    t: &mut Transaction,
    new: NewAuthorization,
    now_ns: i64,
) -> Result<CreatedAuthorization, EngineError> {
    check_organization(new.org_id, &new.permissions)?;
    if t.state().organization(new.org_id).is_none() || t.state().user(new.user_id).is_none() {
        return Err(EngineError::TokenOwnerUnknown);
    }
    let token = new.token.clone().filter(|token| !token.is_empty()).unwrap_or_else(token::random_token);
    let authorization = new.made(ids::next(t.state(), now_ns), token::sha256_hex(&token), now_ns);
    t.put_authorization(authorization.clone())?;
    Ok(CreatedAuthorization { authorization, token })
}

/// Refuses no permissions at all, and one that names another organisation.
pub(super) fn check_organization(org: Id, permissions: &[Permission]) -> Result<(), EngineError> {
    if permissions.is_empty() {
        return Err(EngineError::NoPermissions);
    }
    let foreign = permissions.iter().find(|p| p.resource.org_id.is_some_and(|other| other != org));
    foreign.map_or(Ok(()), |p| Err(EngineError::PermissionOfOtherOrganization { permission: *p, org }))
}
