//! Names and passwords of version 1, and what they permit.

use model::Id;
use storage::catalog::{CatalogError, Kind, Login, ResourceType, State};

use super::authorizations::check_organization;
use super::{AuthorizationChange, NewAuthorization};
use crate::auth::password;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ids;

/// Logins of version 1.
impl Engine {
    /// All logins, in the order of their creation.
    pub fn logins(&self) -> Vec<Login> {
        self.catalog().state().logins().map(|login| (**login).clone()).collect()
    }

    /// The login with this identifier, or `authorization not found`.
    pub fn login(&self, id: Id) -> Result<Login, EngineError> {
        Ok(find(&self.catalog().state(), id)?)
    }

    /// The login of this name, or `authorization not found`.
    pub fn login_by_name(&self, name: &str) -> Result<Login, EngineError> {
        let state = self.catalog().state();
        let found = state.login_by_name(name).map(|login| (**login).clone());
        Ok(found.ok_or(CatalogError::NotFound { kind: Kind::Login })?)
    }

    /// Makes a login, still without a password. `new.token` is its name. Ask [`Engine::may_grant`] first.
    pub async fn create_login(&self, new: NewAuthorization) -> Result<Login, EngineError> {
        self.blocking(move |engine| {
            let now_ns = engine.now_ns();
            engine.catalog().transaction(|t| {
                check_organization(new.org_id, &new.permissions)?;
                let state = t.state();
                if state.organization(new.org_id).is_none() || state.user(new.user_id).is_none() {
                    return Err(EngineError::TokenOwnerUnknown);
                }
                let name = new.token.clone().filter(|name| !name.is_empty()).ok_or(EngineError::TokenOwnerUnknown)?;
                if state.login_by_name(&name).is_some() {
                    return Err(CatalogError::LoginTaken.into());
                }
                let buckets = new.permissions.iter().filter(|p| p.resource.kind == ResourceType::Buckets);
                if buckets.filter_map(|p| p.resource.id).any(|bucket| state.bucket(bucket).is_none()) {
                    return Err(EngineError::LoginBucketUnknown);
                }
                let authorization = new.made(ids::next(state, now_ns), String::new(), now_ns);
                let login = Login { name, password_hash: None, authorization };
                t.put_login(login.clone())?;
                Ok(login)
            })
        })
        .await
    }

    /// Changes a login.
    pub async fn update_login(&self, id: Id, change: AuthorizationChange) -> Result<Login, EngineError> {
        self.blocking(move |engine| {
            let now_ns = engine.now_ns();
            engine.catalog().transaction(|t| {
                let mut login = find(t.state(), id)?;
                change.apply(&mut login.authorization, now_ns);
                t.put_login(login.clone())?;
                Ok(login)
            })
        })
        .await
    }

    /// Sets a login's password.
    pub async fn set_login_password(&self, id: Id, password: &str) -> Result<(), EngineError> {
        password::check_length(password)?;
        let password = password.to_owned();
        self.blocking(move |engine| {
            let hash = password::hash(&password)?;
            engine.catalog().transaction(|t| {
                let mut login = find(t.state(), id)?;
                login.password_hash = Some(hash);
                Ok(t.put_login(login)?)
            })
        })
        .await
    }

    /// Removes a login: its name and password are refused from now on.
    pub async fn delete_login(&self, id: Id) -> Result<(), EngineError> {
        self.proven().forget(id);
        self.blocking(move |engine| Ok(engine.catalog().transaction(|t| t.remove_login(id))?)).await
    }
}

fn find(state: &State, id: Id) -> Result<Login, CatalogError> {
    state.login(id).map(|login| (**login).clone()).ok_or(CatalogError::NotFound { kind: Kind::Login })
}
