//! Users.

use model::Id;
use storage::catalog::{CatalogError, Kind, State, Status, Transaction, User};

use super::{NewUser, UserChange};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ids;

/// Users.
impl Engine {
    /// All users, in the order of their creation.
    pub fn users(&self) -> Vec<User> {
        self.catalog().state().users().map(|user| (**user).clone()).collect()
    }

    /// The user with this identifier, or `user not found`.
    pub fn user(&self, id: Id) -> Result<User, EngineError> {
        Ok(find(&self.catalog().state(), id)?)
    }

    /// The user of this name, or `user not found`.
    pub fn user_by_name(&self, name: &str) -> Result<User, EngineError> {
        let state = self.catalog().state();
        let found = state.user_by_name(name).map(|user| (**user).clone());
        Ok(found.ok_or(CatalogError::NotFound { kind: Kind::User })?)
    }

    /// Makes a user without a password.
    pub async fn create_user(&self, new: NewUser) -> Result<User, EngineError> {
        self.blocking(move |engine| {
            let now_ns = engine.now_ns();
            engine.catalog().transaction(|t| create(t, new, now_ns))
        })
        .await
    }

    /// Changes a user.
    pub async fn update_user(&self, id: Id, change: UserChange) -> Result<User, EngineError> {
        self.blocking(move |engine| {
            engine.catalog().transaction(|t| {
                let mut user = find(t.state(), id)?;
                if let Some(name) = change.name {
                    user.name = checked_name(name)?;
                }
                user.status = change.status.unwrap_or(user.status);
                t.put_user(user.clone())?;
                Ok(user)
            })
        })
        .await
    }

    /// Removes a user, its password, its sessions and its parts in organisations and buckets. Its tokens stay and are
    /// refused as those of an inactive user.
    pub async fn delete_user(&self, id: Id) -> Result<(), EngineError> {
        self.blocking(move |engine| {
            engine.catalog().transaction(|t| t.remove_user(id))?;
            engine.sessions().end_all_of(id);
            Ok(())
        })
        .await
    }
}

/// Makes a user.
pub(super) fn create(t: &mut Transaction, new: NewUser, now_ns: i64) -> Result<User, EngineError> {
    let user = User { id: ids::next(t.state(), now_ns), name: checked_name(new.name)?, status: new.status };
    t.put_user(user.clone())?;
    Ok(user)
}

/// An active user of this name.
pub(super) fn named(name: &str) -> NewUser {
    NewUser { name: name.to_owned(), status: Status::Active }
}

fn find(state: &State, id: Id) -> Result<User, CatalogError> {
    state.user(id).map(|user| (**user).clone()).ok_or(CatalogError::NotFound { kind: Kind::User })
}

fn checked_name(name: String) -> Result<String, EngineError> {
    if name.is_empty() { Err(EngineError::UserNameEmpty) } else { Ok(name) }
}
