//! A data folder opened without a server: `--data-dir`.

use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use engine::{Bucket, Engine, EngineOptions, Id};

use crate::arguments::OrgChoice;

/// A folder that this process opened.
#[derive(Debug)]
pub(crate) struct Local {
    pub(crate) runtime: tokio::runtime::Runtime,
    pub(crate) engine: Engine,
}

impl Local {
    /// Opens a folder that is there already; `read_only` leaves every byte as it is and works beside a running server.
    pub(crate) fn open(folder: &Path, read_only: bool) -> Result<Self> {
        if !folder.is_dir() {
            bail!("{} is no data folder: `tide serve --data-dir` makes one", folder.display());
        }
        let runtime = runtime()?;
        let options = EngineOptions { read_only, ..EngineOptions::new(folder) };
        let opened = runtime.block_on(Engine::open(options));
        let engine = opened.with_context(|| format!("cannot open the data folder {}", folder.display()))?;
        Ok(Self { runtime, engine })
    }

    /// The organization that is meant; the only one if none is named.
    pub(crate) fn org(&self, choice: &OrgChoice) -> Result<Id> {
        if let Some(id) = &choice.org_id {
            return Ok(id.parse()?);
        }
        if let Some(name) = &choice.org {
            return Ok(self.engine.organization_by_name(name)?.id);
        }
        match self.engine.organizations().as_slice() {
            [only] => Ok(only.id),
            [] => Err(anyhow!("the folder was never set up: serve it and run `tide setup`")),
            _ => Err(anyhow!("the folder has several organizations: name one with --org")),
        }
    }

    pub(crate) fn bucket(&self, org: Id, name: Option<&str>, id: Option<&str>) -> Result<Bucket> {
        match (id, name) {
            (Some(id), _) => Ok(self.engine.bucket(id.parse()?)?),
            (None, Some(name)) => Ok(self.engine.bucket_by_name(org, name)?),
            (None, None) => Err(anyhow!("no bucket: give --bucket or --bucket-id")),
        }
    }

    /// Ends background work and gives the folder back.
    pub(crate) fn close(self) -> Result<()> {
        Ok(self.runtime.block_on(self.engine.close())?)
    }
}

/// The stack of a thread: plans of long scripts nest deeply, and only what is touched takes memory.
const STACK_BYTES: usize = 16 << 20;

/// The threads of this process.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().thread_stack_size(STACK_BYTES).enable_all().build()?)
}
