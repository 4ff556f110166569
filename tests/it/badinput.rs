//! Bad input and damaged files: a clear error, nothing lost, and the server goes on.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use engine::{Engine, EngineOptions, NewBucket, OnboardingRequest, Precision};

use crate::served::{Answer, BUCKET, ORG, Served, TOKEN, column};
use crate::tide::Tide;

/// What the server may hold at its peak while it is sent far more.
const MOST_MEMORY_KB: u64 = 512 << 10;
/// The longest message that is still one.
const MOST_MESSAGE_BYTES: usize = 1 << 20;

fn serve() -> (tempfile::TempDir, Served) {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(&folder.path().join("data"), &["--memory-limit", "128MB"]);
    served.set_up();
    served.write("good v=1 1704067200000000000");
    (folder, served)
}

fn write(served: &Served, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    served.send("POST", &format!("/api/v2/write?org={ORG}&bucket={BUCKET}"), headers, body)
}

/// Values of a measurement.
fn values(served: &Served, measurement: &str) -> Vec<String> {
    let script = format!(
        r#"from(bucket: "{BUCKET}") |> range(start: 0, stop: 2100-01-01T00:00:00Z) |> filter(fn: (r) => r._measurement == "{measurement}")"#
    );
    let answer = served.ask(&script);
    assert_eq!(answer.status, 200, "{}", answer.text);
    column(&answer.text, "_value")
}

/// That the server is well, has what it had, and logged no panic.
fn is_unharmed(served: &Served) {
    assert_eq!(values(served, "good"), ["1"]);
    assert!(!served.logged().contains("panicked"), "{}", served.logged());
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

/// The most memory that a process held so far.
fn peak_kb(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|l| l.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn half_a_gzip_stream() {
    let (_folder, served) = serve();
    let lines: String = (0..10_000).map(|n| format!("half v={n} {n}\n")).collect();
    let packed = gzip(lines.as_bytes());
    let (cut_off, no_gzip) = ("unable to read data: unexpected EOF", "the body is not gzip");
    let parts = [
        (&packed[..packed.len() / 2], cut_off),
        (&packed[..packed.len() - 1], cut_off),
        (&packed[..5], cut_off),
        (&b"not gzip at all"[..], no_gzip),
    ];
    for (part, words) in parts {
        let answer = write(&served, &[("Content-Encoding", "gzip")], part);
        assert_eq!(answer.status, 400, "{}", answer.text);
        assert!(answer.text.contains("\"code\":\"invalid\"") && answer.text.contains(words), "{}", answer.text);
    }
    assert_eq!(values(&served, "half"), Vec::<String>::new());
    is_unharmed(&served);
}

#[test]
fn a_line_of_a_hundred_megabytes() {
    let (_folder, served) = serve();
    let mut line = b"long v=\"".to_vec();
    line.resize(100 << 20, b'x');
    line.extend_from_slice(b"\" 1704067200000000000\n");
    // Unpacked it is refused by its length; the connection may end before all of it was sent.
    match served.try_send("POST", &format!("/api/v2/write?org={ORG}&bucket={BUCKET}"), &[], &line) {
        Ok(answer) => assert!(answer.status == 413 && answer.text.contains("too large"), "{answer:?}"),
        Err(ureq::Error::Io(_)) => {}
        Err(other) => panic!("{other}"),
    }
    let packed = gzip(&line);
    assert!(packed.len() < 1 << 20);
    let answer = write(&served, &[("Content-Encoding", "gzip")], &packed);
    assert!(answer.status == 413 && answer.text.contains("request too large"), "{answer:?}");
    assert!(peak_kb(served.process()) < MOST_MEMORY_KB, "{} kB", peak_kb(served.process()));
    assert_eq!(values(&served, "long"), Vec::<String>::new());
    is_unharmed(&served);
}

#[test]
fn a_million_columns() {
    let (folder, served) = serve();
    let fields: Vec<String> = (0..1_000_000).map(|n| format!("f{n}=1i")).collect();
    let answer = write(&served, &[], format!("wide {} 1704067200000000000", fields.join(",")).as_bytes());
    assert!(matches!(answer.status, 204 | 400 | 413 | 422), "{} {:.300}", answer.status, answer.text);
    assert!(answer.text.len() < MOST_MESSAGE_BYTES, "a message of {} bytes", answer.text.len());
    is_unharmed(&served);
    if answer.status == 204 {
        let last = |served: &Served| {
            let script = format!(
                r#"from(bucket: "{BUCKET}") |> range(start: 0, stop: 2100-01-01T00:00:00Z)
                    |> filter(fn: (r) => r._measurement == "wide" and r._field == "f999999")"#
            );
            column(&served.ask(&script).text, "_value")
        };
        assert_eq!(last(&served), ["1"]);
        println!("a million columns are taken; {} kB at the peak", peak_kb(served.process()));
        assert!(served.stop().success());
        let served = Served::start(&folder.path().join("data"), &[]);
        assert_eq!(last(&served), ["1"]);
        is_unharmed(&served);
    }
}

#[test]
fn invalid_utf8() {
    let (_folder, served) = serve();
    let answer = write(&served, &[], b"good v=2 1704067201000000000\nbad,t=\xff\xfe v=1\n");
    assert_eq!(answer.status, 400, "{}", answer.text);
    assert!(answer.text.to_lowercase().contains("utf-8") && answer.text.contains("0xff"), "{}", answer.text);
    let script = [("Content-Type", "application/vnd.flux")];
    let answer = served.send("POST", &format!("/api/v2/query?org={ORG}"), &script, b"from(bucket: \"\xff\")");
    assert_eq!(answer.status, 400, "{}", answer.text);
    is_unharmed(&served);
}

#[test]
fn ten_thousand_nested_parentheses() {
    let (_folder, served) = serve();
    let nested = |open: &str, close: &str| format!("x = {}1{}\nbuckets()", open.repeat(10_000), close.repeat(10_000));
    for (open, close) in
        [("(", ")"), ("[", "]"), ("{a: ", "}"), ("not ", ""), ("-", ""), ("() => ", ""), ("if true then ", " else 1")]
    {
        let answer = served.ask(&nested(open, close));
        assert_eq!(answer.status, 400, "{open}: {:.500}", answer.text);
        assert!(
            answer.text.contains("\"code\":\"invalid\"") && answer.text.len() < MOST_MESSAGE_BYTES,
            "{open}: {} bytes: {:.500}",
            answer.text.len(),
            answer.text
        );
    }
    let nested = |open: &str, close: &str| format!("{{\"query\": {}{}}}", open.repeat(10_000), close.repeat(10_000));
    for body in [nested("[", "]"), nested("{\"a\":", "}"), nested("[", "")] {
        let json = [("Content-Type", "application/json")];
        let answer = served.send("POST", &format!("/api/v2/query?org={ORG}"), &json, body.as_bytes());
        assert_eq!(answer.status, 400, "{:.500}", answer.text);
    }
    let predicate = format!("{}a=\"1\"{}", "(".repeat(10_000), ")".repeat(10_000));
    let body =
        format!(r#"{{"start": "2024-01-01T00:00:00Z", "stop": "2024-01-02T00:00:00Z", "predicate": {predicate:?}}}"#);
    let answer = served.send("POST", &format!("/api/v2/delete?org={ORG}&bucket={BUCKET}"), &[], body.as_bytes());
    // Predicates are read without recursion: they may nest as deep as they like.
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    is_unharmed(&served);
}

#[test]
fn a_truncated_log() {
    let (folder, served) = serve();
    for n in 0..50 {
        served.write(&format!("log v={n} {n}"));
    }
    served.kill();
    let data = folder.path().join("data");
    let log = newest(&data.join("wal"), "wal");
    let length = std::fs::metadata(&log).unwrap().len();
    // The last record is cut in the middle, as by a machine that lost its power.
    File::options().write(true).open(&log).unwrap().set_len(length - 3).unwrap();
    let served = Served::start(&data, &[]);
    let kept: Vec<String> = (0..49).map(|n| n.to_string()).collect();
    assert_eq!(values(&served, "log"), kept, "all but the last");
    is_unharmed(&served);
    served.write("log v=50 50");
    served.kill();
    let served = Served::start(&data, &[]);
    assert_eq!(values(&served, "log").last().map(String::as_str), Some("50"));
    assert!(served.stop().success());
}

#[test]
fn a_damaged_parquet_page() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    sealed_folder(&data);
    let file = newest(&data.join("data"), "parquet");
    let length = std::fs::metadata(&file).unwrap().len();
    // Bytes of the pages, which stand in front of the file's last third.
    let damaged = File::options().read(true).write(true).open(&file).unwrap();
    for at in (64..length / 2).step_by(97) {
        let mut byte = [0];
        damaged.read_exact_at(&mut byte, at).unwrap();
        damaged.write_all_at(&[!byte[0]], at).unwrap();
    }
    drop(damaged);

    let script = format!(
        r#"from(bucket: "{BUCKET}") |> range(start: 0, stop: 2100-01-01T00:00:00Z) |> filter(fn: (r) => r._measurement == "sealed")"#
    );
    let served = Served::start(&data, &[]);
    let answer = served.ask(&script);
    let name = file.file_name().unwrap().to_str().unwrap();
    assert!(answer.status == 500 || answer.text.contains("error,reference"), "{} {:.500}", answer.status, answer.text);
    assert!(answer.text.contains(name), "the file {name} is not named: {:.800}", answer.text);
    assert!(!served.logged().contains("panicked"), "{}", served.logged());
    served.write("after v=1 1704067200000000000");
    assert_eq!(values(&served, "after"), ["1"]);
    assert!(served.stop().success());

    let told = Tide::at(folder.path()).run(&["query", "--data-dir", data.to_str().unwrap(), "-o", ORG, &script]);
    assert!(told.status == 1 && told.err.contains(name), "{told:?}");
}

/// A folder with one bucket whose points stand in a Parquet file.
fn sealed_folder(data: &Path) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let engine = Engine::open(EngineOptions::new(data)).await.unwrap();
        let request = OnboardingRequest {
            username: "tester".to_owned(),
            org: ORG.to_owned(),
            bucket: "other".to_owned(),
            token: Some(TOKEN.to_owned()),
            ..OnboardingRequest::default()
        };
        let org = engine.onboard(request).await.unwrap().org.id;
        let bucket = engine.create_bucket(NewBucket::new(org, BUCKET)).await.unwrap().id;
        let lines: String = (0..5_000_u64)
            .map(|n| format!("sealed,t={} v={},s=\"{}\" {n}\n", n % 7, n * n, n.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
            .collect();
        engine.write_line_protocol(bucket, lines.as_bytes(), Precision::Nanoseconds).await.unwrap();
        engine.compact().await.unwrap();
        engine.close().await.unwrap();
    });
}

/// The last file with an extension, by name, below a folder.
fn newest(folder: &Path, extension: &str) -> PathBuf {
    fn collect(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, extension, found);
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    collect(folder, extension, &mut found);
    found.sort();
    found.pop().unwrap_or_else(|| panic!("no .{extension} below {}", folder.display()))
}

#[test]
fn a_file_that_is_no_text() {
    let (folder, served) = serve();
    let mut noise = vec![0; 100_000];
    File::open("/dev/urandom").unwrap().read_exact(&mut noise).unwrap();
    let path = folder.path().join("noise.lp");
    std::fs::write(&path, noise).unwrap();
    let user = Tide::at(folder.path());
    let arguments =
        ["write", "--host", &served.url, "-t", TOKEN, "-o", ORG, "-b", BUCKET, "-f", path.to_str().unwrap()];
    let told = user.run(&arguments).failed(1);
    assert!(told.contains("400 Bad Request"), "{told:.500}");
    is_unharmed(&served);
}
