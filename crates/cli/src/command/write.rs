//! `tide write`: line protocol to a server, or into a folder.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, IsTerminal as _, Read};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use engine::{Id, Precision, WriteOutcome};
use indicatif::{ProgressBar, ProgressStyle};

use super::line_end::LineEnds;
use crate::arguments::Write;
use crate::client::Client;
use crate::local::Local;

/// Bytes that are read for one request, which ends with the last whole line.
const REQUEST_BYTES: usize = 1 << 20;
/// Bytes of a line that is still waited for: a server takes no longer body.
const MAX_LINE_BYTES: usize = 64 << 20;
/// From this many bytes on a request travels packed.
const GZIP_FROM_BYTES: usize = 4 << 10;

/// Where lines go.
enum Target {
    Server { client: Client, parameters: Vec<(&'static str, String)> },
    Folder { local: Box<Local>, bucket: Id, precision: Precision },
}

pub(super) fn run(arguments: &Write) -> Result<()> {
    let target = target(arguments)?;
    let progress = progress();
    let written = inputs(arguments)?.into_iter().try_for_each(|input| send_all(&target, input, &progress));
    progress.finish_and_clear();
    if let Target::Folder { local, .. } = target {
        local.close()?;
    }
    written
}

fn target(arguments: &Write) -> Result<Target> {
    let (bucket, id) = (arguments.bucket.as_deref(), arguments.bucket_id.as_deref());
    if let Some(folder) = &arguments.data_dir {
        let local = Local::open(folder, false)?;
        let org = local.org(&arguments.org)?;
        let bucket = local.bucket(org, bucket, id)?.id;
        let precision = arguments.precision.parse().map_err(|e: String| anyhow!(e))?;
        return Ok(Target::Folder { local: Box::new(local), bucket, precision });
    }
    let client = Client::new(&arguments.connection)?;
    let bucket = id.or(bucket).ok_or_else(|| anyhow!("no bucket: give --bucket or --bucket-id"))?;
    let (org, org_value) = client.org_parameter(&arguments.org)?;
    let precision = arguments.precision.clone();
    Ok(Target::Server {
        client,
        parameters: vec![(org, org_value), ("bucket", bucket.to_owned()), ("precision", precision)],
    })
}

/// What is to be read: the lines of the command line, files, or the standard input.
fn inputs(arguments: &Write) -> Result<Vec<Box<dyn BufRead>>> {
    let words: Vec<&String> = arguments.lines.iter().filter(|l| *l != "-").collect();
    let mut inputs: Vec<Box<dyn BufRead>> = Vec::new();
    for path in &arguments.file {
        inputs.push(open(path)?);
    }
    if !words.is_empty() {
        let text: Vec<&str> = words.iter().map(|w| w.as_str()).collect();
        inputs.push(Box::new(Cursor::new(text.join("\n").into_bytes())));
    }
    if inputs.is_empty() || arguments.lines.iter().any(|l| l == "-") {
        inputs.push(Box::new(BufReader::new(std::io::stdin())));
    }
    Ok(inputs)
}

fn open(path: &Path) -> Result<Box<dyn BufRead>> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(BufReader::new(std::io::stdin())));
    }
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    match path.extension().and_then(|e| e.to_str()) {
        Some("gz") => Ok(Box::new(BufReader::new(flate2::read::MultiGzDecoder::new(file)))),
        Some("csv" | "parquet" | "arrow") => bail!(
            "{}: only line protocol is written by this version of tide write; convert the file, or name it otherwise",
            path.display()
        ),
        _ => Ok(Box::new(BufReader::new(file))),
    }
}

/// Shown on a terminal only.
fn progress() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {bytes} written, {bytes_per_sec}, {elapsed}");
    let bar = ProgressBar::new_spinner();
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Sends what an input holds, in requests that end at line ends.
fn send_all(target: &Target, mut input: Box<dyn BufRead>, progress: &ProgressBar) -> Result<()> {
    let (mut pending, mut ends, mut sent) = (Vec::with_capacity(2 * REQUEST_BYTES), LineEnds::default(), 0_u64);
    loop {
        let read_before = pending.len();
        let more = input.by_ref().take(REQUEST_BYTES as u64).read_to_end(&mut pending)?;
        let end = match ends.read(pending.get(read_before..).unwrap_or_default()) {
            _ if more == 0 => pending.len(),
            Some(end) => read_before + end,
            None if pending.len() > MAX_LINE_BYTES => {
                bail!("a line is longer than {} MiB{}", MAX_LINE_BYTES >> 20, after(sent))
            }
            None => continue,
        };
        if end > 0 {
            let request: Vec<u8> = pending.drain(..end).collect();
            send(target, &request).with_context(|| format!("lines were refused{}", after(sent)))?;
            sent += request.len() as u64;
            progress.inc(request.len() as u64);
        }
        if more == 0 {
            return Ok(());
        }
    }
}

/// What is stored already when a later part fails.
fn after(sent: u64) -> String {
    if sent == 0 { String::new() } else { format!(" after {sent} bytes of this input, which are stored") }
}

fn send(target: &Target, lines: &[u8]) -> Result<()> {
    match target {
        Target::Folder { local, bucket, precision } => {
            let written = local.engine.write_line_protocol(*bucket, lines, *precision);
            match local.runtime.block_on(written)? {
                WriteOutcome::Stored { .. } => Ok(()),
                WriteOutcome::Partial { message } => bail!("failure writing points to database: {message}"),
            }
        }
        Target::Server { client, parameters } => {
            let query: Vec<(&str, &str)> = parameters.iter().map(|(n, v)| (*n, v.as_str())).collect();
            let text = ("Content-Type", "text/plain; charset=utf-8");
            if lines.len() < GZIP_FROM_BYTES {
                client.stream("/api/v2/write", &query, &[text], lines)?;
                return Ok(());
            }
            let mut packed = Vec::new();
            flate2::read::GzEncoder::new(lines, flate2::Compression::fast()).read_to_end(&mut packed)?;
            client.stream("/api/v2/write", &query, &[text, ("Content-Encoding", "gzip")], &packed)?;
            Ok(())
        }
    }
}
