//! `tide setup`.

use anyhow::{Result, bail};
use serde_json::json;

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
    let mut body = json!({
        "username": arguments.username,
        "org": arguments.org,
        "bucket": arguments.bucket,
        "retentionPeriodSeconds": seconds(&arguments.retention)?,
    });
    if let Some(password) = &arguments.password {
        body["password"] = json!(password);
    }
    if let Some(token) = &connection.token {
        body["token"] = json!(token);
    }
    let made = client.json("POST", "/api/v2/setup", &[], Some(&body))?;
    let token = made["auth"]["token"].as_str().unwrap_or_default().to_owned();
    let profile = Profile { url: client.host().to_owned(), token, org: arguments.org.clone(), ..Profile::default() };
    profiles.all.insert(arguments.name.clone(), profile);
    profiles.activate(&arguments.name)?;
    profiles.save()?;
    if connection.json {
        let told = json!({"user": arguments.username, "organization": arguments.org, "bucket": arguments.bucket});
        return Ok(say(told)?);
    }
    say(format_args!("User          {}", arguments.username))?;
    say(format_args!("Organization  {}", arguments.org))?;
    say(format_args!("Bucket        {}", arguments.bucket))?;
    Ok(say(format_args!("The operator token is in the profile {:?}, which is now active.", arguments.name))?)
}
