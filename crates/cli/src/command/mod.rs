//! One file a command.

mod auth;
mod bucket;
mod config;
mod delete;
mod org;
mod ping;
mod query;
mod sample;
mod serve;
mod setup;
mod size;
mod tour;
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
        Command::Ping(connection) => ping::run(&connection),
        Command::Tour(arguments) => tour::run(&arguments),
    }
}
