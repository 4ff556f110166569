//! The command line: flags and variables that users of `influx` and `influxd` know.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// A time-series database in one binary: a drop-in for `InfluxDB` 2 on small machines.
#[derive(Debug, Parser)]
#[command(name = "tide", version, propagate_version = true, arg_required_else_help = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve a data folder over HTTP, as influxd does
    Serve(Serve),
    /// Set up a server: first user, organization, bucket and operator token
    Setup(Setup),
    /// Write line protocol to a bucket
    Write(Write),
    /// Ask a Flux query
    Query(Query),
    /// Delete points of a bucket
    Delete(Delete),
    /// Manage buckets
    Bucket(Bucket),
    /// Manage organizations
    Org(Org),
    /// Manage API tokens
    Auth(Auth),
    /// Manage connection profiles
    Config(Config),
    /// Ask whether a server is there
    Ping(Connection),
    /// See Tidegauge work: sample data in, answers out, in a temporary folder
    Tour(Tour),
}

/// How to reach a server, and as whom.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Connection {
    /// Address of the server [default: the active profile's, else <http://localhost:8086>]
    #[arg(long, env = "INFLUX_HOST", global = true)]
    pub(crate) host: Option<String>,
    /// API token
    #[arg(short, long, env = "INFLUX_TOKEN", hide_env_values = true, global = true)]
    pub(crate) token: Option<String>,
    /// File of connection profiles [default: ~/.influxdbv2/configs]
    #[arg(long, env = "INFLUX_CONFIGS_PATH", global = true)]
    pub(crate) configs_path: Option<PathBuf>,
    /// Profile to use instead of the active one
    #[arg(short = 'c', long, env = "INFLUX_ACTIVE_CONFIG", global = true)]
    pub(crate) active_config: Option<String>,
    /// Print JSON
    #[arg(long, env = "INFLUX_OUTPUT_JSON", global = true)]
    pub(crate) json: bool,
    /// Print tables without their header
    #[arg(long, env = "INFLUX_HIDE_HEADERS", global = true)]
    pub(crate) hide_headers: bool,
}

/// The organization, by name or by ID.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct OrgChoice {
    /// Name of the organization
    #[arg(short, long, env = "INFLUX_ORG")]
    pub(crate) org: Option<String>,
    /// ID of the organization
    #[arg(long, env = "INFLUX_ORG_ID")]
    pub(crate) org_id: Option<String>,
}

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
    /// TOML file with these flags as keys
    #[arg(long, env = "INFLUXD_CONFIG_PATH")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tide setup -u me -p a-good-password -o home -b sensors -r 30d --force")]
pub(crate) struct Setup {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// Name of the first user
    #[arg(short, long)]
    pub(crate) username: String,
    /// Its password, 8 to 72 characters
    #[arg(short, long)]
    pub(crate) password: Option<String>,
    /// Name of the first organization
    #[arg(short, long)]
    pub(crate) org: String,
    /// Name of the first bucket
    #[arg(short, long)]
    pub(crate) bucket: String,
    /// How long that bucket keeps its points, such as 30d; 0 is for ever
    #[arg(short, long, default_value = "0")]
    pub(crate) retention: String,
    /// Do not ask for confirmation (nothing is asked anyway)
    #[arg(short, long)]
    pub(crate) force: bool,
    /// Name of the profile that is written
    #[arg(short, long, default_value = "default")]
    pub(crate) name: String,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tide write --bucket sensors 'room,floor=2 temp=21.5'\n  tide write --bucket sensors --file data.lp --precision s\n  tide write --data-dir ~/tide --org home --bucket sensors --file -"
)]
pub(crate) struct Write {
    #[command(flatten)]
    pub(crate) connection: Connection,
    #[command(flatten)]
    pub(crate) org: OrgChoice,
    /// Name of the bucket
    #[arg(short, long, env = "INFLUX_BUCKET_NAME")]
    pub(crate) bucket: Option<String>,
    /// ID of the bucket
    #[arg(long, env = "INFLUX_BUCKET_ID")]
    pub(crate) bucket_id: Option<String>,
    /// Unit of the times: ns, us, ms or s
    #[arg(short, long, env = "INFLUX_PRECISION", default_value = "ns")]
    pub(crate) precision: String,
    /// File to read, gzip if its name ends in .gz; may stand several times; - is the standard input
    #[arg(short, long)]
    pub(crate) file: Vec<PathBuf>,
    /// Open this data folder instead of asking a server
    #[arg(long)]
    pub(crate) data_dir: Option<PathBuf>,
    /// Lines to write; - or nothing is the standard input
    pub(crate) lines: Vec<String>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tide query 'from(bucket: \"sensors\") |> range(start: -1h)'\n  tide query --file weekly.flux --raw\n  tide query --data-dir ~/tide --org home 'buckets()'"
)]
pub(crate) struct Query {
    #[command(flatten)]
    pub(crate) connection: Connection,
    #[command(flatten)]
    pub(crate) org: OrgChoice,
    /// File with the script
    #[arg(short, long)]
    pub(crate) file: Option<PathBuf>,
    /// Print annotated CSV
    #[arg(short, long)]
    pub(crate) raw: bool,
    /// Open this data folder instead of asking a server
    #[arg(long)]
    pub(crate) data_dir: Option<PathBuf>,
    /// The script; - is the standard input
    pub(crate) script: Option<String>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tide delete --bucket sensors --start 2024-01-01T00:00:00Z --stop 2024-02-01T00:00:00Z --predicate '_measurement=\"room\"'"
)]
pub(crate) struct Delete {
    #[command(flatten)]
    pub(crate) connection: Connection,
    #[command(flatten)]
    pub(crate) org: OrgChoice,
    /// Name of the bucket
    #[arg(short, long, env = "INFLUX_BUCKET_NAME")]
    pub(crate) bucket: Option<String>,
    /// ID of the bucket
    #[arg(long, env = "INFLUX_BUCKET_ID")]
    pub(crate) bucket_id: Option<String>,
    /// First time to delete, RFC 3339
    #[arg(long)]
    pub(crate) start: String,
    /// Last time to delete, RFC 3339, included
    #[arg(long)]
    pub(crate) stop: String,
    /// Which series, such as _measurement="room" AND floor="2"
    #[arg(short, long, default_value = "")]
    pub(crate) predicate: String,
}

#[derive(Debug, Args)]
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

#[derive(Debug, Args)]
pub(crate) struct Config {
    #[command(flatten)]
    pub(crate) connection: Connection,
    #[command(subcommand)]
    pub(crate) action: Option<ConfigAction>,
    /// Profile to make the active one
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
        #[arg(short, long)]
        active: bool,
    },
    /// List profiles
    #[command(visible_alias = "ls")]
    List,
    /// Remove a profile
    #[command(visible_alias = "rm")]
    Delete { config_name: String },
}

#[derive(Debug, Args)]
pub(crate) struct Tour {
    /// Keep the data in this folder instead of a temporary one
    #[arg(long)]
    pub(crate) data_dir: Option<PathBuf>,
}
