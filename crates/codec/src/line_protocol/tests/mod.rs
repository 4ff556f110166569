//! Tests of the line-protocol readers and the encoder.

mod corpus;
mod oracle;
mod readers;

use std::path::PathBuf;

use model::{Point, Precision};

use super::*;

/// A file under the repository's `tests` folder, as JSON.
fn read_json(path: &str) -> serde_json::Value {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests").join(path);
    let text = std::fs::read(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    serde_json::from_slice(&text).expect("a JSON file")
}

/// The points of a body with their times.
fn parse<'a>(body: &'a [u8], precision: Precision, now: i64) -> Result<Vec<(Point<'a>, i64)>, ParseErrors> {
    let mut points = Vec::new();
    let count = for_each_point(body, precision, now, &Limits::default(), |p, time| points.push((p.clone(), time)))?;
    assert_eq!(count, points.len());
    Ok(points)
}
