//! The catalogue: organisations, users, buckets and authorizations in one transactional file.
//!
//! Everything is in memory as an unchanging [`State`], which readers take without waiting; a [`Transaction`] is written to
//! the file first and becomes visible when it is durable.

pub mod error;
mod file;
mod labels;
mod logins;
pub mod permission;
pub mod record;
mod state;
mod transaction;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};

pub use error::{CatalogError, Kind};
pub use file::{FILE_NAME, VERSION};
pub use permission::{Action, Permission, Resource, ResourceType, UnknownResourceType};
pub use record::{Authorization, Bucket, BucketType, Dbrp, Label, Login, Membership, Organization, Role, Status, User};
pub use state::State;
pub use transaction::Transaction;

use file::CatalogFile;

/// The catalogue of a data folder. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Catalog {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    /// `None`: open read-only, or closed. Held while a transaction is made, so there is one at a time.
    file: Mutex<Option<CatalogFile>>,
    state: RwLock<Arc<State>>,
}

impl Catalog {
    /// Opens the catalogue of a folder for writing, and makes it if there is none.
    pub fn open(dir: &Path) -> Result<Self, CatalogError> {
        let (file, state) = CatalogFile::open(dir)?;
        Ok(Self::new(file.path().to_owned(), Some(file), state))
    }

    /// Reads the catalogue of a folder as it is now, also while another process writes; changes nothing.
    pub fn open_read_only(dir: &Path) -> Result<Self, CatalogError> {
        let state = CatalogFile::read(dir)?;
        Ok(Self::new(dir.join(FILE_NAME), None, state))
    }

    /// Compares every checksum of a folder's catalogue and reads every record, also while another process writes; gives
    /// the size of the file.
    pub fn check(dir: &Path) -> Result<u64, CatalogError> {
        CatalogFile::check(dir)
    }

    fn new(path: PathBuf, file: Option<CatalogFile>, state: State) -> Self {
        Self { shared: Arc::new(Shared { path, file: Mutex::new(file), state: RwLock::new(Arc::new(state)) }) }
    }

    /// What the catalogue holds now.
    pub fn state(&self) -> Arc<State> {
        Arc::clone(&self.shared.state.read())
    }

    /// Makes changes: all of them, durably, or none if `change` fails. Blocks for a sync of the disk.
    pub fn transaction<T, E: From<CatalogError>>(
        &self,
        change: impl FnOnce(&mut Transaction) -> Result<T, E>,
    ) -> Result<T, E> {
        let file = self.shared.file.lock();
        let Some(file) = file.as_ref() else {
            return Err(CatalogError::ReadOnly { path: self.shared.path.clone() }.into());
        };
        let mut transaction = Transaction::new((*self.state()).clone());
        let value = change(&mut transaction)?;
        if !transaction.changes.is_empty() {
            file.commit(&transaction.changes)?;
            *self.shared.state.write() = Arc::new(transaction.state);
        }
        Ok(value)
    }

    /// Closes the file; what was read stays readable.
    pub fn close(&self) {
        *self.shared.file.lock() = None;
    }
}

#[cfg(test)]
mod tests;
