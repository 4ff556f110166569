//! `tide v1`.

use anyhow::Result;
use serde_json::{Value, json};

use super::org::set;
use crate::arguments::{DbrpAction, V1, V1Action};
use crate::client::Client;
use crate::print::print_list;

const COLUMNS: &[(&str, &str)] = &[
    ("ID", "id"),
    ("Database", "database"),
    ("Bucket ID", "bucketID"),
    ("Retention Policy", "retention_policy"),
    ("Default", "default"),
    ("Virtual", "virtual"),
    ("Organization ID", "orgID"),
];

pub(super) fn run(arguments: &V1) -> Result<()> {
    let client = Client::new(&arguments.connection)?;
    let V1Action::Dbrp(action) = &arguments.action;
    print_list(&arguments.connection, &mappings(&client, action)?, COLUMNS)
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
