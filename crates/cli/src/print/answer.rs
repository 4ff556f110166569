//! Answers as tables for reading: the group key above each table, its other columns below.

use std::collections::HashMap;
use std::io::{Read, Write};

use anyhow::{Result, anyhow};
use comfy_table::{Cell, CellAlignment, Table, presets};

/// Rows of one table that are shown with common widths; longer tables go on in further blocks.
const BLOCK_ROWS: usize = 1_000;

/// Reads annotated CSV (all three annotations) and prints its tables.
pub(crate) struct AnswerPrinter<W: Write> {
    out: W,
    annotations: HashMap<String, Vec<String>>,
    header: Vec<String>,
    current: Option<(String, String)>,
    rows: Vec<Vec<String>>,
    tables: usize,
}

impl<W: Write> AnswerPrinter<W> {
    pub(crate) fn new(out: W) -> Self {
        Self { out, annotations: HashMap::new(), header: Vec::new(), current: None, rows: Vec::new(), tables: 0 }
    }

    /// Prints a whole answer and gives the number of its tables. An error inside the answer is an error here.
    pub(crate) fn print(mut self, answer: impl Read) -> Result<usize> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(answer);
        for record in reader.records() {
            let record: Vec<String> = record?.iter().map(str::to_owned).collect();
            let first = record.first().map_or("", String::as_str);
            if first.starts_with('#') {
                if !self.header.is_empty() {
                    self.end_table()?;
                    self.annotations.clear();
                    self.header.clear();
                    self.current = None;
                }
                self.annotations.insert(first.to_owned(), record);
            } else if is_error_header(record.get(1).map(String::as_bytes), record.get(2).map(String::as_bytes)) {
                self.end_table()?;
                self.header = record;
            } else if self.header.is_empty() {
                self.header = record;
                self.announce_empty()?;
            } else if self.header.get(1).is_some_and(|c| c == "error") {
                return Err(failure(record.get(1).map(String::as_str)));
            } else {
                self.row(record)?;
            }
        }
        self.end_table()?;
        self.out.flush()?;
        Ok(self.tables)
    }

    fn annotation(&self, name: &str, at: usize) -> &str {
        self.annotations.get(name).and_then(|a| a.get(at)).map_or("", String::as_str)
    }

    fn cell<'a>(&'a self, row: &'a [String], at: usize) -> &'a str {
        match row.get(at).map_or("", String::as_str) {
            "" => self.annotation("#default", at),
            text => text,
        }
    }

    fn row(&mut self, record: Vec<String>) -> Result<()> {
        let id = (self.cell(&record, 1).to_owned(), self.cell(&record, 2).to_owned());
        if self.current.as_ref() != Some(&id) {
            self.end_table()?;
            self.title(&id.0, &record)?;
            self.current = Some(id);
        }
        self.rows.push(record);
        if self.rows.len() >= BLOCK_ROWS { self.flush_rows() } else { Ok(()) }
    }

    /// A table without rows stands in `#default`.
    fn announce_empty(&mut self) -> Result<()> {
        if self.annotation("#default", 2).is_empty() {
            return Ok(());
        }
        let default = self.annotations.get("#default").cloned().unwrap_or_default();
        let result = default.get(1).cloned().unwrap_or_default();
        self.title(&result, &default)?;
        Ok(writeln!(self.out, "(no rows)")?)
    }

    fn title(&mut self, result: &str, row: &[String]) -> Result<()> {
        if self.tables > 0 {
            writeln!(self.out)?;
        }
        self.tables += 1;
        let key: Vec<String> = (3..self.header.len())
            .filter(|i| self.annotation("#group", *i) == "true")
            .map(|i| format!("{}={}", self.header[i], self.cell(row, i)))
            .collect();
        Ok(writeln!(
            self.out,
            "{result}: {}",
            if key.is_empty() { "(no group key)".to_owned() } else { key.join(" ") }
        )?)
    }

    fn end_table(&mut self) -> Result<()> {
        self.flush_rows()
    }

    fn flush_rows(&mut self) -> Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let rows = std::mem::take(&mut self.rows);
        let shown: Vec<usize> = (3..self.header.len()).filter(|i| self.annotation("#group", *i) != "true").collect();
        let mut table = Table::new();
        table.load_preset(presets::ASCII_FULL_CONDENSED);
        table.set_header(shown.iter().map(|i| self.header[*i].clone()));
        for row in &rows {
            table.add_row(shown.iter().map(|i| {
                let number = matches!(self.annotation("#datatype", *i), "double" | "long" | "unsignedLong");
                let cell = Cell::new(self.cell(row, *i));
                if number { cell.set_alignment(CellAlignment::Right) } else { cell }
            }));
        }
        Ok(writeln!(self.out, "{table}")?)
    }
}

/// Copies an answer byte for byte. An error inside the answer is an error here, too.
pub(crate) fn copy_answer(answer: impl Read, mut out: impl Write) -> Result<()> {
    let copied = Copied { from: answer, to: &mut out };
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(copied);
    let (mut record, mut failed, mut message) = (csv::ByteRecord::new(), false, None);
    while reader.read_byte_record(&mut record)? {
        if failed && message.is_none() {
            message = record.get(1).map(|text| String::from_utf8_lossy(text).into_owned());
        }
        failed = failed || is_error_header(record.get(1), record.get(2));
    }
    drop(reader);
    out.flush()?;
    if failed { Err(failure(message.as_deref())) } else { Ok(()) }
}

/// Whether a header is that of the table by which a query tells its failure after the answer began.
pub(crate) fn is_error_header(first: Option<&[u8]>, second: Option<&[u8]>) -> bool {
    first == Some(b"error") && second == Some(b"reference")
}

pub(crate) fn failure(message: Option<&str>) -> anyhow::Error {
    anyhow!("the query failed: {}", message.filter(|m| !m.is_empty()).unwrap_or("no reason was given"))
}

/// Reads, and writes what was read.
struct Copied<'a, R, W> {
    from: R,
    to: &'a mut W,
}

impl<R: Read, W: Write> Read for Copied<'_, R, W> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let bytes = self.from.read(buffer)?;
        self.to.write_all(buffer.get(..bytes).unwrap_or_default())?;
        Ok(bytes)
    }
}

#[test]
fn an_answer_is_printed_by_table() {
    let answer = "#datatype,string,long,string,long\r\n#group,false,false,true,false\r\n#default,_result,,,\r\n,result,table,city,_value\r\n,,0,Bern,7\r\n,,1,Genf,12\r\n\r\n";
    let mut text = Vec::new();
    assert_eq!(AnswerPrinter::new(&mut text).print(answer.as_bytes()).ok(), Some(2));
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(text.contains("_result: city=Bern") && text.contains("| _value |") && text.contains("12 |"), "{text}");
}

#[test]
fn an_error_inside_an_answer_is_an_error() {
    let answer = "#datatype,string,long,double\r\n#group,false,false,false\r\n#default,_result,,\r\n,result,table,_value\r\n,,0,7\r\n\r\n,error,reference\r\n,out of memory,\r\n";
    let mut copy = Vec::new();
    let told = copy_answer(answer.as_bytes(), &mut copy).unwrap_err().to_string();
    assert_eq!((copy.as_slice(), told.as_str()), (answer.as_bytes(), "the query failed: out of memory"));
    let told = AnswerPrinter::new(Vec::new()).print(answer.as_bytes()).unwrap_err().to_string();
    assert_eq!(told, "the query failed: out of memory");
    let whole = answer.split("\r\n\r\n").next().unwrap_or_default();
    assert!(copy_answer(whole.as_bytes(), Vec::new()).is_ok());
}
