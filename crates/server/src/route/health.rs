//! Who is there: `/health`, `/ping`, `/ready`, `/metrics`. They ask for no credentials.

use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::headers::{INFLUXDB_VERSION, TIDEGAUGE_VERSION};
use crate::state::AppState;
use crate::{json, wire};

#[derive(Serialize)]
struct Health {
    name: &'static str,
    message: &'static str,
    status: &'static str,
    checks: [(); 0],
    version: &'static str,
    commit: String,
}

/// `pass`, as soon as requests are answered: the log was replayed before the port was opened.
pub(crate) async fn health() -> Response {
    let health = Health {
        name: "influxdb",
        message: "ready for queries and writes",
        status: "pass",
        checks: [],
        version: INFLUXDB_VERSION,
        commit: format!("tidegauge-{TIDEGAUGE_VERSION}"),
    };
    json::compact(StatusCode::OK, &health)
}

/// Nothing but the headers that every answer has.
pub(crate) async fn ping() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// `/ping` by another method.
pub(crate) async fn ping_other() -> Response {
    let headers: [(HeaderName, &str); 2] =
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::ALLOW, "GET, HEAD, OPTIONS")];
    (StatusCode::METHOD_NOT_ALLOWED, headers, "Method Not Allowed\n").into_response()
}

#[derive(Serialize)]
struct Ready {
    status: &'static str,
    started: String,
    up: String,
}

/// Since when.
pub(crate) async fn ready(State(state): State<AppState>) -> Response {
    let ready = Ready {
        status: "ready",
        started: wire::rfc3339(state.started_ns),
        up: wire::go_duration(i64::try_from(state.up().as_nanos()).unwrap_or(i64::MAX)),
    };
    json::indented(StatusCode::OK, &ready)
}

/// Counters for Prometheus.
pub(crate) async fn metrics(State(state): State<AppState>) -> Response {
    let mut text = state.metrics.render(state.up());
    let (_, limit) = state.engine.memory();
    crate::metrics::memory(&mut text, limit, &state.engine.memory_by_holder());
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}
