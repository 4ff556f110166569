//! `tide verify`: every byte of a folder, against its checksums.

use anyhow::{Result, bail};

use super::size::readable;
use crate::arguments::Verify;
use crate::local::Local;
use crate::print::say;

pub(super) fn run(arguments: &Verify) -> Result<()> {
    let local = Local::open(&arguments.data_dir, true)?;
    let verified = local.runtime.block_on(local.engine.verify());
    local.close()?;
    let found = verified?;
    for damage in &found.damages {
        say(format_args!("damaged: {}: {}", damage.path.display(), damage.text))?;
    }
    if !found.damages.is_empty() {
        bail!("{} of {} files are damaged: take them from a backup", found.damages.len(), found.files);
    }
    Ok(say(format_args!("{} files, {}: all well", found.files, readable(found.bytes)))?)
}
