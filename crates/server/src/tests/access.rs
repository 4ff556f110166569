//! Who may do what, path by path.

use axum::body::Body;
use axum::http::Method;
use serde_json::json;

use super::{App, TOKEN, request};

#[tokio::test]
async fn a_bucket_that_may_not_be_read_looks_absent_by_each_way_to_name_it() {
    let app = App::new().await;
    let lamp = app.get("/api/v2/buckets?name=lamp").await.json()["buckets"][0]["id"].as_str().unwrap().to_owned();
    app.write("lamp", "beam on=true").await;
    let other = app.bucket("other").await;
    let reader = app.token(&[("read", &other), ("write", &other)]).await;
    let range = "range(start: 2024-01-01T00:00:00Z, stop: 2025-01-01T00:00:00Z)";
    for script in [
        format!("from(bucket: \"lamp\") |> {range}"),
        format!("from(bucketID: \"{lamp}\") |> {range}"),
        format!("from(bucketID: \"{lamp}\") |> {range} |> count()"),
        "import \"influxdata/influxdb/schema\"\nschema.measurements(bucket: \"lamp\")".to_owned(),
        "import \"influxdata/influxdb/schema\"\nschema.tagKeys(bucket: \"lamp\")".to_owned(),
        "import \"influxdata/influxdb/v1\"\nv1.measurements(bucket: \"lamp\")".to_owned(),
        "import \"influxdata/influxdb\"\ninfluxdb.cardinality(bucket: \"lamp\", start: -1y)".to_owned(),
        format!("import \"influxdata/influxdb\"\ninfluxdb.cardinality(bucketID: \"{lamp}\", start: -1y)"),
        format!(
            "import \"array\"\nt = from(bucketID: \"{lamp}\") |> {range} |> findColumn(fn: (key) => true, column: \"_value\")\n\
             array.from(rows: [{{n: length(arr: t)}}])"
        ),
        format!("union(tables: [from(bucket: \"other\") |> {range}, from(bucketID: \"{lamp}\") |> {range}])"),
    ] {
        let reply = app.query_as(&reader, &script).await;
        assert_eq!(reply.status, 404, "{script}: {}", reply.text());
        assert!(reply.json()["message"].as_str().unwrap().contains("could not find bucket"), "{script}");
        // The same script is sound: the operator gets an answer.
        let allowed = app.query_as(TOKEN, &script).await;
        assert_eq!(allowed.status, 200, "{script}: {}", allowed.text());
    }
    let to = |name: &str| {
        format!(
            "from(bucket: \"other\") |> {range} |> to({name}: \"{}\")",
            if name == "bucket" { "lamp" } else { &lamp }
        )
    };
    for script in [to("bucket"), to("bucketID")] {
        let reply = app.query_as(&reader, &script).await;
        assert!(matches!(reply.status.as_u16(), 403 | 404), "{script}: {}", reply.text());
    }
    let listed = app.query_as(&reader, "buckets() |> keep(columns: [\"name\"])").await.text();
    assert!(listed.contains("other") && !listed.contains("lamp"), "{listed}");
}

#[tokio::test]
async fn a_bucket_of_another_organisation_is_absent_by_its_identifier() {
    let app = App::new().await;
    let made = app.post("/api/v2/orgs", &json!({"name": "lagoon"})).await.json();
    let lagoon = made["id"].as_str().unwrap();
    let pool = app.post("/api/v2/buckets", &json!({"orgID": lagoon, "name": "pool"})).await.json();
    let pool = pool["id"].as_str().unwrap();
    let lamp = app.get("/api/v2/buckets?name=lamp").await.json()["buckets"][0]["id"].as_str().unwrap().to_owned();
    let reader = app.token(&[("read", &lamp)]).await;
    let reply = app.query_as(&reader, &format!("from(bucketID: \"{pool}\") |> range(start: -1h)")).await;
    assert_eq!(reply.status, 404, "{}", reply.text());
}

#[tokio::test]
async fn refusals_differ_by_family() {
    let app = App::new().await;
    let (quay, other) = (app.bucket("quay").await, app.bucket("other").await);
    let reader = app.token(&[("read", &quay)]).await;
    let org = app.org_id();
    let write = "/api/v2/write?org=lighthouse&bucket=quay";
    let refused = app.ask_as(&reader, Method::POST, write, "not a line").await.refusal();
    assert_eq!(refused, (403, "forbidden".into(), "insufficient permissions for write".into()));
    let range = json!({"start": "2024-01-01T00:00:00Z", "stop": "2025-01-01T00:00:00Z"}).to_string();
    let refused = app.ask_as(&reader, Method::POST, "/api/v2/delete?org=lighthouse&bucket=quay", range).await.refusal();
    assert_eq!(refused, (403, "forbidden".into(), "insufficient permissions to delete".into()));
    let refused = app.ask_as(&reader, Method::GET, &format!("/api/v2/buckets/{other}"), Body::empty()).await.refusal();
    let text = format!("read:orgs/{org}/buckets/{other} is unauthorized");
    assert_eq!(refused, (401, "unauthorized".into(), text));
    let listed = app.ask_as(&reader, Method::GET, "/api/v2/buckets", Body::empty()).await.json();
    assert_eq!(listed["buckets"].as_array().unwrap().len(), 1);
    assert_eq!(app.get("/api/v2/buckets").await.json()["buckets"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn credentials_of_version_2_and_of_version_1() {
    let app = App::new().await;
    let v2 = "/api/v2/write?org=lighthouse&bucket=lamp";
    let basic = "Basic YW55b25lOnRoZS1vcGVyYXRvcnMtdG9rZW4=";
    for (path, credential, status) in [
        (v2, format!("Bearer {TOKEN}"), 204),
        (v2, format!("tOkEn {TOKEN}"), 204),
        (v2, basic.to_owned(), 401),
        (v2, TOKEN.to_owned(), 401),
        ("/write?db=lamp", format!("Token {TOKEN}"), 204),
        ("/write?db=lamp", format!("Token anyone:{TOKEN}"), 204),
        ("/write?db=lamp", format!("token {TOKEN}"), 401),
        ("/write?db=lamp", format!("Bearer {TOKEN}"), 401),
        ("/write?db=lamp", basic.to_owned(), 204),
    ] {
        let reply = app.send(request(Method::POST, path, &[("authorization", &credential)], "beam on=true")).await;
        assert_eq!(reply.status, status, "{path} {credential}");
    }
    let by_url = format!("/write?db=lamp&u=anyone&p={TOKEN}");
    assert_eq!(app.send(request(Method::POST, &by_url, &[], "beam on=true")).await.status, 204);
    let wrong = app.send(request(Method::POST, "/write?db=lamp&u=anyone&p=wrong", &[], "")).await;
    assert_eq!(wrong.refusal(), (401, "unauthorized".into(), "Unauthorized".into()));
    assert_eq!(wrong.json()["error"], "Unauthorized");
}

#[tokio::test]
async fn a_session_comes_and_goes() {
    let app = App::new().await;
    let sign_in =
        request(Method::POST, "/api/v2/signin", &[("authorization", "Basic a2VlcGVyOmZyZXNuZWwtbGVucw==")], "");
    let reply = app.send(sign_in).await;
    assert_eq!(reply.status, 204);
    let cookie = reply.header("set-cookie").to_owned();
    assert!(cookie.starts_with("influxdb-oss-session=") && cookie.contains("; Path=/api/; Expires="), "{cookie}");
    let me = || request(Method::GET, "/api/v2/me", &[("cookie", &cookie)], "");
    assert_eq!(app.send(me()).await.json()["name"], "keeper");
    let out = request(Method::POST, "/api/v2/signout", &[("cookie", &cookie)], "");
    assert_eq!(app.send(out).await.status, 204);
    assert_eq!(app.send(me()).await.status, 401);
    assert_eq!(app.ask(Method::POST, "/api/v2/signout", "").await.status, 401);
}

#[tokio::test]
async fn a_password_is_changed_by_its_owner_with_the_old_one() {
    let app = App::new().await;
    let basic = "Basic a2VlcGVyOmZyZXNuZWwtbGVucw==";
    let reply = app.send(request(Method::POST, "/api/v2/signin", &[("authorization", basic)], "")).await;
    let cookie = reply.header("set-cookie").to_owned();
    let change = |credentials: &[(&str, &str)]| {
        request(Method::PUT, "/api/v2/me/password", credentials, json!({"password": "second-lens"}).to_string())
    };
    assert_eq!(app.send(change(&[("authorization", basic)])).await.status, 401);
    let wrong = [("authorization", "Basic a2VlcGVyOndyb25n"), ("cookie", &cookie)];
    let refused = app.send(change(&wrong)).await.refusal();
    assert_eq!(refused, (403, "forbidden".into(), "your username or password is incorrect".into()));
    assert_eq!(app.send(change(&[("authorization", basic), ("cookie", &cookie)])).await.status, 204);
    assert_eq!(app.send(request(Method::POST, "/api/v2/signin", &[("authorization", basic)], "")).await.status, 401);
}

#[tokio::test]
async fn a_login_of_version_1_opens_its_endpoints_and_no_others() {
    let app = App::new().await;
    let lamp = app.get("/api/v2/buckets?name=lamp").await.json()["buckets"][0]["id"].as_str().unwrap().to_owned();
    let write = json!({"action": "write", "resource": {"type": "buckets", "id": lamp, "orgID": app.org_id()}});
    let body = json!({"orgID": app.org_id(), "token": "box", "permissions": [write]});
    let made = app.post("/private/legacy/authorizations", &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let path = format!("/private/legacy/authorizations/{}", made.json()["id"].as_str().unwrap());
    let write = |user: &'static str, password: &'static str| {
        let path = format!("/write?db=lamp&u={user}&p={password}");
        app.send(request(Method::POST, &path, &[], "beam on=true"))
    };
    assert_eq!(write("box", "a-good-one").await.refusal(), (401, "unauthorized".to_owned(), "Unauthorized".to_owned()));
    assert_eq!(app.post(&format!("{path}/password"), &json!({"password": "a-good-one"})).await.status, 204);
    // The second time the password is known; a wrong one is refused all the same.
    for _ in 0..2 {
        assert_eq!(write("box", "a-good-one").await.status, 204);
        assert_eq!(write("box", "a-bad-one-").await.status, 401);
    }
    // A login's name hides no token: under another name the password is one.
    assert_eq!(write("box", TOKEN).await.status, 401);
    assert_eq!(write("anybody", TOKEN).await.status, 204);
    let read = request(Method::GET, "/query?q=SHOW+DATABASES&u=box&p=a-good-one", &[], Body::empty());
    assert_eq!(app.send(read).await.json()["results"][0]["series"][0]["values"], json!([]));
    // Version 2 knows neither the name nor the password.
    let v2 = "/api/v2/write?org=lighthouse&bucket=lamp";
    for credential in ["Token box:a-good-one", "Token a-good-one", "Basic Ym94OmEtZ29vZC1vbmU="] {
        let sent = request(Method::POST, v2, &[("authorization", credential)], "beam on=true");
        assert_eq!(app.send(sent).await.status, 401, "{credential}");
    }
    let rest = app.ask(Method::PATCH, &path, json!({"status": "inactive"}).to_string()).await;
    assert_eq!((rest.status.as_u16(), rest.json()["status"].as_str()), (200, Some("inactive")));
    assert_eq!(write("box", "a-good-one").await.status, 401);
    assert_eq!(app.ask(Method::DELETE, &path, Body::empty()).await.status, 204);
    assert_eq!(app.get(&path).await.refusal().2, "authorization not found");
}

#[tokio::test]
async fn people_and_labels_of_what_is_not_there_are_no_page() {
    let app = App::new().await;
    for path in ["/api/v2/buckets/00000000000000ab/labels", "/api/v2/orgs/00000000000000ab/members"] {
        let told = app.get(path).await.refusal();
        assert_eq!(told, (404, "not found".to_owned(), "404 page not found".to_owned()), "{path}");
    }
    let told = app.get("/api/v2/buckets/x/owners").await.refusal();
    assert_eq!(told.2, "corrupt ID provided: id must have a length of 16 bytes");
}
