//! The catalogue's file, `catalog.redb`: a redb database with one table a kind of record.
//!
//! | table | key | value |
//! |---|---|---|
//! | `meta` | `version`, `onboarded` | a number |
//! | `organizations users buckets authorizations dbrps logins labels` | identifier (u64) | the record as JSON |
//! | `passwords` | the user's identifier | hash in the PHC string format |
//! | `memberships` | resource, user (u64 each), role (0 member, 1 owner) | nothing |
//! | `labelled` | what bears it, label (u64 each) | nothing |
//!
//! redb keeps every page under a checksum and switches between two roots, so a transaction is there whole or not at all.
//! It is opened in the mode in which one process writes and others may read at the same time. A reader that comes
//! after a crash, when the file wants a repair that it may not make, repairs a copy in memory.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::Id;
use redb::backends::InMemoryBackend;
use redb::{
    Builder, ConcurrencyMode, Database, DatabaseError, ReadableDatabase, ReadableTable, StorageBackend,
    TableDefinition, TableError, WriteTransaction,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::{CatalogError, Kind};
use super::record::{Authorization, Bucket, Dbrp, Label, Login, Membership, Organization, Role, User};
use super::state::State;
use super::transaction::{Change, Transaction};

/// The file's name in the data folder.
pub const FILE_NAME: &str = "catalog.redb";

/// The version of what stands in the tables.
pub const VERSION: u64 = 1;

/// Pages that redb keeps; everything is in memory as records anyway.
const CACHE_BYTES: usize = 1 << 20;

/// How often a copy for reading is taken again, when a writer changed the file meanwhile.
const COPY_ATTEMPTS: usize = 8;

type Records = TableDefinition<'static, u64, &'static [u8]>;

const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
const ORGANIZATIONS: Records = TableDefinition::new("organizations");
const USERS: Records = TableDefinition::new("users");
const PASSWORDS: Records = TableDefinition::new("passwords");
const BUCKETS: Records = TableDefinition::new("buckets");
const AUTHORIZATIONS: Records = TableDefinition::new("authorizations");
const DBRPS: Records = TableDefinition::new("dbrps");
const LOGINS: Records = TableDefinition::new("logins");
const LABELS: Records = TableDefinition::new("labels");
const LABELLED: TableDefinition<'_, (u64, u64), ()> = TableDefinition::new("labelled");
const MEMBERSHIPS: TableDefinition<'_, (u64, u64, u8), ()> = TableDefinition::new("memberships");

/// The open file.
#[derive(Debug)]
pub(super) struct CatalogFile {
    path: PathBuf,
    database: Database,
}

impl CatalogFile {
    /// Opens the file for writing, or makes it, and reads everything.
    pub(super) fn open(dir: &Path) -> Result<(Self, State), CatalogError> {
        let path = dir.join(FILE_NAME);
        let database = builder().create(&path).map_err(|error| open_error(&path, error))?;
        let file = Self { path, database };
        let write = file.database.begin_write().map_err(|error| file.failed("begin a transaction in", error))?;
        let version = {
            let mut meta = write.open_table(META).map_err(|error| file.failed("open table `meta` of", error))?;
            let found = read_number(&meta, "version").map_err(|error| file.failed("read the version of", error))?;
            if found.is_none() {
                meta.insert("version", VERSION).map_err(|error| file.failed("write the version of", error))?;
            }
            found.unwrap_or(VERSION)
        };
        check_version(&file.path, version)?;
        write.commit().map_err(|error| file.failed("commit to", error))?;
        let state = load(&file.path, &file.database)?;
        Ok((file, state))
    }

    /// Reads everything without changing a byte, also while another process writes.
    pub(super) fn read(dir: &Path) -> Result<State, CatalogError> {
        let path = dir.join(FILE_NAME);
        match builder().open_read_only(&path) {
            Ok(database) => load(&path, &database),
            Err(DatabaseError::Storage(redb::StorageError::Io(cause)))
                if cause.kind() == std::io::ErrorKind::NotFound =>
            {
                Err(CatalogError::Missing { path })
            }
            Err(_) => read_copy(&path),
        }
    }

    /// Compares every checksum of the file and reads every record; gives its size.
    pub(super) fn check(dir: &Path) -> Result<u64, CatalogError> {
        let path = dir.join(FILE_NAME);
        read_copy(&path)?;
        let size = std::fs::metadata(&path).map(|found| found.len());
        size.map_err(|cause| CatalogError::Io { action: "read", path, cause: Arc::new(cause) })
    }

    /// Writes the changes of a transaction; they are durable when it returns.
    pub(super) fn commit(&self, changes: &[Change]) -> Result<(), CatalogError> {
        let write = self.database.begin_write().map_err(|error| self.failed("begin a transaction in", error))?;
        for change in changes {
            self.apply(&write, change)?;
        }
        write.commit().map_err(|error| self.failed("commit to", error))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn apply(&self, write: &WriteTransaction, change: &Change) -> Result<(), CatalogError> {
        match change {
            Change::Organization(id, record) => self.put(write, ORGANIZATIONS, Kind::Organization, *id, record),
            Change::User(id, record) => self.put(write, USERS, Kind::User, *id, record),
            Change::Bucket(id, record) => self.put(write, BUCKETS, Kind::Bucket, *id, record),
            Change::Authorization(id, record) => self.put(write, AUTHORIZATIONS, Kind::Authorization, *id, record),
            Change::Dbrp(id, record) => self.put(write, DBRPS, Kind::Dbrp, *id, record),
            Change::Login(id, record) => self.put(write, LOGINS, Kind::Login, *id, record),
            Change::Label(id, record) => self.put(write, LABELS, Kind::Label, *id, record),
            Change::Labelled(resource, label, present) => self.put_mark(write, *resource, *label, *present),
            Change::PasswordHash(id, hash) => self.put_bytes(write, PASSWORDS, *id, hash.as_deref().map(str::as_bytes)),
            Change::Membership(membership, present) => self.put_membership(write, *membership, *present),
            Change::Onboarded => {
                let mut meta = write.open_table(META).map_err(|error| self.failed("open table `meta` of", error))?;
                meta.insert("onboarded", 1).map_err(|error| self.failed("write to", error))?;
                Ok(())
            }
        }
    }

    fn put<T: Serialize>(
        &self,
        write: &WriteTransaction,
        table: Records,
        kind: Kind,
        id: Id,
        record: &Option<Arc<T>>,
    ) -> Result<(), CatalogError> {
        let json = match record {
            None => None,
            Some(record) => Some(serde_json::to_vec(&**record).map_err(|cause| damaged(&self.path, kind, id, cause))?),
        };
        self.put_bytes(write, table, id, json.as_deref())
    }

    fn put_bytes(
        &self,
        write: &WriteTransaction,
        table: Records,
        id: Id,
        value: Option<&[u8]>,
    ) -> Result<(), CatalogError> {
        let mut table = write.open_table(table).map_err(|error| self.failed("open a table of", error))?;
        let done = match value {
            Some(value) => table.insert(id.get(), value).map(drop),
            None => table.remove(id.get()).map(drop),
        };
        done.map_err(|error| self.failed("write to", error))
    }

    fn put_membership(&self, write: &WriteTransaction, m: Membership, present: bool) -> Result<(), CatalogError> {
        let mut table =
            write.open_table(MEMBERSHIPS).map_err(|error| self.failed("open table `memberships` of", error))?;
        let key = (m.resource_id.get(), m.user_id.get(), role_number(m.role));
        let done = if present { table.insert(key, ()).map(drop) } else { table.remove(key).map(drop) };
        done.map_err(|error| self.failed("write to", error))
    }

    fn put_mark(&self, write: &WriteTransaction, resource: Id, label: Id, present: bool) -> Result<(), CatalogError> {
        let mut table = write.open_table(LABELLED).map_err(|error| self.failed("open table `labelled` of", error))?;
        let key = (resource.get(), label.get());
        let done = if present { table.insert(key, ()).map(drop) } else { table.remove(key).map(drop) };
        done.map_err(|error| self.failed("write to", error))
    }

    fn failed(&self, action: &'static str, error: impl Into<redb::Error>) -> CatalogError {
        failed(&self.path, action, error)
    }
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE_BYTES).set_concurrency_mode(ConcurrencyMode::SingleWriter);
    builder
}

/// Copies the file into memory and reads the copy. A commit during the copy may tear it; redb's checksums tell, and the
/// copy is taken again.
fn read_copy(path: &Path) -> Result<State, CatalogError> {
    let mut attempt = 1;
    loop {
        let result = read_copy_once(path);
        match result {
            Err(CatalogError::Database { .. }) if attempt < COPY_ATTEMPTS => attempt += 1,
            result => return result,
        }
    }
}

fn read_copy_once(path: &Path) -> Result<State, CatalogError> {
    let io = |cause: std::io::Error| CatalogError::Io { action: "read", path: path.to_owned(), cause: Arc::new(cause) };
    let bytes = std::fs::read(path).map_err(io)?;
    let memory = InMemoryBackend::new();
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    memory
        .set_len(length)
        .and_then(|()| memory.write(0, &bytes))
        .map_err(|error| failed(path, "copy", redb::StorageError::from(error)))?;
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE_BYTES).set_check_integrity_on_open(true);
    let database = builder.create_with_backend(memory).map_err(|error| failed(path, "open a copy of", error))?;
    load(path, &database)
}

fn open_error(path: &Path, error: DatabaseError) -> CatalogError {
    match error {
        DatabaseError::DatabaseAlreadyOpen => CatalogError::InUse { path: path.to_owned() },
        error => failed(path, "open", error),
    }
}

fn failed(path: &Path, action: &'static str, error: impl Into<redb::Error>) -> CatalogError {
    CatalogError::Database { action, path: path.to_owned(), cause: Arc::new(error.into()) }
}

fn damaged(path: &Path, kind: Kind, id: Id, cause: serde_json::Error) -> CatalogError {
    CatalogError::Damaged { path: path.to_owned(), kind, id, cause: Arc::new(cause) }
}

fn check_version(path: &Path, found: u64) -> Result<(), CatalogError> {
    if found > VERSION {
        return Err(CatalogError::Version { path: path.to_owned(), found, known: VERSION });
    }
    Ok(())
}

fn read_number(meta: &impl ReadableTable<&'static str, u64>, key: &str) -> Result<Option<u64>, redb::StorageError> {
    Ok(meta.get(key)?.map(|guard| guard.value()))
}

fn role_number(role: Role) -> u8 {
    match role {
        Role::Member => 0,
        Role::Owner => 1,
    }
}

/// Reads all tables. Replaying the records through a transaction builds the indexes with the same rules as any change.
fn load(path: &Path, database: &impl ReadableDatabase) -> Result<State, CatalogError> {
    let reader = Reader { path, read: database.begin_read().map_err(|error| failed(path, "read", error))? };
    if let Some(meta) = reader.open(META)? {
        let number = |key| read_number(&meta, key).map_err(|error| failed(path, "read", error));
        check_version(path, number("version")?.unwrap_or(VERSION))?;
    }
    let mut all = Transaction::new(State::default());
    if let Some(meta) = reader.open(META)? {
        let onboarded = read_number(&meta, "onboarded").map_err(|error| failed(path, "read", error))?;
        if onboarded == Some(1) {
            all.complete_onboarding()?;
        }
    }
    reader.records::<Organization>(ORGANIZATIONS, Kind::Organization, |r| all.put_organization(r))?;
    reader.records::<User>(USERS, Kind::User, |r| all.put_user(r))?;
    reader.records::<Bucket>(BUCKETS, Kind::Bucket, |r| all.put_bucket(r))?;
    reader.records::<Authorization>(AUTHORIZATIONS, Kind::Authorization, |r| all.put_authorization(r))?;
    reader.each(PASSWORDS, |id, bytes| {
        let hash = String::from_utf8_lossy(bytes);
        all.put_password_hash(id, &hash)
    })?;
    let mut dbrps = Vec::new();
    reader.records::<Dbrp>(DBRPS, Kind::Dbrp, |r| {
        dbrps.push(r);
        Ok(())
    })?;
    reader.records::<Login>(LOGINS, Kind::Login, |r| all.put_login(r))?;
    reader.records::<Label>(LABELS, Kind::Label, |r| all.put_label(r))?;
    let mut state = all.state;
    state.dbrps = dbrps.into_iter().map(|dbrp| (dbrp.id, Arc::new(dbrp))).collect();
    state.memberships = reader.memberships()?.into_iter().collect();
    state.labelled = reader.marks()?.into_iter().collect();
    Ok(state)
}

struct Reader<'a> {
    path: &'a Path,
    read: redb::ReadTransaction,
}

impl Reader<'_> {
    /// Opens a table; `None` if nothing was ever written to it.
    fn open<K: redb::Key + 'static, V: redb::Value + 'static>(
        &self,
        table: TableDefinition<'_, K, V>,
    ) -> Result<Option<redb::ReadOnlyTable<K, V>>, CatalogError> {
        match self.read.open_table(table) {
            Ok(table) => Ok(Some(table)),
            Err(TableError::TableDoesNotExist(_)) => Ok(None),
            Err(error) => Err(failed(self.path, "open a table of", error)),
        }
    }

    fn each(
        &self,
        table: Records,
        mut take: impl FnMut(Id, &[u8]) -> Result<(), CatalogError>,
    ) -> Result<(), CatalogError> {
        let Some(table) = self.open(table)? else { return Ok(()) };
        for entry in table.iter().map_err(|error| failed(self.path, "read", error))? {
            let (key, value) = entry.map_err(|error| failed(self.path, "read", error))?;
            if let Some(id) = Id::new(key.value()) {
                take(id, value.value())?;
            }
        }
        Ok(())
    }

    fn records<T: DeserializeOwned>(
        &self,
        table: Records,
        kind: Kind,
        mut take: impl FnMut(T) -> Result<(), CatalogError>,
    ) -> Result<(), CatalogError> {
        self.each(table, |id, bytes| {
            take(serde_json::from_slice(bytes).map_err(|cause| damaged(self.path, kind, id, cause))?)
        })
    }

    fn marks(&self) -> Result<Vec<(Id, Id)>, CatalogError> {
        let Some(table) = self.open(LABELLED)? else { return Ok(Vec::new()) };
        let mut marks = Vec::new();
        for entry in table.iter().map_err(|error| failed(self.path, "read", error))? {
            let (key, _) = entry.map_err(|error| failed(self.path, "read", error))?;
            let (resource, label) = key.value();
            marks.extend(Id::new(resource).zip(Id::new(label)));
        }
        Ok(marks)
    }

    fn memberships(&self) -> Result<Vec<Membership>, CatalogError> {
        let Some(table) = self.open(MEMBERSHIPS)? else { return Ok(Vec::new()) };
        let mut memberships = Vec::new();
        for entry in table.iter().map_err(|error| failed(self.path, "read", error))? {
            let (key, _) = entry.map_err(|error| failed(self.path, "read", error))?;
            let (resource, user, role) = key.value();
            if let (Some(resource_id), Some(user_id)) = (Id::new(resource), Id::new(user)) {
                let role = if role == role_number(Role::Owner) { Role::Owner } else { Role::Member };
                memberships.push(Membership { resource_id, user_id, role });
            }
        }
        Ok(memberships)
    }
}
