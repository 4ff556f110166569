//! `serve`, `setup` and `tour`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Connection;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tide serve --http-bind-address 127.0.0.1:8086 --data-dir ~/tide --memory-limit 512MB"
)]
pub(crate) struct Serve {
    /// Address to listen on; ":8086" means all interfaces [default: :8086]
    #[arg(long, env = "INFLUXD_HTTP_BIND_ADDRESS")]
    pub(crate) http_bind_address: Option<String>,
    /// Folder of the data; made if it is missing [default: ~/.tidegauge]
    #[arg(long, env = "TIDE_DATA_DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Memory for memtables, sorting, compaction and queries together, such as 512MB [default: a quarter of the machine's]
    #[arg(long, env = "TIDE_MEMORY_LIMIT")]
    pub(crate) memory_limit: Option<String>,
    /// How long a write waits for others to share its fsync, such as 20ms [default: 0s]
    #[arg(long, env = "INFLUXD_STORAGE_WAL_FSYNC_DELAY")]
    pub(crate) storage_wal_fsync_delay: Option<String>,
    /// How often expired data is looked for, such as 30m [default: 30m]
    #[arg(long, env = "INFLUXD_STORAGE_RETENTION_CHECK_INTERVAL")]
    pub(crate) storage_retention_check_interval: Option<String>,
    /// Minutes that a session of a signed-in user lives [default: 60]
    #[arg(long, env = "INFLUXD_SESSION_LENGTH")]
    pub(crate) session_length: Option<u64>,
    /// What to log: debug, info, warn or error [default: info]
    #[arg(long, env = "INFLUXD_LOG_LEVEL")]
    pub(crate) log_level: Option<String>,
    /// How to log: text, or json for a collector [default: text]
    #[arg(long, env = "TIDE_LOG_FORMAT")]
    pub(crate) log_format: Option<LogFormat>,
    /// TOML file with these flags as keys
    #[arg(long, env = "INFLUXD_CONFIG_PATH")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tide setup -u me -p a-good-password -o home -b sensors -r 30d --force")]
pub(crate) struct Setup {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// Name of the first user [default: is asked for at a terminal, and so is what else is missing]
    #[arg(short, long)]
    pub(crate) username: Option<String>,
    /// Its password, 8 to 72 characters
    #[arg(short, long)]
    pub(crate) password: Option<String>,
    /// Name of the first organization
    #[arg(short, long)]
    pub(crate) org: Option<String>,
    /// Name of the first bucket
    #[arg(short, long)]
    pub(crate) bucket: Option<String>,
    /// How long that bucket keeps its points, such as 30d; 0 is for ever [default: 0]
    #[arg(short, long)]
    pub(crate) retention: Option<String>,
    /// Ask nothing
    #[arg(short, long)]
    pub(crate) force: bool,
    /// Name of the profile that is written
    #[arg(short, long, default_value = "default")]
    pub(crate) name: String,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tide tour\n  tide tour --data-dir ~/tide-tour")]
pub(crate) struct Tour {
    /// Keep the data in this folder instead of a temporary one
    #[arg(long)]
    pub(crate) data_dir: Option<PathBuf>,
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LogFormat {
    /// Time, level, message, and `name=value` pairs
    Text,
    /// A JSON object a line
    Json,
}
