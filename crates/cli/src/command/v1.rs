//! `tide v1`.

use anyhow::{Context as _, Result, anyhow};
use serde_json::{Value, json};

use super::auth::{flat, on_buckets};
use super::org::set;
use super::user::first_line;
use crate::arguments::{Connection, DbrpAction, LoginAction, LoginChoice, V1, V1Action};
use crate::client::Client;
use crate::print::{print_list, print_one, print_removed, say};

const COLUMNS: &[(&str, &str)] = &[
    ("ID", "id"),
    ("Database", "database"),
    ("Bucket ID", "bucketID"),
    ("Retention Policy", "retention_policy"),
    ("Default", "default"),
    ("Organization ID", "orgID"),
];

const LOGINS: &[(&str, &str)] = &[
    ("ID", "id"),
    ("Description", "description"),
    ("Username", "token"),
    ("v2 User Name", "userName"),
    ("v2 User ID", "userID"),
    ("Permissions", "permissions"),
];

/// Where names and passwords are managed.
const LOGINS_PATH: &str = "/private/legacy/authorizations";

pub(super) fn run(arguments: &V1) -> Result<()> {
    let (connection, client) = (&arguments.connection, Client::new(&arguments.connection)?);
    match &arguments.action {
        V1Action::Dbrp(action) => dbrp(connection, &client, action),
        V1Action::Auth(action) => login(connection, &client, action),
    }
}

fn dbrp(connection: &Connection, client: &Client, action: &DbrpAction) -> Result<()> {
    let found = mappings(client, action)?;
    let DbrpAction::List { .. } = action else {
        let [one] = found.as_slice() else { return Ok(()) };
        return print_one(connection, one, COLUMNS);
    };
    if connection.json {
        return print_list(connection, &found, COLUMNS);
    }
    let (by_name, made): (Vec<Value>, Vec<Value>) = found.into_iter().partition(|m| m["virtual"] == true);
    print_list(connection, &made, COLUMNS)?;
    say("\nVIRTUAL DBRP MAPPINGS (READ-ONLY)\n----------------------------------")?;
    print_list(connection, &by_name, COLUMNS)
}

fn login(connection: &Connection, client: &Client, action: &LoginAction) -> Result<()> {
    let status = |login: &LoginChoice, status: &str| {
        let path = format!("{LOGINS_PATH}/{}", login_id(client, login)?);
        let changed = client.json("PATCH", &path, &[], Some(&json!({"status": status})))?;
        print_one(connection, &flat(&changed), LOGINS)
    };
    match action {
        LoginAction::Create { org, description, username, password, no_password, read_bucket, write_bucket } => {
            let org = client.org_id(org)?;
            let permissions = on_buckets(&org, read_bucket, write_bucket)?;
            let password = match (password, no_password) {
                (_, true) => None,
                (Some(password), false) => Some(password.clone()),
                (None, false) => Some(first_line()?),
            };
            let mut body = json!({"orgID": org, "token": username, "permissions": permissions});
            set(&mut body, "description", description.as_ref());
            print_one(connection, &flat(&make_login(client, &body, password.as_deref())?), LOGINS)
        }
        LoginAction::List { org, id, username, user, user_id } => {
            let mut query = Vec::new();
            for (name, value) in [
                ("org", &org.org),
                ("orgID", &org.org_id),
                ("id", id),
                ("token", username),
                ("user", user),
                ("userID", user_id),
            ] {
                query.extend(value.as_deref().map(|value| (name, value)));
            }
            let found = client.json("GET", LOGINS_PATH, &query, None)?;
            let all: Vec<Value> = found["authorizations"].as_array().into_iter().flatten().map(flat).collect();
            print_list(connection, &all, LOGINS)
        }
        LoginAction::SetActive(login) => status(login, "active"),
        LoginAction::SetInactive(login) => status(login, "inactive"),
        LoginAction::SetPassword { login, password } => {
            let id = login_id(client, login)?;
            let password = password.clone().map_or_else(first_line, Ok)?;
            set_login_password(client, &id, &password)
        }
        LoginAction::Delete(login) => {
            let path = format!("{LOGINS_PATH}/{}", login_id(client, login)?);
            let old = client.json("GET", &path, &[], None)?;
            client.json("DELETE", &path, &[], None)?;
            print_removed(connection, &flat(&old), LOGINS)
        }
    }
}

/// Makes a login with its password; a password that is refused leaves nothing behind.
fn make_login(client: &Client, body: &Value, password: Option<&str>) -> Result<Value> {
    let made = client.json("POST", LOGINS_PATH, &[], Some(body))?;
    let id = made["id"].as_str().unwrap_or_default();
    if let Some(password) = password
        && let Err(refused) = set_login_password(client, id, password)
    {
        client.json("DELETE", &format!("{LOGINS_PATH}/{id}"), &[], None)?;
        return Err(refused);
    }
    Ok(made)
}

fn set_login_password(client: &Client, id: &str, password: &str) -> Result<()> {
    let path = format!("{LOGINS_PATH}/{id}/password");
    client.json("POST", &path, &[], Some(&json!({"password": password})))?;
    Ok(())
}

fn login_id(client: &Client, login: &LoginChoice) -> Result<String> {
    if let Some(id) = &login.id {
        return Ok(id.clone());
    }
    let name = login.username.as_deref().unwrap_or_default();
    let found = client.json("GET", LOGINS_PATH, &[("token", name)], None);
    let found = found.with_context(|| format!("could not find v1 auth with token (username) {name:?}"))?;
    let id = found["authorizations"][0]["id"].as_str().map(str::to_owned);
    id.ok_or_else(|| anyhow!("could not find v1 auth with token (username) {name:?}"))
}

fn mappings(client: &Client, action: &DbrpAction) -> Result<Vec<Value>> {
    let one = |id: &str| format!("/api/v2/dbrps/{id}");
    match action {
        DbrpAction::Create { org, bucket_id, db, rp, default } => {
            let body = json!({
                "orgID": client.org_id(org)?, "bucketID": bucket_id, "database": db, "retention_policy": rp, "default": default,
            });
            Ok(vec![client.json("POST", "/api/v2/dbrps", &[], Some(&body))?])
        }
        DbrpAction::List { org, id, bucket_id, db, rp, default } => {
            let (name, org) = client.org_parameter(org)?;
            let mut query = vec![(name, org.as_str())];
            for (name, value) in [("id", id), ("bucketID", bucket_id), ("db", db), ("rp", rp)] {
                query.extend(value.as_deref().map(|v| (name, v)));
            }
            query.extend(default.then_some(("default", "true")));
            let found = client.json("GET", "/api/v2/dbrps", &query, None)?;
            Ok(found["content"].as_array().cloned().unwrap_or_default())
        }
        DbrpAction::Update { org, id, rp, default } => {
            let (name, org) = client.org_parameter(org)?;
            let mut body = json!({});
            set(&mut body, "retention_policy", rp.as_ref());
            if *default {
                body["default"] = json!(true);
            }
            let changed = client.json("PATCH", &one(id), &[(name, &org)], Some(&body))?;
            Ok(vec![changed["content"].clone()])
        }
        DbrpAction::Delete { org, id } => {
            let (name, org) = client.org_parameter(org)?;
            let old = client.json("GET", &one(id), &[(name, &org)], None)?;
            client.json("DELETE", &one(id), &[(name, &org)], None)?;
            Ok(vec![old["content"].clone()])
        }
    }
}
