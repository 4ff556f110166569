//! Answers as JSON: an object for each row.

use std::io::{Read, Write};

use anyhow::Result;
use serde_json::Value;

use super::reader::{Header, Sink, read};

/// One array of all rows.
pub(super) fn write_array(answer: impl Read, out: impl Write) -> Result<()> {
    let mut rows = Rows { out, array: true, count: 0 };
    read(answer, &mut rows)?;
    rows.out.write_all(if rows.count == 0 { b"[]\n" } else { b"\n]\n" })?;
    Ok(rows.out.flush()?)
}

/// A line for each row.
pub(super) fn write_lines(answer: impl Read, out: impl Write) -> Result<()> {
    let mut rows = Rows { out, array: false, count: 0 };
    read(answer, &mut rows)?;
    Ok(rows.out.flush()?)
}

struct Rows<W> {
    out: W,
    array: bool,
    count: u64,
}

impl<W: Write> Sink for Rows<W> {
    fn row(&mut self, header: &Header, row: &csv::StringRecord) -> Result<()> {
        if self.array {
            self.out.write_all(if self.count == 0 { b"[\n" } else { b",\n" })?;
        }
        self.count += 1;
        let mut before = "{";
        for at in 1..header.names.len() {
            let value = header.value(row, at).map_or(Value::Null, |text| typed(header.kind(at), text));
            write!(self.out, "{before}{}:{value}", Value::from(header.name(at)))?;
            before = ",";
        }
        self.out.write_all(if self.array { b"}" } else { b"}\n" })?;
        Ok(())
    }
}

/// A number or a boolean as such; a double that JSON cannot say as text.
fn typed(kind: &str, text: &str) -> Value {
    let number = match kind {
        "long" => text.parse::<i64>().ok().map(Value::from),
        "unsignedLong" => text.parse::<u64>().ok().map(Value::from),
        "double" => text.parse::<f64>().ok().filter(|x| x.is_finite()).map(Value::from),
        "boolean" => text.parse::<bool>().ok().map(Value::from),
        _ => None,
    };
    number.unwrap_or_else(|| Value::from(text))
}

#[test]
fn rows_are_objects() {
    let answer = "#datatype,string,long,string,double,long\r\n#group,false,false,true,false,false\r\n#default,_result,,,,\r\n,result,table,t,v,n\r\n,,0,a,1.5,\r\n,,0,b\"c,NaN,7\r\n\r\n";
    let mut out = Vec::new();
    assert!(write_lines(answer.replace("b\"c", "\"b\"\"c\"").as_bytes(), &mut out).is_ok());
    let text = String::from_utf8_lossy(&out).into_owned();
    assert_eq!(
        text,
        "{\"result\":\"_result\",\"table\":0,\"t\":\"a\",\"v\":1.5,\"n\":null}\n{\"result\":\"_result\",\"table\":0,\"t\":\"b\\\"c\",\"v\":\"NaN\",\"n\":7}\n"
    );
    let mut out = Vec::new();
    assert!(write_array(&b""[..], &mut out).is_ok());
    assert_eq!(out, b"[]\n");
}
