//! [`Answering`]: an answer to a query while it is made. Dropping it, as happens when its connection ends, ends the query.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use codec::annotated_csv::Writer;
use engine::{Answer, Event};
use futures::{Stream, StreamExt};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use crate::error::{ApiError, ApiResult, Code};
use crate::gzip::Packer;
use crate::limits;
use crate::state::AppState;

/// Leave to run a query, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    state: AppState,
    began: Instant,
    bytes: usize,
    _queued: OwnedSemaphorePermit,
    _running: OwnedSemaphorePermit,
}

impl Slot {
    /// Waits for a slot, unless too many wait already.
    pub(crate) async fn take(state: &AppState) -> ApiResult<Self> {
        let full = || ApiError::new(Code::Unavailable, "queue length exceeded");
        let queued = state.query_queue.clone().try_acquire_owned().map_err(|_| full())?;
        let running = state.query_slots.clone().acquire_owned().await.map_err(|_| full())?;
        state.metrics.running_queries.fetch_add(1, Ordering::Relaxed);
        Ok(Self { state: state.clone(), began: Instant::now(), bytes: 0, _queued: queued, _running: running })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.state.metrics.running_queries.fetch_sub(1, Ordering::Relaxed);
        self.state.metrics.queried(self.bytes, self.began.elapsed());
    }
}

/// An answer being made; as a stream it gives the CSV piece by piece.
pub(crate) struct Answering {
    /// `None` after the last event.
    events: Option<Answer>,
    writer: Writer,
    /// Written, not yet sent.
    buffer: Vec<u8>,
    slot: Slot,
}

impl std::fmt::Debug for Answering {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answering")
            .field("ended", &self.events.is_none())
            .field("slot", &self.slot)
            .finish_non_exhaustive()
    }
}

/// How an answer begins.
#[derive(Debug)]
pub(crate) enum Opening {
    /// It failed before anything had to be sent, so the status can tell.
    Failed(String),
    /// It is short and complete.
    Whole(Vec<u8>),
    /// It goes on.
    More(Box<Answering>),
}

impl Answering {
    /// An answer of these events.
    pub(crate) fn new(events: Answer, writer: Writer, slot: Slot) -> Self {
        Self { events: Some(events), writer, buffer: Vec::new(), slot }
    }

    /// Makes the beginning: up to the end of the first result, or until enough was written that InfluxDB would have sent it.
    pub(crate) async fn open(mut self) -> Opening {
        let mut results = 0;
        while let Some(events) = self.events.as_mut() {
            let Some(event) = events.next().await else {
                self.end();
                break;
            };
            match &event {
                Event::Error(message) if results < 2 => return Opening::Failed(message.clone()),
                Event::Result(_) => results += 1,
                _ => {}
            }
            self.writer.event(&event, &mut self.buffer);
            if results > 1 || self.buffer.len() >= limits::ANSWER_HOLD_BYTES {
                return Opening::More(Box::new(self));
            }
        }
        self.slot.bytes += self.buffer.len();
        Opening::Whole(std::mem::take(&mut self.buffer))
    }

    fn end(&mut self) {
        self.events = None;
        self.writer.finish(&mut self.buffer);
    }

    /// Fills the buffer until it is worth sending, or nothing comes at the moment. `Ready(false)` after the last byte.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        while self.buffer.len() < limits::ANSWER_PIECE_BYTES {
            let Some(events) = self.events.as_mut() else { return Poll::Ready(!self.buffer.is_empty()) };
            match events.poll_next_unpin(cx) {
                Poll::Ready(Some(event)) => self.writer.event(&event, &mut self.buffer),
                Poll::Ready(None) => self.end(),
                Poll::Pending if self.buffer.is_empty() => return Poll::Pending,
                Poll::Pending => break,
            }
        }
        Poll::Ready(true)
    }

    fn take_buffer(&mut self) -> Vec<u8> {
        self.slot.bytes += self.buffer.len();
        let capacity = self.buffer.len().min(2 * limits::ANSWER_PIECE_BYTES);
        std::mem::replace(&mut self.buffer, Vec::with_capacity(capacity))
    }

    /// The same, as gzip.
    pub(crate) fn packed(self) -> PackedAnswer {
        PackedAnswer { plain: self, packer: Some(Packer::new()) }
    }
}

impl Stream for Answering {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let more = ready!(self.poll_fill(cx));
        Poll::Ready(more.then(|| Ok(Bytes::from(self.take_buffer()))))
    }
}

/// An [`Answering`] on its way through gzip.
#[derive(Debug)]
pub(crate) struct PackedAnswer {
    plain: Answering,
    /// `None` after the end.
    packer: Option<Packer>,
}

impl Stream for PackedAnswer {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.packer.is_none() {
            return Poll::Ready(None);
        }
        let more = ready!(self.plain.poll_fill(cx));
        if !more {
            return Poll::Ready(self.packer.take().map(|packer| Ok(packer.finish())));
        }
        let text = self.plain.take_buffer();
        Poll::Ready(self.packer.as_mut().map(|packer| Ok(packer.piece(&text))))
    }
}
