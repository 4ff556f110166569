//! Buckets, organizations and tokens.

use clap::{Args, Subcommand};

use super::{Connection, OrgChoice};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tide bucket create --name sensors --retention 30d\n  tide bucket list\n  tide bucket update --id 0123456789abcdef --retention 90d\n  tide bucket delete --name sensors"
)]
pub(crate) struct Bucket {
    #[command(flatten)]
    pub(crate) connection: Connection,
    #[command(subcommand)]
    pub(crate) action: BucketAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BucketAction {
    /// Make a bucket
    Create {
        #[command(flatten)]
        org: OrgChoice,
        #[arg(short, long)]
        name: String,
        #[arg(short, long)]
        description: Option<String>,
        /// How long points are kept, such as 30d; 0 is for ever
        #[arg(short, long, default_value = "0")]
        retention: String,
        /// Length of a shard group, such as 1d [default: by the retention]
        #[arg(long)]
        shard_group_duration: Option<String>,
    },
    /// List buckets
    #[command(visible_aliases = ["find", "ls"])]
    List {
        #[command(flatten)]
        org: OrgChoice,
        #[arg(short, long)]
        name: Option<String>,
        #[arg(short, long)]
        id: Option<String>,
    },
    /// Change a bucket
    Update {
        #[arg(short, long)]
        id: String,
        #[arg(short, long)]
        name: Option<String>,
        #[arg(short, long)]
        description: Option<String>,
        #[arg(short, long)]
        retention: Option<String>,
    },
    /// Remove a bucket and all its points
    Delete {
        #[command(flatten)]
        org: OrgChoice,
        #[arg(short, long)]
        id: Option<String>,
        #[arg(short, long)]
        name: Option<String>,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tide org create --name cabin\n  tide org list")]
pub(crate) struct Org {
    #[command(flatten)]
    pub(crate) connection: Connection,
    #[command(subcommand)]
    pub(crate) action: OrgAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum OrgAction {
    /// Make an organization
    Create {
        #[arg(short, long)]
        name: String,
        #[arg(short, long)]
        description: Option<String>,
    },
    /// List organizations
    #[command(visible_aliases = ["find", "ls"])]
    List {
        #[arg(short, long)]
        name: Option<String>,
        #[arg(short, long)]
        id: Option<String>,
    },
    /// Change an organization
    Update {
        #[arg(short, long)]
        id: String,
        #[arg(short, long)]
        name: Option<String>,
        #[arg(short, long)]
        description: Option<String>,
    },
    /// Remove an organization
    Delete {
        #[arg(short, long)]
        id: String,
    },
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tide auth create --write-bucket 0123456789abcdef --description doorbell\n  tide auth list\n  tide auth inactive --id 0123456789abcdef"
)]
pub(crate) struct Auth {
    #[command(flatten)]
    pub(crate) connection: Connection,
    #[command(subcommand)]
    pub(crate) action: AuthAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuthAction {
    /// Make a token
    #[command(
        after_help = "Examples:\n  tide auth create --org home --read-bucket 0123456789abcdef --description grafana\n  tide auth create --org home --all-access --token 'the token that the old server had'\n\nA --token that the server knows says who you are; one that it does not know is the token that is made,\nand who you are comes from the profile or INFLUX_TOKEN."
    )]
    Create(AuthCreate),
    /// List tokens (the tokens themselves are shown only when they are made)
    #[command(visible_aliases = ["find", "ls"])]
    List {
        #[command(flatten)]
        org: OrgChoice,
        #[arg(short, long)]
        id: Option<String>,
        #[arg(short, long)]
        user: Option<String>,
    },
    /// Let a token work again
    Active {
        #[arg(short, long)]
        id: String,
    },
    /// Let a token rest
    Inactive {
        #[arg(short, long)]
        id: String,
    },
    /// Remove a token
    Delete {
        #[arg(short, long)]
        id: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct AuthCreate {
    #[command(flatten)]
    pub(crate) org: OrgChoice,
    #[arg(short, long)]
    pub(crate) description: Option<String>,
    /// Read this bucket, by ID; may stand several times
    #[arg(long)]
    pub(crate) read_bucket: Vec<String>,
    /// Write this bucket, by ID; may stand several times
    #[arg(long)]
    pub(crate) write_bucket: Vec<String>,
    /// Read all buckets of the organization
    #[arg(long)]
    pub(crate) read_buckets: bool,
    /// Write all buckets of the organization
    #[arg(long)]
    pub(crate) write_buckets: bool,
    /// Everything inside the organization
    #[arg(long)]
    pub(crate) all_access: bool,
    /// Everything everywhere
    #[arg(long)]
    pub(crate) operator: bool,
}
