//! [`Engine`]: one open data folder.

use std::sync::Arc;

use model::{Id, SeriesFilter};
use parking_lot::Mutex;
use query::{QueryEngine, QueryOptions};
use storage::budget::{Budget, Hold, Holder};
use storage::catalog::{Bucket, Catalog};
use storage::inspect::BucketInspection;
use storage::store::{StorageError, Store, StoreOptions};
use storage::verify::Verification;

use crate::auth::proven::Proven;
use crate::auth::session::Sessions;
use crate::background::Background;
use crate::by_name;
use crate::clock::Clock;
use crate::error::EngineError;
use crate::limits;
use crate::options::EngineOptions;

/// An open data folder. Cheap to clone: clones share it. [`Engine::close`] releases it.
#[derive(Debug, Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    options: EngineOptions,
    catalog: Catalog,
    store: Store,
    queries: QueryEngine,
    sessions: Sessions,
    proven: Proven,
    background: Background,
    /// Held while buckets change in the catalogue, the store and the links, so that the three agree.
    changing_buckets: Mutex<()>,
}

/// The folder itself.
impl Engine {
    /// Opens a folder: takes its lock, reads its catalogue, replays its log and starts the background work. Needs a Tokio
    /// runtime, and keeps working only while that runtime does.
    pub async fn open(options: EngineOptions) -> Result<Self, EngineError> {
        let store = Store::open(StoreOptions {
            dir: options.data_dir.clone(),
            memory_limit_bytes: options.memory_limit_bytes,
            wal_fsync_delay: options.wal_fsync_delay,
            read_only: options.read_only,
        })
        .await?;
        let (dir, read_only) = (options.data_dir.clone(), options.read_only);
        let opened =
            run_blocking(move || Ok(if read_only { Catalog::open_read_only(&dir) } else { Catalog::open(&dir) }?));
        let catalog = match opened.await {
            Ok(catalog) => catalog,
            Err(error) => {
                store.close().await?;
                return Err(error);
            }
        };
        let sessions = Sessions::new(options.session_length);
        let queries = QueryEngine::new(&QueryOptions {
            budget: Arc::clone(store.budget()),
            threads: options.query_threads,
            pushdown: options.pushdown,
        })
        .map_err(EngineError::Queries)?;
        let shared = Shared {
            options,
            catalog,
            store,
            queries,
            sessions,
            proven: Proven::default(),
            background: Background::default(),
            changing_buckets: Mutex::default(),
        };
        let engine = Self { shared: Arc::new(shared) };
        let starting = engine.clone();
        run_blocking(move || starting.register_all()).await?;
        engine.start_background();
        Ok(engine)
    }

    /// Deletes the points of matching series from `first_ns` to `last_ns`, both inclusive. Durable when it returns.
    pub async fn delete(
        &self,
        bucket: Id,
        first_ns: i64,
        last_ns: i64,
        filter: SeriesFilter,
    ) -> Result<(), EngineError> {
        self.bucket(bucket)?;
        Ok(self.store().delete(bucket, first_ns, last_ns, filter).await?)
    }

    /// Writes every memtable to partitions and cuts the log.
    pub async fn flush(&self) -> Result<(), EngineError> {
        Ok(self.store().flush().await?)
    }

    /// Seals all buckets: flushes, merges partitions until they are disjoint, applies deletes. Other tools then read exact
    /// answers from the Parquet files.
    pub async fn compact(&self) -> Result<(), EngineError> {
        Ok(self.store().compact(None).await?)
    }

    /// Seals one bucket. (What is in memory of the others is flushed too: the log is one for all.)
    pub async fn compact_bucket(&self, bucket: Id) -> Result<(), EngineError> {
        self.bucket(bucket)?;
        Ok(self.store().compact(Some(bucket)).await?)
    }

    /// What a bucket, or each, holds on disk and in memory: measurements, series, rows, partitions with size and index. Reads
    /// times and tags of every row. Works on a folder that is open read-only.
    pub async fn inspect(&self, bucket: Option<Id>) -> Result<Vec<BucketInspection>, EngineError> {
        bucket.map(|bucket| self.bucket(bucket)).transpose()?;
        self.blocking(move |engine| Ok(engine.store().inspect(bucket)?)).await
    }

    /// Reads every byte of the folder (catalogue, log, manifests, partitions) and compares every checksum. What is wrong
    /// is listed, not an error. Works on a folder that is open read-only.
    pub async fn verify(&self) -> Result<Verification, EngineError> {
        self.blocking(|engine| Ok(engine.store().verify()?)).await
    }

    /// Drops what is older than each bucket's retention period; the background does so now and then.
    pub async fn enforce_retention(&self) -> Result<(), EngineError> {
        Ok(self.store().enforce_retention(self.now_ns()).await?)
    }

    /// Ends background work and releases the folder; further writes and changes fail. The log keeps what is in memory.
    pub async fn close(&self) -> Result<(), EngineError> {
        self.shared.background.stop().await;
        let closed = self.store().close().await;
        self.shared.catalog.close();
        Ok(closed?)
    }

    /// The clock's time, nanoseconds since the epoch.
    pub fn now_ns(&self) -> i64 {
        self.shared.options.clock.now_ns()
    }

    /// A hold on the folder's memory budget for the body of a request and what is made of it; nothing yet.
    pub fn hold_body(&self) -> Hold {
        self.store().budget().hold(Holder::Bodies, 0)
    }

    /// Makes the hold of a body larger. Waits a moment for room; [`StorageError::Busy`] if there is none.
    pub async fn grow_body(&self, hold: &mut Hold, bytes: usize) -> Result<(), StorageError> {
        let budget = self.store().budget();
        if budget.try_grow_body(hold, bytes) {
            return Ok(());
        }
        let room = budget.wait_for(|| budget.try_grow_body(hold, bytes).then_some(()));
        tokio::time::timeout(limits::ROOM_TIMEOUT, room).await.map_err(|_| busy(budget))
    }

    /// Bytes of the folder's memory budget that each holder has now, by name.
    pub fn memory_by_holder(&self) -> [(&'static str, usize); 5] {
        Holder::ALL.map(|holder| (holder.name(), self.store().budget().held(holder)))
    }

    /// Bytes of the folder's memory budget that are held now, and all there are.
    pub fn memory(&self) -> (usize, usize) {
        let budget = self.store().budget();
        (budget.total(), budget.limit())
    }

    /// How the folder was opened.
    pub fn options(&self) -> &EngineOptions {
        &self.shared.options
    }

    fn start_background(&self) {
        let options = self.options();
        if !options.read_only {
            let interval = options.retention_check_interval;
            self.shared.background.start_retention(self.store().clone(), Arc::clone(&options.clock), interval);
        }
    }
}

/// For the rest of this crate.
impl Engine {
    pub(crate) fn catalog(&self) -> &Catalog {
        &self.shared.catalog
    }

    pub(crate) fn store(&self) -> &Store {
        &self.shared.store
    }

    pub(crate) fn queries(&self) -> &QueryEngine {
        &self.shared.queries
    }

    pub(crate) fn proven(&self) -> &Proven {
        &self.shared.proven
    }

    pub(crate) fn sessions(&self) -> &Sessions {
        &self.shared.sessions
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.shared.options.clock
    }

    /// Runs work that waits for a disk or a password hash where it keeps nothing else waiting.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, EngineError> {
        let engine = self.clone();
        run_blocking(move || work(&engine)).await
    }

    /// The same for work that adds, changes or removes buckets: one such piece of work at a time.
    pub(crate) async fn changing_buckets<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, EngineError> {
        self.blocking(move |engine| {
            let _one_at_a_time = engine.shared.changing_buckets.lock();
            work(engine)
        })
        .await
    }

    /// Makes the catalogue's buckets known to the store. What a crash in between leaves out is made up for at opening.
    pub(crate) fn register_buckets(&self, buckets: &[Bucket]) -> Result<(), EngineError> {
        for bucket in buckets {
            self.store().put_bucket(bucket.id, bucket.retention_ns, bucket.shard_group_ns)?;
        }
        // A retention that was shortened hides at once, one that was lengthened shows what is still there.
        self.store().hide_expired(self.now_ns());
        self.refresh_links();
        Ok(())
    }

    /// Removes buckets from the store. They leave the catalogue afterwards: a crash in between leaves an empty bucket that
    /// can be removed again, never points that nobody can reach.
    pub(crate) fn drop_buckets(&self, buckets: &[Id]) -> Result<(), EngineError> {
        for bucket in buckets {
            match self.store().drop_bucket(*bucket) {
                Ok(()) | Err(StorageError::NoBucket(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Brings the links by name up to date. They are a convenience: a failure is logged.
    pub(crate) fn refresh_links(&self) {
        if self.options().read_only {
            return;
        }
        if let Err(error) = by_name::refresh(&self.options().data_dir, &self.catalog().state()) {
            tracing::warn!(%error, "the links below by-name are not up to date");
        }
    }

    fn register_all(&self) -> Result<(), EngineError> {
        if self.options().read_only {
            self.store().hide_expired(self.now_ns());
            return Ok(());
        }
        let buckets: Vec<Bucket> = self.catalog().state().buckets().map(|bucket| (**bucket).clone()).collect();
        self.register_buckets(&buckets)
    }
}

/// What is said when there is no memory for a write.
pub(crate) fn busy(budget: &Budget) -> StorageError {
    StorageError::Busy { held: budget.total(), limit: budget.limit() }
}

/// Runs blocking work on a thread of its own.
async fn run_blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, EngineError> + Send + 'static,
) -> Result<T, EngineError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(failed) if failed.is_panic() => std::panic::resume_unwind(failed.into_panic()),
        Err(_) => Err(EngineError::Closing),
    }
}
