//! `tide`: one binary for the server, the client and the folder on a laptop.

#![allow(clippy::print_stderr, reason = "this is the program that talks to the terminal")]

mod answer;
mod arguments;
mod client;
mod command;
mod local;
mod print;
mod profile;
mod refused;

use std::process::ExitCode;

use clap::Parser;

use arguments::Cli;

/// Exit status of a command that failed.
const FAILED: u8 = 1;
/// Exit status of a command line that cannot be read, as clap has it.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    if let Some(message) = refused::in_command_line(std::env::args()) {
        eprintln!("Error: {message}");
        return ExitCode::from(USAGE);
    }
    let cli = Cli::parse();
    match command::run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error:#}");
            ExitCode::from(FAILED)
        }
    }
}

/// Whether whoever read the output has enough of it: `tide query ... | head`.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let broken = |cause: &std::io::Error| cause.kind() == std::io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref().is_some_and(broken))
}
