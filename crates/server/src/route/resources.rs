//! What there is: the links at the root, the types of resources, flags, configuration.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine::ResourceType;
use serde_json::{Map, Value, json};

use crate::auth;
use crate::error::ApiResult;
use crate::state::AppState;

/// The map of the API as clients of InfluxDB know it; some of its paths are not built yet and answer 404.
pub(crate) async fn links() -> Response {
    let simple = [
        "authorizations",
        "backup",
        "buckets",
        "checks",
        "dashboards",
        "delete",
        "flags",
        "labels",
        "me",
        "notificationEndpoints",
        "notificationRules",
        "orgs",
        "restore",
        "scrapers",
        "setup",
        "signin",
        "signout",
        "sources",
        "tasks",
        "telegrafs",
        "users",
        "variables",
        "write",
    ];
    let mut all: Map<String, Value> =
        simple.into_iter().map(|name| (name.to_owned(), Value::String(format!("/api/v2/{name}")))).collect();
    for (name, value) in [
        ("external", json!({"statusFeed": "https://www.influxdata.com/feed/json"})),
        ("plugins", json!("/api/v2/telegraf/plugins")),
        (
            "query",
            json!({
                "analyze": "/api/v2/query/analyze",
                "ast": "/api/v2/query/ast",
                "self": "/api/v2/query",
                "suggestions": "/api/v2/query/suggestions",
            }),
        ),
        ("swagger", json!("/api/v2/swagger.json")),
        ("system", json!({"debug": "/debug/pprof", "health": "/health", "metrics": "/metrics"})),
    ] {
        all.insert(name.to_owned(), value);
    }
    crate::json::compact(StatusCode::OK, &Value::Object(all))
}

/// The names of the types, which the command line needs for its all-access tokens.
pub(crate) async fn list(State(state): State<AppState>, headers: HeaderMap) -> ApiResult {
    auth::principal(&state, &headers)?;
    let names = ResourceType::ALL.map(ResourceType::name).to_vec();
    let mut response = crate::json::compact(StatusCode::OK, &names);
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    Ok(response)
}

/// There are no feature flags.
pub(crate) async fn flags(State(state): State<AppState>, headers: HeaderMap) -> ApiResult {
    auth::principal(&state, &headers)?;
    Ok(crate::json::compact(StatusCode::OK, &json!({})).into_response())
}

/// The configuration, for operators.
pub(crate) async fn config(State(state): State<AppState>, headers: HeaderMap) -> ApiResult {
    let principal = auth::principal(&state, &headers)?;
    auth::require_operator(&principal, "/api/v2/config")?;
    let pairs = state.options.config.iter().map(|(name, value)| (name.clone(), Value::String(value.clone())));
    Ok(crate::json::compact(StatusCode::OK, &json!({"config": Map::from_iter(pairs)})))
}
