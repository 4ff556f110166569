//! `POST /api/v2/query/ast` and `/query/analyze`: what a script is, without running it. `GET /api/v2/query/suggestions`: what it
//! may call.

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use engine::flux_text;
use serde_json::{Map, Value, json};

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

fn told(name: &str, parameters: &[(&str, &str)]) -> Value {
    let kinds = parameters.iter().map(|(name, kind)| ((*name).to_owned(), Value::from(*kind)));
    json!({"name": name, "params": Map::from_iter(kinds)})
}

/// The functions that need no import. As in InfluxDB the list leaves out parameters called `table`.
pub(crate) async fn suggestions(State(state): State<AppState>, headers: HeaderMap) -> ApiResult {
    auth::principal(&state, &headers)?;
    let all: Vec<Value> = flux_text::suggestions()
        .map(|mut suggestion| {
            suggestion.parameters.retain(|(name, _)| *name != "table");
            told(suggestion.name, &suggestion.parameters)
        })
        .collect();
    Ok(json::compact(StatusCode::OK, &json!({"funcs": all})))
}

/// One of them.
pub(crate) async fn suggestion(
    State(state): State<AppState>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> ApiResult {
    auth::principal(&state, &headers)?;
    let found = flux_text::suggestions().find(|suggestion| suggestion.name == name);
    let found = found.ok_or_else(|| ApiError::not_found(format!("there is no function {name:?} without an import")))?;
    Ok(json::compact(StatusCode::OK, &told(found.name, &found.parameters)))
}
