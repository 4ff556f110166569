//! `--explain physical`: what is read for twenty telling queries, so that a lost push-down is a failing test and not a slow
//! dashboard. Plans and counters must be exactly those of `tests/explain/NAME.txt`.
//!
//! `EXPLAIN_UPDATE=1` writes the files anew; look at the difference before it is kept.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use engine::{Engine, EngineOptions, Explain, Id, Precision, QueryRequest};

use super::world::onboarded;

/// 2024-03-04T00:00:00Z in seconds.
const START: i64 = 1_709_510_400;

/// Four weeks of six hosts in two regions, a point every ten minutes; beside it a small measurement, and one whose series differ in their tags.
fn lines() -> String {
    let mut text = String::new();
    for step in 0..4 * 7 * 144_i64 {
        let time = START + step * 600;
        for host in 0..6_i64 {
            let (region, load) = (if host < 3 { "north" } else { "south" }, (step * 7 + host * 13) % 100);
            writeln!(text, "cpu,host=h{host},region={region} usage={load}.5,procs={}i {time}", 50 + load / 2).unwrap();
        }
        if step % 6 == 0 {
            writeln!(text, "door,place=gate open={} {time}", step % 12 == 0).unwrap();
            let worker = if step % 12 == 0 { ",worker=w1" } else { "" };
            writeln!(text, "load,host=h{} one={step},five={} {time}", step % 4, step % 100).unwrap();
            writeln!(text, "job,queue=q{}{worker} done={step}i {time}", step % 5).unwrap();
        }
    }
    text
}

async fn world(folder: &Path) -> (Engine, Id) {
    // Plans depend on the number of threads.
    let options = EngineOptions { query_threads: 2, ..EngineOptions::new(folder) };
    let engine = Engine::open(options).await.unwrap();
    let (org, bucket) = onboarded(&engine).await;
    engine.write_line_protocol(bucket, lines().as_bytes(), Precision::Seconds).await.unwrap();
    engine.flush().await.unwrap();
    engine.compact().await.unwrap();
    (engine, org)
}

#[test]
fn what_is_read_is_what_was_meant() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/explain");
    let mut scripts: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|f| f.unwrap().path()).collect();
    scripts.retain(|path| path.extension().is_some_and(|e| e == "flux"));
    scripts.sort();
    assert!(scripts.len() >= 20, "{} scripts", scripts.len());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let data = tempfile::tempdir().unwrap();
    let (engine, org) = runtime.block_on(world(data.path()));
    let mut wrong = Vec::new();
    for script in &scripts {
        let scope = engine.full_scope(org);
        let request = QueryRequest::new(std::fs::read_to_string(script).unwrap(), scope);
        let got = runtime.block_on(engine.explain(request, Explain::Physical)).unwrap();
        let expected = script.with_extension("txt");
        if std::env::var_os("EXPLAIN_UPDATE").is_some() {
            std::fs::write(&expected, &got).unwrap();
        }
        if std::fs::read_to_string(&expected).unwrap_or_default() != got {
            wrong.push(format!("{}:\n{got}", script.display()));
        }
    }
    assert!(wrong.is_empty(), "other than in tests/explain/*.txt:\n{}", wrong.join("\n"));
}
