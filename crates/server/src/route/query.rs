//! `POST /api/v2/query`: Flux in, annotated CSV out.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use codec::annotated_csv::{Dialect, Writer};
use engine::auth::Principal;
use engine::{Event, Explain, QueryRequest};
use futures::StreamExt;
use serde_json::Value;

use super::organization;
use crate::answer::{Answering, Opening, Slot};
use crate::args::Args;
use crate::dialect::{DialectError, MediaType, dialect_of, media_type, now_ns};
use crate::error::{ApiError, ApiResult};
use crate::json::{self, Fields};
use crate::state::AppState;
use crate::{auth, body, gzip, limits};

const CSV: HeaderValue = HeaderValue::from_static("text/csv; charset=utf-8");

/// What stands before everything that is wrong with the request itself.
const DECODING: &str = "failed to decode request body: ";

/// What stands before everything that makes the body no JSON of the right types.
const JSON_HINT: &str = "failed parsing request body as JSON; if sending a raw Flux script, set 'Content-Type: \
                         application/vnd.flux' in your request headers: ";

/// What a body asks.
struct Asked {
    text: String,
    extern_ast: Option<Value>,
    now_ns: Option<i64>,
    dialect: Dialect,
}

/// The handler.
pub(crate) async fn query(State(state): State<AppState>, request: Request) -> ApiResult {
    let (parts, body) = request.into_parts();
    let principal = match auth::principal(&state, &parts.headers) {
        Ok(principal) => principal,
        Err(refusal) => {
            body::drain(body).await;
            return Err(refusal);
        }
    };
    let decoded = decode(&state, &principal, &parts.uri, &parts.headers, body).await;
    let (request, dialect) = decoded.map_err(|e| e.prefixed(DECODING))?;
    let slot = Slot::take(&state).await?;
    match preference(&parts.headers) {
        Preference::Rows => rows(&state, request, dialect, slot, gzip::accepts(&parts.headers)).await,
        preference => Ok(silent(&state, request, dialect, slot, preference).await),
    }
}

/// `POST /api/v2/query/explain?stage=…`, which InfluxDB does not have: a stage of the script's way instead of its answer, as text. It asks
/// for as much as the query itself, reads no more than it may, and writes nothing.
pub(crate) async fn explain(State(state): State<AppState>, request: Request) -> ApiResult {
    let (parts, body) = request.into_parts();
    let principal = auth::principal(&state, &parts.headers)?;
    let name = Args::of(&parts.uri).filled("stage").unwrap_or_default().into_owned();
    let stage = Explain::NAMES.iter().find(|(known, _)| *known == name).map(|(_, stage)| *stage);
    let stage = stage.ok_or_else(|| {
        let names = Explain::NAMES.map(|(name, _)| name).join(", ");
        ApiError::invalid(format!("stage {name:?} is not known: give one of {names}"))
    })?;
    let decoded = decode(&state, &principal, &parts.uri, &parts.headers, body).await;
    let (request, _) = decoded.map_err(|e| e.prefixed(DECODING))?;
    let _slot = Slot::take(&state).await?;
    let text = state.engine.explain(request, stage).await?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}

async fn decode(
    state: &AppState,
    principal: &Principal,
    uri: &Uri,
    headers: &HeaderMap,
    body: Body,
) -> ApiResult<(QueryRequest, Dialect)> {
    let kind = match headers.get(header::CONTENT_TYPE).map(|v| v.to_str().unwrap_or("")) {
        None => MediaType::Json,
        Some(text) => media_type(text).map_err(ApiError::invalid)?,
    };
    let text = body::read(body, limits::QUERY_BODY_BYTES).await?;
    let asked = match kind {
        MediaType::Flux => script(&text)?,
        MediaType::Json => read_json(&text)?,
    };
    // An unknown organisation is 400 here, unlike everywhere else.
    let org = organization(state, &Args::of(uri)).map_err(|e| ApiError::invalid(e.message))?;
    let Asked { text, extern_ast, now_ns, dialect } = asked;
    Ok((QueryRequest { text, extern_ast, now_ns, scope: state.engine.query_scope(principal, org.id) }, dialect))
}

fn no_query() -> ApiError {
    ApiError::invalid("request body requires either query or AST")
}

/// A body that is the script.
fn script(text: &[u8]) -> ApiResult<Asked> {
    if text.is_empty() {
        return Err(no_query());
    }
    let text = std::str::from_utf8(text)
        .map_err(|e| ApiError::invalid(format!("the script is not UTF-8: byte {} cannot be read", e.valid_up_to())))?;
    Ok(Asked { text: text.to_owned(), extern_ast: None, now_ns: None, dialect: Dialect::default() })
}

fn read_json(text: &[u8]) -> ApiResult<Asked> {
    let not_json = |cause: String| ApiError::invalid(format!("{JSON_HINT}{cause}"));
    let value = json::parse(text).map_err(not_json)?;
    let fields = Fields::of(&value, "QueryRequest", "http.QueryRequest").map_err(not_json)?;
    let script = fields.text("query").map_err(not_json)?.unwrap_or_default();
    let kind = fields.text("type").map_err(not_json)?.unwrap_or_default();
    let now_ns = now_ns(fields.any("now")).map_err(not_json)?;
    let dialect = dialect_of(&fields).map_err(|error| match error {
        DialectError::Json(cause) => not_json(cause),
        DialectError::Value(cause) => ApiError::invalid(cause),
    })?;
    if script.is_empty() {
        if fields.any("ast").is_some() {
            return Err(ApiError::invalid("a query as an AST is not supported yet: send the script in \"query\""));
        }
        return Err(no_query());
    }
    if !matches!(kind, "" | "flux") {
        return Err(ApiError::invalid(format!("unknown query type: {kind}")));
    }
    Ok(Asked { text: script.to_owned(), extern_ast: fields.any("extern").cloned(), now_ns, dialect })
}

/// What `Prefer` asks to be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Preference {
    Rows,
    Nothing,
    Errors,
}

fn preference(headers: &HeaderMap) -> Preference {
    let all = headers.get_all("prefer").iter().filter_map(|v| v.to_str().ok());
    let mut words = all.flat_map(|t| t.split([',', ';'])).map(str::trim);
    words
        .find_map(|word| match word {
            "return-no-content" => Some(Preference::Nothing),
            "return-no-content-with-error" => Some(Preference::Errors),
            _ => None,
        })
        .unwrap_or(Preference::Rows)
}

fn csv(body: Body) -> Response {
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, CSV);
    response
}

/// Runs the query and sends what it gives, row by row.
async fn rows(state: &AppState, request: QueryRequest, dialect: Dialect, slot: Slot, packs: bool) -> ApiResult {
    let events = state.engine.query(request).await?;
    let answering = Answering::new(events, Writer::new(dialect), slot);
    match answering.open().await {
        Opening::Failed(message) => Err(ApiError::invalid(message)),
        Opening::Whole(bytes) => Ok(csv(Body::from(bytes))),
        Opening::More(answering) if packs => {
            let mut response = csv(Body::from_stream(answering.packed()));
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            Ok(response)
        }
        Opening::More(answering) => Ok(csv(Body::from_stream(*answering))),
    }
}

/// Runs the query and keeps its rows to itself.
async fn silent(
    state: &AppState,
    request: QueryRequest,
    dialect: Dialect,
    _slot: Slot,
    preference: Preference,
) -> Response {
    let failure = match state.engine.query(request).await {
        Err(error) => Some(error.message),
        Ok(mut events) => {
            let mut failure = None;
            while let Some(event) = events.next().await {
                if let Event::Error(message) = event {
                    failure = Some(message);
                    break;
                }
            }
            failure
        }
    };
    if preference == Preference::Nothing {
        return StatusCode::NO_CONTENT.into_response();
    }
    let mut block = Vec::new();
    if let Some(message) = failure {
        let mut writer = Writer::new(dialect);
        writer.event(&Event::Error(message), &mut block);
    }
    csv(Body::from(block))
}
