//! The public line-protocol corpus: `tests/line-protocol/decode-cases.json`.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use model::{FieldValue, Point};
use serde_json::Value;

use super::{parse, read_json};

fn bytes_of(value: &Value) -> Vec<u8> {
    match value {
        Value::String(text) => text.clone().into_bytes(),
        other => BASE64_STANDARD.decode(other["binary"].as_str().unwrap()).unwrap(),
    }
}

fn same_value(got: &FieldValue<'_>, want: &Value) -> bool {
    let (kind, value) = want.as_object().unwrap().iter().next().unwrap();
    match (kind.as_str(), got) {
        ("int", FieldValue::Integer(n)) => value.as_i64() == Some(*n),
        ("uint", FieldValue::Unsigned(n)) => value.as_u64() == Some(*n),
        ("float", FieldValue::Float(x)) => value.as_f64() == Some(*x),
        ("bool", FieldValue::Boolean(b)) => value.as_bool() == Some(*b),
        ("string", FieldValue::String(s)) => value.as_str() == Some(s),
        ("binary", FieldValue::String(s)) => bytes_of(want) == s.as_bytes(),
        _ => false,
    }
}

fn same_point((point, time): &(Point<'_>, i64), want: &Value) -> bool {
    let (tags, fields) = (want["tags"].as_array().unwrap(), want["fields"].as_array().unwrap());
    want["time"].as_i64() == Some(*time)
        && bytes_of(&want["name"]) == point.measurement.as_bytes()
        && tags.len() == point.tags.len()
        && tags.iter().all(|tag| {
            let (key, value) = (bytes_of(&tag["key"]), bytes_of(&tag["value"]));
            point.tags.iter().any(|(k, v)| k.as_bytes() == key && v.as_bytes() == value)
        })
        && fields.len() == point.fields.len()
        && fields
            .iter()
            .zip(&point.fields)
            .all(|(want, (key, value))| bytes_of(&want["key"]) == key.as_bytes() && same_value(value, &want["value"]))
}

#[derive(Debug, Default, PartialEq)]
struct Score {
    /// Passed and all of the cases that must parse.
    parse: (usize, usize),
    /// Passed and all of the cases that must be refused.
    refuse: (usize, usize),
    /// Followed InfluxDB's server and all of the cases where it differs from the corpus.
    server: (usize, usize),
    /// Keys of cases that neither follow the corpus nor a server that differs from it.
    astray: Vec<String>,
    /// Of the cases where the server accepts what the corpus refuses: refused here too, by what is wrong.
    refused_with_corpus: Vec<String>,
}

fn score() -> Score {
    let file = read_json("line-protocol/decode-cases.json");
    let mut score = Score::default();
    for case in file["cases"].as_array().unwrap() {
        let body = match case.get("text_b64") {
            Some(text) => BASE64_STANDARD.decode(text.as_str().unwrap()).unwrap(),
            None => case["text"].as_str().unwrap().as_bytes().to_vec(),
        };
        let precision = case["precision"].as_str().unwrap().parse().unwrap();
        let got = parse(&body, precision, case["defaultTime"].as_i64().unwrap());
        let passed = match case.get("points").and_then(Value::as_array) {
            Some(want) => got
                .as_ref()
                .is_ok_and(|got| got.len() == want.len() && got.iter().zip(want).all(|(g, w)| same_point(g, w))),
            None => got.is_err(),
        };
        let tally = if case.get("points").is_some() { &mut score.parse } else { &mut score.refuse };
        tally.0 += usize::from(passed);
        tally.1 += 1;
        let key = || case["key"].as_str().unwrap().to_owned();
        match case.get("influxdb2").and_then(Value::as_str) {
            Some(server) => {
                let follows = got.is_ok() == (server == "accepts");
                score.server.0 += usize::from(follows);
                score.server.1 += 1;
                if let (false, Err(errors)) = (follows, &got) {
                    score.refused_with_corpus.push(errors.errors.first().unwrap().reason.to_string());
                }
            }
            None if !passed => score.astray.push(key()),
            None => {}
        }
    }
    score
}

#[test]
fn the_corpus_is_followed_except_where_the_server_differs() {
    let score = score();
    assert_eq!(score.astray, Vec::<String>::new(), "neither as the corpus nor as the server");
    assert_eq!((score.parse, score.refuse, score.server), ((285, 297), (4_638, 4_664), (38, 64)));
    for reason in &score.refused_with_corpus {
        assert!(reason.starts_with("invalid UTF-8") || reason.starts_with("text behind"), "{reason}");
    }
}
