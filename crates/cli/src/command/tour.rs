//! `tide tour`: the main job from end to end, in a folder of its own.

use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result};
use engine::management::{BucketFilter, NewBucket, OnboardingRequest};
use engine::{Engine, EngineOptions, Id, WriteOutcome};

use super::query::script;
use super::sample::SAMPLES;
use crate::answer::local_answer;
use crate::arguments::Tour;
use crate::local::runtime;
use crate::print::{AnswerPrinter, say};

/// Bytes of line protocol of one request of the tour.
const REQUEST_BYTES: usize = 1 << 20;
const ORG: &str = "Kodegeek";

/// A question of the tutorial.
struct Question {
    title: &'static str,
    flux: &'static str,
}

const QUESTIONS: &[Question] = &[
    Question { title: "Which buckets are there?", flux: "buckets() |> keep(columns: [\"name\", \"retentionPeriod\"])" },
    Question {
        title: "Cases by town, the ten with the most",
        flux: r#"from(bucket: "COVID19")
    |> range(start: 2020-01-01T00:00:00Z, stop: 2023-01-01T00:00:00Z)
    |> filter(fn: (r) => r._measurement == "school" and r._field == "total")
    |> group(columns: ["city"])
    |> drop(columns: ["name", "_start", "_stop"])
    |> sum()
    |> group()
    |> sort(columns: ["_value"], desc: true)
    |> limit(n: 10)"#,
    },
    Question {
        title: "Kinds of crime codes",
        flux: r#"from(bucket: "SocrateCodes")
    |> range(start: 2022-01-01T00:00:00Z, stop: 2023-01-01T00:00:00Z)
    |> filter(fn: (r) => r["_measurement"] == "socrata_ucr_codes")
    |> filter(fn: (r) => r._field == "ucr_code")
    |> group(columns: ["primary_description"])
    |> count(column: "_value")
    |> group(columns: ["_value", "primary_description"], mode: "except")
    |> sort(columns: ["_value"], desc: true)
    |> limit(n: 10)"#,
    },
    Question {
        title: "The ten most common incidents of 16 years",
        flux: r#"from(bucket: "PoliceCases")
    |> range(start: 2005-01-01T00:00:00Z, stop: 2021-06-01T00:00:00Z)
    |> filter(fn: (r) => r._measurement == "policeincidents" and r._field == "ucr_1_code")
    |> group(columns: ["ucr_1_description"])
    |> drop(columns: ["neighborhood", "s2_cell_id", "ucr_2_category", "ucr_2_description", "address"])
    |> count(column: "_value")
    |> group()
    |> sort(columns: ["_value"], desc: true)
    |> limit(n: 10)"#,
    },
    Question {
        title: "Incidents a week, the last weeks",
        flux: r#"from(bucket: "PoliceCases")
    |> range(start: 2021-03-01T00:00:00Z, stop: 2021-06-01T00:00:00Z)
    |> filter(fn: (r) => r._measurement == "policeincidents" and r._field == "case_number")
    |> truncateTimeColumn(unit: 1w)
    |> group(columns: ["case_number", "_time"])
    |> count()
    |> group()
    |> sort(columns: ["_time"])"#,
    },
];

pub(super) fn run(arguments: &Tour) -> Result<()> {
    let temporary = tempfile::Builder::new().prefix("tide-tour-").tempdir()?;
    let folder = arguments.data_dir.clone().unwrap_or_else(|| temporary.path().to_owned());
    let runtime = runtime()?;
    let engine = runtime.block_on(Engine::open(EngineOptions::new(&folder)))?;
    let request = OnboardingRequest {
        username: "tour".to_owned(),
        org: ORG.to_owned(),
        bucket: "first".to_owned(),
        ..OnboardingRequest::default()
    };
    let org = runtime.block_on(engine.onboard(request)).context("the tour wants a new folder")?.org.id;
    for sample in &SAMPLES {
        let lines = sample.unpack()?;
        let bucket = runtime.block_on(engine.create_bucket(NewBucket::new(org, sample.bucket)))?.id;
        let begun = Instant::now();
        let points = runtime.block_on(load(&engine, bucket, &lines, sample.precision))?;
        let seconds = begun.elapsed().as_secs_f64();
        say(format_args!("{}: {} ({points} points, durable after {seconds:.2} s)", sample.bucket, sample.what))?;
    }
    for question in QUESTIONS {
        say(format_args!("\n== {}\n{}\n", question.title, script(question.flux)))?;
        let begun = Instant::now();
        let csv = runtime.block_on(local_answer(&engine, org, question.flux))?;
        AnswerPrinter::new(std::io::stdout().lock()).print(csv.as_slice())?;
        say(format_args!("({:.0} ms)", begun.elapsed().as_secs_f64() * 1_000.0))?;
    }
    runtime.block_on(engine.compact())?;
    farewell(&engine, org, &folder, arguments.data_dir.is_some())?;
    Ok(runtime.block_on(engine.close())?)
}

/// Writes a text in requests of bounded size, cut at line ends.
async fn load(engine: &Engine, bucket: Id, lines: &[u8], precision: engine::Precision) -> Result<usize> {
    let (mut rest, mut points) = (lines, 0);
    while !rest.is_empty() {
        let cut = rest.len().min(REQUEST_BYTES);
        let end = rest.iter().skip(cut).position(|b| *b == b'\n').map_or(rest.len(), |i| cut + i + 1);
        let (request, later) = rest.split_at(end);
        match engine.write_line_protocol(bucket, request, precision).await? {
            WriteOutcome::Stored { points: stored } => points += stored,
            WriteOutcome::Partial { message } => anyhow::bail!("the sample was not taken whole: {message}"),
        }
        rest = later;
    }
    Ok(points)
}

fn farewell(engine: &Engine, org: Id, folder: &Path, kept: bool) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n== The files")?;
    for bucket in engine.buckets(&BucketFilter { org_id: Some(org), ..BucketFilter::default() }) {
        let path = folder.join("by-name").join(ORG).join(&bucket.name);
        let (files, bytes) = parquet_files(&path);
        if files > 0 {
            writeln!(out, "{}: {files} Parquet file(s), {bytes} bytes, in {}", bucket.name, path.display())?;
        }
    }
    if !kept {
        writeln!(out, "(the folder goes when the tour ends; `tide tour --data-dir DIR` keeps it)")?;
    }
    writeln!(out, "\nTo serve a folder of your own on port 8086, as InfluxDB 2 does:")?;
    writeln!(out, "    tide serve --http-bind-address 127.0.0.1:8086 --data-dir DIR")?;
    writeln!(out, "    tide setup -u me -p a-good-password -o home -b sensors")?;
    writeln!(out, "    tide write --bucket sensors 'room,floor=2 temp=21.5'")?;
    Ok(writeln!(out, "    tide query 'from(bucket: \"sensors\") |> range(start: -1h)'")?)
}

/// Number and size of the Parquet files below a folder.
fn parquet_files(folder: &Path) -> (usize, u64) {
    let (mut files, mut bytes) = (0, 0);
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            let (f, b) = parquet_files(&path);
            files += f;
            bytes += b;
        } else if path.extension().is_some_and(|e| e == "parquet") {
            files += 1;
            bytes += entry.metadata().map_or(0, |m| m.len());
        }
    }
    (files, bytes)
}
