//! Credentials of version 1: a name with the password of a login, or any name with a token.

use storage::catalog::{Login, Status};

use super::password;
use super::permissions::PermissionSet;
use super::principal::{AuthError, Credential, Principal};
use crate::engine::Engine;
use crate::error::EngineError;

/// Credentials of version 1.
impl Engine {
    /// Recognises a name and a password: those of a login if there is one of this name, else the password is a token. An inactive
    /// login, token or user is nobody here, as in InfluxDB 2.
    pub async fn authenticate_v1(&self, name: &str, password: &str) -> Result<Principal, EngineError> {
        let login = self.catalog().state().login_by_name(name).cloned();
        match login {
            Some(login) => self.by_login(&login, password).await,
            None => Ok(self.authenticate_v1_token(password)?),
        }
    }

    /// Recognises a token for the endpoints of version 1: inactive is as good as unknown.
    pub fn authenticate_v1_token(&self, token: &str) -> Result<Principal, AuthError> {
        let principal = self.authenticate_token(token).map_err(|_| AuthError::Unknown)?;
        match &principal.credential {
            Credential::Token(token) if token.status == Status::Inactive => Err(AuthError::Unknown),
            _ => Ok(principal),
        }
    }

    async fn by_login(&self, login: &Login, password: &str) -> Result<Principal, EngineError> {
        if !self.is_password_of(login, password).await? {
            return Err(AuthError::Unknown.into());
        }
        let authorization = &login.authorization;
        let state = self.catalog().state();
        let user = state.user(authorization.user_id).filter(|user| user.status == Status::Active);
        match user {
            Some(user) if authorization.status == Status::Active => Ok(Principal {
                user: (**user).clone(),
                permissions: PermissionSet::new(authorization.permissions.clone()),
                credential: Credential::Token(Box::new(authorization.clone())),
            }),
            _ => Err(AuthError::Unknown.into()),
        }
    }

    async fn is_password_of(&self, login: &Login, password: &str) -> Result<bool, EngineError> {
        let id = login.authorization.id;
        if let Some(hash) = &login.password_hash
            && self.proven().knows(id, hash, password)
        {
            return Ok(true);
        }
        let (hash, tried) = (login.password_hash.clone(), password.to_owned());
        let right = self.blocking(move |_| password::verify(&tried, hash.as_deref())).await?;
        if let (true, Some(hash)) = (right, &login.password_hash) {
            self.proven().learn(id, hash, password);
        }
        Ok(right)
    }
}
