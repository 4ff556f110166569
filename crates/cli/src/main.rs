//! `tide`: one binary for the server, the client and the folder on a laptop.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is the program that talks to the terminal")]

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
    if let Some(message) = refused::influxd_flag(std::env::args()) {
        eprintln!("Error: {message}");
        return ExitCode::from(USAGE);
    }
    let cli = Cli::parse();
    match command::run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error:#}");
            ExitCode::from(FAILED)
        }
    }
}
