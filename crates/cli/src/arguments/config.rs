//! Connection profiles.

use clap::{Args, Subcommand};

use super::Connection;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tide config create --config-name cabin --host-url http://cabin:8086 --org home --token TOKEN --active\n  tide config cabin\n  tide config list"
)]
pub(crate) struct Config {
    #[command(flatten)]
    pub(crate) connection: Connection,
    #[command(subcommand)]
    pub(crate) action: Option<ConfigAction>,
    /// Profile to make the active one; - is the one that was active before
    pub(crate) name: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigAction {
    /// Make a profile
    Create {
        #[arg(short = 'n', long)]
        config_name: String,
        #[arg(short = 'u', long)]
        host_url: String,
        #[arg(short, long)]
        org: Option<String>,
        /// `NAME:PASSWORD` to sign in with instead of a token
        #[arg(short = 'p', long)]
        username_password: Option<String>,
        /// Make it the active one
        #[arg(short, long)]
        active: bool,
    },
    /// Change a profile
    #[command(visible_alias = "update")]
    Set {
        #[arg(short = 'n', long)]
        config_name: String,
        #[arg(short = 'u', long)]
        host_url: Option<String>,
        #[arg(short, long)]
        org: Option<String>,
        /// `NAME:PASSWORD` to sign in with instead of a token
        #[arg(short = 'p', long)]
        username_password: Option<String>,
        /// Make it the active one
        #[arg(short, long)]
        active: bool,
    },
    /// List profiles
    #[command(visible_alias = "ls")]
    List,
    /// Remove a profile
    #[command(visible_aliases = ["rm", "remove"])]
    Delete {
        #[arg(required = true)]
        config_name: Vec<String>,
    },
}
