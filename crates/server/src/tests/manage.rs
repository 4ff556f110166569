//! What the endpoints that manage check, in which order, and what a change leaves alone.

use axum::body::Body;
use axum::http::Method;
use serde_json::{Value, json};

use super::{App, TOKEN};

impl App {
    async fn patch_as(&self, token: &str, path: &str, body: &str) -> (u16, String) {
        let reply = self.ask_as(token, Method::PATCH, path, body.to_owned()).await;
        let message = reply.json()["message"].as_str().unwrap_or_default().to_owned();
        (reply.status.as_u16(), message)
    }
}

fn rule(reply: &Value) -> (i64, i64) {
    let rule = &reply["retentionRules"][0];
    (rule["everySeconds"].as_i64().unwrap(), rule["shardGroupDurationSeconds"].as_i64().unwrap())
}

#[tokio::test]
async fn a_rule_that_is_changed_in_part_keeps_the_rest() {
    let app = App::new().await;
    let body = json!({"orgID": app.org_id(), "name": "brief", "retentionRules": [{"everySeconds": 604_800}]});
    let made = app.post("/api/v2/buckets", &body).await.json();
    assert_eq!(rule(&made), (604_800, 86_400));
    let path = format!("/api/v2/buckets/{}", made["id"].as_str().unwrap());
    let change = |body: Value| app.ask(Method::PATCH, &path, body.to_string());
    let group = change(json!({"retentionRules": [{"shardGroupDurationSeconds": 7_200}]})).await.json();
    assert_eq!(rule(&group), (604_800, 7_200));
    let kept = change(json!({"retentionRules": [{"everySeconds": 86_400}]})).await.json();
    assert_eq!(rule(&kept), (86_400, 7_200));
    assert_eq!(rule(&change(json!({"description": "d", "retentionRules": []})).await.json()), (86_400, 7_200));
    assert_eq!(rule(&change(json!({"retentionRules": [{"everySeconds": 0}]})).await.json()), (0, 7_200));
}

#[tokio::test]
async fn a_change_that_does_not_decode_is_refused_before_who_asks_matters() {
    let app = App::new().await;
    let lamp = app.get("/api/v2/buckets?name=lamp").await.json()["buckets"][0]["id"].as_str().unwrap().to_owned();
    let weak = app.token(&[("write", &lamp)]).await;
    let none = "00000000000000ab";
    for family in ["buckets", "orgs", "users", "authorizations", "labels"] {
        let path = format!("/api/v2/{family}/{none}");
        assert_eq!(app.patch_as(&weak, &path, "{").await.0, 400, "{family}");
        assert_ne!(app.patch_as(&weak, &path, "{}").await.0, 400, "{family}");
    }
    // A new name takes reading the bucket, a description does not.
    let path = format!("/api/v2/buckets/{lamp}");
    let lacking = format!("read:orgs/{}/buckets/{lamp} is unauthorized", app.org_id());
    assert_eq!(app.patch_as(&weak, &path, r#"{"name":"beam"}"#).await, (401, lacking));
    assert_eq!(app.patch_as(&weak, &path, r#"{"description":"d"}"#).await.0, 200);
    let rules = r#"{"name":"x","retentionRules":[{"everySeconds":1},{"everySeconds":1}]}"#;
    let told = app.ask(Method::POST, "/api/v2/buckets", rules).await.refusal();
    assert_eq!(told.2, "organization id must be provided");
}

#[tokio::test]
async fn people_are_looked_up_before_who_asks_matters() {
    let app = App::new().await;
    let lamp = app.get("/api/v2/buckets?name=lamp").await.json()["buckets"][0]["id"].as_str().unwrap().to_owned();
    let reader = app.token(&[("read", &lamp)]).await;
    let path = format!("/api/v2/buckets/{lamp}/members");
    let add = |body: Value| {
        let (app, reader, path) = (&app, reader.clone(), path.clone());
        async move { app.ask_as(&reader, Method::POST, &path, body.to_string()).await.refusal() }
    };
    assert_eq!(add(json!({})).await.2, "user id missing or invalid");
    assert_eq!(add(json!({"id": "00000000000000ab"})).await.2, "user not found");
    let keeper = app.get("/api/v2/users?name=keeper").await.json()["users"][0]["id"].clone();
    assert_eq!(add(json!({"id": keeper})).await.0, 401);
}

#[tokio::test]
async fn arguments_of_lists_that_make_no_sense() {
    let app = App::new().await;
    // Organisations take what is no identifier as if it were not there, and so do labels; the others refuse it.
    assert_eq!(app.get("/api/v2/orgs?orgID=zz&userID=zz").await.json()["orgs"].as_array().unwrap().len(), 1);
    assert_eq!(app.get("/api/v2/labels?orgID=zz").await.json()["labels"], json!([]));
    assert_eq!(app.get("/api/v2/buckets?orgID=zz").await.refusal().2, "id must have a length of 16 bytes");
    let told = app.get("/api/v2/dbrps?org=nowhere").await.refusal();
    assert_eq!(told, (404, "not found".to_owned(), "invalid org \"nowhere\": organization not found".to_owned()));
    let with = |rest: &str| format!("/api/v2/dbrps?orgID={}&{rest}", app.org_id());
    assert_eq!(app.get(&with("default=maybe")).await.refusal().2, "invalid default parameter");
    assert_eq!(app.get(&with("default=1")).await.status, 200);
    let told = app.get(&with("bucketID=zz")).await.refusal();
    assert_eq!(told.2, "invalid bucket ID \"zz\": id must have a length of 16 bytes");
}

#[tokio::test]
async fn labels_show_themselves_to_those_who_may_read_them() {
    let app = App::new().await;
    let lamp = app.get("/api/v2/buckets?name=lamp").await.json()["buckets"][0]["id"].as_str().unwrap().to_owned();
    let body = json!({"orgID": app.org_id(), "name": " Calm ", "properties": {"color": "blue"}});
    let label = app.post("/api/v2/labels", &body).await.json()["label"].clone();
    assert_eq!(label["name"], "Calm");
    let tied = app.post(&format!("/api/v2/buckets/{lamp}/labels"), &json!({"labelID": label["id"]})).await;
    assert_eq!(tied.status, 201);
    let path = format!("/api/v2/buckets/{lamp}");
    assert_eq!(app.get(&path).await.json()["labels"], json!([label]));
    assert_eq!(app.get("/api/v2/labels?name=calm").await.json()["labels"], json!([label]));
    let reader = app.token(&[("read", &lamp)]).await;
    for path in [path.as_str(), &format!("{path}/labels"), "/api/v2/labels"] {
        let seen = app.ask_as(&reader, Method::GET, path, Body::empty()).await;
        assert_eq!((seen.status.as_u16(), &seen.json()["labels"]), (200, &json!([])), "{path}");
    }
    let wrong = app.post("/api/v2/labels", &json!({"orgID": app.org_id(), "name": "x", "properties": {"n": 1}})).await;
    assert_eq!(wrong.status, 400, "{}", wrong.text());
    let gone =
        app.ask_as(TOKEN, Method::DELETE, &format!("/api/v2/labels/{}", label["id"].as_str().unwrap()), "").await;
    assert_eq!(gone.status, 204);
    assert_eq!(app.get(&path).await.json()["labels"], json!([]));
}
