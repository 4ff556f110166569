//! Annotated CSV with all three annotations, row by row.

use std::io::Read;

use anyhow::Result;

use crate::print::{failure, is_error_header};

/// Columns before those of the table: annotations, result and table number.
const LEADING: usize = 3;

/// The columns of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) names: Vec<String>,
    types: Vec<String>,
    groups: Vec<String>,
    defaults: Vec<String>,
}

impl Header {
    /// The places of the table's own columns.
    pub(super) fn columns(&self) -> std::ops::Range<usize> {
        LEADING..self.names.len().max(LEADING)
    }

    pub(super) fn name(&self, at: usize) -> &str {
        self.names.get(at).map_or("", String::as_str)
    }

    pub(super) fn kind(&self, at: usize) -> &str {
        self.types.get(at).map_or("", String::as_str)
    }

    pub(super) fn is_key(&self, at: usize) -> bool {
        self.groups.get(at).is_some_and(|g| g == "true")
    }

    /// The place of a column.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.columns().find(|at| self.name(*at) == name)
    }

    /// A row's value; none where it is null. Annotated CSV does not tell an empty text from none.
    pub(super) fn value<'a>(&'a self, row: &'a csv::StringRecord, at: usize) -> Option<&'a str> {
        let text = match row.get(at).unwrap_or_default() {
            "" => self.defaults.get(at).map_or("", String::as_str),
            text => text,
        };
        Some(text).filter(|text| !text.is_empty())
    }

    /// What tells a row's table from the others: its result and its number.
    pub(super) fn table<'a>(&'a self, row: &'a csv::StringRecord) -> (&'a str, &'a str) {
        (self.value(row, 1).unwrap_or_default(), self.value(row, 2).unwrap_or_default())
    }
}

/// Who takes the rows.
pub(super) trait Sink {
    /// Columns of the rows that follow.
    fn header(&mut self, _header: &Header) -> Result<()> {
        Ok(())
    }

    fn row(&mut self, header: &Header, row: &csv::StringRecord) -> Result<()>;
}

/// Reads a whole answer. An error inside the answer is an error here.
pub(super) fn read(answer: impl Read, sink: &mut impl Sink) -> Result<()> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(answer);
    let (mut header, mut row, mut named) = (Header::default(), csv::StringRecord::new(), false);
    let mut failed = false;
    while reader.read_record(&mut row)? {
        let first = row.get(0).unwrap_or_default();
        if failed {
            return Err(failure(row.get(1)));
        }
        if first.starts_with('#') {
            if std::mem::take(&mut named) {
                header = Header::default();
            }
            let cells = row.iter().map(str::to_owned).collect();
            match first {
                "#datatype" => header.types = cells,
                "#group" => header.groups = cells,
                "#default" => header.defaults = cells,
                _ => {}
            }
        } else if is_error_header(row.get(1).map(str::as_bytes), row.get(2).map(str::as_bytes)) {
            failed = true;
        } else if !named {
            header.names = row.iter().map(str::to_owned).collect();
            named = true;
            sink.header(&header)?;
        } else {
            sink.row(&header, &row)?;
        }
    }
    if failed { Err(failure(None)) } else { Ok(()) }
}
