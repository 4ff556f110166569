//! Who may do what: every endpoint asked by every kind of credential, as one table.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::served::{self, BUCKET, ORG, PASSWORD, Served, TOKEN, USER};

/// Those who ask, in the order of the columns: nobody, the operator's token, all of the first organization, reading its first
/// bucket, writing it, an inactive token of all, all of another organization, the first user's session, and the session
/// of a user who belongs to nothing.
const ASKERS: [&str; 9] = ["none", "oper", "all", "read", "write", "inact", "other", "sess", "guest"];

/// Method, path, body, and the status for each asker. `{…}` names an object that is made anew for each request, so that every
/// asker finds the same. The body of a write is a line; `-` is none.
const TABLE: &str = include_str!("permissions.txt");

struct World {
    served: Served,
    org: String,
    other_org: String,
    bucket: String,
    user: String,
    /// What each asker sends.
    headers: BTreeMap<&'static str, Vec<(&'static str, String)>>,
    made: std::cell::Cell<u32>,
}

impl World {
    fn new(served: Served) -> Self {
        served.set_up();
        let orgs = ask(&served, "GET", "/api/v2/orgs", None);
        let org = text(&orgs, "/orgs/0/id");
        let bucket = text(&ask(&served, "GET", &format!("/api/v2/buckets?name={BUCKET}"), None), "/buckets/0/id");
        let user = text(&ask(&served, "GET", "/api/v2/me", None), "/id");
        let other_org = text(&ask(&served, "POST", "/api/v2/orgs", Some(json!({"name": "elsewhere"}))), "/id");
        let guest = text(&ask(&served, "POST", "/api/v2/users", Some(json!({"name": "guest"}))), "/id");
        let path = format!("/api/v2/users/{guest}/password");
        assert_eq!(send(&served, "POST", &path, &json!({"password": PASSWORD}).to_string()).status, 204);
        let mut world =
            Self { served, org, other_org, bucket, user, headers: BTreeMap::new(), made: std::cell::Cell::new(0) };
        world.meet_askers();
        world
    }

    fn meet_askers(&mut self) {
        let one = |action: &str| json!([permission(action, "buckets", &self.org, Some(&self.bucket))]);
        let tokens = [
            ("oper", TOKEN.to_owned()),
            ("all", self.token(&self.org, &everything(&self.org), "active")),
            ("read", self.token(&self.org, &one("read"), "active")),
            ("write", self.token(&self.org, &one("write"), "active")),
            ("inact", self.token(&self.org, &everything(&self.org), "inactive")),
            ("other", self.token(&self.other_org, &everything(&self.other_org), "active")),
        ];
        for (asker, token) in tokens {
            self.headers.insert(asker, vec![("Authorization", format!("Token {token}"))]);
        }
        self.headers.insert("none", Vec::new());
        for (asker, name) in [("sess", USER), ("guest", "guest")] {
            self.headers.insert(asker, vec![("Cookie", self.session(name))]);
        }
    }

    fn token(&self, org: &str, permissions: &Value, status: &str) -> String {
        let body = json!({"orgID": org, "permissions": permissions, "status": status});
        text(&ask(&self.served, "POST", "/api/v2/authorizations", Some(body)), "/token")
    }

    /// Signs in; gives the cookie.
    fn session(&self, name: &str) -> String {
        use base64::Engine as _;
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("{name}:{PASSWORD}"));
        let request = ureq::http::Request::builder()
            .method("POST")
            .uri(format!("{}/api/v2/signin", self.served.url))
            .header("Authorization", format!("Basic {basic}"));
        let response = served::agent().run(request.body(()).unwrap()).unwrap();
        assert_eq!(response.status().as_u16(), 204);
        let cookie = response.headers().get("set-cookie").unwrap().to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    /// Puts identifiers in the place of names.
    fn fill(&self, template: &str) -> String {
        let mut out = template.replace("{org}", &self.org).replace("{bucket}", &self.bucket);
        out = out.replace("{user}", &self.user).replace("{elsewhere}", &self.other_org).replace("{first}", BUCKET);
        out = out.replace("{function}", "range");
        self.made.set(self.made.get() + 1);
        let number = self.made.get();
        let name = format!("n{number}");
        out = out.replace("{name}", &name).replace("{orgname}", ORG);
        let make = |path: &str, body: Value| text(&ask(&self.served, "POST", path, Some(body)), "/id");
        let fresh = |what: &str| match what {
            "{a-bucket}" => make("/api/v2/buckets", json!({"orgID": self.org, "name": name, "retentionRules": []})),
            "{an-org}" => make("/api/v2/orgs", json!({"name": name})),
            "{a-user}" => make("/api/v2/users", json!({"name": name})),
            "{a-token}" => make(
                "/api/v2/authorizations",
                json!({"orgID": self.org, "permissions": [permission("read", "buckets", &self.org, None)]}),
            ),
            "{a-dbrp}" => make(
                "/api/v2/dbrps",
                json!({"orgID": self.org, "bucketID": self.bucket, "database": name, "retention_policy": "r"}),
            ),
            "{a-login}" => make(
                "/private/legacy/authorizations",
                json!({"orgID": self.org, "token": name, "permissions": [permission("read", "buckets", &self.org, None)]}),
            ),
            "{a-label}" => {
                let body = json!({"orgID": self.org, "name": name});
                text(&ask(&self.served, "POST", "/api/v2/labels", Some(body)), "/label/id")
            }
            _ => unreachable!("{what}"),
        };
        for what in ["{a-bucket}", "{an-org}", "{a-user}", "{a-token}", "{a-dbrp}", "{a-login}", "{a-label}"] {
            if out.contains(what) {
                out = out.replace(what, &fresh(what));
            }
        }
        out
    }

    fn status(&self, asker: &str, method: &str, path: &str, body: &str) -> u16 {
        let (path, body) = (self.fill(path), self.fill(body));
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.served.url));
        for (name, value) in &self.headers[asker] {
            request = request.header(*name, value);
        }
        if path.starts_with("/api/v2/query") && !body.starts_with('{') {
            request = request.header("Content-Type", "application/vnd.flux");
        }
        let mut response = served::agent().run(request.body(body.into_bytes()).unwrap()).unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        assert!(!text.contains(TOKEN), "{method} {path} by {asker} tells a token: {text}");
        response.status().as_u16()
    }
}

fn permission(action: &str, kind: &str, org: &str, id: Option<&str>) -> Value {
    let mut resource = json!({"type": kind, "orgID": org});
    if let Some(id) = id {
        resource["id"] = json!(id);
    }
    json!({"action": action, "resource": resource})
}

/// What `influx auth create --all-access` asks for.
fn everything(org: &str) -> Value {
    let kinds = ["authorizations", "buckets", "dashboards", "sources", "tasks", "telegrafs", "users", "variables"];
    let more = ["secrets", "labels", "views", "dbrp", "checks", "annotations", "remotes", "replications"];
    let each = kinds.into_iter().chain(more).flat_map(|kind| [("read", kind), ("write", kind)]);
    let mut all: Vec<Value> = each.map(|(action, kind)| permission(action, kind, org, None)).collect();
    all.push(json!({"action": "read", "resource": {"type": "orgs", "id": org}}));
    Value::Array(all)
}

fn send(served: &Served, method: &str, path: &str, body: &str) -> served::Answer {
    served.send(method, path, &[], body.as_bytes())
}

fn ask(served: &Served, method: &str, path: &str, body: Option<Value>) -> Value {
    let answer = send(served, method, path, &body.map(|body| body.to_string()).unwrap_or_default());
    assert!(answer.status < 300, "{method} {path}: {answer:?}");
    serde_json::from_str(&answer.text).unwrap()
}

fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer} in {value}")).to_owned()
}

#[test]
fn every_endpoint_by_every_credential() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(Served::start(&folder.path().join("data"), &[]));
    let (mut found, mut wrong) = (String::new(), Vec::new());
    for line in TABLE.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        let (request, statuses) = line.split_once(" | ").unwrap_or_else(|| panic!("no statuses: {line}"));
        let mut parts = request.splitn(3, ' ');
        let (method, path) = (parts.next().unwrap(), parts.next().unwrap());
        let body = parts.next().unwrap().trim();
        let body = if body == "-" { "" } else { body };
        let got: Vec<String> = ASKERS.iter().map(|asker| world.status(asker, method, path, body).to_string()).collect();
        writeln!(found, "{request} | {}", got.join(" ")).unwrap();
        let expected: Vec<&str> = statuses.split_whitespace().collect();
        if got != expected {
            wrong.push(format!("{request}\n  {ASKERS:?}\n  wanted {expected:?}\n  got    {got:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}\n\nthe table as it is:\n{found}", wrong.join("\n"));
    let log = world.served.logged();
    for secret in [TOKEN, PASSWORD] {
        assert!(!log.contains(secret), "the log tells a secret");
    }
    for headers in world.headers.values() {
        let secret = headers.iter().map(|(_, value)| value.split(['=', ' ']).next_back().unwrap_or_default());
        assert!(secret.into_iter().all(|secret| secret.is_empty() || !log.contains(secret)), "the log tells a secret");
    }
}

/// Every path that the server knows stands in the table.
#[test]
fn the_table_names_every_route() {
    let routes = std::fs::read_to_string(crate::python::root().join("crates/server/src/route/mod.rs")).unwrap();
    let quoted = routes
        .split('"')
        .filter(|text| text.starts_with('/') && !text.contains(['\n', ' ']) && !text.contains("{path}"));
    let pattern = |path: &str| -> Vec<String> {
        let path = path.split('?').next().unwrap_or_default().trim_end_matches('/');
        path.split('/').map(|part| if part.starts_with('{') { "{}".to_owned() } else { part.to_owned() }).collect()
    };
    let asked: Vec<Vec<String>> = TABLE.lines().filter_map(|line| Some(pattern(line.split(' ').nth(1)?))).collect();
    let guards = ["/api/v2", "/v1", "/private"];
    let missing: Vec<&str> = quoted.filter(|path| !guards.contains(path) && !asked.contains(&pattern(path))).collect();
    assert!(missing.is_empty(), "not in tests/it/permissions.txt: {missing:?}");
}
