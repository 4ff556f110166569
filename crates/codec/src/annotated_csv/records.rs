//! Lenient CSV records, as Go's `encoding/csv` reads them with `LazyQuotes`: a quote inside a bare cell is a character,
//! and so is a quote inside a quoted cell that neither doubles nor ends it.

use std::borrow::Cow;

/// Reads record after record of a text; blank lines are skipped.
#[derive(Debug, Clone)]
pub struct Records<'a> {
    rest: &'a str,
    delimiter: u8,
}

impl<'a> Records<'a> {
    /// Reads a text whose cells stand apart by `delimiter`.
    pub fn new(text: &'a str, delimiter: u8) -> Self {
        Self { rest: text, delimiter }
    }

    /// Cuts off the next line: its text without its end.
    fn line(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        let (line, rest) = match memchr::memchr(b'\n', self.rest.as_bytes()) {
            Some(at) => (self.rest.get(..at)?, self.rest.get(at + 1..)?),
            None => (self.rest, ""),
        };
        self.rest = rest;
        Some(line.strip_suffix('\r').unwrap_or(line))
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Vec<Cow<'a, str>>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut line = self.line()?;
        while line.is_empty() {
            line = self.line()?;
        }
        let mut cells = Vec::new();
        loop {
            let (cell, more) = match line.strip_prefix('"') {
                Some(inside) => self.quoted(inside),
                None => match memchr::memchr(self.delimiter, line.as_bytes()) {
                    Some(at) => (Cow::Borrowed(line.get(..at)?), line.get(at + 1..)),
                    None => (Cow::Borrowed(line), None),
                },
            };
            cells.push(cell);
            match more {
                Some(rest) => line = rest,
                None => return Some(cells),
            }
        }
    }
}

impl<'a> Records<'a> {
    /// Reads a quoted cell from behind its opening quote; it may go over line ends, which are read as LF.
    fn quoted(&mut self, mut line: &'a str) -> (Cow<'a, str>, Option<&'a str>) {
        let mut cell = Cow::Borrowed("");
        loop {
            let Some(at) = memchr::memchr(b'"', line.as_bytes()) else {
                append(&mut cell, line);
                match self.line() {
                    Some(next) => {
                        append(&mut cell, "\n");
                        line = next;
                        continue;
                    }
                    None => return (cell, None),
                }
            };
            append(&mut cell, line.get(..at).unwrap_or_default());
            let behind = line.get(at + 1..).unwrap_or_default();
            match behind.as_bytes().first() {
                None => return (cell, None),
                Some(&b) if b == self.delimiter => return (cell, behind.get(1..)),
                Some(b'"') => {
                    append(&mut cell, "\"");
                    line = behind.get(1..).unwrap_or_default();
                }
                Some(_) => {
                    append(&mut cell, "\"");
                    line = behind;
                }
            }
        }
    }
}

fn append<'a>(cell: &mut Cow<'a, str>, text: &'a str) {
    if cell.is_empty() {
        *cell = Cow::Borrowed(text);
    } else {
        cell.to_mut().push_str(text);
    }
}
