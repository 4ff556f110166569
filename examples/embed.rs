//! Tidegauge inside a program: open a folder, write lines and an Arrow batch, ask Flux, print the tables, delete, close.
//!
//! `cargo run --example embed`

#![allow(clippy::print_stdout, reason = "an example shows its tables")]

use std::sync::Arc;

use anyhow::Context;
use engine::arrow::array::{ArrayRef, DictionaryArray, Float64Array, RecordBatch, TimestampSecondArray};
use engine::arrow::datatypes::Int32Type;
use engine::management::{NewBucket, NewOrganization};
use engine::{Comparison, Engine, EngineOptions, Event, Id, Precision, QueryRequest, SeriesFilter};
use futures::StreamExt;

/// 2024-03-04T00:00:00Z.
const T0: i64 = 1_709_510_400;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let engine = Engine::open(EngineOptions::new(folder.path())).await?;
    let org = engine.create_organization(NewOrganization { name: "home".into(), ..Default::default() }).await?;
    let bucket = engine.create_bucket(NewBucket::new(org.id, "sensors")).await?;

    // Line protocol, as any client of InfluxDB sends it. Durable when the call returns.
    let lines = format!("room,place=kitchen celsius=21.5 {T0}\nroom,place=cellar celsius=12.25 {T0}\n");
    engine.write_line_protocol(bucket.id, lines.as_bytes(), Precision::Seconds).await?;

    // An Arrow batch: the dictionary is a tag, the timestamp is the time, the rest are fields.
    engine.write_batch(bucket.id, "room", &attic()?).await?;

    let hottest = r#"from(bucket: "sensors")
        |> range(start: 2024-03-04T00:00:00Z, stop: 2024-03-05T00:00:00Z)
        |> filter(fn: (r) => r._measurement == "room" and r._field == "celsius")
        |> max()
        |> keep(columns: ["place", "_time", "_value"])"#;
    print_tables(&engine, org.id, "The highest temperature of each room", hottest).await?;

    let cellar = SeriesFilter::Tag { key: "place".into(), comparison: Comparison::Equal, value: "cellar".into() };
    engine.delete(bucket.id, i64::MIN, i64::MAX, cellar).await?;
    print_tables(&engine, org.id, "The same without the cellar", hottest).await?;

    engine.close().await?;
    Ok(())
}

/// Two readings of a room as an Arrow batch.
fn attic() -> anyhow::Result<RecordBatch> {
    let place: DictionaryArray<Int32Type> = ["attic", "attic"].into_iter().collect();
    let columns: [(&str, ArrayRef); 3] = [
        ("place", Arc::new(place)),
        ("time", Arc::new(TimestampSecondArray::from(vec![T0, T0 + 60]))),
        ("celsius", Arc::new(Float64Array::from(vec![28.0, 29.5]))),
    ];
    RecordBatch::try_from_iter(columns).context("the columns have one length")
}

/// Asks Flux and prints each table with Arrow's printer.
async fn print_tables(engine: &Engine, org: Id, title: &str, text: &str) -> anyhow::Result<()> {
    println!("{title}:");
    let request = QueryRequest::new(text, engine.full_scope(org));
    let mut answer = engine.query(request).await?;
    while let Some(event) = answer.next().await {
        match event {
            Event::Rows(rows) => println!("{}", engine::arrow::util::pretty::pretty_format_batches(&[rows])?),
            Event::Error(message) => anyhow::bail!(message),
            Event::Result(_) | Event::Table { .. } => {}
        }
    }
    Ok(())
}
