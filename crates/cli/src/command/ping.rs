//! `tide ping`.

use anyhow::{Result, bail};

use crate::arguments::Connection;
use crate::client::Client;
use crate::print::say;

pub(super) fn run(connection: &Connection) -> Result<()> {
    let health = Client::new(connection)?.json("GET", "/health", &[], None)?;
    match health["status"].as_str() {
        Some("pass") => Ok(say("OK")?),
        _ => bail!("the server says it is not well: {}", health["message"].as_str().unwrap_or("no reason given")),
    }
}
