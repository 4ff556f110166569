//! `cargo xtask check`: every house rule; `cargo xtask ratchet`: lowers the lists of offenders.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command for developers, on a terminal")]

use std::process::ExitCode;

use tidegauge_xtask::{Repository, lower, rules};

fn main() -> ExitCode {
    let repository = match Repository::here() {
        Ok(repository) => repository,
        Err(error) => {
            eprintln!("the repository cannot be read: {error}");
            return ExitCode::FAILURE;
        }
    };
    match std::env::args().nth(1).as_deref() {
        Some("check") => check(&repository),
        Some("ratchet") => match lower(&repository) {
            Ok(lowered) => {
                println!("{lowered} entries lowered or removed");
                ExitCode::SUCCESS
            }
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        },
        _ => {
            eprintln!("usage: cargo xtask check | ratchet");
            ExitCode::FAILURE
        }
    }
}

fn check(repository: &Repository) -> ExitCode {
    let mut broken = 0;
    for rule in rules::ALL {
        for message in (rule.check)(repository) {
            broken += 1;
            println!("{}: {message}", rule.name);
        }
    }
    println!("{} rules, {broken} places that break them", rules::ALL.len());
    if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
