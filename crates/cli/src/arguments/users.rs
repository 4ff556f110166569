//! Users.

use clap::{Args, Subcommand};

use super::{Connection, OrgChoice};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tide user create --name anna --password a-good-password --org home\n  tide user list\n  tide user password --name anna --password a-better-password\n  tide user delete --id 0123456789abcdef"
)]
pub(crate) struct User {
    #[command(flatten)]
    pub(crate) connection: Connection,
    #[command(subcommand)]
    pub(crate) action: UserAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum UserAction {
    /// Make a user, who becomes a member of the organization
    Create {
        #[command(flatten)]
        org: OrgChoice,
        #[arg(short, long)]
        name: String,
        /// 8 to 72 characters; a user without one cannot sign in
        #[arg(short, long)]
        password: Option<String>,
    },
    /// List users
    #[command(visible_aliases = ["find", "ls"])]
    List {
        #[arg(short, long)]
        name: Option<String>,
        #[arg(short, long)]
        id: Option<String>,
    },
    /// Rename a user
    Update {
        #[arg(short, long)]
        id: String,
        #[arg(short, long)]
        name: String,
    },
    /// Set a user's password
    Password {
        #[arg(short, long, conflicts_with = "id", required_unless_present = "id")]
        name: Option<String>,
        #[arg(short, long)]
        id: Option<String>,
        /// 8 to 72 characters [default: the first line of the standard input]
        #[arg(short, long)]
        password: Option<String>,
    },
    /// Remove a user
    Delete {
        #[arg(short, long)]
        id: String,
    },
}
