//! Answers of queries: asked of a server or a folder, and written in the form that is wanted.

mod ask;
mod chart;
mod columnar;
mod json;
mod lines;
mod reader;

use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::arguments::AnswerFormat;
use crate::print::{AnswerPrinter, copy_answer};

pub(crate) use ask::{Asker, local_answer};
pub(crate) use columnar::{Form, MEASUREMENT, write_columns};
pub(crate) use lines::write_lines;

/// Writes an answer, which is annotated CSV, in a form.
pub(crate) fn write(format: AnswerFormat, answer: impl Read, out: impl Write + Send) -> Result<()> {
    match format {
        AnswerFormat::Table => AnswerPrinter::new(out).print(answer).map(|_| ()),
        AnswerFormat::Csv => copy_answer(answer, out),
        AnswerFormat::Json => json::write_array(answer, out),
        AnswerFormat::Jsonl => json::write_lines(answer, out),
        AnswerFormat::Parquet => write_columns(Form::Parquet, None, answer, out).map(|_| ()),
        AnswerFormat::Arrow => write_columns(Form::Arrow, None, answer, out).map(|_| ()),
        AnswerFormat::Lp => write_lines(answer, out),
        AnswerFormat::Chart => chart::write(answer, out),
    }
}

/// A file that is written, or the standard output.
pub(crate) fn output(path: Option<&Path>) -> Result<Box<dyn Write + Send>> {
    match path {
        None => Ok(Box::new(BufWriter::new(std::io::stdout()))),
        Some(path) => {
            let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
            Ok(Box::new(BufWriter::new(file)))
        }
    }
}
