//! `tide org`.

use anyhow::Result;
use serde_json::{Value, json};

use crate::arguments::{Org, OrgAction};
use crate::client::Client;
use crate::print::print_list;

const COLUMNS: &[(&str, &str)] = &[("ID", "id"), ("Name", "name")];

pub(super) fn run(arguments: &Org) -> Result<()> {
    let client = Client::new(&arguments.connection)?;
    let one = match &arguments.action {
        OrgAction::Create { name, description } => {
            let body = json!({"name": name, "description": description.clone().unwrap_or_default()});
            client.json("POST", "/api/v2/orgs", &[], Some(&body))?
        }
        OrgAction::List { name, id } => {
            let mut query = vec![("limit", "100")];
            query.extend(name.as_deref().map(|n| ("org", n)));
            query.extend(id.as_deref().map(|i| ("orgID", i)));
            let found = client.json("GET", "/api/v2/orgs", &query, None)?;
            let all = found["orgs"].as_array().cloned().unwrap_or_default();
            return print_list(&arguments.connection, &all, COLUMNS);
        }
        OrgAction::Update { id, name, description } => {
            let mut body = json!({});
            set(&mut body, "name", name.as_ref());
            set(&mut body, "description", description.as_ref());
            client.json("PATCH", &format!("/api/v2/orgs/{id}"), &[], Some(&body))?
        }
        OrgAction::Delete { id } => {
            let old = client.json("GET", &format!("/api/v2/orgs/{id}"), &[], None)?;
            client.json("DELETE", &format!("/api/v2/orgs/{id}"), &[], None)?;
            old
        }
    };
    print_list(&arguments.connection, &[one], COLUMNS)
}

/// Sets a member of an object if there is a value.
pub(super) fn set(body: &mut Value, name: &str, value: Option<&String>) {
    if let Some(value) = value {
        body[name] = json!(value);
    }
}
