//! `tide query`: of a server, or of a folder.

use std::io::{IsTerminal as _, Read as _};

use anyhow::{Context as _, Result, anyhow, bail};
use codec::annotated_csv::{Annotation, Dialect, Writer};
use engine::{Engine, Id, QueryRequest};
use futures::StreamExt as _;
use serde_json::json;

use crate::arguments::Query;
use crate::client::Client;
use crate::local::Local;
use crate::print::{AnswerPrinter, copy_answer};

/// The annotations of answers, in the order in which `influx` asks for them.
const ANNOTATIONS: [Annotation; 3] = [Annotation::Group, Annotation::Datatype, Annotation::Default];

pub(super) fn run(arguments: &Query) -> Result<()> {
    let text = text_of(arguments)?;
    if arguments.connection.json {
        bail!("answers have no JSON form: leave --json out, or take annotated CSV with --raw");
    }
    match &arguments.data_dir {
        Some(folder) => {
            let local = Local::open(folder, true)?;
            let org = local.org(&arguments.org)?;
            let csv = local.runtime.block_on(local_answer(&local.engine, org, &text));
            local.close()?;
            show(arguments.raw, csv?.as_slice())
        }
        None => {
            let client = Client::new(&arguments.connection)?;
            let (name, org) = client.org_parameter(&arguments.org)?;
            let annotations: Vec<&str> = ANNOTATIONS.iter().map(|a| a.name()).collect();
            let body = json!({"query": text, "type": "flux", "dialect": {"annotations": annotations, "header": true}});
            let headers = [("Content-Type", "application/json"), ("Accept", "text/csv")];
            let answer = client.stream("/api/v2/query", &[(name, &org)], &headers, body.to_string().as_bytes())?;
            show(arguments.raw, answer)
        }
    }
}

fn text_of(arguments: &Query) -> Result<String> {
    let from_input = || {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        Ok(text)
    };
    match (&arguments.file, arguments.script.as_deref()) {
        (Some(_), Some(_)) => bail!("give the script or --file, not both"),
        (Some(path), None) if path.as_os_str() == "-" => from_input(),
        (Some(path), None) => std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display())),
        (None, Some("-")) => from_input(),
        (None, Some(script)) => Ok(script.to_owned()),
        (None, None) if !std::io::stdin().is_terminal() => from_input(),
        (None, None) => Err(anyhow!("no script: give it as an argument, by --file, or on the standard input")),
    }
}

fn show(raw: bool, answer: impl std::io::Read) -> Result<()> {
    let out = std::io::stdout().lock();
    if raw {
        return copy_answer(answer, out);
    }
    AnswerPrinter::new(out).print(answer)?;
    Ok(())
}

/// A script as it is shown above its answer.
pub(super) fn script(text: &str) -> String {
    text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

/// The answer of an open folder as annotated CSV.
pub(super) async fn local_answer(engine: &Engine, org: Id, text: &str) -> Result<Vec<u8>> {
    let request = QueryRequest { text: text.to_owned(), extern_ast: None, now_ns: None, scope: engine.full_scope(org) };
    let mut answer = engine.query(request).await?;
    let dialect = Dialect { annotations: ANNOTATIONS.to_vec(), ..Dialect::default() };
    let (mut writer, mut csv) = (Writer::new(dialect), Vec::new());
    while let Some(event) = answer.next().await {
        writer.event(&event, &mut csv);
    }
    writer.finish(&mut csv);
    Ok(csv)
}
