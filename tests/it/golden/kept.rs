//! Cases of our own (`tests/flux/TOPIC/CASE.flux`) beside the recorded ones: behaviour that no recorded case covers. The first
//! line of each says where its answer comes from; the answer stands in `CASE.csv`, a refusal's code and message in `CASE.error`.
//!
//! `FLUX_BLESS=1` writes the answers; they are then to be read against what the first line names.

use std::path::{Path, PathBuf};

use super::compare::{Answer, Level, agreement};
use super::world::{State, World};

#[test]
fn kept_cases_answer_as_they_did() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/flux");
    let mut cases: Vec<PathBuf> = Vec::new();
    for topic in std::fs::read_dir(&root).unwrap().map(|t| t.unwrap().path()).filter(|p| p.is_dir()) {
        let files = std::fs::read_dir(&topic).unwrap().map(|f| f.unwrap().path());
        cases.extend(files.filter(|f| f.extension().is_some_and(|e| e == "flux")));
    }
    cases.sort();
    assert!(!cases.is_empty(), "{} has no cases", root.display());
    let empty = tempfile::tempdir().unwrap();
    let world = World::load(empty.path(), State::Memtable);
    let bless = std::env::var_os("FLUX_BLESS").is_some();
    let failures: Vec<String> = cases.iter().filter_map(|case| judge(&world, case, bless).err()).collect();
    assert!(failures.is_empty(), "{} of {} cases fail\n{}", failures.len(), cases.len(), failures.join("\n"));
}

fn judge(world: &World, case: &Path, bless: bool) -> Result<(), String> {
    let text = std::fs::read_to_string(case).unwrap();
    let name = case.display();
    if !text.starts_with("// oracle: ") {
        return Err(format!("{name}: its first line does not say where the answer comes from (// oracle: ...)"));
    }
    let (csv, error) = (case.with_extension("csv"), case.with_extension("error"));
    let (path, got) = match world.ask(&text) {
        Answer::Body(body) => (csv, body),
        Answer::Refused { code, message, .. } => (error, format!("{code}\n{message}\n")),
    };
    if bless {
        std::fs::write(&path, &got).unwrap();
        return Ok(());
    }
    let want = std::fs::read_to_string(&path).map_err(|_| format!("{name}: not expected: {got}"))?;
    let agrees = want == got || agreement(&want, &got) == Some(Level::Exact) && same_columns(&want, &got);
    if agrees { Ok(()) } else { Err(format!("{name}: answered\n{got}\nwanted\n{want}")) }
}

/// Whether the columns come in one order.
fn same_columns(want: &str, got: &str) -> bool {
    let headers = |text: &str| -> Vec<String> {
        text.lines().filter(|l| l.starts_with(",result,table")).map(|l| l.trim_end().to_owned()).collect()
    };
    headers(want) == headers(got)
}
