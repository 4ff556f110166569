//! The command line: flags and variables that users of `influx` and `influxd` know.

mod config;
mod data;
mod folder;
mod grants;
mod manage;
mod serve;
mod shell;
mod users;
mod v1;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(crate) use config::{Config, ConfigAction};
pub(crate) use data::{
    AnswerFormat, Compression, Delete, Export, ExportFormat, Import, Query, Write, WriteAction, WriteFormat, WriteInput,
};
pub(crate) use folder::{Compact, Inspect, Verify};
pub(crate) use manage::{Auth, AuthAction, AuthCreate, Bucket, BucketAction, MembersAction, Org, OrgAction};
pub(crate) use serve::{LogFormat, Serve, Setup, Tour};
pub(crate) use shell::{Completions, Man};
pub(crate) use users::{User, UserAction};
pub(crate) use v1::{DbrpAction, LoginAction, LoginChoice, V1, V1Action};

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
    /// Write points to a bucket: line protocol, CSV, Parquet or Arrow
    Write(Box<Write>),
    /// Ask a Flux query
    Query(Query),
    /// Delete points of a bucket
    Delete(Delete),
    /// Write a bucket to files: line protocol, annotated CSV or Parquet
    Export(Box<Export>),
    /// Write files of points to a bucket: an export, or a dump of line protocol
    Import(Box<Import>),
    /// Manage buckets
    Bucket(Bucket),
    /// Manage organizations
    #[command(visible_alias = "organization")]
    Org(Org),
    /// Manage API tokens
    #[command(visible_alias = "authorization")]
    Auth(Auth),
    /// Manage users
    User(User),
    /// What belongs to version 1: its databases and retention policies, its names and passwords
    V1(V1),
    /// Manage connection profiles
    Config(Config),
    /// Ask whether a server is there
    Ping(Connection),
    /// Look into a data folder: buckets, measurements, series, partitions, sizes
    Inspect(Inspect),
    /// Merge what a data folder holds into few, sealed files
    Compact(Compact),
    /// Read every byte of a data folder and compare every checksum
    Verify(Verify),
    /// Print a script that completes commands in a shell
    #[command(visible_alias = "completion")]
    Completions(Completions),
    /// Print the version
    Version,
    /// Write manual pages
    Man(Man),
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
