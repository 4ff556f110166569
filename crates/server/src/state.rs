//! [`AppState`]: what every handler shares.

use std::sync::Arc;
use std::time::Duration;

use engine::Engine;
use tokio::sync::Semaphore;

use crate::limits;
use crate::metrics::Metrics;

/// What may be chosen when a server starts; the rest stands in [`crate::limits`].
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// Unpacked bytes of one write body.
    pub write_body_bytes: usize,
    /// Queries at the same time.
    pub running_queries: usize,
    /// Queries that may wait.
    pub queued_queries: usize,
    /// Connections at the same time.
    pub connections: usize,
    /// How long a client may take to send its head.
    pub head_timeout: Duration,
    /// How long requests may go on after the order to stop.
    pub drain: Duration,
    /// What `GET /api/v2/config` tells an operator: flag and value. Never secrets.
    pub config: Vec<(String, String)>,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            write_body_bytes: limits::WRITE_BODY_BYTES,
            running_queries: limits::RUNNING_QUERIES,
            queued_queries: limits::QUEUED_QUERIES,
            connections: limits::CONNECTIONS,
            head_timeout: limits::REQUEST_HEAD_TIMEOUT,
            drain: limits::DRAIN,
            config: Vec::new(),
        }
    }
}

/// Shared by all requests; cheap to clone.
#[derive(Debug, Clone)]
pub struct AppState(Arc<Shared>);

/// The inside of [`AppState`].
#[derive(Debug)]
pub struct Shared {
    /// The database.
    pub(crate) engine: Engine,
    /// What was chosen at the start.
    pub(crate) options: ServerOptions,
    /// Counters.
    pub(crate) metrics: Metrics,
    /// When the server began, nanoseconds since the epoch.
    pub(crate) started_ns: i64,
    /// One permit for each query that may run.
    pub(crate) query_slots: Arc<Semaphore>,
    /// One permit for each query that may run or wait.
    pub(crate) query_queue: Arc<Semaphore>,
}

impl AppState {
    /// The state of a server over an open folder.
    pub fn new(engine: Engine, options: ServerOptions) -> Self {
        let started_ns = engine.now_ns();
        let query_slots = Arc::new(Semaphore::new(options.running_queries));
        let query_queue = Arc::new(Semaphore::new(options.running_queries.saturating_add(options.queued_queries)));
        Self(Arc::new(Shared { engine, options, metrics: Metrics::default(), started_ns, query_slots, query_queue }))
    }

    /// How long the server has run.
    pub fn up(&self) -> Duration {
        Duration::from_nanos(u64::try_from(self.engine.now_ns() - self.started_ns).unwrap_or(0))
    }
}

impl std::ops::Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}
