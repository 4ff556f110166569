//! `tide org`.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::arguments::{Connection, MembersAction, Org, OrgAction};
use crate::client::Client;
use crate::print::{print_list, print_one, print_removed, say};

const COLUMNS: &[(&str, &str)] = &[("ID", "id"), ("Name", "name")];

const MEMBERS: &[(&str, &str)] = &[("ID", "id"), ("Name", "name"), ("User Type", "role"), ("Status", "status")];

pub(super) fn run(arguments: &Org) -> Result<()> {
    let (connection, client) = (&arguments.connection, Client::new(&arguments.connection)?);
    let path = |id: &str| format!("/api/v2/orgs/{id}");
    match &arguments.action {
        OrgAction::Create { name, description } => {
            let body = json!({"name": name, "description": description.clone().unwrap_or_default()});
            print_one(connection, &client.json("POST", "/api/v2/orgs", &[], Some(&body))?, COLUMNS)
        }
        OrgAction::List { name, id } => {
            let mut query = vec![("limit", "100")];
            query.extend(name.as_deref().map(|n| ("org", n)));
            query.extend(id.as_deref().map(|i| ("orgID", i)));
            let found = client.json("GET", "/api/v2/orgs", &query, None)?;
            print_list(connection, &found["orgs"].as_array().cloned().unwrap_or_default(), COLUMNS)
        }
        OrgAction::Update { id, name, description } => {
            let mut body = json!({});
            set(&mut body, "name", name.as_ref());
            set(&mut body, "description", description.as_ref());
            print_one(connection, &client.json("PATCH", &path(id), &[], Some(&body))?, COLUMNS)
        }
        OrgAction::Delete { id } => {
            let old = client.json("GET", &path(id), &[], None)?;
            client.json("DELETE", &path(id), &[], None)?;
            print_removed(connection, &old, COLUMNS)
        }
        OrgAction::Members(action) => members(connection, &client, action),
    }
}

/// `tide org members`.
fn members(connection: &Connection, client: &Client, action: &MembersAction) -> Result<()> {
    match action {
        MembersAction::List { org } => {
            let org = org.id(client)?;
            let people = |role: &str| -> Result<Vec<Value>> {
                let found = client.json("GET", &format!("/api/v2/orgs/{org}/{role}"), &[], None)?;
                Ok(found["users"].as_array().cloned().unwrap_or_default())
            };
            print_list(connection, &[people("owners")?, people("members")?].concat(), MEMBERS)
        }
        MembersAction::Add { org, member, owner } => {
            let org = org.id(client)?;
            let (role, word) = if *owner { ("owners", "an owner") } else { ("members", "a member") };
            let made = client.json("POST", &format!("/api/v2/orgs/{org}/{role}"), &[], Some(&json!({"id": member})))?;
            let id = made["id"].as_str().unwrap_or(member);
            Ok(say(format_args!("user {id:?} has been added as {word} of org {org:?}"))?)
        }
        MembersAction::Remove { org, member } => {
            let org = org.id(client)?;
            let end = |role: &str| client.json("DELETE", &format!("/api/v2/orgs/{org}/{role}/{member}"), &[], None);
            let word = match end("members") {
                Ok(_) => "user",
                Err(_) => end("owners").map(|_| "owner").with_context(|| {
                    format!("failed to remove user {member:?} from org {org:?}: neither a member nor an owner of it")
                })?,
            };
            Ok(say(format_args!("{word} {member:?} has been removed from org {org:?}"))?)
        }
    }
}

/// Sets a member of an object if there is a value.
pub(super) fn set(body: &mut Value, name: &str, value: Option<&String>) {
    if let Some(value) = value {
        body[name] = json!(value);
    }
}
