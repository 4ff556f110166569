//! `tide bucket`.

use anyhow::{Result, anyhow, bail};
use serde_json::{Value, json};

use super::org::set;
use super::size::seconds;
use crate::arguments::{Bucket, BucketAction, OrgChoice};
use crate::client::Client;
use crate::print::{print_list, print_one, print_removed};

const COLUMNS: &[(&str, &str)] = &[
    ("ID", "id"),
    ("Name", "name"),
    ("Retention", "retention"),
    ("Shard group duration", "shardGroup"),
    ("Organization ID", "orgID"),
    ("Schema Type", "schema"),
];
/// Buckets of a page.
const PAGE: usize = 100;

pub(super) fn run(arguments: &Bucket) -> Result<()> {
    let (connection, client) = (&arguments.connection, Client::new(&arguments.connection)?);
    let shown = |bucket: Value| if connection.json { bucket } else { readable(bucket) };
    match &arguments.action {
        BucketAction::Create { org, name, description, retention, shard_group_duration, schema_type } => {
            if schema_type.as_deref().is_some_and(|kind| kind != "implicit") {
                bail!(
                    "--schema-type: a bucket with an explicit schema belongs to InfluxDB Cloud; only implicit is known here"
                );
            }
            let rule = rule(Some(retention), shard_group_duration.as_deref())?;
            let mut body = json!({"orgID": client.org_id(org)?, "name": name, "retentionRules": [rule]});
            set(&mut body, "description", description.as_ref());
            print_one(connection, &shown(client.json("POST", "/api/v2/buckets", &[], Some(&body))?), COLUMNS)
        }
        BucketAction::List { org, name, id, limit, offset, page_size } => {
            let wanted = Wanted { name: name.as_deref(), id: id.as_deref(), limit: *limit, offset: *offset };
            let found: Vec<Value> =
                list(&client, org, &wanted, usize::from(*page_size))?.into_iter().map(shown).collect();
            print_list(connection, &found, COLUMNS)
        }
        BucketAction::Update { id, name, description, retention, shard_group_duration } => {
            let mut body = json!({});
            set(&mut body, "name", name.as_ref());
            set(&mut body, "description", description.as_ref());
            if retention.is_some() || shard_group_duration.is_some() {
                let rule = rule(retention.as_deref(), shard_group_duration.as_deref())?;
                body["retentionRules"] = json!([rule]);
            }
            let changed = client.json("PATCH", &format!("/api/v2/buckets/{id}"), &[], Some(&body))?;
            print_one(connection, &shown(changed), COLUMNS)
        }
        BucketAction::Delete { org, id, name } => {
            let bucket = match (id, name) {
                (Some(id), _) => client.json("GET", &format!("/api/v2/buckets/{id}"), &[], None)?,
                (None, Some(name)) => {
                    let all = list(&client, org, &Wanted { name: Some(name), ..Wanted::default() }, PAGE)?;
                    all.into_iter().next().ok_or_else(|| anyhow!("bucket {name:?} not found"))?
                }
                (None, None) => bail!("no bucket: give --id or --name"),
            };
            let id = bucket["id"].as_str().unwrap_or_default().to_owned();
            client.json("DELETE", &format!("/api/v2/buckets/{id}"), &[], None)?;
            print_removed(connection, &shown(bucket), COLUMNS)
        }
    }
}

/// A rule of what is kept, as far as it is said.
fn rule(retention: Option<&str>, shard_group: Option<&str>) -> Result<Value> {
    let mut rule = json!({"type": "expire"});
    if let Some(retention) = retention {
        rule["everySeconds"] = json!(seconds(retention)?);
    }
    if let Some(length) = shard_group {
        rule["shardGroupDurationSeconds"] = json!(seconds(length)?);
    }
    Ok(rule)
}

/// Which buckets of a list.
#[derive(Debug, Clone, Copy, Default)]
struct Wanted<'a> {
    name: Option<&'a str>,
    id: Option<&'a str>,
    /// 0 is all.
    limit: usize,
    offset: usize,
}

/// Page after page.
fn list(client: &Client, org: &OrgChoice, wanted: &Wanted<'_>, page_size: usize) -> Result<Vec<Value>> {
    let (org, org_value) = client.org_parameter(org)?;
    let most = if wanted.limit == 0 { usize::MAX } else { wanted.limit };
    let mut all: Vec<Value> = Vec::new();
    loop {
        let size = page_size.min(most.saturating_sub(all.len()));
        let (limit, offset) = (size.to_string(), wanted.offset.saturating_add(all.len()).to_string());
        let mut query = vec![(org, org_value.as_str()), ("limit", &limit), ("offset", &offset)];
        query.extend(wanted.name.map(|n| ("name", n)));
        query.extend(wanted.id.map(|i| ("id", i)));
        let page = client.json("GET", "/api/v2/buckets", &query, None)?;
        let page = page["buckets"].as_array().cloned().unwrap_or_default();
        let last = page.len() < size || wanted.name.is_some() || wanted.id.is_some();
        all.extend(page);
        if last || all.len() >= most {
            return Ok(all);
        }
    }
}

/// Retention and shard group as durations in Go's form, as `influx` prints them.
fn readable(mut bucket: Value) -> Value {
    let rule = &bucket["retentionRules"][0];
    let text = |seconds: i64| format!("{}h{}m{}s", seconds / 3600, seconds / 60 % 60, seconds % 60);
    let retention = match rule["everySeconds"].as_i64() {
        None | Some(0) => "infinite".to_owned(),
        Some(s) => text(s),
    };
    let group = rule["shardGroupDurationSeconds"].as_i64().filter(|s| *s != 0).map_or_else(|| "n/a".to_owned(), text);
    let schema = bucket["schemaType"].as_str().filter(|kind| !kind.is_empty()).unwrap_or("implicit").to_owned();
    bucket["retention"] = json!(retention);
    bucket["shardGroup"] = json!(group);
    bucket["schema"] = json!(schema);
    bucket
}
