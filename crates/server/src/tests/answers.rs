//! Headers, methods, slashes, CORS, and the form of answers.

use axum::Router;
use axum::body::Body;
use axum::http::Method;
use axum::routing::get;
use codec::annotated_csv::{Annotation, Dialect, Writer};
use futures::StreamExt;
use serde_json::json;

use super::{App, TOKEN, request};
use crate::answer::{Answering, Opening, Slot};
use crate::{ServerOptions, pipeline};

#[tokio::test]
async fn every_answer_says_who_it_is() {
    let app = App::new().await;
    for path in [
        "/",
        "/health",
        "/ping",
        "/ready",
        "/metrics",
        "/api/v2",
        "/api/v2/buckets",
        "/api/v2/nosuch",
        "/nosuch",
        "/query",
    ] {
        let reply = app.send(request(Method::GET, path, &[], "")).await;
        assert_eq!(reply.header("x-influxdb-build"), "OSS", "{path}");
        assert_eq!(reply.header("x-influxdb-version"), "v2.9.1", "{path}");
        assert!(!reply.header("x-tidegauge-version").is_empty(), "{path}");
    }
    let page = app.send(request(Method::GET, "/", &[], "")).await;
    assert!(page.text().contains("Tidegauge") && page.header("content-type").starts_with("text/html"));
    let metrics = app.send(request(Method::GET, "/metrics", &[], "")).await.text();
    assert!(metrics.contains("# TYPE tidegauge_http_answers_total counter"), "{metrics}");
}

#[tokio::test]
async fn other_methods_and_paths() {
    let app = App::new().await;
    for (method, path) in [
        (Method::DELETE, "/api/v2/buckets"),
        (Method::POST, "/api/v2/me"),
        (Method::PATCH, "/api/v2/setup"),
        (Method::GET, "/api/v2/signin"),
        (Method::OPTIONS, "/api/v2/query"),
    ] {
        let reply = app.ask(method, path, "").await;
        assert_eq!((reply.status.as_u16(), reply.text().as_str()), (405, ""), "{path}");
    }
    for path in ["/api/v2/write", "/api/v2/query", "/api/v2/delete", "/write"] {
        let reply = app.get(path).await;
        assert_eq!(reply.refusal(), (405, "method not allowed".into(), "allow: OPTIONS, POST".into()), "{path}");
        assert_eq!(reply.header("allow"), "OPTIONS, POST");
    }
    assert_eq!(app.get("/api/v2/nosuch").await.refusal(), (404, "not found".into(), "path not found".into()));
    assert_eq!(app.send(request(Method::GET, "/api/v2/nosuch", &[], "")).await.status, 401);
    let moved = app.ask(Method::POST, "/api/v2/write/?org=a&bucket=b", "").await;
    assert_eq!((moved.status.as_u16(), moved.header("location")), (308, "/api/v2/write?org=a&bucket=b"));
    assert_eq!(app.get("/api/v2/buckets/?name=lamp").await.json()["buckets"][0]["name"], "lamp");
}

#[tokio::test]
async fn pages_of_other_origins() {
    let app = App::new().await;
    let origin = [("origin", "http://pier.example")];
    let preflight = app.send(request(Method::OPTIONS, "/api/v2/write", &origin, "")).await;
    assert_eq!(preflight.status, 204);
    assert_eq!(preflight.header("access-control-allow-origin"), "http://pier.example");
    assert_eq!(preflight.header("access-control-allow-methods"), "POST, GET, OPTIONS, PUT, DELETE, PATCH");
    assert_eq!(app.send(request(Method::GET, "/health", &origin, "")).await.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn a_panic_is_answered_and_the_rest_goes_on() {
    let app = App::new().await;
    async fn broken() -> &'static str {
        panic!("broken on purpose")
    }
    let around = axum::middleware::from_fn_with_state(app.state.clone(), pipeline::around);
    let router: Router = Router::new().route("/broken", get(broken)).layer(around);
    let broken = App { router, ..app };
    for _ in 0..2 {
        let reply = broken.send(request(Method::GET, "/broken", &[], "")).await;
        assert_eq!(reply.refusal().0, 500);
        assert!(!reply.text().contains("on purpose"));
    }
    assert!(broken.state.metrics.render(std::time::Duration::ZERO).contains("tidegauge_panics_total 2\n"));
}

#[tokio::test]
async fn setting_up_happens_once() {
    let app = App::with(ServerOptions::default(), false).await;
    assert_eq!(app.get("/api/v2/setup").await.json(), json!({"allowed": true}));
    let lacking = app.post("/api/v2/setup", &json!({"username": "keeper", "org": "lighthouse"})).await.refusal();
    assert_eq!(lacking.2, "onboarding failed: missing required fields [bucket]");
    let garbled = app.ask(Method::POST, "/api/v2/setup", "{").await.refusal();
    assert_eq!((garbled.0, garbled.2.as_str()), (400, "failed to unmarshal json: unexpected EOF"));
    let form = json!({"username": "keeper", "password": "fresnel-lens", "org": "lighthouse", "bucket": "lamp", "retentionPeriodSeconds": 172800});
    let made = app.post("/api/v2/setup", &form).await;
    assert_eq!(made.status, 201);
    let token = made.json()["auth"]["token"].as_str().unwrap().to_owned();
    assert_eq!(token.len(), 88);
    assert_eq!(made.json()["bucket"]["retentionRules"][0]["everySeconds"], 172_800);
    assert!(made.text().starts_with("{\n\t\"user\": {"), "{}", made.text());
    let again = app.post("/api/v2/setup", &form).await.refusal();
    assert_eq!(again, (422, "conflict".into(), "onboarding has already been completed".into()));
    let listed = app.ask_as(&token, Method::GET, "/api/v2/authorizations", Body::empty()).await;
    assert_eq!(listed.json()["authorizations"][0]["token"], "");
}

#[tokio::test]
async fn long_answers_are_packed_when_asked_for() {
    let app = App::new().await;
    let lines: String =
        (0..2_000).map(|n| format!("beam,pier=p{} v={n} {}\n", n % 7, 1_709_510_400_000_000_000_i64 + n)).collect();
    app.write("lamp", &lines).await;
    let token = format!("Token {TOKEN}");
    let ask = |encoding: &str| {
        let headers = [
            ("authorization", token.as_str()),
            ("accept-encoding", encoding),
            ("content-type", "application/vnd.flux"),
        ];
        let script = "from(bucket: \"lamp\") |> range(start: 2024-01-01T00:00:00Z, stop: 2025-01-01T00:00:00Z)";
        request(Method::POST, "/api/v2/query?org=lighthouse", &headers, script)
    };
    let (packed, plain) = (app.send(ask("gzip")).await, app.send(ask("identity")).await);
    assert_eq!((packed.header("content-encoding"), packed.header("vary")), ("gzip", "Accept-Encoding"));
    assert_eq!(plain.header("content-encoding"), "");
    assert!(packed.body.len() * 2 < plain.body.len());
    let unpacked = crate::gzip::unpack(&packed.body, 1 << 24).unwrap();
    assert_eq!(String::from_utf8(unpacked).unwrap(), plain.text());
    assert_eq!(plain.text().matches("\r\n").count(), 2_002);
}

#[tokio::test]
async fn an_early_failure_is_a_status_and_a_late_one_a_block() {
    let app = App::new().await;
    let early = app
        .query_as(TOKEN, "import \"array\"\narray.from(rows: [{a: 1}, {a: 0}]) |> map(fn: (r) => ({b: 10 / r.a}))")
        .await;
    let (status, code, message) = early.refusal();
    assert_eq!((status, code.as_str()), (400, "invalid"));
    assert!(message.contains("cannot divide by zero"), "{message}");
    let prefer = |preference: &str, script: &str| {
        let headers = [("authorization", "Token the-operators-token"), ("prefer", preference)];
        let body = json!({"query": script, "dialect": {"annotations": ["datatype", "group", "default"]}});
        request(Method::POST, "/api/v2/query?org=lighthouse", &headers, body.to_string())
    };
    let silent = app.send(prefer("return-no-content", "nosuch()")).await;
    assert_eq!((silent.status.as_u16(), silent.text().as_str()), (204, ""));
    let told = app.send(prefer("return-no-content-with-error", "nosuch()")).await;
    assert_eq!(told.status, 200);
    assert!(
        told.text().contains(",error,reference\r\n,error @1:1-1:7: undefined identifier nosuch,"),
        "{}",
        told.text()
    );
}

#[tokio::test]
async fn a_full_queue_is_told_with_retry_after() {
    let options = ServerOptions { running_queries: 1, queued_queries: 0, ..ServerOptions::default() };
    let app = App::with(options, true).await;
    let held = app.state.query_queue.clone().try_acquire_owned().unwrap();
    let reply = app.query_as(TOKEN, "buckets()").await;
    assert_eq!(reply.refusal(), (503, "unavailable".into(), "queue length exceeded".into()));
    assert_eq!(reply.header("retry-after"), "1");
    drop(held);
    assert_eq!(app.query_as(TOKEN, "buckets()").await.status, 200);
}

#[tokio::test]
async fn queries_that_are_no_queries() {
    let app = App::new().await;
    let hint = "failed to decode request body: failed parsing request body as JSON; if sending a raw Flux script, set \
                'Content-Type: application/vnd.flux' in your request headers: ";
    for (path, body, message) in [
        ("/api/v2/query?org=lighthouse", "", format!("{hint}EOF")),
        (
            "/api/v2/query?org=lighthouse",
            "{}",
            "failed to decode request body: request body requires either query or AST".into(),
        ),
        (
            "/api/v2/query?org=lighthouse",
            "[]",
            format!("{hint}json: cannot unmarshal array into Go value of type http.QueryRequest"),
        ),
        (
            "/api/v2/query",
            "{\"query\": \"1\"}",
            "failed to decode request body: Please provide either orgID or org".into(),
        ),
        (
            "/api/v2/query?org=nowhere",
            "{\"query\": \"1\"}",
            "failed to decode request body: organization name \"nowhere\" not found".into(),
        ),
        (
            "/api/v2/query?org=lighthouse",
            "{\"query\": \"1\", \"type\": \"influxql\"}",
            "failed to decode request body: unknown query type: influxql".into(),
        ),
    ] {
        let refused = app.ask(Method::POST, path, body).await.refusal();
        assert_eq!(refused, (400, "invalid".into(), message), "{path} {body}");
    }
}

#[tokio::test]
async fn of_influxql_only_what_tools_send_before_they_write() {
    let app = App::new().await;
    let ask = async |q: &str| app.get(&format!("/query?q={q}")).await;
    assert_eq!(ask("CREATE+DATABASE+lamp").await.json(), json!({"results": [{"statement_id": 0}]}));
    let unknown = ask("create+database+%22nosuch%22").await.json();
    assert_eq!(unknown["results"][0]["error"], "not implemented: CREATE DATABASE");
    let shown = ask("SHOW+DATABASES").await;
    assert_eq!(shown.header("content-type"), "application/json");
    assert_eq!(shown.json()["results"][0]["series"][0]["values"], json!([["_monitoring"], ["_tasks"], ["lamp"]]));
    let select = ask("SELECT+v+FROM+g").await.json();
    assert!(select["results"][0]["error"].as_str().unwrap().starts_with("not implemented: SELECT"), "{select}");
}

/// An answer of events without tables, as a query would give them.
async fn opening(app: &App, events: Vec<engine::Event>) -> Opening {
    let slot = Slot::take(&app.state).await.unwrap();
    let writer = Writer::new(Dialect { annotations: vec![Annotation::Datatype], ..Dialect::default() });
    Answering::new(futures::stream::iter(events).boxed(), writer, slot).open().await
}

#[tokio::test]
async fn what_fails_behind_a_finished_result_is_told_in_the_stream() {
    let app = App::new().await;
    let result = |name: &str| engine::Event::Result(name.into());
    let sunk = || engine::Event::Error("sunk".to_owned());
    assert!(matches!(opening(&app, vec![sunk()]).await, Opening::Failed(text) if text == "sunk"));
    assert!(matches!(opening(&app, vec![result("a"), sunk()]).await, Opening::Failed(_)));
    assert!(matches!(opening(&app, vec![result("a")]).await, Opening::Whole(text) if text == b"\r\n"));
    let Opening::More(answering) = opening(&app, vec![result("a"), result("b"), sunk()]).await else {
        panic!("the first result has to be sent");
    };
    let pieces: Vec<_> = answering.map(|piece| piece.unwrap()).collect().await;
    let text = String::from_utf8(pieces.concat()).unwrap();
    assert_eq!(text, "\r\n#datatype,string,string\r\n,error,reference\r\n,sunk,\r\n");
    assert_eq!(app.state.query_slots.available_permits(), app.state.options.running_queries);
}
