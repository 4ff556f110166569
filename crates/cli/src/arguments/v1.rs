//! What belongs to version 1.

use clap::{Args, Subcommand};

use super::{Connection, OrgChoice};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tide v1 dbrp list\n  tide v1 dbrp create --db telegraf --rp autogen --bucket-id 0123456789abcdef --default"
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
