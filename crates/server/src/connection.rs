//! Accepting connections, and ending them in time.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::limits;
use crate::state::AppState;

/// Serves until `shutdown` is ready; then no connection is accepted, idle ones end at once, and requests that run get the time
/// that the options give before they are cut off.
pub(crate) async fn accept(
    state: AppState,
    router: Router,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let graceful = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(state.options.connections));
    let mut connections = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { break };
        let stream = tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(cause) => {
                    wait_out(&cause).await;
                    continue;
                }
            },
        };
        reap(&mut connections, &state);
        let (watcher, state, router) = (graceful.watcher(), state.clone(), router.clone());
        connections.spawn(async move {
            let _slot = slot;
            state.metrics.connections.fetch_add(1, Ordering::Relaxed);
            let _open = Open(&state);
            let _ = stream.set_nodelay(true);
            let connection = builder(state.options.head_timeout)
                .serve_connection(TokioIo::<TcpStream>::new(stream), TowerToHyperService::new(router));
            if let Err(cause) = watcher.watch(connection).await {
                tracing::debug!("connection ended: {cause}");
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(state.options.drain, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were cut off after {} s", state.options.drain.as_secs_f32());
    }
    connections.shutdown().await;
    Ok(())
}

/// Counts a connection as open while it lives.
struct Open<'a>(&'a AppState);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.metrics.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

fn builder(head_timeout: Duration) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(head_timeout)
        .max_buf_size(limits::REQUEST_HEAD_BYTES)
        .max_headers(limits::REQUEST_HEADERS)
        // Go writes names this way, and not every old client folds case.
        .title_case_headers(true);
    builder
}

/// Forgets connections that ended; a panic outside of a handler (while an answer is streamed) is logged here.
fn reap(connections: &mut JoinSet<()>, state: &AppState) {
    while let Some(ended) = connections.try_join_next() {
        if let Err(cause) = ended
            && cause.is_panic()
        {
            state.metrics.panics.fetch_add(1, Ordering::Relaxed);
            tracing::error!("panic while an answer was sent: {cause}");
        }
    }
}

/// A failed accept: of one connection it is that client's affair, of the whole process (no file handles left) it takes a pause.
async fn wait_out(cause: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if matches!(cause.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        return;
    }
    tracing::error!("accepting a connection failed: {cause}");
    tokio::time::sleep(limits::ACCEPT_PAUSE).await;
}
