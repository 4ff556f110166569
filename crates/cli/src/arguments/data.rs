//! Points in, points out: `write`, `query` and `delete`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{Connection, OrgChoice};

/// Bytes of the longest line, as `influx` has it.
const DEFAULT_LINE_BYTES: usize = 16_000_000;

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
    #[arg(long, default_value_t = DEFAULT_LINE_BYTES)]
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
    /// Column of Parquet or Arrow that is a tag; may stand several times [default: what the file says, else columns of a dictionary]
    #[arg(long)]
    pub(crate) tag: Vec<String>,
    /// Lines to write, or @FILE; - or nothing is the standard input
    pub(crate) lines: Vec<String>,
    /// The standard input is left alone
    #[arg(skip)]
    pub(crate) files_only: bool,
}

impl WriteInput {
    /// One file, read as its name says, nothing said about it.
    pub(crate) fn of_file(path: PathBuf) -> Self {
        Self {
            bucket: None,
            bucket_id: None,
            precision: "ns".to_owned(),
            format: None,
            header: Vec::new(),
            file: vec![path],
            url: Vec::new(),
            debug: false,
            skip_row_on_error: false,
            skip_header: 0,
            max_line_length: DEFAULT_LINE_BYTES,
            plain_names: false,
            encoding: String::new(),
            errors_file: None,
            rate_limit: None,
            compression: None,
            measurement: None,
            tag: Vec::new(),
            lines: Vec::new(),
            files_only: true,
        }
    }
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

/// Examples of `tide query`.
const QUERY_EXAMPLES: &str = "Examples:
  tide query 'from(bucket: \"sensors\") |> range(start: -1h)'
  tide query --file weekly.flux --raw
  tide query --format chart 'from(bucket: \"sensors\") |> range(start: -1d) |> filter(fn: (r) => r._field == \"temp\")'
  tide query --format parquet --output week.parquet --file weekly.flux
  tide query --data-dir ~/tide --org home 'buckets()'
  tide query --explain physical --file weekly.flux";

#[derive(Debug, Args)]
#[command(after_help = QUERY_EXAMPLES)]
pub(crate) struct Query {
    #[command(flatten)]
    pub(crate) connection: Connection,
    #[command(flatten)]
    pub(crate) org: OrgChoice,
    /// File with the script
    #[arg(short, long)]
    pub(crate) file: Option<PathBuf>,
    /// Print annotated CSV; the same as --format csv
    #[arg(short, long, conflicts_with = "format")]
    pub(crate) raw: bool,
    /// How the answer is written [default: table]
    #[arg(long)]
    pub(crate) format: Option<AnswerFormat>,
    /// File that the answer is written to instead of the standard output
    #[arg(short = 'O', long)]
    pub(crate) output: Option<PathBuf>,
    /// Open this data folder instead of asking a server
    #[arg(long)]
    pub(crate) data_dir: Option<PathBuf>,
    /// Print what the script becomes instead of its answer; physical and profile run it, none writes
    #[arg(long, value_name = "STAGE", value_parser = ["ast", "graph", "plan", "logical", "physical", "profile"])]
    pub(crate) explain: Option<String>,
    /// The script; - is the standard input
    pub(crate) script: Option<String>,
}

/// Formats of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AnswerFormat {
    /// Tables to read
    Table,
    /// Annotated CSV, as the server gives it
    Csv,
    /// One JSON array of rows
    Json,
    /// A JSON object a row, each on its own line
    Jsonl,
    /// A Parquet file
    Parquet,
    /// An Arrow file
    Arrow,
    /// Line protocol, of rows with _measurement, _field, _value and _time
    Lp,
    /// A chart for each table with _time and a number in _value
    Chart,
}

/// Examples of `tide export`.
const EXPORT_EXAMPLES: &str = "Examples:
  tide export --bucket sensors --output sensors.lp.gz
  tide export --bucket sensors --start 2024-01-01T00:00:00Z --stop 2024-02-01T00:00:00Z --output january.lp
  tide export --data-dir ~/copy --org home --bucket sensors --format parquet --output january/";

#[derive(Debug, Args)]
#[command(after_help = EXPORT_EXAMPLES)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) connection: Connection,
    #[command(flatten)]
    pub(crate) org: OrgChoice,
    /// Name of the bucket
    #[arg(short, long, env = "INFLUX_BUCKET_NAME")]
    pub(crate) bucket: String,
    /// First time, RFC 3339, or a duration before now such as -30d [default: all]
    #[arg(long)]
    pub(crate) start: Option<String>,
    /// Time that ends the range, RFC 3339 or a duration, not included [default: all]
    #[arg(long)]
    pub(crate) stop: Option<String>,
    /// What is written
    #[arg(long, default_value = "lp")]
    pub(crate) format: ExportFormat,
    /// File, packed if its name ends in .gz; of Parquet the folder, which gets a file for each measurement [default: the standard output]
    #[arg(short = 'O', long)]
    pub(crate) output: Option<PathBuf>,
    /// Open this data folder instead of asking a server; works beside a running one
    #[arg(long)]
    pub(crate) data_dir: Option<PathBuf>,
}

/// Formats of exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// Line protocol
    Lp,
    /// Annotated CSV
    Csv,
    /// A Parquet file for each measurement: a column for time, each tag and each field
    Parquet,
}

/// Examples of `tide import`.
const IMPORT_EXAMPLES: &str = "Examples:
  tide import --bucket sensors sensors.lp.gz
  tide import --bucket sensors january/
  tide import --data-dir ~/tide --org home --bucket sensors january.csv";

#[derive(Debug, Args)]
#[command(after_help = IMPORT_EXAMPLES)]
pub(crate) struct Import {
    #[command(flatten)]
    pub(crate) connection: Connection,
    #[command(flatten)]
    pub(crate) org: OrgChoice,
    /// Name of the bucket
    #[arg(short, long, env = "INFLUX_BUCKET_NAME")]
    pub(crate) bucket: String,
    /// Open this data folder instead of asking a server
    #[arg(long)]
    pub(crate) data_dir: Option<PathBuf>,
    /// Files that end in .lp, .txt, .csv (each with .gz, too), .parquet or .arrow, and folders of such
    #[arg(required = true)]
    pub(crate) paths: Vec<PathBuf>,
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
