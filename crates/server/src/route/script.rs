//! `POST /api/v2/query/ast` and `/query/analyze`: what a script is, without running it.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use engine::flux_text;
use serde_json::{Value, json};

use super::split;
use crate::error::{ApiError, ApiResult};
use crate::json::{self, Fields};
use crate::state::AppState;
use crate::{auth, body, limits};

/// The script of a body.
async fn script(state: &AppState, request: Request) -> ApiResult<String> {
    let (_, headers, sent) = split(request);
    auth::principal(state, &headers)?;
    let text = body::read(sent, limits::QUERY_BODY_BYTES).await?;
    let unreadable = |cause: String| ApiError::invalid(format!("invalid json: {cause}"));
    let value = json::parse(&text).map_err(unreadable)?;
    let fields = Fields::of(&value, "langRequest", "http.langRequest").map_err(unreadable)?;
    Ok(fields.text("query").map_err(unreadable)?.unwrap_or_default().to_owned())
}

/// The syntax tree.
pub(crate) async fn tree(State(state): State<AppState>, request: Request) -> ApiResult {
    let script = script(&state, request).await?;
    let tree = flux_text::tree(&script).map_err(|error| ApiError::invalid(error.message))?;
    Ok(json::compact(StatusCode::OK, &json!({"ast": tree})))
}

/// What is wrong with its form, with places.
pub(crate) async fn analyze(State(state): State<AppState>, request: Request) -> ApiResult {
    let script = script(&state, request).await?;
    let errors: Vec<Value> = flux_text::errors(&script)
        .into_iter()
        .map(|error| {
            json!({
                "line": error.line, "column": error.column, "character": error.character, "message": error.message,
            })
        })
        .collect();
    Ok(json::compact(StatusCode::OK, &json!({"errors": errors})))
}
