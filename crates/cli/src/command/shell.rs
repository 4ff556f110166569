//! `tide completions` and `tide man`: made from the command line's own description.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use clap::CommandFactory as _;

use crate::arguments::{Cli, Completions, Man};

/// Prints the script that a shell reads.
pub(super) fn completions(arguments: &Completions) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "tide", &mut script);
    Ok(std::io::stdout().lock().write_all(&script)?)
}

/// Writes a page for each command.
pub(super) fn man(arguments: &Man) -> Result<()> {
    let folder = &arguments.folder;
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    clap_mangen::generate_to(Cli::command(), folder).with_context(|| format!("cannot write to {}", folder.display()))
}
