//! One file a command.

mod auth;
mod bucket;
mod compact;
mod config;
mod delete;
mod export;
mod import;
mod inspect;
mod org;
mod ping;
mod query;
mod question;
mod sample;
mod serve;
mod setup;
mod shell;
mod size;
mod tour;
mod user;
mod v1;
mod verify;
mod write;

use anyhow::Result;

use crate::arguments::{Cli, Command};

/// Does what the command line says.
pub(crate) fn run(cli: Cli) -> Result<()> {
    match cli.command {
        Command::Serve(arguments) => serve::run(arguments),
        Command::Setup(arguments) => setup::run(&arguments),
        Command::Write(arguments) => write::run(&arguments),
        Command::Query(arguments) => query::run(&arguments),
        Command::Delete(arguments) => delete::run(&arguments),
        Command::Bucket(arguments) => bucket::run(&arguments),
        Command::Org(arguments) => org::run(&arguments),
        Command::Auth(arguments) => auth::run(&arguments),
        Command::Config(arguments) => config::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Import(arguments) => import::run(&arguments),
        Command::User(arguments) => user::run(&arguments),
        Command::V1(arguments) => v1::run(&arguments),
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Compact(arguments) => compact::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Completions(arguments) => shell::completions(&arguments),
        Command::Version => version(),
        Command::Man(arguments) => shell::man(&arguments),
        Command::Ping(connection) => ping::run(&connection),
        Command::Tour(arguments) => tour::run(&arguments),
    }
}

fn version() -> Result<()> {
    Ok(crate::print::say(format_args!("tide {}", env!("CARGO_PKG_VERSION")))?)
}
