//! `tide write`: line protocol, CSV, Parquet and Arrow to a server, into a folder, or as lines on the terminal.

mod columns;
mod line_end;
mod lines;
mod log;
mod rate;
mod source;
mod target;

use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use anyhow::{Context as _, Result};
use indicatif::{ProgressBar, ProgressStyle};

use crate::arguments::{OrgChoice, Write, WriteAction, WriteInput};
use lines::Lines;
use log::Log;
use rate::Throttle;
use source::Input;
use target::Target;

/// Bytes of lines that make a request.
const REQUEST_BYTES: usize = 1 << 20;

pub(super) fn run(arguments: &Write) -> Result<()> {
    if let Some(WriteAction::Dryrun { org, input, .. }) = &arguments.action {
        return dry_run(org, input);
    }
    let input = &arguments.input;
    let throttle = Throttle::new(input.rate_limit.as_deref())?;
    let mut log = Log::new(input)?;
    let target = Target::open(arguments)?;
    let sent = Lines::new(Input::open(input)?, input, &mut log).and_then(|lines| send(lines, &target, throttle));
    target.close()?;
    let skipped = sent?;
    log.closing(skipped);
    Ok(())
}

/// Sends everything; gives the number of rows that were left out.
fn send(mut lines: Lines<'_>, target: &Target, mut throttle: Throttle) -> Result<u64> {
    let progress = progress();
    let (mut request, mut sent) = (Vec::with_capacity(2 * REQUEST_BYTES), 0_u64);
    let ended = loop {
        request.clear();
        // What was read before the input went wrong is sent.
        let more = lines.next_request(REQUEST_BYTES, &mut request);
        if !request.is_empty() {
            throttle.wait(request.len());
            target.send(&request).with_context(|| format!("lines were refused{}", after(sent)))?;
            sent += request.len() as u64;
            progress.inc(request.len() as u64);
        }
        match more {
            Ok(true) => {}
            Ok(false) => break Ok(lines.skipped()),
            Err(failure) => break Err(failure.context(format!("the input cannot be read on{}", after(sent)))),
        }
    };
    progress.finish_and_clear();
    ended
}

/// What is stored already when a later part fails.
fn after(sent: u64) -> String {
    if sent == 0 { String::new() } else { format!(" after {sent} bytes of lines, which are stored") }
}

/// Prints the organization, then the lines; nothing is sent and nobody asked.
fn dry_run(org: &OrgChoice, input: &WriteInput) -> Result<()> {
    let opened = Log::new(input);
    crate::print::say(org.org.as_deref().unwrap_or_default())?;
    let mut log = opened?;
    let mut lines = Lines::new(Input::open(input)?, input, &mut log)?;
    let mut out = std::io::stdout().lock();
    let mut part = Vec::with_capacity(2 * REQUEST_BYTES);
    loop {
        part.clear();
        let more = lines.next_part(REQUEST_BYTES, &mut part);
        out.write_all(&part)?;
        out.flush()?;
        if !more? {
            break;
        }
    }
    let skipped = lines.skipped();
    if std::io::stderr().is_terminal() {
        log.closing(skipped);
    }
    Ok(())
}

/// Shown on a terminal only.
fn progress() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {bytes} written, {bytes_per_sec}, {elapsed}");
    let bar = ProgressBar::new_spinner();
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
