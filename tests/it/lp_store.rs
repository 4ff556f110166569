//! Recorded answers to tricky line protocol (`tests/oracle/lp_store`), and what is stored of it, asked of the real binary.

use std::path::Path;

use crate::python::{closing, run, system};
use crate::served::{ORG, Served, TOKEN};

/// Share of the cases that must agree, in percent.
const REQUIRED_PERCENT: usize = 99;
/// There are 235, less the meant differences.
const LEAST_CASES: usize = 225;

#[test]
fn recorded_lines_as_they_come_and_after_a_restart() {
    let Some(python) = system() else { return };
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let served = Served::start(&data, &[]);
    served.set_up();
    judge("as they come", &check(&python, &served));

    // Each case in a bucket of its own; the answers are asked for when the server that took them is gone.
    let kept = folder.path().join("answers.json");
    let kept = kept.to_str().unwrap();
    restart_script(&python, &served, "write", kept);
    served.kill();
    let served = Served::start(&data, &[]);
    judge("after a kill", &restart_script(&python, &served, "read", kept));
    assert!(served.stop().success());
    let served = Served::start(&data, &[]);
    judge("after an orderly stop", &restart_script(&python, &served, "read", kept));
    judge("as they come, later", &check(&python, &served));
}

fn check(python: &Path, served: &Served) -> String {
    let arguments = ["check", "--list", "--url", &served.url, "--token", TOKEN, "--org", ORG];
    run(python, "tests/oracle/lp_store_oracle.py", &arguments)
}

fn restart_script(python: &Path, served: &Served, verb: &str, kept: &str) -> String {
    let arguments = [verb, "--url", &served.url, "--token", TOKEN, "--org", ORG, "--answers", kept];
    run(python, "tests/clients/lp_store_restart.py", &arguments)
}

fn judge(when: &str, text: &str) {
    let (passed, failed) = closing(text);
    println!("lp_store {when}: {passed} agree, {failed} do not");
    assert!(passed + failed >= LEAST_CASES, "{when}: only {} cases were asked", passed + failed);
    assert!(passed * 100 >= (passed + failed) * REQUIRED_PERCENT, "{when}: {passed} of {}", passed + failed);
}
