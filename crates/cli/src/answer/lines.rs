//! Answers as line protocol.

use std::io::{BufReader, Read, Write};

use anyhow::{Result, bail};
use codec::csv_points::{Converter, LineError, Notes, Options, Row};

/// Bytes of lines that are written at once.
const PART_BYTES: usize = 1 << 16;

/// Writes each row as a line; a row that is no point ends it.
pub(crate) fn write_lines(answer: impl Read, mut out: impl Write) -> Result<()> {
    let mut converter = Converter::new(BufReader::new(Guarded::new(answer)), Options { plain_names: true });
    let (mut refusal, mut lines) = (Refusal::default(), Vec::new());
    loop {
        let more = converter.next_line(&mut refusal, &mut lines)?;
        if let Some(why) = &refusal.0 {
            bail!(
                "{why}: line protocol is written of rows with _measurement, _field, _value and _time; take --format csv, \
                 or let the script keep these columns"
            );
        }
        if lines.len() >= PART_BYTES || !more {
            out.write_all(&lines)?;
            lines.clear();
        }
        if !more {
            return Ok(out.flush()?);
        }
    }
}

/// The first row that was no point.
#[derive(Default)]
struct Refusal(Option<String>);

impl Notes for Refusal {
    fn warning(&mut self, _text: &str) {}

    fn skipped(&mut self, error: &LineError, _row: &Row, _delimiter: char) {
        self.0.get_or_insert_with(|| error.to_string());
    }
}

/// An answer whose error, if there is one, is an error of reading.
struct Guarded<R> {
    answer: R,
    seen: Vec<u8>,
}

/// The header of the table by which a query tells its failure after the answer began.
const ERROR_HEADER: &[u8] = b",error,reference\r\n";
/// Bytes of an error that are looked at.
const MAX_ERROR_BYTES: usize = 4_096;

impl<R: Read> Guarded<R> {
    fn new(answer: R) -> Self {
        Self { answer, seen: Vec::new() }
    }
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.answer.read(buffer)?;
        self.seen.extend_from_slice(buffer.get(..count).unwrap_or_default());
        if let Some(at) = self.seen.windows(ERROR_HEADER.len()).position(|w| w == ERROR_HEADER) {
            let mut rest = self.seen.split_off(at + ERROR_HEADER.len());
            self.answer.by_ref().take(MAX_ERROR_BYTES as u64).read_to_end(&mut rest)?;
            let text = String::from_utf8_lossy(&rest).into_owned();
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
            let first = reader.records().next().and_then(Result::ok);
            let told = first.as_ref().and_then(|r| r.get(1));
            return Err(std::io::Error::other(crate::print::failure(told).to_string()));
        }
        let keep = self.seen.len().saturating_sub(ERROR_HEADER.len());
        self.seen.drain(..keep);
        Ok(count)
    }
}

#[test]
fn an_error_inside_an_answer_ends_the_lines() {
    let answer = "#datatype,string,long,string,string,double\r\n#group,false,false,true,true,false\r\n#default,_result,,,,\r\n,result,table,_measurement,_field,_value\r\n,,0,m,f,1\r\n\r\n,error,reference\r\n,out of memory,\r\n";
    let told = write_lines(answer.as_bytes(), Vec::new()).unwrap_err().to_string();
    assert_eq!(told, "the query failed: out of memory");
    let mut out = Vec::new();
    let whole = answer.split("\r\n\r\n").next().unwrap_or_default();
    assert!(write_lines(whole.as_bytes(), &mut out).is_ok());
    assert_eq!(out, b"m f=1\n");
}
