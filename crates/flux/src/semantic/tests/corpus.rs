//! The recorded scripts: those with an answer must compile.

use std::path::{Path, PathBuf};

use super::FakeHost;
use crate::semantic::{CompileRequest, compile};
use crate::{FluxError, syntax};

/// The folder of recorded answers.
fn oracle() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/oracle")
}

fn compile_case(text: &str) -> Result<(), FluxError> {
    let dashboard = "option v = {timeRangeStart: -3y, timeRangeStop: now(), windowPeriod: 10m}";
    let uses_dashboard = text.contains("v.timeRange") && !text.contains("option v");
    let extern_file = if uses_dashboard { Some(syntax::parse_or_error(dashboard)?) } else { None };
    let now_ns = text
        .lines()
        .find_map(|line| line.strip_prefix("// now: "))
        .and_then(|now| crate::calendar::parse_time(now.trim()).ok())
        .unwrap_or(1_767_225_600_000_000_000);
    let mut host = FakeHost { now_ns, ..FakeHost::default() };
    compile(&CompileRequest { text, extern_file }, &mut host).map(|_| ())
}

/// Names of the cases with an answer that do not compile, each with the reason, and how many there are.
fn failures(topic: &str) -> (Vec<String>, usize) {
    let mut failed = Vec::new();
    let mut count = 0;
    let Ok(entries) = std::fs::read_dir(oracle().join(topic)) else { return (failed, 0) };
    let mut paths: Vec<PathBuf> = entries.filter_map(|e| e.ok().map(|e| e.path())).collect();
    paths.sort();
    for path in paths {
        if path.extension().is_none_or(|e| e != "flux") || !path.with_extension("csv").exists() {
            continue;
        }
        count += 1;
        let text = std::fs::read_to_string(&path).unwrap();
        if let Err(error) = compile_case(&text) {
            failed.push(format!("{topic}/{}: {error}", path.file_stem().unwrap().to_string_lossy()));
        }
    }
    (failed, count)
}

/// Words of functions that are not built: their cases may be refused.
fn is_expected(failure: &str) -> bool {
    // The host of these tests has one table whose key is {host: "alpha"}.
    failure.contains("is not supported by Tidegauge") || failure.ends_with("no table found")
}

#[test]
fn recorded_scripts_compile() {
    // Topics and how many of their cases may be refused because they use functions that are not built.
    let topics = [
        ("tutorial", 8),
        ("schema", 0),
        ("groups", 0),
        ("selectors", 0),
        ("windows", 0),
        ("aggregates", 0),
        ("rows", 5),
        ("shape", 2),
        ("time", 0),
        ("language", 4),
        ("libraries", 30),
    ];
    let mut wrong = Vec::new();
    for (topic, allowed) in topics {
        let (failed, count) = failures(topic);
        assert!(count > 20, "{topic}: only {count} cases were found");
        wrong.extend(failed.iter().filter(|f| !is_expected(f)).cloned());
        assert!(failed.len() <= allowed, "{topic}: {} of {count} refused:\n{}", failed.len(), failed.join("\n"));
    }
    assert!(wrong.is_empty(), "{} do not compile:\n{}", wrong.len(), wrong.join("\n"));
}
