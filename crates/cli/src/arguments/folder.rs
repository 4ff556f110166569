//! Commands that look after a data folder.

use std::path::PathBuf;

use clap::Args;

use super::{Connection, OrgChoice};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tide inspect --data-dir ~/tide\n  tide inspect --data-dir ~/tide --bucket sensors --partitions\n  tide inspect --data-dir ~/tide --json"
)]
pub(crate) struct Inspect {
    #[command(flatten)]
    pub(crate) connection: Connection,
    #[command(flatten)]
    pub(crate) org: OrgChoice,
    /// The folder; works beside a running server
    #[arg(long, env = "TIDE_DATA_DIR")]
    pub(crate) data_dir: PathBuf,
    /// Only this bucket
    #[arg(short, long)]
    pub(crate) bucket: Option<String>,
    /// Every partition, with its times, size and index
    #[arg(long)]
    pub(crate) partitions: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tide compact\n  tide compact --bucket sensors\n  tide compact --data-dir ~/tide\n\nA server compacts on its own; this is for a folder that is about to be copied or read by other tools.\nAsked of a server it takes an operator token."
)]
pub(crate) struct Compact {
    #[command(flatten)]
    pub(crate) connection: Connection,
    #[command(flatten)]
    pub(crate) org: OrgChoice,
    /// Open this data folder, which no server may serve, instead of asking a server
    #[arg(long, env = "TIDE_DATA_DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Only this bucket
    #[arg(short, long)]
    pub(crate) bucket: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tide verify --data-dir ~/tide\n\nThe exit status is 1 if anything is damaged.")]
pub(crate) struct Verify {
    /// The folder; works beside a running server
    #[arg(long, env = "TIDE_DATA_DIR")]
    pub(crate) data_dir: PathBuf,
}
