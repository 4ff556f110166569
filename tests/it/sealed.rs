//! Other tools read sealed partitions exactly: every row once, overwritten values and deleted rows left out.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use engine::management::{NewBucket, NewOrganization};
use engine::{Comparison, Engine, EngineOptions, Precision, SeriesFilter};
use serde_json::{Map, Value, json};

use crate::python;

const PACKAGES: &[&str] = &["duckdb", "pyarrow"];
/// 2024-03-04T00:00:00Z in microseconds.
const START: i64 = 1_709_510_400_000_000;
const STATIONS: [Option<&str>; 4] = [Some("näs"), Some("öst vik"), Some("pier,9"), None];

/// Rows by time, station and depth.
type Rows = BTreeMap<(i64, Option<&'static str>, u8), Map<String, Value>>;

/// Writes one row; the fields that it has depend on its number.
fn row(lines: &mut String, rows: &mut Rows, number: i64, round: i64) {
    let (time, depth) = (START + number * 977_003, (number % 3) as u8);
    let station = STATIONS[(number % 4) as usize];
    let mut fields = Map::new();
    let temp = number as f64 / 8.0 - round as f64 * 1e-3;
    fields.insert("temp".into(), json!(temp));
    let mut text = format!("temp={temp}");
    if number % 2 == 0 {
        fields.insert("count".into(), json!(number * 1_000_003 * (round + 1)));
        write!(text, ",count={}i", number * 1_000_003 * (round + 1)).unwrap();
    }
    if number % 5 == 0 {
        let (big, note) = (u64::MAX - number as u64, format!("“{number}”, \\ and\nmore"));
        write!(text, ",big={big}u,ok={},note=\"{}\"", number % 10 == 0, note.replace('\\', r"\\")).unwrap();
        fields.extend([
            ("big".into(), json!(big)),
            ("ok".into(), json!(number % 10 == 0)),
            ("note".into(), json!(note)),
        ]);
    }
    lines.push_str("sea");
    if let Some(station) = station {
        write!(lines, ",station={}", station.replace(',', r"\,").replace(' ', r"\ ")).unwrap();
    }
    writeln!(lines, ",depth=d{depth} {text} {time}").unwrap();
    let known = rows.entry((time, station, depth)).or_default();
    known.extend(fields);
}

#[tokio::test]
async fn duckdb_and_pyarrow_read_sealed_files_exactly() {
    if std::env::var_os("TIDE_SKIP_CLIENTS").is_some_and(|v| v == "1") {
        println!("left out: TIDE_SKIP_CLIENTS=1");
        return;
    }
    let Some(system) = python::system() else { return };
    let python = python::environment(&system, "readers", PACKAGES);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let engine = Engine::open(EngineOptions::new(&data)).await.unwrap();
    let org = engine.create_organization(NewOrganization { name: "home".into(), ..Default::default() }).await.unwrap();
    let bucket = engine.create_bucket(NewBucket::new(org.id, "coast")).await.unwrap().id;
    let mut rows = Rows::new();
    for round in 0..3 {
        let mut lines = String::new();
        // Rounds overlap: later ones overwrite some rows, in another order.
        (0..3_000).for_each(|i| row(&mut lines, &mut rows, round * 2_000 + i * 1_009 % 3_000, round));
        engine.write_line_protocol(bucket, lines.as_bytes(), Precision::Microseconds).await.unwrap();
        engine.flush().await.unwrap();
    }
    let (first, last) = (START + 977_003 * 500, START + 977_003 * 2_500);
    let filter = SeriesFilter::Tag { key: "depth".into(), comparison: Comparison::Equal, value: "d1".into() };
    engine.delete(bucket, first * 1_000, last * 1_000, filter).await.unwrap();
    rows.retain(|&(time, _, depth), _| depth != 1 || time < first || time > last);
    engine.compact_bucket(bucket).await.unwrap();
    engine.close().await.unwrap();

    let expected = folder.path().join("expected");
    let mut text = String::new();
    for ((time, station, depth), mut fields) in rows {
        fields.extend([("time".into(), json!(time)), ("depth".into(), json!(format!("d{depth}")))]);
        if let Some(station) = station {
            fields.insert("station".into(), json!(station));
        }
        writeln!(text, "{}", Value::Object(fields)).unwrap();
    }
    std::fs::write(&expected, text).unwrap();
    let pattern = data.join("by-name/home/coast/**/*.parquet");
    let said = std::process::Command::new(&python)
        .arg(python::root().join("tests/clients/sealed.py"))
        .args([&pattern, &expected])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&said.stdout) + String::from_utf8_lossy(&said.stderr);
    println!("{text}");
    assert!(said.status.success(), "{text}");
    assert!(text.contains("pyarrow: ") && text.contains("duckdb: "), "{text}");
}
