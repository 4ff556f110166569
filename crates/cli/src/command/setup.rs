//! `tide setup`.

use std::io::{BufRead, IsTerminal as _, Write};

use anyhow::{Result, bail};
use serde_json::json;

use super::question::{ask, ask_password};
use super::size::seconds;
use crate::arguments::Setup;
use crate::client::Client;
use crate::print::say;
use crate::profile::{Profile, Profiles};

pub(super) fn run(arguments: &Setup) -> Result<()> {
    let connection = &arguments.connection;
    let mut profiles = Profiles::load(connection)?;
    if profiles.all.contains_key(&arguments.name) {
        bail!(
            "there is a profile {:?} already: name another with --name, or remove it with `tide config delete`",
            arguments.name
        );
    }
    let client = Client::new(connection)?.with_token(None);
    let wanted = Wanted::of(arguments)?;
    let mut body = json!({
        "username": wanted.username,
        "org": wanted.org,
        "bucket": wanted.bucket,
        "retentionPeriodSeconds": seconds(&wanted.retention)?,
    });
    if let Some(password) = &wanted.password {
        body["password"] = json!(password);
    }
    if let Some(token) = &connection.token {
        body["token"] = json!(token);
    }
    let made = client.json("POST", "/api/v2/setup", &[], Some(&body))?;
    let token = made["auth"]["token"].as_str().unwrap_or_default().to_owned();
    let profile = Profile { url: client.host().to_owned(), token, org: wanted.org.clone(), ..Profile::default() };
    profiles.all.insert(arguments.name.clone(), profile);
    profiles.activate(&arguments.name)?;
    profiles.save()?;
    if connection.json {
        let told = json!({"user": wanted.username, "organization": wanted.org, "bucket": wanted.bucket});
        return Ok(say(told)?);
    }
    say(format_args!("User          {}", wanted.username))?;
    say(format_args!("Organization  {}", wanted.org))?;
    say(format_args!("Bucket        {}", wanted.bucket))?;
    Ok(say(format_args!("The operator token is in the profile {:?}, which is now active.", arguments.name))?)
}

/// What is to be made.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    username: String,
    password: Option<String>,
    org: String,
    bucket: String,
    retention: String,
}

impl Wanted {
    /// What the flags say; at a terminal what is missing is asked for.
    fn of(arguments: &Setup) -> Result<Self> {
        let asks = !arguments.force && std::io::stdin().is_terminal();
        let complete = [&arguments.username, &arguments.org, &arguments.bucket].into_iter().all(Option::is_some);
        if complete {
            return Self::asked(arguments, &mut std::io::empty(), &mut std::io::sink());
        }
        if !asks {
            bail!("give --username, --org and --bucket; at a terminal, without --force, what is missing is asked for");
        }
        Self::asked(arguments, &mut std::io::stdin().lock(), &mut std::io::stderr().lock())
    }

    /// Asks for what is missing. Password and retention are questions only where a name is, too.
    fn asked(arguments: &Setup, input: &mut dyn BufRead, out: &mut dyn Write) -> Result<Self> {
        let Setup { username, password, org, bucket, retention, .. } = arguments;
        let complete = [username, org, bucket].into_iter().all(Option::is_some);
        let mut name = |given: &Option<String>, question: &str| match given {
            Some(name) => Ok(name.clone()),
            None => ask(input, out, question, ""),
        };
        let (username, org) = (name(username, "Name of the first user")?, name(org, "Name of the organization")?);
        let bucket = name(bucket, "Name of the bucket")?;
        let retention = match retention {
            Some(retention) => retention.clone(),
            None if complete => "0".to_owned(),
            None => ask(input, out, "How long the bucket keeps its points, such as 30d [for ever]", "0")?,
        };
        let password = match password {
            Some(password) => Some(password.clone()),
            None if complete => None,
            None => Some(ask_password(input, out, &format!("Password of {username}, 8 to 72 characters"))?),
        };
        Ok(Self { username, password, org, bucket, retention })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::Wanted;
    use crate::arguments::{Cli, Command};

    fn asked(arguments: &[&str], typed: &str) -> (Wanted, String) {
        let line = ["tide", "setup"].iter().chain(arguments);
        let Command::Setup(setup) = Cli::parse_from(line).command else { panic!("another command") };
        let mut out = Vec::new();
        let wanted = Wanted::asked(&setup, &mut typed.as_bytes(), &mut out).unwrap();
        (wanted, String::from_utf8(out).unwrap())
    }

    #[test]
    fn what_is_missing_is_asked_for() {
        let (wanted, said) = asked(&["-o", "home"], "me\nsensors\n\na-good-one\na-good-one\n");
        let password = Some("a-good-one".to_owned());
        let [username, org, bucket, retention] = ["me", "home", "sensors", "0"].map(str::to_owned);
        assert_eq!(wanted, Wanted { username, password, org, bucket, retention });
        assert!(said.contains("first user") && !said.contains("organization"), "{said}");
        let (wanted, said) = asked(&["-u", "me", "-o", "home", "-b", "sensors"], "");
        assert_eq!((wanted.password, wanted.retention.as_str(), said.as_str()), (None, "0", ""));
    }
}
