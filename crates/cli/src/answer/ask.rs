//! Who answers: a server, or a folder that this process opens.

use std::io::{Read, Seek as _, Write};
use std::path::Path;

use anyhow::Result;
use codec::annotated_csv::{Annotation, Dialect, Writer};
use engine::{Engine, Id, QueryRequest};
use futures::StreamExt as _;
use serde_json::json;

use crate::arguments::{Connection, OrgChoice};
use crate::client::Client;
use crate::local::Local;

/// The annotations of answers, in the order in which `influx` asks for them.
const ANNOTATIONS: [Annotation; 3] = [Annotation::Group, Annotation::Datatype, Annotation::Default];

/// Answers scripts.
pub(crate) enum Asker {
    Server { client: Client, org: (&'static str, String) },
    Folder { local: Local, org: Id },
}

impl Asker {
    /// The folder if there is one, else the server of the connection.
    pub(crate) fn new(connection: &Connection, org: &OrgChoice, folder: Option<&Path>) -> Result<Self> {
        if let Some(folder) = folder {
            let local = Local::open(folder, true)?;
            let org = local.org(org)?;
            return Ok(Self::Folder { local, org });
        }
        let client = Client::new(connection)?;
        let org = client.org_parameter(org)?;
        Ok(Self::Server { client, org })
    }

    /// The answer as annotated CSV. That of a folder is whole on disk before it is read: a plan fails before anything is printed.
    pub(crate) fn ask(&self, script: &str) -> Result<Box<dyn Read>> {
        match self {
            Self::Folder { local, org } => {
                let mut file = tempfile::tempfile()?;
                local.runtime.block_on(stream(&local.engine, *org, script, &mut file))?;
                file.rewind()?;
                Ok(Box::new(std::io::BufReader::new(file)))
            }
            Self::Server { client, org: (name, org) } => {
                let annotations: Vec<&str> = ANNOTATIONS.iter().map(|a| a.name()).collect();
                let dialect = json!({"annotations": annotations, "header": true});
                let body = json!({"query": script, "type": "flux", "dialect": dialect});
                let headers = [("Content-Type", "application/json"), ("Accept", "text/csv")];
                let body = body.to_string();
                Ok(Box::new(client.stream("/api/v2/query", &[(*name, org)], &headers, body.as_bytes())?))
            }
        }
    }

    pub(crate) fn close(self) -> Result<()> {
        match self {
            Self::Folder { local, .. } => local.close(),
            Self::Server { .. } => Ok(()),
        }
    }
}

/// The answer of an open folder as annotated CSV.
pub(crate) async fn local_answer(engine: &Engine, org: Id, text: &str) -> Result<Vec<u8>> {
    let mut csv = Vec::new();
    stream(engine, org, text, &mut csv).await?;
    Ok(csv)
}

async fn stream(engine: &Engine, org: Id, text: &str, out: &mut impl Write) -> Result<()> {
    let request = QueryRequest { text: text.to_owned(), extern_ast: None, now_ns: None, scope: engine.full_scope(org) };
    let mut answer = engine.query(request).await?;
    let dialect = Dialect { annotations: ANNOTATIONS.to_vec(), ..Dialect::default() };
    let (mut writer, mut csv) = (Writer::new(dialect), Vec::new());
    while let Some(event) = answer.next().await {
        writer.event(&event, &mut csv);
        out.write_all(&csv)?;
        csv.clear();
    }
    writer.finish(&mut csv);
    Ok(out.write_all(&csv)?)
}
