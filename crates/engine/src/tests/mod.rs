//! The engine over a temporary folder: manage, write, query, delete, close and open again.

mod lifecycle;
mod manage;
mod permissions;
mod queries;
mod writes;

use std::sync::Arc;

use futures::StreamExt;
use tempfile::TempDir;

use crate::clock::ManualClock;
use crate::management::{Onboarded, OnboardingRequest};
use crate::*;

/// 2024-03-04T00:00:00Z, in seconds.
const T0: i64 = 1_709_510_400;

/// A folder that was set up, with a clock that stands at 2024-03-05T00:00:00Z.
struct House {
    dir: TempDir,
    clock: Arc<ManualClock>,
    engine: Engine,
    made: Onboarded,
}

impl House {
    async fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let clock = Arc::new(ManualClock::new((T0 + 86_400) * 1_000_000_000));
        let engine = Engine::open(options(&dir, &clock)).await.unwrap();
        let made = engine.onboard(request()).await.unwrap();
        Self { dir, clock, engine, made }
    }

    /// Closes the folder and opens it again.
    async fn reopen(mut self) -> Self {
        self.engine.close().await.unwrap();
        self.engine = Engine::open(options(&self.dir, &self.clock)).await.unwrap();
        self
    }

    fn org(&self) -> Id {
        self.made.org.id
    }

    fn bucket(&self) -> Id {
        self.made.bucket.id
    }

    /// Writes lines with times in seconds; all must be stored.
    async fn write(&self, lines: &str) {
        let outcome = self.engine.write_line_protocol(self.bucket(), lines.as_bytes(), Precision::Seconds).await;
        assert!(matches!(outcome, Ok(WriteOutcome::Stored { .. })), "{outcome:?}");
    }

    /// The answer to a script that may touch everything.
    async fn ask(&self, text: &str) -> String {
        ask(&self.engine, text, self.engine.full_scope(self.org())).await.unwrap()
    }
}

fn options(dir: &TempDir, clock: &Arc<ManualClock>) -> EngineOptions {
    EngineOptions { clock: Arc::clone(clock) as _, ..EngineOptions::new(dir.path()) }
}

fn request() -> OnboardingRequest {
    OnboardingRequest {
        username: "keeper".into(),
        password: Some("fresnel-lens".into()),
        org: "lighthouse".into(),
        bucket: "lamp".into(),
        retention_ns: 0,
        token: Some("keepers-token".into()),
    }
}

/// Runs a script; its answer as annotated CSV, without the annotations' own lines.
async fn ask(engine: &Engine, text: &str, scope: QueryScope) -> Result<String, FluxError> {
    let request = QueryRequest { text: text.into(), extern_ast: None, now_ns: None, scope };
    let mut answer = engine.query(request).await?;
    let mut text = String::new();
    let mut columns = 0;
    while let Some(event) = answer.next().await {
        match event {
            Event::Result(name) => text.push_str(&format!("result {name}\n")),
            Event::Table { schema, .. } => {
                columns = schema.columns.len();
                let names: Vec<&str> = schema.columns.iter().map(|c| c.name.as_str()).collect();
                text.push_str(&format!("table {}\n", names.join(",")));
            }
            Event::Rows(batch) => {
                assert_eq!(batch.num_columns(), columns);
                for row in 0..batch.num_rows() {
                    let cells: Vec<String> = batch.columns().iter().map(|column| cell(column, row)).collect();
                    text.push_str(&format!("{}\n", cells.join(",")));
                }
            }
            Event::Error(message) => text.push_str(&format!("error {message}\n")),
        }
    }
    Ok(text)
}

fn cell(column: &arrow::array::ArrayRef, row: usize) -> String {
    let options = arrow::util::display::FormatOptions::default();
    arrow::util::display::ArrayFormatter::try_new(column.as_ref(), &options).unwrap().value(row).to_string()
}
