//! The reading of an input, record after record.

use std::fmt;
use std::io::{self, BufRead};

use super::annotation;
use super::records::{RecordError, Records, Row};
use super::table::{Refusal, Table};

/// What a reading may be told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// A `|` in a header cell belongs to the name; no type stands behind it.
    pub plain_names: bool,
}

/// Who is told what is seen on the way.
pub trait Notes {
    /// Something that is odd, but is read.
    fn warning(&mut self, text: &str);
    /// A row that is no line.
    fn skipped(&mut self, error: &LineError, row: &Row, delimiter: char);
    /// The columns of a table, before its first row.
    fn columns(&mut self, _description: &dyn Fn() -> String) {}
}

/// Why a row is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineError {
    line: usize,
    column: Option<String>,
    reason: String,
}

impl LineError {
    fn new(line: usize, refusal: Refusal) -> Self {
        let column = refusal.column.map(|label| String::from_utf8_lossy(&label).into_owned());
        Self { line, column, reason: refusal.reason }
    }

    /// The line of the input that the row ends on, counted from 1.
    pub fn line(&self) -> usize {
        self.line
    }
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        if let Some(column) = &self.column {
            write!(f, "column '{column}': ")?;
        }
        f.write_str(&self.reason)
    }
}

/// Why a reading ended early.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The input is no CSV.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The input cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Reads CSV and gives lines.
#[derive(Debug)]
pub struct Converter<R> {
    records: Records<R>,
    table: Table,
    row: Row,
    skipped: u64,
    /// The columns of this table were told.
    told: bool,
}

impl<R: BufRead> Converter<R> {
    /// Reads `input` from its start.
    pub fn new(input: R, options: Options) -> Self {
        let table = Table::new(options.plain_names);
        Self { records: Records::new(input), table, row: Row::default(), skipped: 0, told: false }
    }

    /// Rows that were left out so far.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Appends the next line, with its LF; false at the end of the input.
    pub fn next_line(&mut self, notes: &mut dyn Notes, out: &mut Vec<u8>) -> Result<bool, Failure> {
        while self.records.read(&mut self.row)? {
            let number = self.records.line_number();
            if number == 1
                && let (1, Some([b's', b'e', b'p', b'=', separator, ..])) = (self.row.len(), self.row.get(0))
            {
                self.records.set_delimiter(char::from(*separator));
                continue;
            }
            if !self.is_row(notes) {
                self.told = false;
                if self.row.cells().any(has_lone_return) {
                    notes.warning(&format!(
                        "line {number}: standalone CR character found. Only CRLF and LF line endings are supported."
                    ));
                }
                continue;
            }
            let start = out.len();
            let made = self.table.line(&self.row, number, notes, out);
            if !std::mem::replace(&mut self.told, true) {
                notes.columns(&|| self.table.describe());
            }
            match made {
                Ok(()) => {
                    out.push(b'\n');
                    return Ok(true);
                }
                Err(refusal) => {
                    out.truncate(start);
                    self.skipped += 1;
                    notes.skipped(&LineError::new(number, refusal), &self.row, self.records.delimiter());
                }
            }
        }
        Ok(false)
    }

    /// Whether the record is a row of the table; annotations, remarks and the header are read here.
    fn is_row(&mut self, notes: &mut dyn Notes) -> bool {
        if self.row.get(0).is_some_and(|cell| cell.first() == Some(&b'#')) {
            annotation::read(&mut self.table, &self.row, notes);
            return false;
        }
        if self.table.in_rows {
            return true;
        }
        self.table.header(&self.row);
        false
    }
}

/// A CR inside a cell that is neither its end nor before an LF.
fn has_lone_return(cell: &[u8]) -> bool {
    let Some(at) = memchr::memchr(b'\r', cell) else { return false };
    cell.get(at + 1).is_some_and(|next| *next != b'\n')
}
