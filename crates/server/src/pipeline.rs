//! What happens around every handler: identity, CORS, packing, counting, and the net under a panic.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::Ordering;

use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;

use crate::error::ApiError;
use crate::state::AppState;
use crate::{gzip, headers};

/// The middleware.
pub(crate) async fn around(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let origin = match request.headers().get(header::ORIGIN) {
        Some(origin) if headers::is_api(request.uri().path()) => Some(origin.clone()),
        _ => None,
    };
    let asks_encoding = request.headers().contains_key(header::ACCEPT_ENCODING);
    let packs = asks_encoding && gzip::accepts(request.headers());
    let mut response = match headers::preflight(request.method(), request.uri().path(), origin.as_ref()) {
        Some(response) => response,
        None => guarded(&state, request, next).await,
    };
    if packs {
        response = gzip::pack(response).await;
    }
    if asks_encoding {
        gzip::vary(response.headers_mut());
    }
    headers::identify(response.headers_mut());
    if let Some(origin) = origin {
        headers::allow_origin(response.headers_mut(), origin);
    }
    state.metrics.answered(response.status().as_u16());
    response
}

/// Runs the handler; a panic in it is logged with the request and answered, and everything else goes on.
async fn guarded(state: &AppState, request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().clone());
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(panic) => {
            state.metrics.panics.fetch_add(1, Ordering::Relaxed);
            // The query string may hold credentials of version 1: it is not logged.
            let path = path.path();
            ApiError::internal(format_args!("panic while answering {method} {path}: {}", words(&*panic)))
                .into_response()
        }
    }
}

fn words(panic: &(dyn Any + Send)) -> &str {
    panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("?")
}
