//! Line protocol of which only the lines that are points are kept.

use std::io::{self, BufRead};

use crate::line_protocol::{Limits, ParseErrors, for_each_point};
use model::Precision;

/// Bytes of one line.
const MAX_LINE_BYTES: u64 = 64 << 20;

/// Reads line after line and keeps the points. What goes over several lines is read as `influx` reads it: as so many bad ones.
#[derive(Debug)]
pub struct PointFilter<R> {
    input: R,
    line: Vec<u8>,
    number: usize,
    skipped: u64,
}

impl<R: BufRead> PointFilter<R> {
    /// Reads `input` from its start.
    pub fn new(input: R) -> Self {
        Self { input, line: Vec::new(), number: 0, skipped: 0 }
    }

    /// Lines that were left out so far, without blank ones and comments.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Appends the next line that is a point, as it stands; false at the end. `skipped` is told of lines that are none.
    pub fn next_line(&mut self, skipped: &mut dyn FnMut(usize, &ParseErrors), out: &mut Vec<u8>) -> io::Result<bool> {
        loop {
            self.line.clear();
            if io::Read::take(&mut self.input, MAX_LINE_BYTES).read_until(b'\n', &mut self.line)? == 0 {
                return Ok(false);
            }
            self.number += 1;
            match for_each_point(&self.line, Precision::Nanoseconds, 0, &Limits::default(), |_, _| {}) {
                Ok(0) => {}
                Ok(_) => {
                    out.extend_from_slice(&self.line);
                    return Ok(true);
                }
                Err(why) => {
                    self.skipped += 1;
                    skipped(self.number, &why);
                }
            }
        }
    }
}
