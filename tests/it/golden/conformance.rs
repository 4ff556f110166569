//! The conformance cases of Flux itself: `testcase` blocks of a checkout of its repository that `FLUX_REPO` names.
//!
//! Does nothing without that variable. With it every `stdlib/**/*_test.flux` is read, each case is asked of an engine without
//! buckets, and what agrees is counted by folder. `FLUX_LIST=1` prints the cases that do not agree with the reason,
//! `FLUX_CASES=TEXT` asks only cases whose name contains the text.
//!
//! The runner of the repository hands cases a package `testing`; here it is a record that yields what is to be equal.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use flux::ast::{ExpressionKind, File, Statement};
use flux::syntax::{parse, parse_or_error, printer};

use super::compare::{Answer, difference};
use super::world::{State, World};

/// Packages that only steer the repository's own runner or planner.
const OF_THE_RUNNER: [&str; 3] = ["testing", "testing/expect", "planner"];

/// What stands for those packages.
const RUNNER: &str = r#"
import __array "array"
import __experimental "experimental"

__diff = (got=<-, want, verbose=false, epsilon=0.000001, nansEqual=false) => {
    wanted = want |> yield(name: "want")

    return got |> yield(name: "got")
}
__equal = (got, want) => __diff(got: __array.from(rows: [{v: got}]), want: __array.from(rows: [{v: want}]))
testing = {
    tags: [],
    diff: __diff,
    load: (tables=<-) => tables,
    assertEqualValues: __equal,
    assertEmpty: (tables=<-) => tables |> yield(name: "got"),
    shouldError: (fn, want) => {
        caught = __experimental.catch(fn: fn)

        return
            if exists caught.msg then
                __equal(got: caught.msg =~ want, want: true)
            else
                die(msg: "shouldError expected an error")
    },
}
expect = {planner: (rules) => 0}
"#;

#[test]
fn cases_of_flux_itself_are_counted_on_demand() {
    let Ok(repository) = std::env::var("FLUX_REPO") else { return };
    let stdlib = Path::new(&repository).join("stdlib");
    let mut files = Vec::new();
    find(&stdlib, &mut files);
    assert!(!files.is_empty(), "{} has no *_test.flux", stdlib.display());
    let empty = tempfile::tempdir().unwrap();
    let world = World::load(empty.path(), State::Memtable);
    let only = std::env::var("FLUX_CASES").unwrap_or_default();
    let list = std::env::var_os("FLUX_LIST").is_some();
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for path in files {
        let name = path.strip_prefix(&stdlib).unwrap().display().to_string();
        let topic = name.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        for (case, script) in scripts(&std::fs::read_to_string(&path).unwrap(), &stdlib) {
            let full = format!("{name}:{case}");
            if !full.contains(&only) {
                continue;
            }
            if list {
                println!("  {full}");
            }
            let outcome = judge(&world, script);
            let count = counts.entry(topic.clone()).or_default();
            count.1 += 1;
            match outcome {
                Ok(()) => count.0 += 1,
                Err(why) if list => println!("  FAIL {full}: {}", why.replace('\n', " ")),
                Err(_) => {}
            }
        }
    }
    let (mut passed, mut total) = (0, 0);
    for (topic, (good, all)) in &counts {
        println!("{topic}: {good} of {all}");
        passed += good;
        total += all;
    }
    println!("together: {passed} of {total}");
    assert!(total > 0, "no case is called like {only:?}");
}

fn find(folder: &Path, into: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            find(&path, into);
        } else if path.to_string_lossy().ends_with("_test.flux") {
            into.push(path);
        }
    }
}

/// Each case of a file as a script of its own, or why there is none.
fn scripts(text: &str, stdlib: &Path) -> Vec<(String, Result<String, String>)> {
    let file = parse(text).file;
    let cases = file.body.iter().filter_map(|statement| match statement {
        Statement::TestCase { name, extends, body, .. } => Some((name, extends, body)),
        _ => None,
    });
    cases
        .map(|(name, extends, body)| {
            let script = match (extends, parse_or_error(text)) {
                (_, Err(error)) => Err(error.message),
                (None, Ok(file)) => Ok(script(&file, &body.body, None)),
                (Some(parent), Ok(file)) => extended(stdlib, &parent.value)
                    .map(|(parent, case)| script(&file, &body.body, Some((&parent, &case))))
                    .ok_or_else(|| format!("the case {:?} that it extends is not there", parent.value)),
            };
            (name.name.clone(), script)
        })
        .collect()
}

/// The file and the statements of the case that `flux/FOLDERS/FILE.CASE` names.
fn extended(stdlib: &Path, name: &str) -> Option<(File, Vec<Statement>)> {
    let (path, case) = name.strip_prefix("flux/")?.rsplit_once('.')?;
    let file = parse(&std::fs::read_to_string(stdlib.join(format!("{path}.flux"))).ok()?).file;
    let body = file.body.iter().find_map(|statement| match statement {
        Statement::TestCase { name, body, .. } if name.name == case => Some(body.body.clone()),
        _ => None,
    })?;
    Some((file, body))
}

/// A case as a script; where it calls `super()` stand the statements of the case that it extends.
fn script(file: &File, case: &[Statement], parent: Option<(&File, &[Statement])>) -> String {
    let runner = parse_or_error(RUNNER).unwrap();
    let wanted = |path: &str| !OF_THE_RUNNER.contains(&path);
    let mut imports: Vec<_> =
        file.imports.iter().filter(|i| wanted(&i.path.value)).chain(&runner.imports).cloned().collect();
    for import in parent.iter().flat_map(|(file, _)| &file.imports) {
        if wanted(&import.path.value) && !imports.iter().any(|i| i.path.value == import.path.value) {
            imports.push(import.clone());
        }
    }
    let files = parent.iter().map(|(file, _)| *file).chain([file]);
    let own = files.flat_map(|f| &f.body).filter(|s| !matches!(s, Statement::TestCase { .. }));
    let mut body: Vec<Statement> = runner.body.iter().chain(own).cloned().collect();
    for statement in case {
        match parent {
            Some((_, above)) if is_super(statement) => body.extend(above.iter().cloned()),
            _ => body.push(statement.clone()),
        }
    }
    body.retain(|statement| !steers(statement));
    printer::print(&File { package: None, imports, body, span: file.span })
}

/// `super()`.
fn is_super(statement: &Statement) -> bool {
    let Statement::Expression { expression, .. } = statement else { return false };
    let ExpressionKind::Call { callee, .. } = &expression.kind else { return false };
    matches!(&callee.kind, ExpressionKind::Identifier(name) if name == "super")
}

/// Whether a statement sets an option of a package that is not there.
fn steers(statement: &Statement) -> bool {
    matches!(statement, Statement::Option { package: Some(p), .. } if ["planner", "testing"].contains(&p.name.as_str()))
}

fn judge(world: &World, script: Result<String, String>) -> Result<(), String> {
    match world.ask(&script?) {
        Answer::Refused { message, .. } => Err(message),
        Answer::Body(body) => difference(&body, "want", "got").map_or(Ok(()), Err),
    }
}
