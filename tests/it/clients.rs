//! The official Python client, newest and pinned by the tutorial's author, against the real binary.
//!
//! The client is installed from the package registry into environments below `target/`; `TIDE_SKIP_CLIENTS=1` leaves these
//! tests out where there is none. `TUTORIAL_REPO` names a checkout of the author's scripts, which are run as they are.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::python;
use crate::served::{BUCKET, ORG, Served, TOKEN};

/// What the tutorial's author pins. That release knows no newer pandas.
const PINNED: &[&str] = &["influxdb-client==1.33.0", "setuptools<81", "pandas<2", "numpy<2"];
/// The newest release.
const NEWEST: &[&str] = &["influxdb-client", "pandas"];
/// What the author's scripts need besides.
const AUTHOR: &[&str] = &["influxdb-client==1.33.0", "setuptools<81", "s2cell", "rich", "numpy<2"];

#[test]
fn the_newest_client() {
    with_client("newest", NEWEST);
}

#[test]
fn the_pinned_client() {
    with_client("pinned", PINNED);
}

/// Runs every script of `tests/clients` that is a conversation with a server.
fn with_client(name: &str, packages: &[&str]) {
    let Some(system) = wanted() else { return };
    let python = python::environment(&system, name, packages);
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(&folder.path().join("data"), &[]);
    served.set_up();
    for script in ["official.py", "importer.py"] {
        run(&python, &python::root().join("tests/clients").join(script), &served, &[]);
    }
    assert!(served.stop().success());
}

#[test]
fn the_author_s_scripts() {
    let Some(repository) = std::env::var_os("TUTORIAL_REPO").map(PathBuf::from) else {
        println!("left out: TUTORIAL_REPO names no checkout of the tutorial's scripts");
        return;
    };
    let Some(system) = wanted() else { return };
    let python = python::environment(&system, "author", AUTHOR);
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(&folder.path().join("data"), &[]);
    served.set_up();
    let scripts = repository.join("scripts");
    let codes = python::root().join("tests/clients/ucr_codes.csv");
    let codes = codes.to_str().unwrap();
    run(&python, &scripts.join("socrata_codes_importer.py"), &served, &[codes]);
    assert!(served.stop().success());
}

/// The interpreter, unless the clients are to be left out.
fn wanted() -> Option<PathBuf> {
    if std::env::var_os("TIDE_SKIP_CLIENTS").is_some_and(|v| v == "1") {
        println!("left out: TIDE_SKIP_CLIENTS=1");
        return None;
    }
    python::system()
}

/// Runs a script with the server's address in the variables that the client reads; it has to end well.
fn run(python: &Path, script: &Path, served: &Served, arguments: &[&str]) {
    let output = Command::new(python)
        .arg(script)
        .args(arguments)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("INFLUXDB_V2_URL", &served.url)
        .env("INFLUXDB_V2_TOKEN", TOKEN)
        .env("INFLUXDB_V2_ORG", ORG)
        .env("TIDE_BUCKET", BUCKET)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    println!("{said}");
    assert!(output.status.success(), "{} failed:\n{said}\n{}", script.display(), served.logged());
}
