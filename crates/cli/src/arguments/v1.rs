//! What belongs to version 1.

use clap::{Args, Subcommand};

use super::{Connection, OrgChoice};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tide v1 dbrp list\n  tide v1 dbrp create --db telegraf --rp autogen --bucket-id 0123456789abcdef --default\n  tide v1 auth create --username telegraf --password a-good-password --write-bucket 0123456789abcdef\n  tide v1 auth set-password --username telegraf --password a-better-password"
)]
pub(crate) struct V1 {
    #[command(flatten)]
    pub(crate) connection: Connection,
    #[command(subcommand)]
    pub(crate) action: V1Action,
}

#[derive(Debug, Subcommand)]
pub(crate) enum V1Action {
    /// Manage the buckets that databases and retention policies of version 1 stand for
    #[command(subcommand)]
    Dbrp(DbrpAction),
    /// Manage names and passwords for the endpoints of version 1
    #[command(subcommand, visible_alias = "authorization")]
    Auth(LoginAction),
}

#[derive(Debug, Subcommand)]
pub(crate) enum LoginAction {
    /// Make a name, and its password
    Create {
        #[command(flatten)]
        org: OrgChoice,
        #[arg(short, long)]
        description: Option<String>,
        /// The name
        #[arg(long)]
        username: String,
        /// 8 to 72 characters [default: the first line of the standard input]
        #[arg(long, conflicts_with = "no_password")]
        password: Option<String>,
        /// Ask for no password: `tide v1 auth set-password` sets one, before that nobody can come in
        #[arg(long)]
        no_password: bool,
        /// Read this bucket, by ID; may stand several times
        #[arg(long)]
        read_bucket: Vec<String>,
        /// Write this bucket, by ID; may stand several times
        #[arg(long)]
        write_bucket: Vec<String>,
    },
    /// List names
    #[command(visible_aliases = ["find", "ls"])]
    List {
        #[command(flatten)]
        org: OrgChoice,
        #[arg(long, conflicts_with = "username")]
        id: Option<String>,
        #[arg(long)]
        username: Option<String>,
        /// Those of this user, by name
        #[arg(short, long)]
        user: Option<String>,
        /// Those of this user, by ID
        #[arg(long)]
        user_id: Option<String>,
    },
    /// Let a name come in again
    SetActive(LoginChoice),
    /// Let a name rest
    SetInactive(LoginChoice),
    /// Set the password of a name
    SetPassword {
        #[command(flatten)]
        login: LoginChoice,
        /// 8 to 72 characters [default: the first line of the standard input]
        #[arg(long)]
        password: Option<String>,
    },
    /// Remove a name
    Delete(LoginChoice),
}

/// A name of version 1, or the ID of what it permits.
#[derive(Debug, Clone, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct LoginChoice {
    /// ID of the authorization
    #[arg(long)]
    pub(crate) id: Option<String>,
    /// The name
    #[arg(long)]
    pub(crate) username: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DbrpAction {
    /// Map a database and a policy to a bucket
    Create {
        #[command(flatten)]
        org: OrgChoice,
        #[arg(long)]
        bucket_id: String,
        /// The database
        #[arg(long)]
        db: String,
        /// The retention policy
        #[arg(long)]
        rp: String,
        /// Answer for the database when no policy is named
        #[arg(long)]
        default: bool,
    },
    /// List mappings, those that come of buckets' names too
    #[command(visible_aliases = ["find", "ls"])]
    List {
        #[command(flatten)]
        org: OrgChoice,
        #[arg(short, long)]
        id: Option<String>,
        #[arg(long)]
        bucket_id: Option<String>,
        #[arg(long)]
        db: Option<String>,
        #[arg(long)]
        rp: Option<String>,
        /// Only those that answer for their database
        #[arg(long)]
        default: bool,
    },
    /// Change a mapping
    Update {
        #[command(flatten)]
        org: OrgChoice,
        #[arg(short, long)]
        id: String,
        #[arg(long)]
        rp: Option<String>,
        #[arg(long)]
        default: bool,
    },
    /// Remove a mapping
    Delete {
        #[command(flatten)]
        org: OrgChoice,
        #[arg(short, long)]
        id: String,
    },
}
