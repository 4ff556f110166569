//! The order of checks on a write, and what a body may be.

use axum::body::Body;
use axum::http::Method;

use super::{App, TOKEN, request};
use crate::ServerOptions;
use crate::gzip::Packer;

fn packed(plain: &[u8]) -> Vec<u8> {
    let mut packer = Packer::new();
    let mut out = packer.piece(plain).to_vec();
    out.extend_from_slice(&packer.finish());
    out
}

#[tokio::test]
async fn the_first_failing_check_answers() {
    let app = App::new().await;
    let bad = "not a line";
    for (path, token, status, message) in [
        ("/api/v2/write?precision=h", "wrong", 401, "unauthorized access"),
        ("/api/v2/write?precision=h", TOKEN, 400, "invalid precision; valid precision units are ns, us, ms, and s"),
        ("/api/v2/write?org=nowhere", TOKEN, 404, "bucket not found"),
        ("/api/v2/write?bucket=x", TOKEN, 400, "Please provide either orgID or org"),
        ("/api/v2/write?bucket=x&org=nowhere", TOKEN, 404, "organization name \"nowhere\" not found"),
        ("/api/v2/write?bucket=x&orgID=00000000000000ab", TOKEN, 404, "organization not found"),
        ("/api/v2/write?bucket=x&orgID=abc", TOKEN, 400, "id must have a length of 16 bytes"),
        ("/api/v2/write?bucket=x+y&org=lighthouse", TOKEN, 404, "bucket \"x y\" not found"),
    ] {
        let refused = app.ask_as(token, Method::POST, path, bad).await.refusal();
        assert_eq!((refused.0, refused.2.as_str()), (status, message), "{path}");
    }
    let parse = app.ask(Method::POST, "/api/v2/write?org=lighthouse&bucket=lamp", "beam on=").await.refusal();
    assert_eq!(parse, (400, "invalid".into(), "unable to parse 'beam on=': missing field value".into()));
}

#[tokio::test]
async fn nothing_to_store_is_a_success() {
    let app = App::new().await;
    for body in ["", "\n\n", "# a remark", "  \n\t\n"] {
        let reply = app.ask(Method::POST, "/api/v2/write?org=lighthouse&bucket=lamp&precision=", body).await;
        assert_eq!((reply.status.as_u16(), reply.text().as_str()), (204, ""), "{body:?}");
    }
}

#[tokio::test]
async fn packed_bodies_are_read_and_bounded() {
    let options = ServerOptions { write_body_bytes: 1000, ..ServerOptions::default() };
    let app = App::with(options, true).await;
    let send = |encoding: &str, body: Vec<u8>| {
        let token = format!("Token {TOKEN}");
        let headers = [("authorization", token.as_str()), ("content-encoding", encoding)];
        request(Method::POST, "/api/v2/write?org=lighthouse&bucket=lamp", &headers, body)
    };
    let line = b"beam on=true 1709510400000000000\n";
    assert_eq!(app.send(send("gzip", packed(line))).await.status, 204);
    assert_eq!(app.send(send("x-gzip", packed(line))).await.status, 204);
    assert_eq!(app.send(send("identity", line.to_vec())).await.status, 204);
    assert_eq!(app.send(send("gzip", packed(b""))).await.status, 204);
    assert_eq!(app.send(send("gzip", line.to_vec())).await.status, 400);
    let bomb = app.send(send("gzip", packed(&line.repeat(100)))).await;
    let too_large = (413, "request too large".into(), "unable to read data: points batch is too large".into());
    assert_eq!(bomb.refusal(), too_large);
    assert_eq!(app.send(send("identity", line.repeat(100))).await.refusal(), too_large);
    let text =
        app.query_as(TOKEN, "from(bucket: \"lamp\") |> range(start: 2024-01-01T00:00:00Z, stop: 2025-01-01T00:00:00Z) |> count() |> keep(columns: [\"_value\"])").await.text();
    assert!(text.ends_with(",,0,1\r\n\r\n"), "{text}");
}

#[tokio::test]
async fn conflicts_keep_the_rest() {
    let app = App::new().await;
    app.write("lamp", "beam watts=1 1709510400000000000").await;
    let lines = "beam watts=\"two\" 1709510401000000000\nbeam watts=3 1709510402000000000";
    let refused = app.ask(Method::POST, "/api/v2/write?org=lighthouse&bucket=lamp", lines).await.refusal();
    assert_eq!(refused.0, 422);
    assert_eq!(refused.1, "unprocessable entity");
    let text = "failure writing points to database: partial write: field type conflict: input field \"watts\" on measurement \
                \"beam\" is type string, already exists as type float dropped=1";
    assert_eq!(refused.2, text);
    let rows = app
        .query_as(
            TOKEN,
            "from(bucket: \"lamp\") |> range(start: 2024-01-01T00:00:00Z, stop: 2025-01-01T00:00:00Z) |> count() |> keep(columns: [\"_value\"])",
        )
        .await;
    assert!(rows.text().ends_with(",,0,2\r\n\r\n"), "{}", rows.text());
}

#[tokio::test]
async fn deleting_takes_both_ends() {
    let app = App::new().await;
    app.write("lamp", "beam v=1 1709510400000000000\nbeam v=2 1709510401000000000\nbeam v=3 1709510402000000000").await;
    let path = "/api/v2/delete?org=lighthouse&bucket=lamp";
    let body = "{\"start\": \"2024-03-04T00:00:00Z\", \"stop\": \"2024-03-04T00:00:01Z\", \"predicate\": \"_measurement=\\\"beam\\\"\"}";
    assert_eq!(app.ask(Method::POST, path, body).await.status, 204);
    let rows = app
        .query_as(TOKEN, "from(bucket: \"lamp\") |> range(start: 2024-01-01T00:00:00Z, stop: 2025-01-01T00:00:00Z)")
        .await
        .text();
    assert!(rows.contains(",3,v,beam") && !rows.contains(",2,v,beam"), "{rows}");
    for (body, status, message) in [
        ("not json", 400, "error decoding json body: invalid character 'o' in literal null (expecting 'u')"),
        (
            "{\"start\": \"2024\", \"stop\": \"2024-03-04T00:00:01Z\"}",
            400,
            "error decoding json body: invalid RFC3339Nano for field start, please format your time with RFC3339Nano format, \
             example: 2009-01-02T23:00:00Z",
        ),
        (
            "{\"start\": \"2024-03-04T00:00:00Z\", \"stop\": \"2024-03-04T00:00:01Z\", \"predicate\": \"_field=\\\"v\\\"\"}",
            501,
            "delete by field is not supported",
        ),
    ] {
        let refused = app.ask(Method::POST, path, Body::from(body)).await.refusal();
        assert_eq!((refused.0, refused.2.as_str()), (status, message));
    }
}

#[tokio::test]
async fn without_memory_a_write_is_told_to_come_again() {
    let app = App::new().await;
    let path = "/api/v2/write?org=lighthouse&bucket=lamp";
    let (_, limit) = app.engine.memory();
    let mut others = app.engine.hold_body();
    app.engine.grow_body(&mut others, limit).await.unwrap();
    let reply = app.ask(Method::POST, path, "beam on=true").await;
    assert_eq!(reply.header("retry-after"), "1");
    let (status, code, message) = reply.refusal();
    assert_eq!((status, code.as_str()), (503, "unavailable"));
    assert!(message.starts_with("the memory budget is used up (") && message.contains("--memory-limit"), "{message}");
    drop(others);
    assert_eq!(app.ask(Method::POST, path, "beam on=true").await.status, 204);
    assert_eq!(app.engine.memory().0 >> 20, 0, "what the body took is given back");
}
