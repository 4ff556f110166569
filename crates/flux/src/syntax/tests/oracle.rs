//! The recorded answers of InfluxDB 2.9.1: what it answered parses, what it refused is refused in its words.

use std::path::{Path, PathBuf};

use crate::syntax::{parse, parse_or_error};

/// All recorded scripts with their texts.
pub(super) fn scripts() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/oracle");
    let mut scripts = Vec::new();
    for topic in std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        for file in std::fs::read_dir(topic).unwrap().map(|entry| entry.unwrap().path()) {
            if file.extension().is_some_and(|extension| extension == "flux") {
                let text = std::fs::read_to_string(&file).unwrap();
                scripts.push((file, text));
            }
        }
    }
    scripts.sort();
    assert!(scripts.len() > 900, "only {} scripts found", scripts.len());
    scripts
}

/// The recorded message, where the script was refused.
fn refusal(script: &Path) -> Option<String> {
    let text = std::fs::read_to_string(script.with_extension("error.json")).ok()?;
    let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
    Some(answer["message"].as_str().unwrap().to_owned())
}

#[test]
fn every_script_parses_or_fails_as_recorded() {
    let mut wrong = Vec::new();
    let mut refused = 0;
    for (path, text) in scripts() {
        let message = parse_or_error(&text).err().map(|error| error.message);
        let recorded = refusal(&path).filter(|message| message.starts_with("compilation failed: "));
        refused += usize::from(recorded.is_some());
        if message != recorded {
            wrong.push(format!("{}\n   ours: {message:?}\n   recorded: {recorded:?}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(refused > 20, "only {refused} refusals are recorded");
}

#[test]
fn messages_of_the_query_endpoint() {
    let message = |text: &str| parse_or_error(text).unwrap_err().message;
    assert_eq!(
        message("from(bucket:"),
        "compilation failed: error @1:1-1:13: expected RPAREN, got EOF\n\nerror @1:6-1:12: missing property value"
    );
    assert_eq!(
        message("x = 1 +"),
        "compilation failed: error @1:8-1:8: invalid expression: invalid token for primary expression: EOF"
    );
    assert_eq!(parse("from(").tree_error().unwrap().message, "invalid AST: loc 1:1-1:6: expected RPAREN, got EOF");
}
