//! [`EngineOptions`]: how to open a folder.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::{Clock, SystemClock};
use crate::limits;

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
    /// Threads of one query; as many as the machine has by default.
    pub query_threads: usize,
    /// Whether queries ask storage for as little as possible. Answers do not depend on it; tests turn it off.
    pub pushdown: bool,
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
            query_threads: std::thread::available_parallelism().map_or(1, usize::from),
            pushdown: true,
            clock: Arc::new(SystemClock),
        }
    }
}
