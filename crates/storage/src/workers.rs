//! The threads behind a store: one flushes, one merges and enforces retention.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use model::Id;
use tokio::sync::oneshot;

use crate::core::Core;
use crate::store::StorageError;

/// How often it is looked whether writing has paused.
const IDLE_TICK: Duration = Duration::from_secs(2);
/// After a pause memtables of this size are flushed; less is left for later, so as not to make small files.
const IDLE_FLUSH_BYTES: usize = 8 << 20;

type Reply = oneshot::Sender<Result<(), StorageError>>;

/// Work for a thread.
enum Job {
    /// Somebody waits for a flush, or nobody does.
    Flush(Option<Reply>),
    /// Merge what has become too much.
    Tidy,
    /// Merge all there is to merge of a bucket, or of all.
    Seal(Option<Id>, Reply),
    Retention(i64, Reply),
    Stop,
}

/// The threads of an open store.
#[derive(Debug)]
pub(crate) struct Workers {
    flusher: Worker,
    compactor: Worker,
    stop: Arc<AtomicBool>,
}

#[derive(Debug)]
struct Worker {
    jobs: Sender<Job>,
    thread: Option<JoinHandle<()>>,
}

/// Asks for work from anywhere.
#[derive(Debug, Clone)]
pub(crate) struct Requests {
    flusher: Sender<Job>,
    compactor: Sender<Job>,
}

impl Workers {
    pub(crate) fn start(core: &Arc<Core>) -> Result<(Self, Requests), StorageError> {
        let stop = Arc::new(AtomicBool::new(false));
        let (compact_jobs, receiver) = channel();
        let compactor = Worker::start("tide-compact", compact_jobs.clone(), {
            let (core, stop) = (Arc::clone(core), Arc::clone(&stop));
            move || compact_loop(&core, &receiver, &stop)
        })?;
        let (flush_jobs, receiver) = channel();
        let flusher = Worker::start("tide-flush", flush_jobs.clone(), {
            let (core, tidy) = (Arc::clone(core), compact_jobs.clone());
            move || flush_loop(&core, &receiver, &tidy)
        })?;
        let requests = Requests { flusher: flush_jobs, compactor: compact_jobs };
        Ok((Self { flusher, compactor, stop }, requests))
    }

    /// Ends the threads after what they are doing.
    pub(crate) fn stop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.flusher.stop();
        self.compactor.stop();
    }
}

impl Worker {
    fn start(name: &str, jobs: Sender<Job>, work: impl FnOnce() + Send + 'static) -> Result<Self, StorageError> {
        let thread = std::thread::Builder::new()
            .name(name.into())
            .spawn(work)
            .map_err(|cause| StorageError::Other(format!("the thread {name} does not start: {cause}")))?;
        Ok(Self { jobs, thread: Some(thread) })
    }

    fn stop(&mut self) {
        // A thread that is gone needs no message.
        let _ = self.jobs.send(Job::Stop);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("a background thread ended in a panic");
        }
    }
}

impl Requests {
    /// Flushes in the background.
    pub(crate) fn flush_soon(&self) {
        // After close nothing is flushed: the log keeps it.
        let _ = self.flusher.send(Job::Flush(None));
    }

    /// Merges in the background what has become too much.
    pub(crate) fn tidy_soon(&self) {
        // After close nothing is merged.
        let _ = self.compactor.send(Job::Tidy);
    }

    pub(crate) async fn flush(&self) -> Result<(), StorageError> {
        request(&self.flusher, |reply| Job::Flush(Some(reply))).await
    }

    pub(crate) async fn seal(&self, bucket: Option<Id>) -> Result<(), StorageError> {
        request(&self.compactor, |reply| Job::Seal(bucket, reply)).await
    }

    pub(crate) async fn enforce_retention(&self, now_ns: i64) -> Result<(), StorageError> {
        request(&self.compactor, |reply| Job::Retention(now_ns, reply)).await
    }
}

async fn request(jobs: &Sender<Job>, job: impl FnOnce(Reply) -> Job) -> Result<(), StorageError> {
    let (reply, receive) = oneshot::channel();
    // If the thread is gone, so is the reply's sender, which the receiver notices.
    let _ = jobs.send(job(reply));
    crate::core::answer(receive).await
}

fn flush_loop(core: &Arc<Core>, jobs: &Receiver<Job>, tidy: &Sender<Job>) {
    let mut before = 0;
    loop {
        let job = match jobs.recv_timeout(IDLE_TICK) {
            Ok(job) => job,
            Err(RecvTimeoutError::Timeout) => {
                // Partitions are read several times faster than a memtable in which nothing is in order.
                let active = core.active_bytes();
                let is_idle = active == before && active >= IDLE_FLUSH_BYTES;
                before = active;
                if !is_idle {
                    continue;
                }
                Job::Flush(None)
            }
            Err(RecvTimeoutError::Disconnected) => return,
        };
        match job {
            Job::Flush(reply) => {
                let outcome = core.flush();
                if let Err(error) = &outcome {
                    tracing::error!(%error, "memtables could not be written as partitions; the log keeps them");
                }
                if let Some(reply) = reply {
                    // Whoever asked may have gone.
                    let _ = reply.send(outcome);
                }
                // The compactor may have ended already.
                let _ = tidy.send(Job::Tidy);
            }
            Job::Stop => return,
            Job::Tidy | Job::Seal(..) | Job::Retention(..) => {}
        }
    }
}

fn compact_loop(core: &Arc<Core>, jobs: &Receiver<Job>, stop: &AtomicBool) {
    while let Ok(job) = jobs.recv() {
        match job {
            Job::Tidy => {
                if let Err(error) = core.compact_some(stop) {
                    tracing::error!(%error, "partitions could not be merged");
                }
            }
            // Whoever asked may have gone.
            Job::Seal(bucket, reply) => drop(reply.send(core.seal(bucket, stop))),
            Job::Retention(now_ns, reply) => drop(reply.send(core.enforce_retention(now_ns))),
            Job::Stop => return,
            Job::Flush(_) => {}
        }
    }
}
