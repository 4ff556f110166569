//! What belongs to the command line itself.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tide completions bash > ~/.local/share/bash-completion/completions/tide\n  tide completions zsh > ~/.zfunc/_tide\n  tide completions fish > ~/.config/fish/completions/tide.fish"
)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: Shell,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tide man ~/.local/share/man/man1")]
pub(crate) struct Man {
    /// Folder that gets a page for each command; made if it is missing
    pub(crate) folder: PathBuf,
}
