//! `tide delete`.

use anyhow::{Result, anyhow};
use serde_json::json;

use crate::arguments::Delete;
use crate::client::Client;

pub(super) fn run(arguments: &Delete) -> Result<()> {
    let client = Client::new(&arguments.connection)?;
    let (org, org_value) = client.org_parameter(&arguments.org)?;
    let (bucket, value) = match (&arguments.bucket_id, &arguments.bucket) {
        (Some(id), _) => ("bucketID", id),
        (None, Some(name)) => ("bucket", name),
        (None, None) => return Err(anyhow!("no bucket: give --bucket or --bucket-id")),
    };
    let body = json!({"start": arguments.start, "stop": arguments.stop, "predicate": arguments.predicate});
    client.json("POST", "/api/v2/delete", &[(org, &org_value), (bucket, value)], Some(&body))?;
    Ok(())
}
