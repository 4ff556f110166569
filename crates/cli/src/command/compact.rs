//! `tide compact`: a folder into few, sealed files.

use anyhow::Result;

use super::size::readable;
use crate::arguments::Compact;
use crate::local::Local;
use crate::print::say;

pub(super) fn run(arguments: &Compact) -> Result<()> {
    let local = Local::open(&arguments.data_dir, false)?;
    let compacted = compact(&local, arguments);
    local.close()?;
    let (partitions, bytes) = compacted?;
    Ok(say(format_args!("{partitions} partitions, {}", readable(bytes)))?)
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
