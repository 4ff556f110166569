//! The handlers, a file for each family, and the table of paths.

mod authorizations;
mod buckets;
mod compact;
mod dbrps;
mod delete;
mod health;
mod labels;
mod logins;
mod members;
mod orgs;
mod page;
mod query;
mod resources;
mod script;
mod session;
mod setup;
mod users;
mod v1;
mod write;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any, get, post};
use engine::{Id, Organization};
use serde_json::Value;

use crate::args::Args;
use crate::auth;
use crate::error::{ApiError, ApiResult, method_not_allowed, method_not_allowed_with_allow};
use crate::state::AppState;
use crate::{body, json, limits};

/// Every path that is answered.
pub(crate) fn table() -> Router<AppState> {
    let mut table = Router::new()
        .route("/", get(page::show))
        .route("/metrics", any(health::metrics))
        .route("/ping", get(health::ping).head(health::ping).fallback(health::ping_other))
        .fallback(unknown);
    for (path, methods) in newer() {
        let methods = methods.fallback(other_method);
        table = table.route(&format!("{path}/"), methods.clone()).route(path, methods);
    }
    for (path, methods) in open() {
        table = table.route(&format!("{path}/"), methods.clone()).route(path, methods);
    }
    for (path, handler) in older() {
        table = table.route(path, handler.fallback(other_method_older)).route(&format!("{path}/"), any(without_slash));
    }
    for (path, handler) in older_to_read() {
        table =
            table.route(path, handler.fallback(other_method_to_read)).route(&format!("{path}/"), any(without_slash));
    }
    table.route("/query", get(v1::query).post(v1::query).fallback(v1::other_method))
}

/// Handlers that need no credentials; their other methods answer 405 without a word.
fn open() -> Vec<(&'static str, MethodRouter<AppState>)> {
    let silent = || async { method_not_allowed() };
    vec![
        ("/health", any(health::health)),
        ("/ready", any(health::ready)),
        ("/api/v2", get(resources::links).fallback(silent)),
        ("/api/v2/setup", get(setup::allowed).post(setup::set_up).fallback(silent)),
        ("/api/v2/signin", post(session::sign_in).fallback(silent)),
    ]
}

/// Handlers of the newer kind: a trailing slash does not matter, another method is 405 without a word.
fn newer() -> Vec<(&'static str, MethodRouter<AppState>)> {
    let buckets = members::Of::Bucket;
    let orgs = members::Of::Org;
    let (member, owner) = (engine::Role::Member, engine::Role::Owner);
    let mut all = vec![
        ("/api/v2/signout", post(session::sign_out)),
        ("/api/v2/me", get(users::me)),
        ("/api/v2/me/password", axum::routing::put(users::change_own_password)),
        ("/api/v2/resources", get(resources::list)),
        ("/api/v2/flags", get(resources::flags)),
        ("/api/v2/config", get(resources::config)),
        ("/api/v2/buckets", get(buckets::list).post(buckets::create)),
        ("/api/v2/buckets/{id}", get(buckets::show).patch(buckets::change).delete(buckets::remove)),
        ("/api/v2/orgs", get(orgs::list).post(orgs::create)),
        ("/api/v2/orgs/{id}", get(orgs::show).patch(orgs::change).delete(orgs::remove)),
        ("/api/v2/users", get(users::list).post(users::create)),
        ("/api/v2/users/{id}", get(users::show).patch(users::change).delete(users::remove)),
        ("/api/v2/users/{id}/password", post(users::set_password).put(users::change_password)),
        ("/api/v2/dbrps", get(dbrps::list).post(dbrps::create)),
        ("/api/v2/dbrps/{id}", get(dbrps::show).patch(dbrps::change).delete(dbrps::remove)),
        ("/api/v2/labels", get(labels::list).post(labels::create)),
        ("/api/v2/labels/{id}", get(labels::show).patch(labels::change).delete(labels::remove)),
        ("/api/v2/buckets/{id}/labels", get(labels::of_bucket).post(labels::tie)),
        ("/api/v2/buckets/{id}/labels/{label}", axum::routing::delete(labels::untie)),
        ("/private/legacy/authorizations", get(logins::list).post(logins::create)),
        ("/private/legacy/authorizations/{id}", get(logins::show).patch(logins::change).delete(logins::remove)),
        ("/private/legacy/authorizations/{id}/password", post(logins::set_password)),
        ("/api/v2/authorizations", get(authorizations::list).post(authorizations::create)),
        (
            "/api/v2/authorizations/{id}",
            get(authorizations::show).patch(authorizations::change).delete(authorizations::remove),
        ),
    ];
    for (path, one, of, role) in [
        ("/api/v2/buckets/{id}/members", "/api/v2/buckets/{id}/members/{user}", buckets, member),
        ("/api/v2/buckets/{id}/owners", "/api/v2/buckets/{id}/owners/{user}", buckets, owner),
        ("/api/v2/orgs/{id}/members", "/api/v2/orgs/{id}/members/{user}", orgs, member),
        ("/api/v2/orgs/{id}/owners", "/api/v2/orgs/{id}/owners/{user}", orgs, owner),
    ] {
        all.push((path, members::collection(of, role)));
        all.push((one, members::single(of, role)));
    }
    all
}

/// Handlers of the older kind: a trailing slash redirects, another method is told which ones there are.
fn older() -> Vec<(&'static str, MethodRouter<AppState>)> {
    vec![
        ("/api/v2/write", post(write::write)),
        ("/api/v2/query", post(query::query)),
        ("/api/v2/query/ast", post(script::tree)),
        ("/api/v2/query/analyze", post(script::analyze)),
        ("/api/v2/query/explain", post(query::explain)),
        ("/api/v2/compact", post(compact::compact)),
        ("/api/v2/delete", post(delete::delete)),
        ("/write", post(v1::write)),
    ]
}

/// Handlers of the older kind that are only read.
fn older_to_read() -> Vec<(&'static str, MethodRouter<AppState>)> {
    vec![
        ("/api/v2/query/suggestions", get(script::suggestions)),
        ("/api/v2/query/suggestions/{name}", get(script::suggestion)),
    ]
}

/// A path that leads nowhere. Below the API one must be known to be told so.
async fn unknown(State(state): State<AppState>, uri: Uri, headers: HeaderMap) -> ApiResult {
    let guarded = ["/api/v2", "/v1", "/private"];
    let below = |root: &str| uri.path().strip_prefix(root).is_some_and(|r| r.is_empty() || r.starts_with('/'));
    if guarded.into_iter().any(below) {
        auth::principal(&state, &headers)?;
    }
    Err(ApiError::not_found("path not found"))
}

async fn other_method(State(state): State<AppState>, headers: HeaderMap) -> ApiResult {
    auth::principal(&state, &headers)?;
    Ok(method_not_allowed())
}

async fn other_method_older(State(state): State<AppState>, uri: Uri, headers: HeaderMap) -> ApiResult {
    if uri.path() == "/write" {
        auth::v1_principal(&state, &headers, Args::of(&uri)).await?;
    } else {
        auth::principal(&state, &headers)?;
    }
    Ok(method_not_allowed_with_allow("OPTIONS, POST"))
}

async fn other_method_to_read(State(state): State<AppState>, headers: HeaderMap) -> ApiResult {
    auth::principal(&state, &headers)?;
    Ok(method_not_allowed_with_allow("GET, OPTIONS"))
}

/// Sends `/api/v2/write/?…` to `/api/v2/write?…`, method and body included.
async fn without_slash(method: Method, uri: Uri) -> ApiResult {
    let path = uri.path().trim_end_matches('/');
    let target = uri.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    let target = HeaderValue::from_str(&target).map_err(|_| ApiError::not_found("path not found"))?;
    let status = if method == Method::GET { StatusCode::MOVED_PERMANENTLY } else { StatusCode::PERMANENT_REDIRECT };
    Ok((status, [(header::LOCATION, target)]).into_response())
}

/// 204.
fn no_content() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// The body of a request that manages: JSON, whatever its Content-Type says; `prefix` stands before a complaint.
async fn json_body(body: Body, prefix: &str) -> ApiResult<Value> {
    let text = body::read(body, limits::MANAGEMENT_BODY_BYTES).await?;
    json::parse(&text).map_err(|cause| ApiError::invalid(format!("{prefix}{cause}")))
}

/// The identifier in a path.
fn path_id(text: &str) -> ApiResult<Id> {
    Ok(text.parse::<Id>()?)
}

/// The identifier in a path of something that has members, owners or labels.
fn resource_id(text: &str) -> ApiResult<Id> {
    text.parse::<Id>().map_err(|cause| ApiError::invalid(format!("corrupt ID provided: {cause}")))
}

/// What has members, owners or labels is not there, or not for the one who asks.
fn no_such_resource() -> ApiError {
    ApiError::not_found("404 page not found")
}

/// An identifier among the arguments.
fn id_argument(args: &Args<'_>, name: &str) -> ApiResult<Option<Id>> {
    match args.filled(name) {
        None => Ok(None),
        Some(text) => Ok(Some(text.parse::<Id>()?)),
    }
}

/// The organisation that `orgID` or `org` (a name, or an identifier) names; `orgID` wins.
fn organization(state: &AppState, args: &Args<'_>) -> ApiResult<Organization> {
    if let Some(id) = id_argument(args, "orgID")? {
        return Ok(state.engine.organization(id)?);
    }
    let Some(name) = args.filled("org") else { return Err(ApiError::invalid("Please provide either orgID or org")) };
    let unknown = match state.engine.organization_by_name(&name) {
        Ok(org) => return Ok(org),
        Err(unknown) => unknown,
    };
    match name.parse::<Id>().ok().and_then(|id| state.engine.organization(id).ok()) {
        Some(org) => Ok(org),
        None => Err(unknown.into()),
    }
}

/// The pieces of a request that most handlers want.
fn split(request: Request) -> (Uri, HeaderMap, Body) {
    let (parts, body) = request.into_parts();
    (parts.uri, parts.headers, body)
}
