//! `tide export`: a bucket as files that this and other programs read.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::answer::{self, Asker, Form};
use crate::arguments::{AnswerFormat, Export, ExportFormat};
use crate::print::say;

/// The first and the last time that a point can have, in nanoseconds, as Flux says them.
const ALWAYS: (&str, &str) = ("time(v: -9223372036854775806)", "time(v: 9223372036854775807)");
/// What does not stand as itself in the name of a file.
const IN_NAMES: &AsciiSet =
    &CONTROLS.add(b'/').add(b'\\').add(b'%').add(b':').add(b'*').add(b'?').add(b'"').add(b'<').add(b'>').add(b'|');

pub(super) fn run(arguments: &Export) -> Result<()> {
    if arguments.format == ExportFormat::Parquet && arguments.output.is_none() {
        bail!("Parquet is written to a folder, a file for each measurement: give --output FOLDER");
    }
    let asker = Asker::new(&arguments.connection, &arguments.org, arguments.data_dir.as_deref())?;
    let written = export(arguments, &asker);
    asker.close()?;
    written
}

fn export(arguments: &Export, asker: &Asker) -> Result<()> {
    let source = Source::new(arguments)?;
    let measurements = measurements(asker, &source)?;
    match (arguments.format, &arguments.output) {
        (ExportFormat::Parquet, Some(folder)) => columns(asker, &source, &measurements, folder),
        (format, output) => texts(asker, &source, &measurements, format, output.as_deref()),
    }
}

/// What is exported: a bucket and a range, as Flux says them.
struct Source {
    bucket: String,
    start: String,
    stop: String,
}

impl Source {
    fn new(arguments: &Export) -> Result<Self> {
        let bound = |text: &Option<String>, otherwise: &str| -> Result<String> {
            match text {
                None => Ok(otherwise.to_owned()),
                // Only what may stand in a time or a duration, so that no other script can be slipped in.
                Some(text) if text.chars().all(|c| c.is_ascii_alphanumeric() || "-+:.µ".contains(c)) => {
                    Ok(text.clone())
                }
                Some(text) => {
                    bail!("{text:?} is no time: write one such as 2024-01-31T00:00:00Z, or a duration such as -30d")
                }
            }
        };
        let (start, stop) = (bound(&arguments.start, ALWAYS.0)?, bound(&arguments.stop, ALWAYS.1)?);
        Ok(Self { bucket: literal(&arguments.bucket), start, stop })
    }

    /// The script that gives every point of a measurement.
    fn points(&self, measurement: &str) -> String {
        let Self { bucket, start, stop } = self;
        format!(
            "from(bucket: {bucket}) |> range(start: {start}, stop: {stop}) |> filter(fn: (r) => r._measurement == {}) \
             |> drop(columns: [\"_start\", \"_stop\"])",
            literal(measurement)
        )
    }

    /// The script that gives the measurements that have points in the range.
    fn measurements(&self) -> String {
        let Self { bucket, start, stop } = self;
        format!(
            "import \"influxdata/influxdb/schema\"\nschema.measurements(bucket: {bucket}, start: {start}, stop: {stop})"
        )
    }
}

/// A text as a literal of Flux.
fn literal(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' => out.push_str("\\x24"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// The measurements that have points in the range.
fn measurements(asker: &Asker, source: &Source) -> Result<Vec<String>> {
    let mut rows = Vec::new();
    answer::write(AnswerFormat::Jsonl, asker.ask(&source.measurements())?, &mut rows)?;
    let lines = rows.split(|b| *b == b'\n').filter(|line| !line.is_empty());
    let names = lines.map(|line| {
        let row: serde_json::Value = serde_json::from_slice(line)?;
        Ok(row["_value"].as_str().unwrap_or_default().to_owned())
    });
    names.collect()
}

/// Line protocol or CSV: one file, or the standard output.
fn texts(
    asker: &Asker,
    source: &Source,
    measurements: &[String],
    format: ExportFormat,
    output: Option<&Path>,
) -> Result<()> {
    let mut out: Box<dyn Write + Send> = match output {
        Some(path) if path.extension().is_some_and(|e| e == "gz") => {
            let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
            Box::new(flate2::write::GzEncoder::new(BufWriter::new(file), flate2::Compression::default()))
        }
        path => answer::output(path)?,
    };
    for measurement in measurements {
        let rows = asker.ask(&source.points(measurement))?;
        let written = match format {
            ExportFormat::Csv => crate::print::copy_answer(rows, &mut out),
            _ => answer::write_lines(rows, &mut out),
        };
        written.with_context(|| format!("measurement {measurement:?}"))?;
    }
    Ok(out.flush()?)
}

/// Parquet: a folder with a file for each measurement.
fn columns(asker: &Asker, source: &Source, measurements: &[String], folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for measurement in measurements {
        let script = format!(
            "{} |> pivot(rowKey: [\"_time\"], columnKey: [\"_field\"], valueColumn: \"_value\") |> drop(columns: [\"_measurement\"])",
            source.points(measurement)
        );
        let name = format!("{}.parquet", utf8_percent_encode(measurement, IN_NAMES));
        let rows = asker.ask(&script)?;
        let out = answer::output(Some(&folder.join(&name)))?;
        let count = answer::write_columns(Form::Parquet, Some(measurement), rows, out)
            .with_context(|| format!("measurement {measurement:?}"))?;
        say(format_args!("{name}: {count} rows"))?;
    }
    Ok(())
}

#[test]
fn texts_are_literals() {
    assert_eq!(literal("a\"b\\c\n${x}"), r#""a\"b\\c\n\x24{x}""#);
}
