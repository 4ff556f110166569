//! `tide user`.

use std::io::BufRead as _;

use anyhow::{Result, anyhow, bail};
use serde_json::{Value, json};

use crate::arguments::{User, UserAction};
use crate::client::Client;
use crate::print::{print_list, print_one, print_removed, say};

const COLUMNS: &[(&str, &str)] = &[("ID", "id"), ("Name", "name")];

pub(super) fn run(arguments: &User) -> Result<()> {
    let (connection, client) = (&arguments.connection, Client::new(&arguments.connection)?);
    let one = |id: &str| format!("/api/v2/users/{id}");
    match &arguments.action {
        UserAction::Create { org, name, password } => {
            let org = client.org_id(org)?;
            let user = client.json("POST", "/api/v2/users", &[], Some(&json!({"name": name})))?;
            let id = user["id"].as_str().unwrap_or_default();
            print_one(connection, &user, COLUMNS)?;
            client.json("POST", &format!("/api/v2/orgs/{org}/members"), &[], Some(&json!({"id": id})))?;
            match password {
                Some(password) => set_password(&client, id, password)?,
                None => tracing::warn!("the user has no password yet: `tide user password` sets one"),
            }
            Ok(())
        }
        UserAction::List { name, id } => {
            print_list(connection, &list(&client, name.as_deref(), id.as_deref())?, COLUMNS)
        }
        UserAction::Update { id, name } => {
            print_one(connection, &client.json("PATCH", &one(id), &[], Some(&json!({"name": name})))?, COLUMNS)
        }
        UserAction::Password { name, id, password } => {
            let found = list(&client, name.as_deref(), id.as_deref())?;
            let [user] = found.as_slice() else { bail!("no such user") };
            let password = password.clone().map_or_else(first_line, Ok)?;
            set_password(&client, user["id"].as_str().unwrap_or_default(), &password)?;
            let shown = id.as_deref().or(name.as_deref()).unwrap_or_default();
            Ok(say(format_args!("Successfully updated password for user {shown:?}"))?)
        }
        UserAction::Delete { id } => {
            let old = client.json("GET", &one(id), &[], None)?;
            client.json("DELETE", &one(id), &[], None)?;
            print_removed(connection, &old, COLUMNS)
        }
    }
}

fn list(client: &Client, name: Option<&str>, id: Option<&str>) -> Result<Vec<Value>> {
    let mut query = vec![("limit", "100")];
    query.extend(name.map(|n| ("name", n)));
    query.extend(id.map(|i| ("id", i)));
    let found = client.json("GET", "/api/v2/users", &query, None)?;
    Ok(found["users"].as_array().cloned().unwrap_or_default())
}

fn set_password(client: &Client, id: &str, password: &str) -> Result<()> {
    client.json("POST", &format!("/api/v2/users/{id}/password"), &[], Some(&json!({"password": password})))?;
    Ok(())
}

/// A password from the standard input.
pub(super) fn first_line() -> Result<String> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']).to_owned();
    if password.is_empty() {
        Err(anyhow!("no password: give --password, or a line on the standard input"))
    } else {
        Ok(password)
    }
}
