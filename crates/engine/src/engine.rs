//! [`Engine`]: one open data folder.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use codec::table::Event;
use flux::FluxError;
use futures::stream::BoxStream;
use model::{Id, Precision};

/// How to open a folder.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    pub data_dir: PathBuf,
    pub memory_limit_bytes: usize,
    pub wal_fsync_delay: Duration,
    pub read_only: bool,
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
    pub text: String,
    /// `extern`: a Flux AST file as JSON, with options that stand before the script.
    pub extern_ast: Option<serde_json::Value>,
    /// `now` of the request, nanoseconds since the epoch; the clock if `None`.
    pub now_ns: Option<i64>,
    pub scope: QueryScope,
}

/// What a write did. `Partial` is InfluxDB's 422: the rest is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteOutcome {
    Stored { points: usize },
    /// The whole text after `failure writing points to database: `.
    Partial { message: String },
}

/// Why a write stored nothing.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Lines that do not parse, one `unable to parse '...': ...` each, joined by newlines.
    #[error("{0}")]
    Parse(String),
    #[error(transparent)]
    Storage(#[from] storage::store::StorageError),
}

/// An answer: pull it to make it happen, drop it to cancel it.
pub type Answer = BoxStream<'static, Event>;

/// An open data folder. Cheap to clone; the folder is released when the last clone is closed.
#[derive(Debug, Clone)]
pub struct Engine {}

impl Engine {
    pub async fn open(_options: EngineOptions) -> Result<Self, storage::store::StorageError> {
        unimplemented!("engine is being written")
    }

    pub async fn write_line_protocol(
        &self,
        _bucket: Id,
        _body: &[u8],
        _precision: Precision,
    ) -> Result<WriteOutcome, WriteError> {
        unimplemented!("engine is being written")
    }

    /// Compiles and starts a query. An error before the first table is the `Err`; a later one is [`Event::Error`].
    pub async fn query(&self, _request: QueryRequest) -> Result<Answer, FluxError> {
        unimplemented!("engine is being written")
    }
}
