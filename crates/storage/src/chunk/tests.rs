//! Chunks of rows: pushed, encoded, decoded, sorted.

use model::{FieldValue, Point};

use super::*;
use crate::batch::WriteBatch;

fn point<'a>(tags: &[(&'a str, &'a str)], fields: &[(&'a str, FieldValue<'a>)]) -> Point<'a> {
    Point {
        measurement: "m".into(),
        tags: tags.iter().map(|&(k, v)| (k.into(), v.into())).collect(),
        fields: fields.iter().map(|(k, v)| ((*k).into(), v.clone())).collect(),
        time: None,
    }
}

fn sample() -> Chunk {
    let mut batch = WriteBatch::default();
    let float = FieldValue::Float;
    batch.push(&point(&[("a", "1"), ("b", "2")], &[("x", float(1.5)), ("s", FieldValue::String("käse".into()))]), 10);
    batch.push(&point(&[("a", "12")], &[("x", float(2.5))]), -20);
    batch.push(&point(&[], &[("i", FieldValue::Integer(-7)), ("u", FieldValue::Unsigned(u64::MAX))]), i64::MAX - 1);
    batch.push(
        &point(&[("a", "1"), ("b", "2")], &[("t", FieldValue::Boolean(true)), ("s", FieldValue::String("".into()))]),
        i64::MIN + 2,
    );
    batch.push(&point(&[("b", "2")], &[("x", float(3.5)), ("x", float(4.5))]), 11);
    batch.tables.remove(0).chunk
}

/// A chunk's rows in words.
fn rows(chunk: &Chunk) -> Vec<String> {
    let mut out: Vec<String> = chunk
        .rows
        .iter()
        .zip(&chunk.times)
        .map(|(&id, time)| format!("{:?} {time}", chunk.series.get(id).tags().collect::<Vec<_>>()))
        .collect();
    for column in &chunk.columns {
        for (row, i) in column.entries() {
            let value = match &column.values {
                Values::Float(v) => format!("{}", v[i]),
                Values::Integer(v) => format!("{}i", v[i]),
                Values::Unsigned(v) => format!("{}u", v[i]),
                Values::Boolean(v) => format!("{}", v[i]),
                Values::String(..) => format!("{:?}", column.values.text(i)),
            };
            out[row as usize].push_str(&format!(" {}={value}", column.name));
        }
    }
    out
}

#[test]
fn rows_hold_what_was_pushed() {
    assert_eq!(
        rows(&sample()),
        [
            r#"[("a", "1"), ("b", "2")] 10 x=1.5 s="käse""#,
            r#"[("a", "12")] -20 x=2.5"#,
            "[] 9223372036854775806 i=-7i u=18446744073709551615u",
            r#"[("a", "1"), ("b", "2")] -9223372036854775806 s="" t=true"#,
            r#"[("b", "2")] 11 x=4.5"#,
        ]
    );
    assert_eq!(sample().series.len(), 4);
    assert_eq!(sample().time_bounds(), Some((i64::MIN + 2, i64::MAX - 1)));
}

#[test]
fn a_chunk_survives_encoding_and_every_truncation_is_refused() {
    let chunk = sample();
    let mut bytes = Vec::new();
    encode_chunk(&mut bytes, &chunk);
    let mut rest = bytes.as_slice();
    let back = decode_chunk(&mut rest).expect("decodes");
    assert!(rest.is_empty());
    assert_eq!(rows(&back), rows(&chunk));
    assert_eq!(back.time_bounds(), chunk.time_bounds());
    for len in 0..bytes.len() {
        assert!(decode_chunk(&mut &bytes[..len]).is_none(), "cut at {len}");
    }
}

#[test]
fn damaged_bytes_never_panic() {
    let mut bytes = Vec::new();
    encode_chunk(&mut bytes, &sample());
    for at in 0..bytes.len() {
        for bit in 0..8 {
            bytes[at] ^= 1 << bit;
            if let Some(chunk) = decode_chunk(&mut bytes.as_slice()) {
                rows(&chunk);
            }
            bytes[at] ^= 1 << bit;
        }
    }
}

#[test]
fn appending_renumbers_series_and_rows() {
    let chunk = sample();
    let mut joined = Chunk::default();
    joined.append(&chunk);
    joined.append(&chunk);
    let once = rows(&chunk);
    assert_eq!(rows(&joined), [once.clone(), once].concat());
    assert_eq!(joined.series.len(), 4);
}

#[test]
fn filtering_keeps_rows_series_and_columns_in_use() {
    let chunk = sample();
    let kept = chunk.filtered(&[false, true, false, false, true]);
    assert_eq!(rows(&kept), [rows(&chunk)[1].clone(), rows(&chunk)[4].clone()]);
    assert_eq!(kept.series.len(), 2);
    assert_eq!(kept.columns.len(), 1);
    assert_eq!(kept.time_bounds(), Some((-20, 11)));
}

#[test]
fn values_that_join_to_the_same_text_are_different_series() {
    let mut table = SeriesTable::default();
    let a = table.intern(&[("a", "1"), ("b", "23")]);
    let b = table.intern(&[("a", "12"), ("b", "3")]);
    let c = table.intern(&[("a", "1"), ("c", "23")]);
    assert_eq!([a, b, c], [0, 1, 2]);
    assert_eq!(table.intern(&[("a", "12"), ("b", "3")]), b);
    assert_eq!(table.get(c).value("c"), Some("23"));
    assert_eq!(table.get(c).value("b"), None);
}
