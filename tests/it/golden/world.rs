//! An engine on a temporary folder that holds the data of one topic in one physical state.

use std::path::Path;

use codec::annotated_csv::{Annotation, Dialect, DialectOptions, Writer};
use engine::management::{NewBucket, OnboardingRequest};
use engine::{Engine, EngineOptions, QueryRequest};
use futures::StreamExt;
use model::{Id, Precision};

use super::compare::Answer;

/// How the data lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Memtable,
    Flushed,
    /// The first half of the lines flushed, the rest in the memtable.
    HalfAndHalf,
    Replayed,
    /// Two flushes, merged.
    Compacted,
    /// Flushed; storage is asked for everything, and filters run over it.
    NothingPushedDown,
}

/// The lines of a file, cut in two where the data are to lie in two places.
fn cut(body: &[u8], state: State) -> [&[u8]; 2] {
    let halves = matches!(state, State::HalfAndHalf | State::Compacted);
    let middle = body.iter().skip(body.len() / 2).position(|b| *b == b'\n').map(|at| body.len() / 2 + at + 1);
    match middle.filter(|_| halves) {
        Some(middle) => body.split_at(middle).into(),
        None => [&[], body],
    }
}

/// `now` of a query that names none: 2026-01-01T00:00:00Z.
const NOW_NS: i64 = 1_767_225_600 * 1_000_000_000;

pub(super) struct World {
    runtime: tokio::runtime::Runtime,
    engine: Engine,
    org: Id,
    _folder: tempfile::TempDir,
}

impl World {
    /// Writes every `NAME.lp` of a folder into a bucket called NAME.
    pub(super) fn load(data: &Path, state: State) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let pushdown = state != State::NothingPushedDown;
        let options = EngineOptions { pushdown, ..EngineOptions::new(folder.path()) };
        let (engine, org) = runtime.block_on(async {
            let engine = Engine::open(options.clone()).await.unwrap();
            let (org, _) = onboarded(&engine).await;
            let mut files: Vec<_> = std::fs::read_dir(data).unwrap().map(|f| f.unwrap().path()).collect();
            files.sort();
            let mut second = Vec::new();
            for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "lp")) {
                let name = file.file_stem().unwrap().to_str().unwrap();
                let bucket = engine.create_bucket(NewBucket::new(org, name)).await.unwrap();
                let body = std::fs::read(file).unwrap();
                let [first, rest] = cut(&body, state);
                if !first.is_empty() {
                    engine.write_line_protocol(bucket.id, first, Precision::Nanoseconds).await.unwrap();
                }
                second.push((bucket.id, rest.to_vec()));
            }
            if matches!(state, State::HalfAndHalf | State::Compacted) {
                engine.flush().await.unwrap();
            }
            for (bucket, lines) in second {
                engine.write_line_protocol(bucket, &lines, Precision::Nanoseconds).await.unwrap();
            }
            (settle(engine, state, options).await, org)
        });
        Self { runtime, engine, org, _folder: folder }
    }

    /// Asks a script with what its first lines say about `now` and the dialect.
    pub(super) fn ask(&self, text: &str) -> Answer {
        let line = |start: &str| text.lines().find_map(|l| l.strip_prefix(start)).map(str::trim);
        let now_ns = line("// now: ").map_or(NOW_NS, |now| flux::calendar::parse_time(now).unwrap());
        let dialect = line("// dialect: ").map_or_else(default_dialect, dialect_of);
        let request = QueryRequest {
            text: text.to_owned(),
            extern_ast: None,
            now_ns: Some(now_ns),
            scope: self.engine.full_scope(self.org),
        };
        self.runtime.block_on(async {
            match self.engine.query(request).await {
                Ok(mut answer) => {
                    let mut writer = Writer::new(dialect);
                    let mut body = Vec::new();
                    while let Some(event) = answer.next().await {
                        writer.event(&event, &mut body);
                    }
                    writer.finish(&mut body);
                    Answer::Body(String::from_utf8(body).unwrap())
                }
                Err(error) => {
                    let (status, code) = match error.code {
                        flux::ErrorCode::Invalid | flux::ErrorCode::ResourceExhausted => (400, "invalid"),
                        flux::ErrorCode::NotFound => (404, "not found"),
                        flux::ErrorCode::Internal => (500, "internal error"),
                        flux::ErrorCode::Forbidden => (403, "forbidden"),
                        flux::ErrorCode::Unimplemented => (501, "not implemented"),
                    };
                    Answer::Refused { status, code: code.to_owned(), message: error.message }
                }
            }
        })
    }
}

/// Sets a folder up; gives the organisation and its first bucket, `first`.
pub(super) async fn onboarded(engine: &Engine) -> (Id, Id) {
    let request = OnboardingRequest {
        username: "tester".to_owned(),
        org: "oracle".to_owned(),
        bucket: "first".to_owned(),
        ..OnboardingRequest::default()
    };
    let made = engine.onboard(request).await.unwrap();
    (made.org.id, made.bucket.id)
}

/// Brings the data that were written last to where they are to lie.
async fn settle(engine: Engine, state: State, options: EngineOptions) -> Engine {
    match state {
        State::Memtable | State::HalfAndHalf => engine,
        State::Flushed | State::NothingPushedDown => {
            engine.flush().await.unwrap();
            engine
        }
        State::Compacted => {
            engine.flush().await.unwrap();
            engine.compact().await.unwrap();
            engine
        }
        State::Replayed => {
            engine.close().await.unwrap();
            drop(engine);
            Engine::open(options).await.unwrap()
        }
    }
}

fn default_dialect() -> Dialect {
    let annotations = vec![Annotation::Datatype, Annotation::Group, Annotation::Default];
    Dialect { annotations, ..Dialect::default() }
}

fn dialect_of(json: &str) -> Dialect {
    let object: serde_json::Value = serde_json::from_str(json).unwrap();
    let annotations: Vec<String> = object["annotations"]
        .as_array()
        .map(|list| list.iter().map(|a| a.as_str().unwrap().to_owned()).collect())
        .unwrap_or_default();
    let options = DialectOptions {
        header: object["header"].as_bool(),
        delimiter: object["delimiter"].as_str(),
        comment_prefix: object["commentPrefix"].as_str(),
        date_time_format: object["dateTimeFormat"].as_str(),
        annotations: &annotations,
    };
    options.check().unwrap()
}
