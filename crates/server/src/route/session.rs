//! Signing in with name and password, and out again.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;

use super::no_content;
use crate::auth;
use crate::error::{ApiError, ApiResult, Code};
use crate::state::AppState;

/// Basic credentials become a cookie.
pub(crate) async fn sign_in(State(state): State<AppState>, headers: HeaderMap) -> ApiResult {
    let (name, password) = auth::basic(&headers).ok_or_else(ApiError::unauthorized)?;
    let grant = state.engine.sign_in(&name, &password).await.map_err(|error| match ApiError::from(error) {
        error if matches!(error.code, Code::Internal | Code::Unavailable) => error,
        // Whether the name or the password was wrong is not told.
        _ => ApiError::unauthorized(),
    })?;
    let cookie = auth::set_cookie(&grant.key, grant.expires_at_ns)
        .ok_or_else(|| ApiError::internal("a session's key does not fit a cookie"))?;
    Ok(([(header::SET_COOKIE, cookie)], no_content()).into_response())
}

/// Ends the session that comes with the request; a token is none.
pub(crate) async fn sign_out(State(state): State<AppState>, headers: HeaderMap) -> ApiResult {
    let key = auth::cookie(&headers).ok_or_else(ApiError::unauthorized)?;
    if state.engine.sign_out(key) { Ok(no_content()) } else { Err(ApiError::unauthorized()) }
}
