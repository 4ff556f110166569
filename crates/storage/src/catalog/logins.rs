//! Names and passwords of version 1 within a [`Transaction`].

use std::sync::Arc;

use model::Id;

use super::error::{CatalogError, Kind};
use super::record::Login;
use super::transaction::{Change, Transaction};

/// Logins.
impl Transaction {
    /// Adds a login or replaces the one with its identifier.
    pub fn put_login(&mut self, login: Login) -> Result<(), CatalogError> {
        let id = login.authorization.id;
        if self.state.login_by_name(&login.name).is_some_and(|other| other.authorization.id != id) {
            return Err(CatalogError::LoginTaken);
        }
        let record = Arc::new(login);
        self.state.logins.insert(id, Arc::clone(&record));
        self.changes.push(Change::Login(id, Some(record)));
        Ok(())
    }

    /// Removes a login.
    pub fn remove_login(&mut self, id: Id) -> Result<(), CatalogError> {
        self.state.logins.remove(&id).ok_or(CatalogError::NotFound { kind: Kind::Login })?;
        self.changes.push(Change::Login(id, None));
        Ok(())
    }
}
