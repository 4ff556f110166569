//! Python scripts run by tests: the checkers of recorded answers, and clients in environments of their own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs a script of the repository; prints what it says.
pub(crate) fn run(python: &Path, script: &str, arguments: &[&str]) -> String {
    let output = run_quietly(Command::new(python).arg(root().join(script)).args(arguments));
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    println!("{text}");
    assert!(output.status.code().is_some(), "{script} was killed");
    text
}

fn run_quietly(command: &mut Command) -> Output {
    command.env("PYTHONDONTWRITEBYTECODE", "1").output().unwrap_or_else(|e| panic!("{command:?}: {e}"))
}

/// The interpreter of this machine (`PYTHON`, else `python3`). Where there is none, what wants it is left out and says so;
/// `TIDE_NEED_PYTHON=1` makes that a failure.
pub(crate) fn system() -> Option<PathBuf> {
    let python = std::env::var_os("PYTHON").map_or_else(|| "python3".into(), PathBuf::from);
    if Command::new(&python).arg("--version").output().is_ok_and(|said| said.status.success()) {
        return Some(python);
    }
    assert!(std::env::var_os("TIDE_NEED_PYTHON").is_none(), "{} does not run", python.display());
    println!("left out: {} does not run", python.display());
    None
}

/// Numbers of a checker's closing line: `N passed, N failed`.
pub(crate) fn closing(text: &str) -> (usize, usize) {
    let line = text.lines().rev().find(|l| l.contains(" passed, ") && l.ends_with(" failed"));
    let line = line.unwrap_or_else(|| panic!("the checker said no closing line:\n{text}"));
    let numbers: Vec<usize> = line.split_whitespace().filter_map(|w| w.parse().ok()).collect();
    let [passed, failed] = numbers.as_slice() else { panic!("not a closing line: {line}") };
    (*passed, *failed)
}

/// An environment with packages, below `target/`; made when it is missing. A marker says that it was made to its end.
pub(crate) fn environment(system: &Path, name: &str, packages: &[&str]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("python-{name}"));
    let (python, marker) = (folder.join("bin/python"), folder.join("complete"));
    if std::fs::read_to_string(&marker).is_ok_and(|made| made == packages.join(" ")) {
        return python;
    }
    let made = run_quietly(Command::new(system).args(["-m", "venv", "--clear"]).arg(&folder));
    assert!(made.status.success(), "python3 -m venv failed: {}", String::from_utf8_lossy(&made.stderr));
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    let installed = run_quietly(Command::new(&python).args(pip).args(packages));
    assert!(
        installed.status.success(),
        "pip could not install {packages:?} (TIDE_SKIP_CLIENTS=1 leaves the clients out): {}",
        String::from_utf8_lossy(&installed.stderr)
    );
    std::fs::write(marker, packages.join(" ")).unwrap();
    python
}
