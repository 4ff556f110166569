//! Version 1: `/write`, and of `/query` what tools send before they write. InfluxQL itself is not built.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::Response;
use engine::auth::Principal;
use engine::management::Mapping;
use engine::{Action, Bucket, Id, Permission, Precision, ResourceType};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::write::{Incoming, Target, store};
use crate::args::Args;
use crate::error::{ApiError, ApiResult, method_not_allowed_with_allow};
use crate::state::AppState;
use crate::{auth, body, limits};

/// `POST /write?db=…`.
pub(crate) async fn write(State(state): State<AppState>, request: Request) -> ApiResult {
    let began = Instant::now();
    let (parts, body) = request.into_parts();
    let mut body = Incoming::new(&state, body);
    let stored = match admit(&state, &parts.uri, &parts.headers, &mut body).await {
        Ok(target) => store(&state, &parts.headers, target, body, began).await,
        Err(refusal) => Err(refusal),
    };
    stored.map_err(ApiError::for_v1)
}

async fn admit(state: &AppState, uri: &Uri, headers: &HeaderMap, body: &mut Incoming) -> ApiResult<Target> {
    let args = Args::of(uri);
    let principal = auth::v1_principal(state, headers, args).await?;
    let database = args.filled("db").ok_or_else(|| ApiError::invalid("missing db"))?;
    body.check_packed(headers, state.options.write_body_bytes).await?;
    let policy = args.filled("rp");
    let bucket = mapped(state, auth::v1_org(&principal)?, &database, policy.as_deref())
        .ok_or_else(|| ApiError::not_found("no dbrp mapping found"))?;
    auth::require_write(&principal, bucket.org_id, bucket.id)?;
    // Units of version 1 beside those of version 2; anything else is nanoseconds, as InfluxDB reads it.
    let precision = match args.get("precision").as_deref() {
        Some("u" | "us") => Precision::Microseconds,
        Some("ms") => Precision::Milliseconds,
        Some("s") => Precision::Seconds,
        _ => Precision::Nanoseconds,
    };
    Ok(Target { bucket: bucket.id, precision })
}

/// The bucket that answers for a database, by a mapping that was made or by its name.
fn mapped(state: &AppState, org: Id, database: &str, policy: Option<&str>) -> Option<Bucket> {
    state.engine.bucket(state.engine.mapped_bucket(org, database, policy)?).ok()
}

/// Another method on `/query`.
pub(crate) async fn other_method(State(state): State<AppState>, uri: Uri, headers: HeaderMap) -> ApiResult {
    auth::v1_principal(&state, &headers, Args::of(&uri)).await.map_err(ApiError::for_v1)?;
    Ok(method_not_allowed_with_allow("OPTIONS, POST"))
}

/// `GET` and `POST /query?q=…`.
pub(crate) async fn query(State(state): State<AppState>, request: Request) -> ApiResult {
    let (parts, body) = request.into_parts();
    answer(&state, &parts.uri, &parts.headers, body).await.map_err(ApiError::for_v1)
}

async fn answer(state: &AppState, uri: &Uri, headers: &HeaderMap, body: Body) -> ApiResult {
    let args = Args::of(uri);
    let form = read_form(headers, body).await?;
    let posted = Args::from_text(&form);
    let principal = auth::v1_principal(state, headers, args).await?;
    let text =
        args.filled("q").or_else(|| posted.filled("q")).ok_or_else(|| ApiError::invalid("mime: no media type"))?;
    let statements = text.split(';').map(str::trim).filter(|s| !s.is_empty());
    let results: Vec<Value> = statements.enumerate().map(|(id, text)| run(state, &principal, id, text)).collect();
    if results.is_empty() {
        let words = "failed to parse query: found EOF, expected SELECT, DELETE, SHOW, CREATE, DROP, EXPLAIN, GRANT, REVOKE, \
                     ALTER, SET, KILL at line 1, char 1";
        return Err(ApiError::invalid(words));
    }
    Ok(plain_json(&json!({"results": results})))
}

/// A form's text; empty when the body is none.
async fn read_form(headers: &HeaderMap, body: Body) -> ApiResult<String> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("application/x-www-form-urlencoded") {
        return Ok(String::new());
    }
    let bytes = body::read(body, limits::MANAGEMENT_BODY_BYTES).await?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// JSON without a charset, as version 1 answers.
fn plain_json(value: &Value) -> Response {
    let mut response = crate::json::compact(StatusCode::OK, value);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn run(state: &AppState, principal: &Principal, id: usize, text: &str) -> Value {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is = |at: usize, word: &str| words.get(at).is_some_and(|w| w.eq_ignore_ascii_case(word));
    if is(0, "show") && is(1, "databases") && words.len() == 2 {
        return databases(state, principal, id);
    }
    if is(0, "create") && is(1, "database") {
        let name = words.get(2).map(|w| w.trim_matches('"')).unwrap_or_default();
        let known = auth::v1_org(principal).ok().and_then(|org| mapped(state, org, name, None)).is_some();
        // Telegraf sends this at each start; a database that is there already is what it wants.
        if known {
            return json!({"statement_id": id});
        }
        return json!({"statement_id": id, "error": "not implemented: CREATE DATABASE"});
    }
    let upper = |at: usize| words.get(at).map(|w| w.to_ascii_uppercase()).unwrap_or_default();
    let (first, second) = (upper(0), upper(1));
    // What InfluxDB 2 answers; the rest it does not know either, and says no more than that.
    let answered = match first.as_str() {
        "SELECT" | "DELETE" | "EXPLAIN" => true,
        "SHOW" => matches!(
            second.as_str(),
            "DATABASES" | "FIELD" | "MEASUREMENT" | "MEASUREMENTS" | "RETENTION" | "SERIES" | "TAG"
        ),
        "DROP" => second == "MEASUREMENT",
        _ => false,
    };
    let name = match first.as_str() {
        "SELECT" | "DELETE" | "EXPLAIN" => first,
        _ => format!("{first} {second}"),
    };
    let way_out = if answered { ": InfluxQL is not built yet; ask in Flux at /api/v2/query" } else { "" };
    json!({"statement_id": id, "error": format!("not implemented: {}{way_out}", name.trim_end())})
}

/// The databases whose buckets may be read.
fn databases(state: &AppState, principal: &Principal, id: usize) -> Value {
    let org_id = auth::v1_org(principal).ok();
    let mappings = org_id.map(|org| state.engine.mappings(org)).unwrap_or_default();
    let readable = |m: &&Mapping| {
        let (org, bucket) = (m.dbrp.org_id, m.dbrp.bucket_id);
        principal.allows(Permission::on(Action::Read, ResourceType::Buckets, org, bucket))
    };
    let mut names: Vec<&str> = mappings.iter().filter(readable).map(|m| m.dbrp.database.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let values: Vec<[&str; 1]> = names.into_iter().map(|name| [name]).collect();
    let series = json!({"name": "databases", "columns": ["name"], "values": values});
    json!({"statement_id": id, "series": [series]})
}
