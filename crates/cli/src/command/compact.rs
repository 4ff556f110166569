//! `tide compact`: a folder into few, sealed files, by this process or by the server that serves it.

use anyhow::Result;
use serde_json::Value;

use super::size::readable;
use crate::arguments::Compact;
use crate::client::Client;
use crate::local::Local;
use crate::print::say;

pub(super) fn run(arguments: &Compact) -> Result<()> {
    let (partitions, bytes) = match &arguments.data_dir {
        Some(folder) => {
            let local = Local::open(folder, false)?;
            let compacted = compact(&local, arguments);
            local.close()?;
            compacted?
        }
        None => by_server(arguments)?,
    };
    Ok(say(format_args!("{partitions} partitions, {}", readable(bytes)))?)
}

/// Has the server merge.
fn by_server(arguments: &Compact) -> Result<(usize, u64)> {
    let client = Client::new(&arguments.connection)?;
    let org = arguments.bucket.as_ref().map(|_| client.org_parameter(&arguments.org)).transpose()?;
    let mut query: Vec<(&str, &str)> = org.iter().map(|(name, value)| (*name, value.as_str())).collect();
    query.extend(arguments.bucket.as_deref().map(|name| ("bucket", name)));
    let done = client.json("POST", "/api/v2/compact", &query, Some(&Value::Null))?;
    let number = |key: &str| done[key].as_u64().unwrap_or_default();
    Ok((usize::try_from(number("partitions"))?, number("bytes")))
}

/// Merges; gives what is there afterwards.
fn compact(local: &Local, arguments: &Compact) -> Result<(usize, u64)> {
    let bucket = match &arguments.bucket {
        Some(name) => Some(local.bucket(local.org(&arguments.org)?, Some(name), None)?.id),
        None => None,
    };
    local.runtime.block_on(async {
        match bucket {
            Some(bucket) => local.engine.compact_bucket(bucket).await?,
            None => local.engine.compact().await?,
        }
        let found = local.engine.inspect(bucket).await?;
        let partitions = || found.iter().flat_map(|b| &b.measurements).flat_map(|m| &m.partitions);
        Ok((partitions().count(), partitions().map(|p| p.bytes).sum()))
    })
}
