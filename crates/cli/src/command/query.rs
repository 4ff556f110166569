//! `tide query`: of a server, or of a folder.

use std::io::{IsTerminal as _, Read as _};

use anyhow::{Context as _, Result, anyhow, bail};

use crate::answer::{self, Asker};
use crate::arguments::{AnswerFormat, Query};

pub(super) fn run(arguments: &Query) -> Result<()> {
    let text = text_of(arguments)?;
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
