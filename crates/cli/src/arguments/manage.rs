//! Buckets, organizations and tokens.

use anyhow::Result;
use clap::{Args, Subcommand};

use super::grants::TypeGrants;
use super::{Connection, OrgChoice};
use crate::client::Client;

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
        #[arg(short, long, env = "INFLUX_BUCKET_NAME")]
        name: String,
        #[arg(short, long)]
        description: Option<String>,
        /// How long points are kept, such as 30d; 0 is for ever
        #[arg(short, long, default_value = "0")]
        retention: String,
        /// Length of a shard group, such as 1d [default: by the retention]
        #[arg(long)]
        shard_group_duration: Option<String>,
        /// implicit; other schemas belong to `InfluxDB` Cloud
        #[arg(long)]
        schema_type: Option<String>,
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
        /// Most buckets that are listed; 0 is all
        #[arg(long, default_value_t = 0)]
        limit: usize,
        /// Buckets to leave out at the start
        #[arg(long, default_value_t = 0)]
        offset: usize,
        /// Buckets to ask for at a time
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u8).range(1..=100))]
        page_size: u8,
    },
    /// Change a bucket
    #[command(visible_alias = "set")]
    Update {
        #[arg(short, long)]
        id: String,
        #[arg(short, long, env = "INFLUX_BUCKET_NAME")]
        name: Option<String>,
        #[arg(short, long)]
        description: Option<String>,
        /// How long points are kept, such as 30d; 0 is for ever
        #[arg(short, long)]
        retention: Option<String>,
        /// Length of a shard group, such as 1d
        #[arg(long)]
        shard_group_duration: Option<String>,
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
#[command(
    after_help = "Examples:\n  tide org create --name cabin\n  tide org list\n  tide org members add --name cabin --member 0123456789abcdef"
)]
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
        #[arg(short, long, env = "INFLUX_ORG")]
        name: Option<String>,
        #[arg(short, long, env = "INFLUX_ORG_ID")]
        id: Option<String>,
    },
    /// Change an organization
    Update {
        #[arg(short, long, env = "INFLUX_ORG_ID")]
        id: String,
        #[arg(short, long, env = "INFLUX_ORG")]
        name: Option<String>,
        #[arg(short, long, env = "INFLUX_ORG_DESCRIPTION")]
        description: Option<String>,
    },
    /// Remove an organization
    Delete {
        #[arg(short, long, env = "INFLUX_ORG_ID")]
        id: String,
    },
    /// Manage the people of an organization
    #[command(subcommand)]
    Members(MembersAction),
}

#[derive(Debug, Subcommand)]
pub(crate) enum MembersAction {
    /// List owners and members
    #[command(visible_aliases = ["find", "ls"])]
    List {
        #[command(flatten)]
        org: NamedOrg,
    },
    /// Make a user a member, or an owner
    Add {
        #[command(flatten)]
        org: NamedOrg,
        /// ID of the user
        #[arg(short, long)]
        member: String,
        /// As an owner
        #[arg(long)]
        owner: bool,
    },
    /// End a user's part in an organization
    Remove {
        #[command(flatten)]
        org: NamedOrg,
        /// ID of the user
        #[arg(short, long)]
        member: String,
    },
}

/// The organization, as `tide org` names it.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct NamedOrg {
    /// Name of the organization
    #[arg(short, long, env = "INFLUX_ORG")]
    name: Option<String>,
    /// ID of the organization
    #[arg(short, long, env = "INFLUX_ORG_ID")]
    id: Option<String>,
}

impl NamedOrg {
    /// Its ID; the profile's organization if none is named.
    pub(crate) fn id(&self, client: &Client) -> Result<String> {
        client.org_id(&OrgChoice { org: self.name.clone(), org_id: self.id.clone() })
    }
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
        #[arg(long)]
        user_id: Option<String>,
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
    /// Name of the user that the token acts for [default: who asks]
    #[arg(short, long)]
    pub(crate) user: Option<String>,
    #[command(flatten)]
    pub(crate) types: TypeGrants,
    /// Everything inside the organization
    #[arg(long)]
    pub(crate) all_access: bool,
    /// Everything everywhere
    #[arg(long)]
    pub(crate) operator: bool,
}
