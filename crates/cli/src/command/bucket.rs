//! `tide bucket`.

use anyhow::{Result, anyhow};
use serde_json::{Value, json};

use super::org::set;
use super::size::seconds;
use crate::arguments::{Bucket, BucketAction, OrgChoice};
use crate::client::Client;
use crate::print::print_list;

const COLUMNS: &[(&str, &str)] = &[
    ("ID", "id"),
    ("Name", "name"),
    ("Retention", "retention"),
    ("Shard group duration", "shardGroup"),
    ("Organization ID", "orgID"),
];
/// Buckets of a page.
const PAGE: usize = 100;

pub(super) fn run(arguments: &Bucket) -> Result<()> {
    let client = Client::new(&arguments.connection)?;
    let found = match &arguments.action {
        BucketAction::Create { org, name, description, retention, shard_group_duration } => {
            let mut rule = json!({"type": "expire", "everySeconds": seconds(retention)?});
            if let Some(length) = shard_group_duration {
                rule["shardGroupDurationSeconds"] = json!(seconds(length)?);
            }
            let mut body = json!({"orgID": client.org_id(org)?, "name": name, "retentionRules": [rule]});
            set(&mut body, "description", description.as_ref());
            vec![client.json("POST", "/api/v2/buckets", &[], Some(&body))?]
        }
        BucketAction::List { org, name, id } => list(&client, org, name.as_deref(), id.as_deref())?,
        BucketAction::Update { id, name, description, retention } => {
            let mut body = json!({});
            set(&mut body, "name", name.as_ref());
            set(&mut body, "description", description.as_ref());
            if let Some(retention) = retention {
                body["retentionRules"] = json!([{"type": "expire", "everySeconds": seconds(retention)?}]);
            }
            vec![client.json("PATCH", &format!("/api/v2/buckets/{id}"), &[], Some(&body))?]
        }
        BucketAction::Delete { org, id, name } => {
            let bucket = match (id, name) {
                (Some(id), _) => client.json("GET", &format!("/api/v2/buckets/{id}"), &[], None)?,
                (None, Some(name)) => {
                    let all = list(&client, org, Some(name), None)?;
                    all.into_iter().next().ok_or_else(|| anyhow!("bucket {name:?} not found"))?
                }
                (None, None) => return Err(anyhow!("no bucket: give --id or --name")),
            };
            let id = bucket["id"].as_str().unwrap_or_default().to_owned();
            client.json("DELETE", &format!("/api/v2/buckets/{id}"), &[], None)?;
            vec![bucket]
        }
    };
    let found: Vec<Value> =
        found.into_iter().map(|b| if arguments.connection.json { b } else { readable(b) }).collect();
    print_list(&arguments.connection, &found, COLUMNS)
}

/// All pages.
fn list(client: &Client, org: &OrgChoice, name: Option<&str>, id: Option<&str>) -> Result<Vec<Value>> {
    let (org, org_value) = client.org_parameter(org)?;
    let mut all: Vec<Value> = Vec::new();
    loop {
        let (limit, offset) = (PAGE.to_string(), all.len().to_string());
        let mut query = vec![(org, org_value.as_str()), ("limit", &limit), ("offset", &offset)];
        query.extend(name.map(|n| ("name", n)));
        query.extend(id.map(|i| ("id", i)));
        let page = client.json("GET", "/api/v2/buckets", &query, None)?;
        let page = page["buckets"].as_array().cloned().unwrap_or_default();
        let last = page.len() < PAGE || name.is_some() || id.is_some();
        all.extend(page);
        if last {
            return Ok(all);
        }
    }
}

/// Retention and shard group as durations.
fn readable(mut bucket: Value) -> Value {
    let rule = &bucket["retentionRules"][0];
    let text = |seconds: i64| engine::FluxDuration::from_nanos(seconds.saturating_mul(1_000_000_000)).to_string();
    let retention = match rule["everySeconds"].as_i64() {
        None | Some(0) => "infinite".to_owned(),
        Some(s) => text(s),
    };
    let group = rule["shardGroupDurationSeconds"].as_i64().map(text).unwrap_or_default();
    bucket["retention"] = json!(retention);
    bucket["shardGroup"] = json!(group);
    bucket
}
