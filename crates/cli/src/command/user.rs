//! `tide user`.

use std::io::BufRead as _;

use anyhow::{Result, anyhow, bail};
use serde_json::{Value, json};

use crate::arguments::{User, UserAction};
use crate::client::Client;
use crate::print::print_list;

const COLUMNS: &[(&str, &str)] = &[("ID", "id"), ("Name", "name"), ("Status", "status")];

pub(super) fn run(arguments: &User) -> Result<()> {
    let client = Client::new(&arguments.connection)?;
    let one = |id: &str| format!("/api/v2/users/{id}");
    let found = match &arguments.action {
        UserAction::Create { org, name, password } => {
            let org = client.org_id(org)?;
            let user = client.json("POST", "/api/v2/users", &[], Some(&json!({"name": name})))?;
            let id = user["id"].as_str().unwrap_or_default().to_owned();
            let member = json!({"id": id});
            client.json("POST", &format!("/api/v2/orgs/{org}/members"), &[], Some(&member))?;
            if let Some(password) = password {
                set_password(&client, &id, password)?;
            }
            vec![user]
        }
        UserAction::List { name, id } => list(&client, name.as_deref(), id.as_deref())?,
        UserAction::Update { id, name } => vec![client.json("PATCH", &one(id), &[], Some(&json!({"name": name})))?],
        UserAction::Password { name, id, password } => {
            let found = list(&client, name.as_deref(), id.as_deref())?;
            let [user] = found.as_slice() else { bail!("no such user") };
            let password = password.clone().map_or_else(first_line, Ok)?;
            set_password(&client, user["id"].as_str().unwrap_or_default(), &password)?;
            found
        }
        UserAction::Delete { id } => {
            let old = client.json("GET", &one(id), &[], None)?;
            client.json("DELETE", &one(id), &[], None)?;
            vec![old]
        }
    };
    print_list(&arguments.connection, &found, COLUMNS)
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

fn first_line() -> Result<String> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']).to_owned();
    if password.is_empty() {
        Err(anyhow!("no password: give --password, or a line on the standard input"))
    } else {
        Ok(password)
    }
}
