//! Where lines go: a server, or a folder that this process opens.

use std::io::Read as _;

use anyhow::{Result, anyhow, bail};
use engine::{Id, Precision, WriteOutcome};

use crate::arguments::Write;
use crate::client::Client;
use crate::local::Local;

/// From this many bytes on a request travels packed.
const GZIP_FROM_BYTES: usize = 4 << 10;

pub(super) enum Target {
    Server { client: Client, parameters: Vec<(&'static str, String)> },
    Folder { local: Box<Local>, bucket: Id, precision: Precision },
}

impl Target {
    pub(super) fn open(arguments: &Write) -> Result<Self> {
        let input = &arguments.input;
        let (bucket, id) = (input.bucket.as_deref(), input.bucket_id.as_deref());
        if let Some(folder) = &arguments.data_dir {
            let local = Local::open(folder, false)?;
            let org = local.org(&arguments.org)?;
            let bucket = local.bucket(org, bucket, id)?.id;
            let precision = input.precision.parse().map_err(|e: String| anyhow!(e))?;
            return Ok(Self::Folder { local: Box::new(local), bucket, precision });
        }
        let client = Client::new(&arguments.connection)?;
        let bucket = id.or(bucket).ok_or_else(|| anyhow!("no bucket: give --bucket or --bucket-id"))?;
        let (org, org_value) = client.org_parameter(&arguments.org)?;
        let precision = input.precision.clone();
        Ok(Self::Server {
            client,
            parameters: vec![(org, org_value), ("bucket", bucket.to_owned()), ("precision", precision)],
        })
    }

    pub(super) fn send(&self, lines: &[u8]) -> Result<()> {
        match self {
            Self::Folder { local, bucket, precision } => {
                let written = local.engine.write_line_protocol(*bucket, lines, *precision);
                match local.runtime.block_on(written)? {
                    WriteOutcome::Stored { .. } => Ok(()),
                    WriteOutcome::Partial { message } => bail!("failure writing points to database: {message}"),
                }
            }
            Self::Server { client, parameters } => {
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

    pub(super) fn close(self) -> Result<()> {
        match self {
            Self::Folder { local, .. } => local.close(),
            Self::Server { .. } => Ok(()),
        }
    }
}
