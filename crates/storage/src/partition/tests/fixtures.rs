//! Files of every released format stay readable. A file is written once and never changed.

use std::fs;
use std::path::PathBuf;

use super::{Table, everything, open_at, printed};

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/partition/tests/fixtures").join(name)
}

/// With `TIDEGAUGE_BLESS` set and no file there, writes the fixture of the format of today.
fn bless(table: &Table, version: &str) {
    let path = fixture(&format!("{version}.parquet"));
    if std::env::var_os("TIDEGAUGE_BLESS").is_none() || path.exists() {
        return;
    }
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    table.write(&path);
    fs::write(fixture(&format!("{version}.txt")), table.expected(&everything(table)).join("\n") + "\n").unwrap();
}

#[test]
fn version_1_is_read() {
    let table = Table::random(1, 120, 40);
    bless(&table, "v1");
    let reader = open_at(&fixture("v1.parquet")).unwrap();
    let expected = fs::read_to_string(fixture("v1.txt")).unwrap();
    let lines = printed(&reader, &everything(&table)).unwrap();
    assert_eq!(lines, expected.lines().collect::<Vec<_>>());
    assert_eq!(lines.len(), 116);
}
