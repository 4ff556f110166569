//! Tests of the CSV writer and reader: recorded answers of InfluxDB 2.9.1 read and written again, byte for byte.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::*;
use crate::table::Event;

const ALL: [Annotation; 3] = [Annotation::Datatype, Annotation::Group, Annotation::Default];

fn dialect(annotations: &[Annotation]) -> Dialect {
    Dialect { annotations: annotations.to_vec(), ..Dialect::default() }
}

/// The events of the tables of one result.
fn events(name: &str, tables: &[CsvTable]) -> Vec<Event> {
    let mut events = vec![Event::Result(Arc::from(name))];
    for table in tables {
        events.push(Event::Table { schema: Arc::clone(&table.schema), key: table.key.clone() });
        // Cut in two, as batches come.
        let half = table.batch.num_rows() / 2;
        events.push(Event::Rows(table.batch.slice(0, half)));
        events.push(Event::Rows(table.batch.slice(half, table.batch.num_rows() - half)));
    }
    events
}

fn write(dialect: Dialect, events: &[Event]) -> String {
    let (mut writer, mut out) = (Writer::new(dialect), Vec::new());
    events.iter().for_each(|event| writer.event(event, &mut out));
    writer.finish(&mut out);
    String::from_utf8(out).unwrap()
}

/// Reads text of one result and returns its tables.
fn tables(text: &str) -> Vec<CsvTable> {
    let read = read_annotated(text);
    assert_eq!(read.error, None, "{text}");
    read.tables
}

fn recorded_answers() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/oracle");
    let mut found = Vec::new();
    // What is written as CSV is no answer.
    let answers = |path: &PathBuf| path.is_dir() && !path.ends_with("csv_write");
    for folder in std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).filter(answers) {
        for file in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if file.extension().is_some_and(|e| e == "csv") {
                let text = std::fs::read_to_string(&file).unwrap();
                found.push((file, text));
            }
        }
    }
    found
}

#[test]
fn recorded_answers_are_read_and_written_byte_for_byte() {
    let (mut same, mut other) = (0, Vec::new());
    for (file, text) in recorded_answers() {
        let one_result = text.starts_with("#datatype,string,long,")
            && text.contains("\r\n#group,false,false,")
            && !text.contains(",error,reference");
        if !one_result {
            continue;
        }
        let name = text.split("#default,").nth(1).and_then(|rest| rest.split(',').next()).unwrap_or_default();
        let read = read_annotated(&text);
        if read.error == Some(CsvError::SecondResult) {
            continue;
        }
        assert_eq!(read.error, None, "{}", file.display());
        if write(dialect(&ALL), &events(name, &read.tables)) == text {
            same += 1;
        } else {
            other.push(file.file_name().unwrap().to_owned());
        }
    }
    // There a cell is quoted for a CR that the writer dropped, which the text alone no longer tells.
    assert_eq!(other, ["literals-strings-escapes.csv"]);
    assert!(same >= 676, "{same}");
}

const FERRY: &str = concat!(
    "#datatype,string,long,dateTime:RFC3339,long,string,string,string\r\n",
    "#group,false,false,false,false,true,true,true\r\n",
    "#default,_result,,,,,,\r\n",
    ",result,table,_time,_value,_field,_measurement,line\r\n",
    ",,0,2024-03-04T00:00:00Z,12,pax,ferry,a\r\n",
    ",,0,2024-03-04T00:01:00Z,15,pax,ferry,a\r\n",
    ",,1,2024-03-04T00:00:00Z,7,pax,ferry,b\r\n",
    "\r\n",
);

#[test]
fn annotations_stand_in_the_order_asked_and_without_default_rows_repeat_the_name() {
    let ferry = events("_result", &tables(FERRY));
    let body = FERRY.split_once(",result,").map(|(_, rest)| format!(",result,{rest}")).unwrap();
    let lines: Vec<_> = FERRY.split_inclusive("\r\n").collect();
    let reordered = [lines[1], lines[2], lines[0], body.as_str()].concat();
    assert_eq!(write(dialect(&[Annotation::Group, Annotation::Default, Annotation::Datatype]), &ferry), reordered);
    let named = body.replace("\r\n,,", "\r\n,_result,");
    assert_eq!(write(dialect(&[Annotation::Datatype]), &ferry), [lines[0], named.as_str()].concat());
    assert_eq!(write(dialect(&[]), &ferry), named);
    let twice = [lines[0], lines[0], named.as_str()].concat();
    assert_eq!(write(dialect(&[Annotation::Datatype, Annotation::Datatype]), &ferry), twice);
    let bare = Dialect { header: false, ..Dialect::default() };
    assert_eq!(write(bare, &ferry), named.split_once("\r\n").unwrap().1);
}

#[test]
fn a_delimiter_is_quoted_wherever_it_stands() {
    let ferry = events("_result", &tables(&FERRY.replace("ferry", "\"fer;ry, x\"")));
    let text = write(Dialect { delimiter: b';', ..dialect(&ALL) }, &ferry);
    assert!(text.starts_with("#datatype;string;long;dateTime:RFC3339;long;string;string;string\r\n"), "{text}");
    assert!(text.contains("\r\n;;0;2024-03-04T00:00:00Z;12;pax;\"fer;ry, x\";a\r\n"), "{text}");
    let text = write(Dialect { delimiter: b':', ..dialect(&[]) }, &ferry);
    assert!(text.contains(":\"2024-03-04T00:00:00Z\":12:pax:fer;ry, x:a\r\n"), "{text}");
}

#[test]
fn results_follow_each_other_and_one_without_tables_is_a_line_end() {
    assert_eq!(write(dialect(&ALL), &events("_result", &[])), "\r\n");
    let ferry = tables(FERRY);
    let both = [events("a", &ferry), events("näme, \"x\"", &ferry)].concat();
    let second = FERRY.replace("_result", "\"näme, \"\"x\"\"\"");
    assert_eq!(write(dialect(&ALL), &both), [FERRY.replace("_result", "a"), second].concat());
}

#[test]
fn empty_tables_stand_in_default_alone() {
    let text = concat!(
        "#datatype,string,long,dateTime:RFC3339,double,string\r\n#group,false,false,true,false,true\r\n",
        "#default,_result,0,2024-03-04T00:00:00.5Z,,pax\r\n,result,table,_start,_value,_field\r\n\r\n",
        "#datatype,string,long,dateTime:RFC3339,double,string\r\n#group,false,false,true,false,true\r\n",
        "#default,_result,1,1899-12-31T00:00:00Z,,pax\r\n,result,table,_start,_value,_field\r\n\r\n",
        "#datatype,string,long,dateTime:RFC3339,double,string\r\n#group,false,false,true,false,true\r\n",
        "#default,_result,,,,\r\n,result,table,_start,_value,_field\r\n",
        ",,2,2024-03-04T00:00:00Z,1.5,pax\r\n\r\n",
    );
    let read = tables(text);
    assert_eq!(read.iter().map(|t| t.batch.num_rows()).collect::<Vec<_>>(), [0, 0, 1]);
    assert_eq!(write(dialect(&ALL), &events("_result", &read)), text);
    let header = ",result,table,_start,_value,_field\r\n";
    assert_eq!(write(dialect(&[]), &events("_result", &read[..2])), format!("{header}\r\n{header}\r\n"));
}

#[test]
fn an_error_ends_the_answer_in_a_block_of_its_own() {
    let block =
        "#datatype,string,string\r\n#group,true,true\r\n#default,,\r\n,error,reference\r\n,\"no, \"\"x\"\"\",\r\n";
    let error = Event::Error("no, \"x\"".to_owned());
    assert_eq!(write(dialect(&ALL), std::slice::from_ref(&error)), block);
    let mut midway = events("_result", &tables(FERRY));
    midway.push(error);
    midway.push(Event::Result(Arc::from("late")));
    assert_eq!(write(dialect(&ALL), &midway), format!("{FERRY}{block}"));
    let bare = write(dialect(&[]), &midway);
    assert!(bare.ends_with("ferry,b\r\n\r\n,error,reference\r\n,\"no, \"\"x\"\"\",\r\n"), "{bare}");
}

fn cell_of(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    write(&mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn texts_are_quoted_as_go_quotes_them() {
    for (text, want) in [
        ("x\"y", "\"x\"\"y\""),
        ("a,b", "\"a,b\""),
        ("l1\nl2", "\"l1\r\nl2\""),
        (" lead", "\" lead\""),
        ("\tlead", "\"\tlead\""),
        ("\u{a0}lead", "\"\u{a0}lead\""),
        ("tail ", "tail "),
        ("", ""),
        ("\\.", "\"\\.\""),
        ("#hash", "#hash"),
        ("é", "é"),
        ("cr\rx", "\"crx\""),
        ("crlf\r\nx", "\"crlf\r\nx\""),
        ("tab\tx", "tab\tx"),
    ] {
        assert_eq!(cell_of(|out| cell::text(out, text, b',')), want, "{text:?}");
    }
}

#[test]
fn floats_are_the_shortest_decimals_without_exponent() {
    let float = |x: f64| cell_of(|out| cell::float(out, x));
    for (value, want) in [
        (0.0, "0"),
        (-0.0, "-0"),
        (1e-9, "0.000000001"),
        (123_456_789.125, "123456789.125"),
        (0.1 + 0.2, "0.30000000000000004"),
        (f64::INFINITY, "+Inf"),
        (f64::NEG_INFINITY, "-Inf"),
        (f64::NAN, "NaN"),
        (-2.25, "-2.25"),
        (1e21, "1000000000000000000000"),
    ] {
        assert_eq!(float(value), want);
    }
    assert_eq!(float(1e300).len(), 301);
    let mut bits = 1u64;
    for i in 0..200_000u64 {
        bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // Any double, and decimals of few places.
        let decimal = (bits >> 40) as f64 / 10f64.powi(i32::try_from(i % 9).unwrap());
        for value in [f64::from_bits(bits), decimal] {
            if value.is_finite() {
                assert_eq!(float(value), format!("{value}"));
            }
        }
    }
}

#[test]
fn integers_are_written_whole() {
    for n in [0, 7, -1, 10, i64::MAX, i64::MIN] {
        assert_eq!(cell_of(|out| cell::integer(out, n)), n.to_string());
    }
    assert_eq!(cell_of(|out| cell::unsigned(out, u64::MAX)), u64::MAX.to_string());
}

#[test]
fn dialects_are_checked_in_influxdbs_words() {
    let check = |options: DialectOptions<'_>| options.check().map_err(|e| e.to_string());
    assert_eq!(check(DialectOptions::default()), Ok(Dialect::default()));
    assert_eq!(check(DialectOptions { delimiter: Some(""), ..Default::default() }), Ok(Dialect::default()));
    let message = |options| check(options).unwrap_err();
    let comment = "invalid dialect comment prefix: must be length 0 or 1";
    assert_eq!(message(DialectOptions { comment_prefix: Some("//"), ..Default::default() }), comment);
    assert_eq!(message(DialectOptions { comment_prefix: Some("é"), ..Default::default() }), comment);
    let delimiter = "invalid dialect delimeter: must be length 1";
    assert_eq!(message(DialectOptions { delimiter: Some(",,"), ..Default::default() }), delimiter);
    let format = "unknown dialect date time format: rfc3339";
    assert_eq!(message(DialectOptions { date_time_format: Some("rfc3339"), ..Default::default() }), format);
    let annotation = "unknown dialect annotation type: Datatype";
    assert_eq!(message(DialectOptions { annotations: &["Datatype".to_owned()], ..Default::default() }), annotation);
}

#[test]
fn reading_takes_defaults_keys_and_quotes() {
    let text = concat!(
        "\u{feff}#group,false,false,true,false,false\n#unknown,,,,,\n#datatype,string,long,string,boolean,unsignedLong\n",
        "#default,_result,,none,,7\n,result,table,room,ok,n\n,,0,,1,\n,,0,loft,F,18446744073709551615\n",
        ",,1,\"a \"quoted\" \"\"word\"\"\n, two\",,1\n\n#datatype,string,long,double\n#group,false,false,false\n",
        "#default,_result,3,\n,result,table,x\n",
    );
    let read = tables(text);
    assert_eq!(read.len(), 3);
    assert_eq!(
        write(dialect(&[]), &events("r", &read)),
        concat!(
            ",result,table,room,ok,n\r\n,r,0,none,true,7\r\n,r,0,none,false,18446744073709551615\r\n",
            ",r,1,\"a \"\"quoted\"\" \"\"word\"\"\r\n, two\",,1\r\n\r\n,result,table,x\r\n\r\n"
        )
    );
}

#[test]
fn refused_texts_say_why() {
    let head = "#datatype,string,long,long\n#group,false,false,false\n#default,_result,,\n,result,table,x\n";
    for (text, want) in [
        (
            "a,b\n1,2\n".to_owned(),
            "failed to read metadata: missing expected annotation datatype. consider using the mode: \"raw\" for csv that \
             is not expected to have annotations.",
        ),
        (head.to_owned(), "missing table ID"),
        (format!("{head},,0,abc\n"), "strconv.ParseInt: parsing \"abc\": invalid syntax"),
        (format!("{head},,0,1,2\n"), "wrong number of fields"),
        (format!("{head},,0,1\n{}", head.replace("_result", "b")), "csv.from() can only parse 1 result"),
        (
            head.replace("string,long,long", "string,long,time"),
            "failed to read metadata: column \"x\" has invalid datatype: unsupported data type \"time\"",
        ),
        ("#datatype,string,string\n#group,true,true\n#default,,\n,error,reference\n,sunk,\n".to_owned(), "sunk"),
    ] {
        let read = read_annotated(&text);
        assert_eq!(read.error.unwrap().to_string(), format!("error in csv.from(): {want}"));
    }
    assert_eq!(read_annotated("").tables.len(), 0);
}

#[test]
fn raw_text_is_one_table_of_texts() {
    let read = read_raw("a,b,a b\n1,x,\"say \"\"hi\"\"\"\n2,,z\n");
    assert_eq!(read.error, None);
    assert_eq!(
        write(dialect(&[]), &events("r", &read.tables)),
        ",result,table,a,b,a b\r\n,r,0,1,x,\"say \"\"hi\"\"\"\r\n,r,0,2,,z\r\n\r\n"
    );
    assert_eq!(read_raw("a,b\n").tables[0].batch.num_rows(), 0);
    assert_eq!(read_raw("a,b\n1\n").error, Some(CsvError::FieldCount));
}
