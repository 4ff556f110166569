//! Points in, points out: `write`, `query` and `delete`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{Connection, OrgChoice};

/// Examples of `tide write`.
const WRITE_EXAMPLES: &str = "Examples:
  tide write --bucket sensors 'room,floor=2 temp=21.5'
  tide write --bucket sensors --file data.lp --precision s
  tide write --bucket cases --format csv --file annotated.csv --errors-file rejected.csv
  tide write --bucket cases --header '#constant measurement,cases' --header '#datatype tag,long,dateTime:2006-01-02' --file plain.csv
  tide write --bucket sensors --file old.parquet
  tide write --data-dir ~/tide --org home --bucket sensors --file -";

/// Examples of `tide write dryrun`.
const DRYRUN_EXAMPLES: &str = "Examples:
  tide write dryrun --format csv --file annotated.csv
  tide write dryrun --file old.parquet | head";

#[derive(Debug, Args)]
#[command(after_help = WRITE_EXAMPLES, args_conflicts_with_subcommands = true, subcommand_precedence_over_arg = true)]
pub(crate) struct Write {
    #[command(subcommand)]
    pub(crate) action: Option<WriteAction>,
    #[command(flatten)]
    pub(crate) connection: Connection,
    #[command(flatten)]
    pub(crate) org: OrgChoice,
    #[command(flatten)]
    pub(crate) input: WriteInput,
    /// Open this data folder instead of asking a server
    #[arg(long)]
    pub(crate) data_dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WriteAction {
    /// Print line protocol instead of writing it: to see what becomes of CSV
    #[command(after_help = DRYRUN_EXAMPLES)]
    Dryrun {
        #[command(flatten)]
        org: OrgChoice,
        #[command(flatten)]
        input: WriteInput,
    },
}

/// What is read, and how.
#[derive(Debug, Args)]
pub(crate) struct WriteInput {
    /// Name of the bucket
    #[arg(short, long, env = "INFLUX_BUCKET_NAME")]
    pub(crate) bucket: Option<String>,
    /// ID of the bucket
    #[arg(long, env = "INFLUX_BUCKET_ID")]
    pub(crate) bucket_id: Option<String>,
    /// Unit of the times: ns, us, ms or s
    #[arg(short, long, env = "INFLUX_PRECISION", default_value = "ns")]
    pub(crate) precision: String,
    /// What the input is [default: by the end of a file's name (.csv, .parquet, .arrow, each with .gz, too), else lp]
    #[arg(long)]
    pub(crate) format: Option<WriteFormat>,
    /// Line to read before the input, such as '#datatype tag,double' for CSV; may stand several times
    #[arg(long)]
    pub(crate) header: Vec<String>,
    /// File to read; may stand several times; - is the standard input
    #[arg(short, long)]
    pub(crate) file: Vec<PathBuf>,
    /// Address to read from, plain HTTP; may stand several times
    #[arg(short, long)]
    pub(crate) url: Vec<String>,
    /// Tell how the columns of CSV are understood
    #[arg(long)]
    pub(crate) debug: bool,
    /// Leave bad lines of line protocol out and say so (bad rows of CSV always are)
    #[arg(long = "skipRowOnError")]
    pub(crate) skip_row_on_error: bool,
    /// Leave out this many lines at the start of the last file or of the standard input
    #[arg(long = "skipHeader", default_value_t = 0)]
    pub(crate) skip_header: usize,
    /// Longest line in bytes
    #[arg(long, default_value_t = 16_000_000)]
    pub(crate) max_line_length: usize,
    /// Take a | in a header cell of CSV as part of the name
    #[arg(long = "xIgnoreDataTypeInColumnName", hide = true)]
    pub(crate) plain_names: bool,
    /// Encoding of files and of the standard input, by its IANA name
    #[arg(long, default_value = "UTF-8")]
    pub(crate) encoding: String,
    /// File that rejected rows of CSV are written to, each below its reason
    #[arg(long)]
    pub(crate) errors_file: Option<PathBuf>,
    /// Most bytes a second, such as "5 MB / 5 min" or 17kBs
    #[arg(long)]
    pub(crate) rate_limit: Option<String>,
    /// How files are packed [default: gzip for names that end in .gz]
    #[arg(long)]
    pub(crate) compression: Option<Compression>,
    /// Name of the measurement of rows of Parquet or Arrow without a column of that role
    #[arg(long)]
    pub(crate) measurement: Option<String>,
    /// Lines to write, or @FILE; - or nothing is the standard input
    pub(crate) lines: Vec<String>,
}

/// Formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum WriteFormat {
    /// Line protocol
    Lp,
    /// CSV with annotations, or with types in its header
    Csv,
    /// Parquet files
    Parquet,
    /// Arrow files and streams
    Arrow,
}

/// How an input may be packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Compression {
    None,
    Gzip,
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
