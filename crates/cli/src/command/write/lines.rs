//! The input as line protocol, a request's worth at a time.

use std::io::{BufRead, Read as _};

use anyhow::{Result, bail};
use codec::csv_points::{Converter, Options, PointFilter};

use super::columns::Columns;
use super::line_end::LineEnds;
use super::log::Log;
use super::source::Input;
use crate::arguments::{WriteFormat, WriteInput};

/// Gives lines.
pub(super) struct Lines<'a> {
    form: Form,
    log: &'a mut Log,
    longest: usize,
    /// Bytes behind the last line end that was read.
    pending: Vec<u8>,
    ends: LineEnds,
}

enum Form {
    Csv(Box<Converter<Box<dyn BufRead>>>),
    Points(PointFilter<Box<dyn BufRead>>),
    Copied(Box<dyn BufRead>),
    Columns(Columns),
}

impl<'a> Lines<'a> {
    pub(super) fn new(input: Input, arguments: &WriteInput, log: &'a mut Log) -> Result<Self> {
        let form = match input {
            Input::Texts { format: WriteFormat::Csv, text } => {
                Form::Csv(Box::new(Converter::new(text, Options { plain_names: arguments.plain_names })))
            }
            Input::Texts { text, .. } if arguments.skip_row_on_error => Form::Points(PointFilter::new(text)),
            Input::Texts { text, .. } => Form::Copied(text),
            Input::Files { format, paths } => Form::Columns(Columns::new(format, paths, arguments)),
        };
        Ok(Self { form, log, longest: arguments.max_line_length, pending: Vec::new(), ends: LineEnds::default() })
    }

    /// Rows that were left out so far.
    pub(super) fn skipped(&self) -> u64 {
        match &self.form {
            Form::Csv(converter) => converter.skipped(),
            Form::Points(filter) => filter.skipped(),
            Form::Copied(_) | Form::Columns(_) => 0,
        }
    }

    /// Appends about so many bytes, byte for byte what the input comes to; false at its end.
    pub(super) fn next_part(&mut self, bytes: usize, out: &mut Vec<u8>) -> Result<bool> {
        if let Form::Copied(text) = &mut self.form {
            return Ok(text.by_ref().take(bytes as u64).read_to_end(out)? > 0);
        }
        while out.len() < bytes {
            if !self.next_line(out)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Appends whole lines; false at the end of the input.
    pub(super) fn next_request(&mut self, bytes: usize, out: &mut Vec<u8>) -> Result<bool> {
        if matches!(self.form, Form::Copied(_)) {
            return self.next_cut(bytes, out);
        }
        while out.len() < bytes {
            let start = out.len();
            if !self.next_line(out)? {
                return Ok(false);
            }
            let one_line = !matches!(self.form, Form::Columns(_));
            if one_line && out.len() - start > self.longest {
                out.truncate(start);
                bail!("{}", self.too_long());
            }
        }
        Ok(true)
    }

    fn too_long(&self) -> String {
        format!("batcher: line too long: one has more than {} bytes; --max-line-length allows more", self.longest)
    }

    fn next_line(&mut self, out: &mut Vec<u8>) -> Result<bool> {
        match &mut self.form {
            Form::Csv(converter) => Ok(converter.next_line(self.log, out)?),
            Form::Points(filter) => {
                let log = &mut *self.log;
                let mut told = |number: usize, why: &codec::line_protocol::ParseErrors| {
                    log.say(&format!("invalid point on line {number}: {why}"))
                };
                Ok(filter.next_line(&mut told, out)?)
            }
            Form::Columns(columns) => columns.next_batch(out),
            Form::Copied(_) => Ok(false),
        }
    }

    /// Cuts line protocol behind a line end that is not inside of a quoted value.
    fn next_cut(&mut self, bytes: usize, out: &mut Vec<u8>) -> Result<bool> {
        let Form::Copied(text) = &mut self.form else { return Ok(false) };
        loop {
            let read_before = self.pending.len();
            let more = text.by_ref().take(bytes as u64).read_to_end(&mut self.pending)?;
            let end = match self.ends.read(self.pending.get(read_before..).unwrap_or_default()) {
                _ if more == 0 => self.pending.len(),
                Some(end) => read_before + end,
                None if self.pending.len() > self.longest => bail!("{}", self.too_long()),
                None => continue,
            };
            out.extend(self.pending.drain(..end));
            return Ok(more > 0);
        }
    }
}
