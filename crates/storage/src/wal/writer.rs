//! Group commit: one thread writes, syncs and makes visible; all requests that wait share the sync.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use model::Id;
use parking_lot::{Condvar, Mutex};

use super::{Kind, add_record, begin_frame, end_frame, header, segment_name};
use crate::file::{Files, LogFile};
use crate::store::StorageError;

/// A frame ends at this size, but holds at least one record.
const FRAME_BYTES: usize = 64 << 20;
/// The largest payload; what is larger is refused.
const PAYLOAD_BYTES: usize = 2 << 30;

type Apply = Box<dyn FnOnce(u64) + Send>;
type Reply<T> = Box<dyn FnOnce(Result<T, StorageError>) + Send>;

/// A record to be logged.
pub(crate) struct Append {
    pub(crate) bucket: Id,
    pub(crate) kind: Kind,
    pub(crate) payload: Vec<u8>,
    /// Makes it visible once it is durable; called with its sequence, in the order of sequences.
    pub(crate) apply: Apply,
    /// Called last.
    pub(crate) done: Reply<u64>,
}

/// A new segment was begun.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rotated {
    /// Sequence of the last record before it.
    pub(crate) sequence: u64,
    /// Number of the new segment: earlier ones are written no more.
    pub(crate) segment: u64,
}

enum Request {
    Append(Append),
    Rotate { freeze: Apply, done: Reply<Rotated> },
}

/// The log, open for writing.
#[derive(Debug)]
pub(crate) struct Log {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
    sequence: AtomicU64,
}

#[derive(Default)]
struct Queue {
    requests: Vec<Request>,
    stopped: bool,
    /// Why nothing is written any more.
    poison: Option<String>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("sequence", &self.sequence).finish_non_exhaustive()
    }
}

impl Log {
    /// Begins a new segment, whose number is above all others, and the thread that writes it.
    pub(crate) fn start(
        files: Arc<Files>,
        folder: PathBuf,
        segment: u64,
        sequence: u64,
        delay: Duration,
    ) -> Result<Self, StorageError> {
        let shared =
            Arc::new(Shared { queue: Mutex::default(), wake: Condvar::new(), sequence: AtomicU64::new(sequence) });
        let file = begin_segment(&files, &folder, segment)?;
        let mut writer =
            Writer { shared: Arc::clone(&shared), files, folder, file, segment, sequence, delay, frame: Vec::new() };
        let thread = std::thread::Builder::new()
            .name("tide-log".into())
            .spawn(move || writer.run())
            .map_err(|cause| StorageError::Other(format!("the log's thread does not start: {cause}")))?;
        Ok(Self { shared, thread: Mutex::new(Some(thread)) })
    }

    /// Sequence of the last record that was numbered.
    pub(crate) fn sequence(&self) -> u64 {
        self.shared.sequence.load(Ordering::Acquire)
    }

    /// Queues a record.
    pub(crate) fn append(&self, append: Append) {
        self.submit(Request::Append(append));
    }

    /// Begins a new segment; `freeze` runs between the last record of the old one and the first of the new one.
    pub(crate) fn rotate(&self, freeze: Apply, done: Reply<Rotated>) {
        self.submit(Request::Rotate { freeze, done });
    }

    /// Writes what is queued and ends the thread.
    pub(crate) fn stop(&self) {
        self.shared.queue.lock().stopped = true;
        self.shared.wake.notify_one();
        if let Some(thread) = self.thread.lock().take()
            && thread.join().is_err()
        {
            tracing::error!("the log's thread ended in a panic");
        }
    }

    fn submit(&self, request: Request) {
        let mut queue = self.shared.queue.lock();
        let refusal = match &queue.poison {
            Some(cause) => Some(StorageError::Poisoned(cause.clone())),
            None if queue.stopped => Some(StorageError::Other("the store is closed".into())),
            None => None,
        };
        let Some(refusal) = refusal else {
            queue.requests.push(request);
            drop(queue);
            self.shared.wake.notify_one();
            return;
        };
        drop(queue);
        request.refuse(refusal);
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Request {
    fn refuse(self, error: StorageError) {
        match self {
            Self::Append(append) => (append.done)(Err(error)),
            Self::Rotate { done, .. } => done(Err(error)),
        }
    }
}

fn begin_segment(files: &Arc<Files>, folder: &std::path::Path, segment: u64) -> Result<LogFile, StorageError> {
    let mut file = files.create_log(&folder.join(segment_name(segment)))?;
    file.append(&header())?;
    file.sync()?;
    files.sync_folder(folder)?;
    Ok(file)
}

struct Writer {
    shared: Arc<Shared>,
    files: Arc<Files>,
    folder: PathBuf,
    file: LogFile,
    segment: u64,
    sequence: u64,
    delay: Duration,
    frame: Vec<u8>,
}

impl Writer {
    fn run(&mut self) {
        while let Some(requests) = self.next_requests() {
            let mut group = Vec::new();
            for request in requests {
                match request {
                    Request::Append(append) if append.payload.len() > PAYLOAD_BYTES => {
                        let text = format!(
                            "a batch of {} bytes is too large: send fewer points a request",
                            append.payload.len()
                        );
                        (append.done)(Err(StorageError::Other(text)));
                    }
                    Request::Append(append) => {
                        let bytes: usize = group.iter().map(|a: &Append| a.payload.len()).sum();
                        if !group.is_empty() && bytes + append.payload.len() > FRAME_BYTES {
                            self.commit(std::mem::take(&mut group));
                        }
                        group.push(append);
                    }
                    Request::Rotate { freeze, done } => {
                        self.commit(std::mem::take(&mut group));
                        self.rotate(freeze, done);
                    }
                }
            }
            self.commit(group);
        }
    }

    /// Waits for requests; `None` when the log is stopped and everything is written.
    fn next_requests(&self) -> Option<Vec<Request>> {
        let mut queue = self.shared.queue.lock();
        while queue.requests.is_empty() {
            if queue.stopped {
                return None;
            }
            self.shared.wake.wait(&mut queue);
        }
        if !self.delay.is_zero() && !queue.stopped {
            drop(queue);
            std::thread::sleep(self.delay);
            queue = self.shared.queue.lock();
        }
        Some(std::mem::take(&mut queue.requests))
    }

    /// Writes and syncs a group, then makes it visible and answers.
    fn commit(&mut self, group: Vec<Append>) {
        if group.is_empty() {
            return;
        }
        if let Some(cause) = self.shared.queue.lock().poison.clone() {
            group.into_iter().for_each(|append| (append.done)(Err(StorageError::Poisoned(cause.clone()))));
            return;
        }
        begin_frame(&mut self.frame, self.sequence + 1);
        for append in &group {
            add_record(&mut self.frame, append.bucket, append.kind, &append.payload);
        }
        end_frame(&mut self.frame);
        if let Err(error) = self.file.append(&self.frame).and_then(|()| self.file.sync()) {
            self.fail(&error);
            group.into_iter().for_each(|append| (append.done)(Err(error.clone())));
            return;
        }
        if self.frame.capacity() > FRAME_BYTES / 8 {
            self.frame = Vec::new();
        }
        for append in group {
            self.sequence += 1;
            self.shared.sequence.store(self.sequence, Ordering::Release);
            (append.apply)(self.sequence);
            (append.done)(Ok(self.sequence));
        }
    }

    fn rotate(&mut self, freeze: Apply, done: Reply<Rotated>) {
        if let Some(cause) = self.shared.queue.lock().poison.clone() {
            return done(Err(StorageError::Poisoned(cause)));
        }
        match begin_segment(&self.files, &self.folder, self.segment + 1) {
            Ok(file) => {
                self.file = file;
                self.segment += 1;
                freeze(self.sequence);
                done(Ok(Rotated { sequence: self.sequence, segment: self.segment }));
            }
            Err(error) => {
                self.fail(&error);
                done(Err(error));
            }
        }
    }

    fn fail(&self, error: &StorageError) {
        tracing::error!(%error, "the log cannot be written: the store takes no more writes");
        self.shared.queue.lock().poison.get_or_insert_with(|| error.to_string());
    }
}
