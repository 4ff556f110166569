//! [`Engine`]: one open data folder.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arrow_array::RecordBatch;
use codec::table::Event;
use flux::FluxError;
use futures::stream::BoxStream;
use model::{Id, Precision, SeriesFilter};
use storage::catalog::{Authorization, Bucket, Membership, Organization, Permission, Role, User};
use storage::store::StorageError;

use crate::auth::{AuthError, Principal, SessionGrant};
use crate::clock::{Clock, SystemClock};
use crate::error::EngineError;
use crate::limits;
use crate::management::{
    AuthorizationChange, AuthorizationFilter, BucketChange, BucketFilter, CreatedAuthorization, NewAuthorization,
    NewBucket, NewOrganization, NewUser, Onboarded, OnboardingRequest, OrganizationChange, UserChange,
};

/// How to open a folder.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// The folder; made if it is missing.
    pub data_dir: PathBuf,
    /// Bytes that memtables, sorting, compaction and queries may hold together.
    pub memory_limit_bytes: usize,
    /// How long a group commit waits for company.
    pub wal_fsync_delay: Duration,
    /// Open without taking the lock and without changing a byte.
    pub read_only: bool,
    /// How long a session lives.
    pub session_length: Duration,
    /// How often retention looks for expired partitions.
    pub retention_check_interval: Duration,
    /// What tells the time.
    pub clock: Arc<dyn Clock>,
}

impl EngineOptions {
    /// Defaults for a folder: 512 MiB, no delay of syncs, for writing.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            memory_limit_bytes: limits::MEMORY_LIMIT_BYTES,
            wal_fsync_delay: Duration::ZERO,
            read_only: false,
            session_length: limits::SESSION_LENGTH,
            retention_check_interval: limits::RETENTION_CHECK_INTERVAL,
            clock: Arc::new(SystemClock),
        }
    }
}

/// Which buckets a query may touch.
#[derive(Clone)]
pub struct QueryScope {
    /// The organisation whose buckets are looked up by name.
    pub org: Id,
    /// Decides about one bucket; what may not be read looks as if it did not exist.
    pub may_read: Arc<dyn Fn(Id) -> bool + Send + Sync>,
    /// Decides about `to()`.
    pub may_write: Arc<dyn Fn(Id) -> bool + Send + Sync>,
}

/// A Flux query.
#[derive(Clone)]
pub struct QueryRequest {
    /// The script.
    pub text: String,
    /// `extern`: a Flux AST file as JSON, with options that stand before the script.
    pub extern_ast: Option<serde_json::Value>,
    /// `now` of the request, nanoseconds since the epoch; the clock if `None`.
    pub now_ns: Option<i64>,
    /// What it may touch.
    pub scope: QueryScope,
}

/// What a write did. `Partial` is InfluxDB's 422: the rest is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteOutcome {
    /// Everything is stored and durable.
    Stored {
        /// How many points.
        points: usize,
    },
    /// Some points were refused, the others are stored.
    Partial {
        /// The whole text after `failure writing points to database: `.
        message: String,
    },
}

/// Why a write stored nothing.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Lines that do not parse, one `unable to parse '...': ...` each, joined by newlines.
    #[error("{0}")]
    Parse(String),
    /// The store failed, or has no such bucket.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// An answer: pull it to make it happen, drop it to cancel it.
pub type Answer = BoxStream<'static, Event>;

/// An open data folder. Cheap to clone; the folder is released when the last clone is closed.
#[derive(Debug, Clone)]
pub struct Engine {}

/// The folder itself, points and queries.
impl Engine {
    /// Opens a folder: takes its lock, reads its catalogue, replays its log and starts the background work.
    pub async fn open(_options: EngineOptions) -> Result<Self, EngineError> {
        unimplemented!("engine is being written")
    }

    /// Writes line protocol. `_body` may hold any number of lines; lines without a time get the clock's, cut to the precision.
    pub async fn write_line_protocol(
        &self,
        _bucket: Id,
        _body: &[u8],
        _precision: Precision,
    ) -> Result<WriteOutcome, WriteError> {
        unimplemented!("engine is being written")
    }

    /// Writes an Arrow batch as points of one measurement.
    pub async fn write_batch(
        &self,
        _bucket: Id,
        _measurement: &str,
        _batch: &RecordBatch,
    ) -> Result<WriteOutcome, WriteError> {
        unimplemented!("engine is being written")
    }

    /// Compiles and starts a query. An error before the first table is the `Err`; a later one is [`Event::Error`].
    pub async fn query(&self, _request: QueryRequest) -> Result<Answer, FluxError> {
        unimplemented!("engine is being written")
    }

    /// Deletes the points of matching series from `_first_ns` to `_last_ns`, both inclusive.
    pub async fn delete(
        &self,
        _bucket: Id,
        _first_ns: i64,
        _last_ns: i64,
        _filter: SeriesFilter,
    ) -> Result<(), EngineError> {
        unimplemented!("engine is being written")
    }

    /// Writes every memtable to partitions and cuts the log.
    pub async fn flush(&self) -> Result<(), EngineError> {
        unimplemented!("engine is being written")
    }

    /// Seals everything: flushes, merges partitions until they are disjoint, applies deletes.
    pub async fn compact(&self) -> Result<(), EngineError> {
        unimplemented!("engine is being written")
    }

    /// Ends background work and releases the lock; further calls fail. The log keeps what is in memory.
    pub async fn close(&self) -> Result<(), EngineError> {
        unimplemented!("engine is being written")
    }

    /// The clock's time, nanoseconds since the epoch.
    pub fn now_ns(&self) -> i64 {
        unimplemented!("engine is being written")
    }
}

/// Onboarding and credentials.
impl Engine {
    /// Whether the folder was set up.
    pub fn is_onboarded(&self) -> bool {
        unimplemented!("engine is being written")
    }

    /// Sets the folder up: first user, organisation with its system buckets, bucket and operator token.
    pub async fn onboard(&self, _request: OnboardingRequest) -> Result<Onboarded, EngineError> {
        unimplemented!("engine is being written")
    }

    /// Recognises a token. An inactive token is recognised too; [`Principal::check`] then refuses everything.
    pub fn authenticate_token(&self, _token: &str) -> Result<Principal, AuthError> {
        unimplemented!("engine is being written")
    }

    /// Recognises a session by the key in its cookie and pushes its end ahead.
    pub fn authenticate_session(&self, _key: &str) -> Result<Principal, AuthError> {
        unimplemented!("engine is being written")
    }

    /// Begins a session. An inactive user can sign in, as in InfluxDB 2, and then do nothing.
    pub async fn sign_in(&self, _user_name: &str, _password: &str) -> Result<SessionGrant, EngineError> {
        unimplemented!("engine is being written")
    }

    /// Ends a session; `false` if there was none.
    pub fn sign_out(&self, _key: &str) -> bool {
        unimplemented!("engine is being written")
    }

    /// Sets a user's password.
    pub async fn set_password(&self, _user: Id, _password: &str) -> Result<(), EngineError> {
        unimplemented!("engine is being written")
    }

    /// Sets one's own password, which takes the old one.
    pub async fn change_password(&self, _user: Id, _old: &str, _new: &str) -> Result<(), EngineError> {
        unimplemented!("engine is being written")
    }

    /// What a query of this principal may touch in an organisation.
    pub fn query_scope(&self, _principal: &Principal, _org: Id) -> QueryScope {
        unimplemented!("engine is being written")
    }

    /// What the program that embeds the engine may touch in an organisation: all of it.
    pub fn full_scope(&self, _org: Id) -> QueryScope {
        unimplemented!("engine is being written")
    }
}

/// Organisations and their people.
impl Engine {
    /// All organisations, in the order of their creation.
    pub fn organizations(&self) -> Vec<Organization> {
        unimplemented!("engine is being written")
    }

    /// The organisation with this identifier, or `organization not found`.
    pub fn organization(&self, _id: Id) -> Result<Organization, EngineError> {
        unimplemented!("engine is being written")
    }

    /// The organisation of this name, or `organization name "x" not found`.
    pub fn organization_by_name(&self, _name: &str) -> Result<Organization, EngineError> {
        unimplemented!("engine is being written")
    }

    /// Makes an organisation and its system buckets.
    pub async fn create_organization(&self, _new: NewOrganization) -> Result<Organization, EngineError> {
        unimplemented!("engine is being written")
    }

    /// Changes an organisation.
    pub async fn update_organization(
        &self,
        _id: Id,
        _change: OrganizationChange,
    ) -> Result<Organization, EngineError> {
        unimplemented!("engine is being written")
    }

    /// Removes an organisation with its buckets, authorizations and members.
    pub async fn delete_organization(&self, _id: Id) -> Result<(), EngineError> {
        unimplemented!("engine is being written")
    }

    /// The members and owners of an organisation or a bucket.
    pub fn memberships(&self, _resource: Id) -> Vec<Membership> {
        unimplemented!("engine is being written")
    }

    /// Makes a user a member or an owner of an organisation or a bucket.
    pub async fn add_membership(&self, _membership: Membership) -> Result<(), EngineError> {
        unimplemented!("engine is being written")
    }

    /// Ends a user's part in an organisation or a bucket.
    pub async fn remove_membership(&self, _resource: Id, _user: Id, _role: Role) -> Result<(), EngineError> {
        unimplemented!("engine is being written")
    }

    /// All users, in the order of their creation.
    pub fn users(&self) -> Vec<User> {
        unimplemented!("engine is being written")
    }

    /// The user with this identifier, or `user not found`.
    pub fn user(&self, _id: Id) -> Result<User, EngineError> {
        unimplemented!("engine is being written")
    }

    /// The user of this name, or `user not found`.
    pub fn user_by_name(&self, _name: &str) -> Result<User, EngineError> {
        unimplemented!("engine is being written")
    }

    /// Makes a user without a password.
    pub async fn create_user(&self, _new: NewUser) -> Result<User, EngineError> {
        unimplemented!("engine is being written")
    }

    /// Changes a user.
    pub async fn update_user(&self, _id: Id, _change: UserChange) -> Result<User, EngineError> {
        unimplemented!("engine is being written")
    }

    /// Removes a user and its parts; its tokens stay and answer `User is inactive`.
    pub async fn delete_user(&self, _id: Id) -> Result<(), EngineError> {
        unimplemented!("engine is being written")
    }
}

/// Buckets.
impl Engine {
    /// Buckets: by name within an organisation if the filter names one, else in the order of their creation.
    pub fn buckets(&self, _filter: &BucketFilter) -> Vec<Bucket> {
        unimplemented!("engine is being written")
    }

    /// The bucket with this identifier, or `bucket not found`.
    pub fn bucket(&self, _id: Id) -> Result<Bucket, EngineError> {
        unimplemented!("engine is being written")
    }

    /// The bucket of this name in an organisation, or `bucket "x" not found`.
    pub fn bucket_by_name(&self, _org: Id, _name: &str) -> Result<Bucket, EngineError> {
        unimplemented!("engine is being written")
    }

    /// Makes a bucket.
    pub async fn create_bucket(&self, _new: NewBucket) -> Result<Bucket, EngineError> {
        unimplemented!("engine is being written")
    }

    /// Changes a bucket.
    pub async fn update_bucket(&self, _id: Id, _change: BucketChange) -> Result<Bucket, EngineError> {
        unimplemented!("engine is being written")
    }

    /// Removes a bucket with its points.
    pub async fn delete_bucket(&self, _id: Id) -> Result<(), EngineError> {
        unimplemented!("engine is being written")
    }
}

/// Authorizations.
impl Engine {
    /// Authorizations in the order of their creation.
    pub fn authorizations(&self, _filter: &AuthorizationFilter) -> Vec<Authorization> {
        unimplemented!("engine is being written")
    }

    /// The authorization with this identifier, or `authorization not found`.
    pub fn authorization(&self, _id: Id) -> Result<Authorization, EngineError> {
        unimplemented!("engine is being written")
    }

    /// Makes an authorization without asking whose permissions they are.
    pub async fn create_authorization(&self, _new: NewAuthorization) -> Result<CreatedAuthorization, EngineError> {
        unimplemented!("engine is being written")
    }

    /// Refuses with InfluxDB's words when `_creator` may not hand on one of these permissions, or when one of them names
    /// another organisation than `_org`. To be asked before [`Engine::create_authorization`].
    pub fn may_grant(&self, _creator: &Principal, _org: Id, _permissions: &[Permission]) -> Result<(), EngineError> {
        unimplemented!("engine is being written")
    }

    /// Changes an authorization.
    pub async fn update_authorization(
        &self,
        _id: Id,
        _change: AuthorizationChange,
    ) -> Result<Authorization, EngineError> {
        unimplemented!("engine is being written")
    }

    /// Removes an authorization: its token is unknown from now on.
    pub async fn delete_authorization(&self, _id: Id) -> Result<(), EngineError> {
        unimplemented!("engine is being written")
    }
}
