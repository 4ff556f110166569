//! Recorded answers of InfluxDB 2.9.1 (`tests/oracle/TOPIC`), asked of the engine in several physical states of the data.
//!
//! `ORACLE_LIST=1` prints every failing case with its reason; `ORACLE_TOPICS="groups schema"` asks only these topics.

mod compare;
mod conformance;
mod csv;
mod explain;
mod kept;
mod world;

use std::path::{Path, PathBuf};

use compare::{Answer, Level, agreement};
use world::{State, World};

/// A topic with the share of its cases that must agree, in percent.
const REQUIRED: &[(&str, u32)] = &[
    ("aggregates", 95),
    ("geo", 95),
    ("groups", 95),
    ("rows", 95),
    ("schema", 95),
    ("selectors", 95),
    ("shape", 95),
    ("time", 95),
    ("tutorial", 95),
    ("windows", 95),
];

/// Topics of later work: measured, not required. The shares may only grow.
const MEASURED: &[(&str, u32)] = &[("language", 95), ("libraries", 99), ("errors", 99)];

/// `ORACLE_CASE=topic/case` with `--nocapture` prints what the engine answers to one case.
#[test]
fn one_answer_is_printed_on_demand() {
    let Ok(name) = std::env::var("ORACLE_CASE") else { return };
    let (topic, case) = name.split_once('/').unwrap();
    let folder = oracle().join(topic);
    let world = World::load(&folder.join("_data"), State::Memtable);
    let got = world.ask(&std::fs::read_to_string(folder.join(format!("{case}.flux"))).unwrap());
    match &got {
        Answer::Body(body) => println!("{body}"),
        refused @ Answer::Refused { .. } => println!("{refused:#?}"),
    }
    judge(&folder, case, Level::Rows, &got).unwrap();
}

fn oracle() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle")
}

fn wanted(topic: &str) -> bool {
    std::env::var("ORACLE_TOPICS").map_or(true, |topics| topics.split_whitespace().any(|t| t == topic))
}

#[test]
fn recorded_answers_from_the_memtable() {
    check(State::Memtable, REQUIRED);
}

#[test]
fn recorded_answers_from_partitions() {
    check(State::Flushed, REQUIRED);
}

#[test]
fn recorded_answers_half_from_the_memtable() {
    check(State::HalfAndHalf, REQUIRED);
}

#[test]
fn recorded_answers_after_replay() {
    check(State::Replayed, REQUIRED);
}

#[test]
fn recorded_answers_after_compaction() {
    check(State::Compacted, REQUIRED);
}

#[test]
fn recorded_answers_with_nothing_pushed_down() {
    check(State::NothingPushedDown, REQUIRED);
}

#[test]
fn recorded_answers_of_later_topics_are_measured() {
    check(State::Memtable, MEASURED);
}

/// Asks all topics and fails if one agrees in fewer cases than it must.
fn check(state: State, topics: &[(&str, u32)]) {
    let differences: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&std::fs::read_to_string(oracle().join("DIFFERENCES.json")).unwrap()).unwrap();
    let mut short = Vec::new();
    for (topic, share) in topics.iter().filter(|(t, _)| wanted(t)) {
        let (passed, failures) = ask_topic(topic, state, &differences);
        let total = passed + failures.len();
        println!("{topic} ({state:?}): {passed} of {total}");
        if std::env::var_os("ORACLE_LIST").is_some() {
            failures.iter().for_each(|(case, why)| println!("  FAIL {topic}/{case}: {why}"));
        }
        assert!(total > 0, "{topic} has no cases");
        if passed * 100 < total * usize::try_from(*share).unwrap() {
            let list: Vec<String> = failures.iter().map(|(case, why)| format!("  {case}: {why}")).collect();
            short.push(format!("{topic} ({state:?}): {passed} of {total}, {share} % wanted\n{}", list.join("\n")));
        }
    }
    assert!(short.is_empty(), "{}", short.join("\n"));
}

fn ask_topic(
    topic: &str,
    state: State,
    differences: &serde_json::Map<String, serde_json::Value>,
) -> (usize, Vec<(String, String)>) {
    let folder = oracle().join(topic);
    let levels: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&std::fs::read_to_string(folder.join("compare.json")).unwrap()).unwrap();
    let world = World::load(&folder.join("_data"), state);
    let (mut passed, mut failures) = (0, Vec::new());
    for (case, level) in &levels {
        let Some(level) = Level::parse(level.as_str().unwrap()) else { continue };
        if differences.contains_key(&format!("{topic}/{case}")) {
            continue;
        }
        let text = std::fs::read_to_string(folder.join(format!("{case}.flux"))).unwrap();
        let got = world.ask(&text);
        match judge(&folder, case, level, &got) {
            Ok(()) => passed += 1,
            Err(why) => failures.push((case.clone(), why)),
        }
    }
    (passed, failures)
}

/// Whether an answer agrees with the recorded one as far as it must.
fn judge(folder: &Path, case: &str, level: Level, got: &Answer) -> Result<(), String> {
    if let Ok(want) = std::fs::read_to_string(folder.join(format!("{case}.csv"))) {
        let body = match got {
            Answer::Body(body) => body,
            Answer::Refused { status, code, message } => return Err(format!("{status} {code}: {message}")),
        };
        return match agreement(&want, body) {
            Some(found) if found >= level.min(Level::Keyed) => Ok(()),
            found => Err(format!("agrees {found:?}, wanted {level:?}")),
        };
    }
    let want: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join(format!("{case}.error.json"))).unwrap()).unwrap();
    match got {
        Answer::Refused { status, code, .. } if want["status"] == *status && want["code"] == *code => Ok(()),
        Answer::Refused { status, code, message } => {
            Err(format!("{status} {code}: {message}; wanted {} {}: {}", want["status"], want["code"], want["message"]))
        }
        Answer::Body(_) => Err(format!("answered, wanted {} {}", want["status"], want["message"])),
    }
}
