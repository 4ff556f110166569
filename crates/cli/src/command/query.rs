//! `tide query`: of a server, or of a folder.

use std::io::{IsTerminal as _, Read as _};

use anyhow::{Context as _, Result, anyhow, bail};
use engine::{Engine, Explain, Id, QueryRequest};

use crate::answer::{self, Asker};
use crate::arguments::{AnswerFormat, Query};
use crate::client::Client;
use crate::local::Local;

pub(super) fn run(arguments: &Query) -> Result<()> {
    let text = text_of(arguments)?;
    if let Some(stage) = &arguments.explain {
        return print_stage(arguments, text, stage);
    }
    let format = match (arguments.format, arguments.raw, arguments.connection.json) {
        (Some(format), ..) => format,
        (None, true, _) => AnswerFormat::Csv,
        (None, false, true) => AnswerFormat::Json,
        (None, false, false) => AnswerFormat::Table,
    };
    let binary = matches!(format, AnswerFormat::Parquet | AnswerFormat::Arrow);
    if binary && arguments.output.is_none() && std::io::stdout().is_terminal() {
        bail!("a file of columns is nothing for a terminal: give --output FILE");
    }
    let asker = Asker::new(&arguments.connection, &arguments.org, arguments.data_dir.as_deref())?;
    let answered = asker.ask(&text).and_then(|rows| {
        let out = answer::output(arguments.output.as_deref())?;
        answer::write(format, rows, out)
    });
    asker.close()?;
    answered
}

/// A stage of a script's way to its answer.
async fn explain(engine: &Engine, org: Id, text: String, stage: &str) -> Result<String> {
    let known = Explain::NAMES.iter().find(|(name, _)| *name == stage);
    let (_, stage) = known.ok_or_else(|| anyhow!("unknown stage {stage:?}"))?;
    let request = QueryRequest { text, extern_ast: None, now_ns: None, scope: engine.full_scope(org) };
    Ok(engine.explain(request, *stage).await?)
}

/// Prints a stage instead of the answer.
fn print_stage(arguments: &Query, text: String, stage: &str) -> Result<()> {
    use std::io::Write as _;
    let Some(folder) = &arguments.data_dir else {
        let client = Client::new(&arguments.connection)?;
        let (org, value) = client.org_parameter(&arguments.org)?;
        let query = [(org, value.as_str()), ("stage", stage)];
        let headers = [("Content-Type", "application/vnd.flux")];
        let mut explained = client.stream("/api/v2/query/explain", &query, &headers, text.as_bytes())?;
        std::io::copy(&mut explained, &mut std::io::stdout().lock())?;
        return Ok(());
    };
    let local = Local::open(folder, true)?;
    let org = local.org(&arguments.org)?;
    let explained = local.runtime.block_on(explain(&local.engine, org, text, stage));
    local.close()?;
    std::io::stdout().lock().write_all(explained?.as_bytes())?;
    Ok(())
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

/// A script as it is shown above its answer.
pub(super) fn script(text: &str) -> String {
    text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}
