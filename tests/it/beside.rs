//! A second process opens a folder that a server writes to: it sees all that was acknowledged at opening, and nothing that it
//! has opened goes away under it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use engine::{Engine, EngineOptions, Event, QueryRequest};
use futures::StreamExt as _;

use crate::served::{self, BUCKET, ORG, Served};
use crate::tide::Tide;

/// How often the folder is opened.
const OPENINGS: usize = 12;
/// Makes points large, so that memtables are written out and partitions merged while somebody reads.
const PAD: &str = "All that was acknowledged at opening is seen. ";

/// Counts what a reader sees of numbers from 0 on, without gaps.
async fn count(engine: &Engine) -> u64 {
    let org = engine.organization_by_name(ORG).unwrap().id;
    let script =
        format!(r#"from(bucket: "{BUCKET}") |> range(start: 0) |> filter(fn: (r) => r._field == "n") |> count()"#);
    let mut answer = engine.query(QueryRequest::new(script, engine.full_scope(org))).await.unwrap();
    let mut seen = 0;
    while let Some(event) = answer.next().await {
        match event {
            Event::Rows(rows) => {
                use engine::arrow::array::{Array as _, AsArray as _};
                let values = rows.columns().iter().rev().find_map(|column| {
                    column.as_primitive_opt::<engine::arrow::datatypes::Int64Type>().filter(|c| !c.is_empty())
                });
                seen += values.unwrap().values().iter().sum::<i64>() as u64;
            }
            Event::Error(message) => panic!("{message}"),
            Event::Result(_) | Event::Table { .. } => {}
        }
    }
    seen
}

#[test]
fn a_reader_sees_what_was_acknowledged_and_keeps_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let served = Served::start(&data, &["--memory-limit", "24MB"]);
    served.set_up();
    let (stop, acknowledged) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let writer = std::thread::spawn({
        let (stop, acknowledged, url) = (Arc::clone(&stop), Arc::clone(&acknowledged), served.url.clone());
        move || {
            let (agent, pad) = (served::agent(), PAD.repeat(20));
            let path = format!("/api/v2/write?org={ORG}&bucket={BUCKET}");
            let mut next = 0;
            while !stop.load(Ordering::Relaxed) {
                let lines: String = (next..next + 200).map(|n| format!("load n={n}i,pad=\"{pad}\" {n}\n")).collect();
                let answer = served::send(&agent, &url, "POST", &path, &[], lines.as_bytes()).unwrap();
                assert_eq!(answer.status, 204, "{}", answer.text);
                next += 200;
                acknowledged.store(next, Ordering::SeqCst);
            }
        }
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut readers = Vec::new();
        for opening in 0..OPENINGS {
            let before = acknowledged.load(Ordering::SeqCst);
            let options = EngineOptions { read_only: true, ..EngineOptions::new(&data) };
            let reader = Engine::open(options).await.unwrap();
            let seen = count(&reader).await;
            assert!(seen >= before && seen.is_multiple_of(200), "opening {opening}: {seen} of {before}");
            readers.push((seen, reader));
        }
        // Meanwhile partitions were merged and files removed: every reader still has its own view.
        for (seen, reader) in &readers {
            assert_eq!(count(reader).await, *seen);
            assert_eq!(reader.verify().await.unwrap().damages, []);
        }
    });
    stop.store(true, Ordering::Relaxed);
    writer.join().unwrap();
    let all = acknowledged.load(Ordering::SeqCst);
    println!("{all} points were written meanwhile");
    let script =
        format!(r#"from(bucket: "{BUCKET}") |> range(start: 0) |> filter(fn: (r) => r._field == "n") |> count()"#);
    let arguments = ["query", "--data-dir", data.to_str().unwrap(), "--raw", &script];
    let said = Tide::at(folder.path()).run(&arguments).well();
    assert!(said.contains(&format!(",{all}")), "the folder is in use, and read: {said}");
    assert!(served.stop().success());
}
