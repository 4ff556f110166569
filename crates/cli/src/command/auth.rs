//! `tide auth`.

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::org::set;
use crate::arguments::{Auth, AuthAction, AuthCreate, Connection};
use crate::client::Client;
use crate::print::print_list;

const COLUMNS: &[(&str, &str)] = &[
    ("ID", "id"),
    ("Description", "description"),
    ("Token", "token"),
    ("User Name", "user"),
    ("User ID", "userID"),
    ("Status", "status"),
];

pub(super) fn run(arguments: &Auth) -> Result<()> {
    let connection = &arguments.connection;
    let client = Client::new(connection)?;
    let one = |id: &str| format!("/api/v2/authorizations/{id}");
    let found = match &arguments.action {
        AuthAction::Create(create) => vec![make(connection, client, create)?],
        AuthAction::List { org, id, user } => {
            let organization = client.org_parameter(org).ok();
            let mut query: Vec<_> = organization.iter().map(|(name, value)| (*name, value.as_str())).collect();
            query.extend(user.as_deref().map(|u| ("user", u)));
            match id {
                Some(id) => vec![client.json("GET", &one(id), &[], None)?],
                None => {
                    let all = client.json("GET", "/api/v2/authorizations", &query, None)?;
                    all["authorizations"].as_array().cloned().unwrap_or_default()
                }
            }
        }
        AuthAction::Active { id } => vec![client.json("PATCH", &one(id), &[], Some(&json!({"status": "active"})))?],
        AuthAction::Inactive { id } => {
            vec![client.json("PATCH", &one(id), &[], Some(&json!({"status": "inactive"})))?]
        }
        AuthAction::Delete { id } => {
            let old = client.json("GET", &one(id), &[], None)?;
            client.json("DELETE", &one(id), &[], None)?;
            vec![old]
        }
    };
    print_list(connection, &found, COLUMNS)
}

/// Makes a token. One given by `--token` that the server does not know is the text of the new token.
fn make(connection: &Connection, client: Client, create: &AuthCreate) -> Result<Value> {
    let given = connection.token.clone();
    let (client, keep) = match given {
        Some(token) if !client.knows(&token)? => {
            let without = Connection { token: None, ..connection.clone() };
            (Client::new(&without)?, Some(token))
        }
        _ => (client, None),
    };
    if client.token().is_none() {
        bail!(
            "no token to ask with: set INFLUX_TOKEN or use a profile (--token names a token that the server does not know)"
        );
    }
    let org = client.org_id(&create.org)?;
    let permissions = permissions(&client, create, &org)?;
    if permissions.is_empty() {
        bail!(
            "no permission: give --read-bucket, --write-bucket, --read-buckets, --write-buckets, --all-access or --operator"
        );
    }
    let mut body = json!({"orgID": org, "permissions": permissions});
    set(&mut body, "description", create.description.as_ref());
    set(&mut body, "token", keep.as_ref());
    client.json("POST", "/api/v2/authorizations", &[], Some(&body))
}

fn permissions(client: &Client, create: &AuthCreate, org: &str) -> Result<Vec<Value>> {
    let mut all = Vec::new();
    let bucket = |action: &str, id: Option<&String>| {
        let mut resource = json!({"type": "buckets", "orgID": org});
        set(&mut resource, "id", id);
        json!({"action": action, "resource": resource})
    };
    all.extend(create.read_bucket.iter().map(|id| bucket("read", Some(id))));
    all.extend(create.write_bucket.iter().map(|id| bucket("write", Some(id))));
    all.extend(create.read_buckets.then(|| bucket("read", None)));
    all.extend(create.write_buckets.then(|| bucket("write", None)));
    if create.all_access || create.operator {
        let types = client.json("GET", "/api/v2/resources", &[], None)?;
        for kind in types.as_array().into_iter().flatten().filter_map(Value::as_str) {
            if create.all_access && kind == "instance" {
                continue;
            }
            for action in ["read", "write"] {
                let resource = match (create.operator, kind) {
                    (true, _) => json!({"type": kind}),
                    (false, "orgs") => json!({"type": kind, "id": org}),
                    (false, _) => json!({"type": kind, "orgID": org}),
                };
                all.push(json!({"action": action, "resource": resource}));
            }
        }
    }
    Ok(all)
}
