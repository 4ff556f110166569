//! The two readers against each other, the bounds, the encoder.

use model::{FieldValue, Point, Precision};

use super::super::exact::{self, Layout};
use super::{EncodeError, Limits, encode, for_each_point, parse, plain};

const LINES: [&str; 12] = [
    "cpu,host=a,region=eu usage=12.5,idle=3i,n=7u,ok=t,s=\"x y,z=1\" 1700000000000000000\n",
    "cpu,region=eu,host=a usage=.5,idle=-3i 17\r\n",
    "m v=1\n",
    "m v=-0.25 -5\n",
    "m v=123456789012345678,w=0.1234567890123456789,x=1e5\n",
    "m v=\"two\nlines\",w=true\n",
    "m,a=1,b=2,c=3 f=T,g=False 0\n",
    "m,a==1 f=1\n",
    "m a=1,a=2i 3\n",
    "größe,ort=Höchst höhe=3.4 1\n",
    "m\\ x,k=\\=v s=\"a\\\"b\" 1\n",
    "  m   v=1   5  \n# note\n",
];

/// Reads the first line by the exact reader alone.
fn exactly(text: &str) -> Option<(Point<'_>, usize)> {
    let mut point = Point::default();
    let (line, next) = exact::next_line(text.as_bytes(), 0);
    exact::point(line, 1, &mut Layout::default(), &mut point).ok()?.then_some((point, next.min(text.len())))
}

/// A small generator of numbers, so that a failure repeats.
fn step(seed: &mut u64) -> usize {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*seed >> 33).unwrap()
}

#[test]
fn what_the_quick_reader_accepts_the_exact_reader_accepts_with_the_same_point() {
    let alphabet = b",= \"\\\n\r\tv1m.-eEiutfTrue5\0#";
    let (mut seed, mut accepted) = (7, 0);
    for round in 0..200_000 {
        let mut text = LINES[round % LINES.len()].as_bytes().to_vec();
        for _ in 0..step(&mut seed) % 4 {
            let (at, byte) = (step(&mut seed) % text.len(), alphabet[step(&mut seed) % alphabet.len()]);
            match step(&mut seed) % 3 {
                0 => text[at] = byte,
                1 => text.insert(at, byte),
                _ => drop(text.remove(at)),
            }
        }
        let Ok(text) = String::from_utf8(text) else { continue };
        let mut point = Point::default();
        if let Some(next) = plain::line(&text, 0, 1, &mut point) {
            accepted += 1;
            assert_eq!(exactly(&text), Some((point, next)), "{text:?}");
        }
    }
    assert!(accepted > 50_000, "{accepted}");
}

#[test]
fn plain_lines_are_read_by_the_quick_reader() {
    for line in &LINES[..7] {
        assert!(plain::line(line, 0, 1, &mut Point::default()).is_some(), "{line:?}");
    }
}

#[test]
fn floats_are_the_nearest_doubles() {
    let mut seed = 1;
    for _ in 0..100_000 {
        let (whole, fraction, digits) = (step(&mut seed) % 1_000_000, step(&mut seed), step(&mut seed) % 12);
        let number = format!("{whole}.{fraction:0digits$}");
        let line = format!("m v={number}");
        let points = parse(line.as_bytes(), Precision::Nanoseconds, 0).unwrap();
        assert_eq!(points[0].0.fields[0].1, FieldValue::Float(number.parse().unwrap()), "{number}");
    }
}

#[test]
fn text_behind_a_closing_quote_is_refused() {
    for line in ["m f=\"a\"\"b\"", "m v=\"x\"1650000000", "m v=\"a\"b,w=\"c\""] {
        let error = parse(line.as_bytes(), Precision::Nanoseconds, 0).unwrap_err().to_string();
        assert!(error.contains("text behind the closing quote of field"), "{line}: {error}");
    }
}

#[test]
fn errors_carry_their_line_numbers_and_the_sink_stops() {
    let body = b"m v=1\n\nm v=\n# x\nm v=\"a\nb\"\nm\nm v=3\n";
    let mut taken = 0;
    let errors = for_each_point(body, Precision::Seconds, 0, &Limits::default(), |_, _| taken += 1).unwrap_err();
    assert_eq!(errors.errors.iter().map(|e| e.line).collect::<Vec<_>>(), [3, 7]);
    assert_eq!(errors.to_string(), "unable to parse 'm v=': missing field value\nunable to parse 'm': missing fields");
    assert_eq!(taken, 1);
}

#[test]
fn what_errors_keep_is_bounded() {
    let body = "bad\n".repeat(5_000);
    let errors = parse(body.as_bytes(), Precision::Nanoseconds, 0).unwrap_err();
    assert_eq!((errors.errors.len(), errors.untold), (1_000, 4_000));
    assert!(errors.to_string().ends_with("\nand 4000 more lines could not be parsed"));
    let long = "x".repeat(1 << 20);
    let errors = parse(long.as_bytes(), Precision::Nanoseconds, 0).unwrap_err();
    assert!(errors.errors[0].text.len() < 140_000 && errors.errors[0].text.ends_with("... (1048576 bytes)"));
}

#[test]
fn a_line_with_a_million_fields_and_one_with_many_tags_take_linear_time() {
    let fields: Vec<String> = (0..1_000_000).map(|i| format!("f{i}=1")).collect();
    let line = format!("m {} 1", fields.join(","));
    assert_eq!(parse(line.as_bytes(), Precision::Nanoseconds, 0).unwrap()[0].0.fields.len(), 1_000_000);
    let tags: Vec<String> = (0..9_000).rev().map(|i| format!("{i}=1")).collect();
    let line = format!("m,{} v=1", tags.join(","));
    assert_eq!(parse(line.as_bytes(), Precision::Nanoseconds, 0).unwrap()[0].0.tags.len(), 9_000);
    let quotes = "m v=\"\n".repeat(200_001);
    assert!(parse(quotes.as_bytes(), Precision::Nanoseconds, 0).is_err());
}

#[test]
fn a_time_is_scaled_and_the_default_is_cut_down_to_the_precision() {
    let times = |body: &'static str, precision| -> Vec<(Option<i64>, i64)> {
        parse(body.as_bytes(), precision, 1_999_999_999).unwrap().iter().map(|(p, time)| (p.time, *time)).collect()
    };
    assert_eq!(times("m v=1 7", Precision::Milliseconds), [(Some(7_000_000), 7_000_000)]);
    assert_eq!(times("m v=1", Precision::Seconds), [(None, 1_000_000_000)]);
    assert_eq!(times("m v=1\r\n", Precision::Nanoseconds), [(None, 1_999_999_999)]);
}

#[test]
fn encoded_points_read_back_as_they_were() {
    let body = concat!(
        "m\\ x\\,y,b\\=c=d\\ e,a=\\\\share f\\ 1=1.5,g=-3i,h=4u,i=t,j=\"a \\\"b\\\" \\\\ c\nd\",k=1e300 -5\n",
        "größe v=0.1\n",
    );
    let points = parse(body.as_bytes(), Precision::Nanoseconds, 0).unwrap();
    let mut text = String::new();
    points.iter().for_each(|(point, _)| encode(point, &mut text).unwrap());
    assert!(text.starts_with(
        "m\\ x\\,y,a=\\\\share,b\\=c=d\\ e f\\ 1=1.5,g=-3i,h=4u,i=true,j=\"a \\\"b\\\" \\\\ c\nd\",k=1000"
    ));
    assert_eq!(parse(text.as_bytes(), Precision::Nanoseconds, 0).unwrap(), points);
}

#[test]
fn what_no_line_can_carry_is_refused_by_the_encoder() {
    let point = |measurement: &'static str, key: &'static str, value: f64| Point {
        measurement: measurement.into(),
        tags: vec![],
        fields: vec![(key.into(), FieldValue::Float(value))],
        time: None,
    };
    let mut text = "before".to_owned();
    let not_finite = EncodeError::NotFinite("f".to_owned());
    assert_eq!(encode(&point("m", "f", f64::NAN), &mut text), Err(not_finite));
    for (measurement, key) in
        [("m\\", "f"), ("m\nx", "f"), ("", "f"), ("#m", "f"), ("m", "f\\"), ("m", "f\\="), ("m", "")]
    {
        let error = encode(&point(measurement, key, 1.0), &mut text).unwrap_err();
        assert!(error.to_string().contains("cannot write"), "{error}");
    }
    assert_eq!(text, "before");
    assert_eq!(encode(&point("c:\\new", "a\\b", 1.0), &mut text), Ok(()));
    assert_eq!(text, "beforec:\\new a\\b=1\n");
}
