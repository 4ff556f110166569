//! The router, asked in process over a folder of its own.

mod access;
mod answers;
mod manage;
mod network;
mod writes;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use engine::clock::ManualClock;
use engine::management::OnboardingRequest;
use engine::{Engine, EngineOptions};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

use crate::{AppState, ServerOptions, router};

/// The time in tests: 2024-03-04T00:00:00Z.
const NOW_NS: i64 = 1_709_510_400_000_000_000;

/// The operator token.
const TOKEN: &str = "the-operators-token";

/// A server over a folder that was set up: user `keeper`, organisation `lighthouse`, bucket `lamp`.
struct App {
    engine: Engine,
    state: AppState,
    router: Router,
    _folder: TempDir,
}

/// An answer, read to its end.
#[derive(Debug)]
struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Reply {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    /// Status, code and message of a refusal.
    fn refusal(&self) -> (u16, String, String) {
        let body = self.json();
        let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
        assert_eq!(self.header("x-platform-error-code"), text("code"));
        assert_eq!(self.header("content-type"), "application/json; charset=utf-8");
        (self.status.as_u16(), text("code"), text("message"))
    }
}

impl App {
    async fn new() -> Self {
        Self::with(ServerOptions::default(), true).await
    }

    async fn with(options: ServerOptions, set_up: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut engine_options = EngineOptions::new(folder.path());
        engine_options.clock = Arc::new(ManualClock::new(NOW_NS));
        let engine = Engine::open(engine_options).await.unwrap();
        if set_up {
            let request = OnboardingRequest {
                username: "keeper".to_owned(),
                password: Some("fresnel-lens".to_owned()),
                org: "lighthouse".to_owned(),
                bucket: "lamp".to_owned(),
                token: Some(TOKEN.to_owned()),
                ..OnboardingRequest::default()
            };
            engine.onboard(request).await.unwrap();
        }
        let state = AppState::new(engine.clone(), options);
        Self { engine, router: router(state.clone()), state, _folder: folder }
    }

    async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Reply { status: parts.status, headers: parts.headers, body }
    }

    /// A request with the operator's token.
    async fn ask(&self, method: Method, path: &str, body: impl Into<Body>) -> Reply {
        self.ask_as(TOKEN, method, path, body).await
    }

    async fn ask_as(&self, token: &str, method: Method, path: &str, body: impl Into<Body>) -> Reply {
        self.send(request(method, path, &[("authorization", &format!("Token {token}"))], body)).await
    }

    async fn get(&self, path: &str) -> Reply {
        self.ask(Method::GET, path, Body::empty()).await
    }

    async fn post(&self, path: &str, body: &Value) -> Reply {
        self.ask(Method::POST, path, body.to_string()).await
    }

    /// Writes lines to a bucket of `lighthouse`, which must succeed.
    async fn write(&self, bucket: &str, lines: &str) {
        let reply =
            self.ask(Method::POST, &format!("/api/v2/write?org=lighthouse&bucket={bucket}"), lines.to_owned()).await;
        assert_eq!(reply.status, 204, "{}", reply.text());
    }

    async fn query_as(&self, token: &str, script: &str) -> Reply {
        let body = json!({"query": script, "dialect": {"annotations": ["datatype", "group", "default"]}});
        self.ask_as(token, Method::POST, "/api/v2/query?org=lighthouse", body.to_string()).await
    }

    fn org_id(&self) -> String {
        self.engine.organization_by_name("lighthouse").unwrap().id.to_string()
    }

    /// Makes a bucket in `lighthouse`; its identifier.
    async fn bucket(&self, name: &str) -> String {
        let reply = self.post("/api/v2/buckets", &json!({"orgID": self.org_id(), "name": name})).await;
        assert_eq!(reply.status, 201, "{}", reply.text());
        reply.json()["id"].as_str().unwrap().to_owned()
    }

    /// Makes a token with these permissions on buckets of `lighthouse`, each an action and an identifier.
    async fn token(&self, permissions: &[(&str, &str)]) -> String {
        let org = self.org_id();
        let permissions: Vec<Value> = permissions
            .iter()
            .map(|(action, id)| json!({"action": action, "resource": {"type": "buckets", "id": id, "orgID": org}}))
            .collect();
        let reply = self.post("/api/v2/authorizations", &json!({"orgID": org, "permissions": permissions})).await;
        assert_eq!(reply.status, 201, "{}", reply.text());
        reply.json()["token"].as_str().unwrap().to_owned()
    }
}

fn request(method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).unwrap()
}
