//! What is said about an input: warnings and rejected rows, on standard error and in a file.

#![allow(clippy::print_stderr, reason = "this is the program that talks to the terminal")]

use std::fs::File;
use std::io::Write as _;

use anyhow::{Context as _, Result};
use codec::csv_points::{LineError, Notes, Row};

use crate::arguments::WriteInput;

/// Tells people.
#[derive(Debug)]
pub(super) struct Log {
    /// Where rejected rows go.
    rejected: Option<File>,
    debug: bool,
}

impl Log {
    pub(super) fn new(input: &WriteInput) -> Result<Self> {
        let open = |path| File::options().append(true).create(true).open(path);
        let rejected = input.errors_file.as_ref().map(open).transpose().context("failed to create errors-file")?;
        Ok(Self { rejected, debug: input.debug })
    }

    pub(super) fn say(&self, text: &str) {
        eprintln!("{text}");
    }

    /// How many rows were left out, if any were.
    pub(super) fn closing(&self, skipped: u64) {
        match skipped {
            0 => {}
            1 => eprintln!("1 row was skipped"),
            _ => eprintln!("{skipped} rows were skipped"),
        }
    }
}

impl Notes for Log {
    fn warning(&mut self, text: &str) {
        eprintln!("WARNING: {text}");
    }

    fn skipped(&mut self, error: &LineError, row: &Row, delimiter: char) {
        eprintln!("{error}");
        let Some(file) = &mut self.rejected else { return };
        let (mut told, mut text) = (Row::default(), Vec::new());
        told.push(format!("# error : {error}").as_bytes());
        told.write(delimiter, &mut text);
        row.write(delimiter, &mut text);
        if let Err(failure) = file.write_all(&text) {
            eprintln!("the errors file cannot be written: {failure}");
            self.rejected = None;
        }
    }

    fn columns(&mut self, description: &dyn Fn() -> String) {
        if self.debug {
            eprint!("{}", description());
        }
    }
}
