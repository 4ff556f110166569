//! The HTTP API of InfluxDB 2 over an [`engine::Engine`].
//!
//! [`serve`] listens; [`router`] is the same without a network, for tests. The way of a request: `connection` accepts,
//! `pipeline` goes around, `route` holds the handlers, a file for each family, and `error` is the one form of refusals.

mod answer;
mod args;
mod auth;
mod body;
mod connection;
mod dialect;
mod error;
mod gzip;
mod headers;
mod json;
pub mod limits;
mod metrics;
mod page;
mod pipeline;
mod refusal;
mod route;
mod state;
mod wire;

use std::io;

use axum::Router;
use engine::Engine;
use tokio::net::TcpListener;

pub use error::{ApiError, Code};
pub use headers::{INFLUXDB_BUILD, INFLUXDB_VERSION, TIDEGAUGE_VERSION};
pub use state::{AppState, ServerOptions};

/// Every path, with what goes around them.
pub fn router(state: AppState) -> Router {
    let around = axum::middleware::from_fn_with_state(state.clone(), pipeline::around);
    route::table().layer(around).with_state(state)
}

/// Serves an open folder until `shutdown` is ready, then lets running requests end within [`ServerOptions::drain`]. The
/// engine is left open: closing it is its owner's part.
pub async fn serve(
    engine: Engine,
    options: ServerOptions,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let state = AppState::new(engine, options);
    connection::accept(state.clone(), router(state), listener, shutdown).await
}

#[cfg(test)]
mod tests;
