//! `tide auth`.

use anyhow::{Context as _, Result, anyhow, bail};
use engine::ResourceType;
use serde_json::{Value, json};

use super::org::set;
use crate::arguments::{Auth, AuthAction, AuthCreate, Connection};
use crate::client::Client;
use crate::print::{print_list, print_one, print_removed};

const COLUMNS: &[(&str, &str)] = &[
    ("ID", "id"),
    ("Description", "description"),
    ("Token", "token"),
    ("User Name", "userName"),
    ("User ID", "userID"),
    ("Permissions", "permissions"),
];

pub(super) fn run(arguments: &Auth) -> Result<()> {
    let connection = &arguments.connection;
    let client = Client::new(connection)?;
    let one = |id: &str| format!("/api/v2/authorizations/{id}");
    let change = |id: &str, status: &str| {
        let changed = client.json("PATCH", &one(id), &[], Some(&json!({"status": status})))?;
        print_one(connection, &flat(&changed), COLUMNS)
    };
    match &arguments.action {
        AuthAction::Create(create) => {
            print_one(connection, &flat(&make(connection, Client::new(connection)?, create)?), COLUMNS)
        }
        AuthAction::List { id: Some(id), .. } => {
            print_one(connection, &flat(&client.json("GET", &one(id), &[], None)?), COLUMNS)
        }
        AuthAction::List { org, id: None, user, user_id } => {
            let organization = client.org_parameter(org).ok();
            let mut query: Vec<_> = organization.iter().map(|(name, value)| (*name, value.as_str())).collect();
            query.extend(user.as_deref().map(|u| ("user", u)));
            query.extend(user_id.as_deref().map(|u| ("userID", u)));
            let all = client.json("GET", "/api/v2/authorizations", &query, None)?;
            let all: Vec<Value> = all["authorizations"].as_array().into_iter().flatten().map(flat).collect();
            print_list(connection, &all, COLUMNS)
        }
        AuthAction::Active { id } => change(id, "active"),
        AuthAction::Inactive { id } => change(id, "inactive"),
        AuthAction::Delete { id } => {
            let old = client.json("GET", &one(id), &[], None)?;
            client.json("DELETE", &one(id), &[], None)?;
            print_removed(connection, &flat(&old), COLUMNS)
        }
    }
}

/// What `influx` shows of an authorization: permissions are short texts.
pub(super) fn flat(authorization: &Value) -> Value {
    let short = |permission: &Value| {
        let resource = &permission["resource"];
        let mut text = format!("{}:", permission["action"].as_str().unwrap_or_default());
        text.extend(resource["orgID"].as_str().map(|org| format!("orgs/{org}")));
        text.extend(resource["type"].as_str().map(|kind| format!("/{kind}")));
        text.extend(resource["id"].as_str().map(|id| format!("/{id}")));
        text
    };
    let permissions: Vec<String> = authorization["permissions"].as_array().into_iter().flatten().map(short).collect();
    json!({
        "id": authorization["id"],
        "description": authorization["description"],
        "token": authorization["token"],
        "status": authorization["status"],
        "userName": authorization["user"],
        "userID": authorization["userID"],
        "permissions": permissions,
    })
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
    let user = user_id(&client, create.user.as_deref())?;
    let permissions = permissions(&client, create, &org, &user)?;
    if permissions.is_empty() {
        bail!(
            "no permission: give --read-bucket, --write-bucket, --read-buckets, --write-buckets, --all-access or --operator"
        );
    }
    let mut body = json!({"orgID": org, "userID": user, "permissions": permissions});
    set(&mut body, "description", create.description.as_ref());
    set(&mut body, "token", keep.as_ref());
    client.json("POST", "/api/v2/authorizations", &[], Some(&body))
}

/// The user of this name, or who asks.
fn user_id(client: &Client, name: Option<&str>) -> Result<String> {
    let found = match name {
        None => client.json("GET", "/api/v2/me", &[], None)?,
        Some(name) => client.json("GET", "/api/v2/users", &[("name", name)], None)?["users"][0].clone(),
    };
    let id = found["id"].as_str().map(str::to_owned);
    id.ok_or_else(|| anyhow!("could not find user with name {:?}", name.unwrap_or_default()))
}

/// Permissions on single buckets.
pub(super) fn on_buckets(org: &str, read: &[String], write: &[String]) -> Result<Vec<Value>> {
    let one = |action: &str, id: &String| {
        id.parse::<engine::Id>()
            .with_context(|| format!("invalid bucket ID {id:?} (a bucket is named by its ID here, not by its name)"))?;
        Ok(json!({"action": action, "resource": {"type": "buckets", "orgID": org, "id": id}}))
    };
    read.iter().map(|id| one("read", id)).chain(write.iter().map(|id| one("write", id))).collect()
}

fn permissions(client: &Client, create: &AuthCreate, org: &str, user: &str) -> Result<Vec<Value>> {
    let mut all = on_buckets(org, &create.read_bucket, &create.write_bucket)?;
    all.extend(create.types.all().iter().map(|(action, kind)| match kind {
        ResourceType::Orgs | ResourceType::Users => json!({"action": action, "resource": {"type": kind.name()}}),
        _ => json!({"action": action, "resource": {"type": kind.name(), "orgID": org}}),
    }));
    if !create.all_access && !create.operator {
        return Ok(all);
    }
    if !all.is_empty() || (create.all_access && create.operator) {
        bail!("--all-access and --operator stand alone: they hold all other permissions");
    }
    let types = client.json("GET", "/api/v2/resources", &[], None)?;
    for kind in types.as_array().into_iter().flatten().filter_map(Value::as_str).filter(|kind| *kind != "instance") {
        let (actions, resource): (&[&str], Value) = match kind {
            _ if create.operator => (&["read", "write"], json!({"type": kind})),
            "orgs" => (&["read"], json!({"type": kind, "id": org})),
            "users" => (&["read", "write"], json!({"type": kind, "id": user})),
            _ => (&["read", "write"], json!({"type": kind, "orgID": org})),
        };
        all.extend(actions.iter().map(|action| json!({"action": action, "resource": resource})));
    }
    Ok(all)
}
