//! Recorded scripts whose answer needs no data: the rows that the evaluator computes must be those of the answer.

use std::path::{Path, PathBuf};

use super::FakeHost;
use crate::plan::{Op, Scalar};
use crate::semantic::{CompileRequest, compile};

/// Records of a CSV text, each with its cells.
fn records(text: &str) -> Vec<Vec<String>> {
    let mut records = vec![vec![String::new()]];
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let record = records.last_mut().unwrap();
        match c {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                record.last_mut().unwrap().push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(String::new()),
            '\n' if !quoted => records.push(vec![String::new()]),
            // Line ends of the answer, and what became of a carriage return in a cell.
            '\r' => {}
            other => record.last_mut().unwrap().push(other),
        }
    }
    records
}

fn cell(scalar: &Scalar) -> String {
    match scalar {
        Scalar::Null => String::new(),
        Scalar::Time(nanos) => crate::calendar::format_trimmed(*nanos),
        Scalar::Float(x) => crate::library::format_float(*x),
        other => match crate::library::to_string(other) {
            Ok(Scalar::String(text)) => text.replace('\r', ""),
            unexpected => panic!("{unexpected:?}"),
        },
    }
}

/// The rows of a script that is one `array.from`, `None` for other scripts.
fn computed(text: &str) -> Option<Result<Vec<Vec<String>>, String>> {
    let now_ns = text
        .lines()
        .find_map(|line| line.strip_prefix("// now: "))
        .and_then(|now| crate::calendar::parse_time(now.trim()).ok())
        .unwrap_or(1_767_225_600_000_000_000);
    let mut host = FakeHost { now_ns, ..FakeHost::default() };
    match compile(&CompileRequest { text, extern_file: None }, &mut host) {
        Err(error) if error.message.contains("not supported by Tidegauge") => None,
        Err(error) => Some(Err(error.message)),
        Ok(compiled) => match compiled.plan.nodes.as_slice() {
            [node] => match &node.op {
                Op::Rows { rows, .. } => Some(Ok(rows.iter().map(|row| row.iter().map(cell).collect()).collect())),
                _ => None,
            },
            _ => None,
        },
    }
}

#[test]
fn recorded_values_come_out() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/oracle");
    let (mut right, mut wrong) = (0, Vec::new());
    for topic in ["language", "libraries", "errors", "time"] {
        let mut paths: Vec<PathBuf> =
            std::fs::read_dir(folder.join(topic)).unwrap().map(|e| e.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            let answer = path.with_extension("csv");
            if path.extension().is_none_or(|e| e != "flux") || !answer.exists() {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let Some(rows) = computed(&text).filter(|_| !text.contains("// dialect")) else { continue };
            let wanted: Vec<Vec<String>> = records(&std::fs::read_to_string(&answer).unwrap())
                .into_iter()
                .skip(4)
                .filter(|record| record.len() > 3)
                .map(|mut record| record.split_off(3))
                .collect();
            match rows {
                Ok(rows) if rows == wanted => right += 1,
                other => {
                    wrong.push(format!("{}:\n  {other:?}\n  {wanted:?}", path.file_stem().unwrap().to_string_lossy()))
                }
            }
        }
    }
    assert!(right >= 60, "only {right} scripts were compared");
    assert!(wrong.is_empty(), "{} of {} are wrong:\n{}", wrong.len(), wrong.len() + right, wrong.join("\n"));
}
