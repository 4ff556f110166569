//! Recorded conversations over HTTP (`tests/oracle/http`), held with the real binary.

use crate::python::{closing, root, run, system};
use crate::served::{ORG, Served, TOKEN};

/// Share of the conversations that must agree, in percent.
const REQUIRED_PERCENT: usize = 97;

#[test]
fn recorded_conversations() {
    let Some(python) = system() else { return };
    let text = std::fs::read_to_string(root().join("tests/oracle/http_t1.txt")).unwrap();
    let names: Vec<&str> = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')).collect();
    assert!(names.len() >= 100, "{} names", names.len());
    let (fresh, usual): (Vec<&str>, Vec<&str>) = names.iter().partition(|name| is_fresh(name));

    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(&folder.path().join("data"), &[]);
    served.set_up();
    let arguments = ["check", "--list", "--url", &served.url, "--token", TOKEN, "--org", ORG];
    let arguments: Vec<&str> = arguments.into_iter().chain(usual.iter().copied()).collect();
    let (mut passed, mut failed) = closing(&run(&python, "tests/oracle/http_oracle.py", &arguments));
    assert!(served.stop().success());

    for name in fresh {
        let folder = tempfile::tempdir().unwrap();
        let served = Served::start(&folder.path().join("data"), &[]);
        let arguments = ["check", "--list", "--url", &served.url, "--fresh", name];
        let (p, f) = closing(&run(&python, "tests/oracle/http_oracle.py", &arguments));
        (passed, failed) = (passed + p, failed + f);
    }
    println!("conversations: {passed} agree, {failed} do not");
    assert_eq!(passed + failed + meant_differences(&names), names.len(), "each is asked once");
    assert!(passed * 100 >= names.len() * REQUIRED_PERCENT, "{passed} of {}", names.len());
}

/// Whether a conversation wants a server that was never set up.
fn is_fresh(name: &str) -> bool {
    let path = root().join(format!("tests/oracle/http/{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let transcript: serde_json::Value = serde_json::from_str(&text).unwrap();
    transcript["fresh"] == true
}

/// How many of these are left out as meant differences.
fn meant_differences(names: &[&str]) -> usize {
    let text = std::fs::read_to_string(root().join("tests/oracle/DIFFERENCES.json")).unwrap();
    let all: serde_json::Value = serde_json::from_str(&text).unwrap();
    names.iter().filter(|name| all.get(format!("http/{name}")).is_some()).count()
}
