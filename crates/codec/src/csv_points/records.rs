//! Strict CSV records, as Go's `encoding/csv` reads them: a quote stands around a whole cell or is refused, with its place.

use std::io::{self, BufRead};

use memchr::memchr;

/// Bytes of one record; a quote that is never closed must not fill the memory.
const MAX_RECORD_BYTES: usize = 64 << 20;

/// The cells of a record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Row {
    /// How many cells there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no cell.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// A cell, if the row is that long.
    pub fn get(&self, at: usize) -> Option<&[u8]> {
        let start = match at.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.bytes.get(start..*self.ends.get(at)?)
    }

    /// All cells.
    pub fn cells(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).filter_map(|at| self.get(at))
    }

    /// Adds a cell behind the others.
    pub fn push(&mut self, cell: &[u8]) {
        self.bytes.extend_from_slice(cell);
        self.ends.push(self.bytes.len());
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// Writes the row as CSV with an LF behind it; cells are quoted where they must be.
    pub fn write(&self, delimiter: char, out: &mut Vec<u8>) {
        let (mut buffer, mut first) = ([0; 4], true);
        let delimiter = delimiter.encode_utf8(&mut buffer).as_bytes();
        for cell in self.cells() {
            if !std::mem::take(&mut first) {
                out.extend_from_slice(delimiter);
            }
            if !needs_quotes(cell, delimiter) {
                out.extend_from_slice(cell);
                continue;
            }
            out.push(b'"');
            for &byte in cell {
                if byte == b'"' {
                    out.push(b'"');
                }
                out.push(byte);
            }
            out.push(b'"');
        }
        out.push(b'\n');
    }
}

fn needs_quotes(cell: &[u8], delimiter: &[u8]) -> bool {
    let blank_first = String::from_utf8_lossy(cell).chars().next().is_some_and(char::is_whitespace);
    blank_first
        || cell == br"\."
        || cell.iter().any(|b| matches!(b, b'\n' | b'\r' | b'"'))
        || memchr::memmem::find(cell, delimiter).is_some()
}

/// Text that is no CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// A quote in the middle of a bare cell.
    #[error("{0}: bare \" in non-quoted-field")]
    BareQuote(Place),
    /// A quoted cell that is not closed, or goes on behind its closing quote.
    #[error("{0}: extraneous or missing \" in quoted-field")]
    Quote(Place),
    /// The separator that the first line names cannot be one.
    #[error("csv: invalid field or comment delimiter")]
    Delimiter,
    /// A record without end.
    #[error("the record that starts on line {0} is longer than 64 MiB; is a quote left open there?")]
    TooLong(usize),
}

/// Where a record went wrong, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    start: usize,
    line: usize,
    column: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.start != self.line {
            write!(f, "record on line {}; ", self.start)?;
        }
        write!(f, "parse error on line {}, column {}", self.line, self.column)
    }
}

/// Reads record after record; blank lines are skipped.
#[derive(Debug)]
pub(super) struct Records<R> {
    input: R,
    delimiter: char,
    line: Vec<u8>,
    /// The number of the line that was read last.
    number: usize,
}

impl<R: BufRead> Records<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, delimiter: ',', line: Vec::new(), number: 0 }
    }

    pub(super) fn delimiter(&self) -> char {
        self.delimiter
    }

    pub(super) fn set_delimiter(&mut self, delimiter: char) {
        self.delimiter = delimiter;
    }

    /// The number of the last line of the record that was read last.
    pub(super) fn line_number(&self) -> usize {
        self.number
    }

    /// Reads a line with its LF; CRLF becomes LF. False at the end.
    fn next_line(&mut self) -> io::Result<bool> {
        self.line.clear();
        let limit = MAX_RECORD_BYTES as u64 + 2;
        if io::Read::take(&mut self.input, limit).read_until(b'\n', &mut self.line)? == 0 {
            return Ok(false);
        }
        self.number += 1;
        if self.line.ends_with(b"\r\n") {
            self.line.truncate(self.line.len() - 2);
            self.line.push(b'\n');
        } else if self.line.last() == Some(&b'\r') {
            self.line.pop();
        }
        Ok(true)
    }

    /// Reads the next record into `row`; false when there is none.
    pub(super) fn read(&mut self, row: &mut Row) -> Result<bool, super::Failure> {
        row.clear();
        if matches!(self.delimiter, '\0' | '"' | '\r' | '\n' | char::REPLACEMENT_CHARACTER) {
            return Err(RecordError::Delimiter.into());
        }
        loop {
            if !self.next_line()? {
                return Ok(false);
            }
            if !matches!(self.line.as_slice(), b"" | b"\n") {
                break;
            }
        }
        let start = self.number;
        let mut buffer = [0; 4];
        let delimiter = self.delimiter.encode_utf8(&mut buffer).as_bytes();
        let mut at = 0;
        loop {
            let rest = self.line.get(at..).unwrap_or_default();
            let next = if rest.first() == Some(&b'"') {
                self.quoted(row, at + 1, delimiter, start)?
            } else {
                let (cell, next) = match memchr::memmem::find(rest, delimiter) {
                    Some(length) => (rest.get(..length), Some(at + length + delimiter.len())),
                    None => (Some(rest.strip_suffix(b"\n").unwrap_or(rest)), None),
                };
                let cell = cell.unwrap_or_default();
                if let Some(quote) = memchr(b'"', cell) {
                    let place = Place { start, line: self.number, column: at + quote + 1 };
                    return Err(RecordError::BareQuote(place).into());
                }
                row.push(cell);
                next
            };
            match next {
                Some(next) => at = next,
                None => return Ok(true),
            }
            if row.bytes.len() > MAX_RECORD_BYTES || self.line.len() > MAX_RECORD_BYTES {
                return Err(RecordError::TooLong(start).into());
            }
        }
    }

    /// Reads a quoted cell from behind its opening quote. Gives where the next cell starts; none when the record ends.
    fn quoted(
        &mut self,
        row: &mut Row,
        mut at: usize,
        delimiter: &[u8],
        start: usize,
    ) -> Result<Option<usize>, super::Failure> {
        loop {
            let rest = self.line.get(at..).unwrap_or_default();
            let Some(length) = memchr(b'"', rest) else {
                row.bytes.extend_from_slice(rest);
                if row.bytes.len() > MAX_RECORD_BYTES {
                    return Err(RecordError::TooLong(start).into());
                }
                let place = Place { start, line: self.number, column: at + rest.len() + 1 };
                if !self.next_line()? {
                    return Err(RecordError::Quote(place).into());
                }
                at = 0;
                continue;
            };
            row.bytes.extend_from_slice(rest.get(..length).unwrap_or_default());
            at += length + 1;
            let behind = rest.get(length + 1..).unwrap_or_default();
            if behind.first() == Some(&b'"') {
                row.bytes.push(b'"');
                at += 1;
            } else if behind.starts_with(delimiter) {
                row.ends.push(row.bytes.len());
                return Ok(Some(at + delimiter.len()));
            } else if matches!(behind, b"" | b"\n") {
                row.ends.push(row.bytes.len());
                return Ok(None);
            } else {
                return Err(RecordError::Quote(Place { start, line: self.number, column: at }).into());
            }
        }
    }
}
