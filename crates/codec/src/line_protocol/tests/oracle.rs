//! Recorded answers of InfluxDB 2.9.1: the syntactic half of `tests/oracle/lp_store`.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use super::{parse, read_json};

const GROUPS: [&str; 12] = [
    "batches",
    "booleans",
    "bytes",
    "field-keys",
    "lines",
    "long",
    "measurement-names",
    "numbers",
    "reserved",
    "strings",
    "tags",
    "timestamps",
];

/// Cases where Tidegauge means to answer otherwise, with the reason that it gives, or none where it accepts.
const DECIDED: [(&str, Option<&str>); 6] = [
    ("bytes:invalid-utf8-in-measurement", Some("invalid UTF-8: byte 0xc3 at offset 1")),
    ("bytes:invalid-utf8-in-tag-value", Some("invalid UTF-8: byte 0xe9 at offset 4")),
    ("bytes:invalid-utf8-in-string", Some("invalid UTF-8: byte 0xff at offset 5")),
    ("lines:crlf-after-timestamp", None),
    ("lines:crlf-without-timestamp", None),
    ("lines:crlf-blank-line", None),
];

/// Runs of 64 and more equal characters as `{c*N}`, as the recordings write them.
fn short(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let mut n = 1;
        while chars.next_if_eq(&c).is_some() {
            n += 1;
        }
        match n {
            64.. => out.push_str(&format!("{{{c}*{n}}}")),
            _ => out.extend(std::iter::repeat_n(c, n)),
        }
    }
    out
}

fn body_of(case: &Value) -> Vec<u8> {
    if let Some(parts) = case.get("body_parts") {
        let parts = parts.as_array().unwrap().iter();
        return parts
            .flat_map(|p| p[0].as_str().unwrap().repeat(usize::try_from(p[1].as_u64().unwrap()).unwrap()).into_bytes())
            .collect();
    }
    match case.get("body64") {
        Some(text) => BASE64_STANDARD.decode(text.as_str().unwrap()).unwrap(),
        None => case["body"].as_str().unwrap().as_bytes().to_vec(),
    }
}

/// What is answered to a body by its syntax alone.
fn answer(body: &[u8], precision: Option<&str>) -> Result<(), String> {
    let precision = precision.unwrap_or_default().parse()?;
    parse(body, precision, 0).map(drop).map_err(|e| e.to_string())
}

#[test]
fn status_and_message_are_as_recorded() {
    let (mut cases, mut decided) = (0, 0);
    for group in GROUPS {
        for case in read_json(&format!("oracle/lp_store/{group}.json")).as_array().unwrap() {
            let name = format!("{group}:{}", case["name"].as_str().unwrap());
            let got = answer(&body_of(case), case.get("precision").and_then(Value::as_str));
            cases += 1;
            if let Some((_, reason)) = DECIDED.iter().find(|(n, _)| *n == name) {
                decided += 1;
                match reason {
                    Some(reason) => assert!(got.unwrap_err().contains(reason), "{name}"),
                    None => assert_eq!(got, Ok(()), "{name}"),
                }
                continue;
            }
            // A 422 is about what is stored already, not about the syntax.
            match case["status"].as_u64().unwrap() {
                400 => assert_eq!(short(&got.unwrap_err()), case["error"]["message"].as_str().unwrap(), "{name}"),
                204 | 422 => assert_eq!(got, Ok(()), "{name}"),
                other => panic!("{name}: status {other}"),
            }
        }
    }
    assert_eq!((cases, decided), (235, 6));
}
