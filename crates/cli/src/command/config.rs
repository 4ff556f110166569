//! `tide config`.

use anyhow::{Result, anyhow, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::arguments::{Config, ConfigAction};
use crate::print::{print_list, print_one, print_removed};
use crate::profile::{Profile, Profiles};

const COLUMNS: &[(&str, &str)] = &[("Active", "active"), ("Name", "name"), ("URL", "url"), ("Org", "org")];

pub(super) fn run(arguments: &Config) -> Result<()> {
    let mut profiles = Profiles::load(&arguments.connection)?;
    let is_list = matches!((&arguments.action, &arguments.name), (None, None) | (Some(ConfigAction::List), _));
    let names = match (&arguments.action, &arguments.name) {
        (None, None) | (Some(ConfigAction::List), _) => profiles.all.keys().cloned().collect(),
        (None, Some(name)) => {
            let before = || profiles.all.iter().find(|(_, p)| p.previous).map(|(name, _)| name.clone());
            let name = match name.as_str() {
                "-" => before().ok_or_else(|| anyhow!("there is no profile that was active before"))?,
                name => name.to_owned(),
            };
            profiles.activate(&name)?;
            vec![name]
        }
        (Some(ConfigAction::Create { config_name, host_url, org, username_password, active }), _) => {
            if profiles.all.contains_key(config_name) {
                bail!("there is a profile {config_name:?} already; `tide config set` changes it");
            }
            let mut profile =
                Profile { url: host_url.clone(), org: org.clone().unwrap_or_default(), ..Profile::default() };
            set_credentials(&mut profile, arguments.connection.token.as_ref(), username_password.as_ref())?;
            profiles.all.insert(config_name.clone(), profile);
            if *active {
                profiles.activate(config_name)?;
            }
            vec![config_name.clone()]
        }
        (Some(ConfigAction::Set { config_name, host_url, org, username_password, active }), _) => {
            let Some(profile) = profiles.all.get_mut(config_name) else {
                bail!("there is no profile {config_name:?}; `tide config create` makes one");
            };
            profile.url = host_url.clone().unwrap_or_else(|| profile.url.clone());
            profile.org = org.clone().unwrap_or_else(|| profile.org.clone());
            set_credentials(profile, arguments.connection.token.as_ref(), username_password.as_ref())?;
            if *active {
                profiles.activate(config_name)?;
            }
            vec![config_name.clone()]
        }
        (Some(ConfigAction::Delete { config_name }), _) => {
            let mut removed = Vec::new();
            for name in config_name {
                let Some(profile) = profiles.all.remove(name) else { bail!("there is no profile {name:?}") };
                removed.push(shown(name, &profile));
            }
            profiles.save()?;
            return removed.iter().try_for_each(|row| print_removed(&arguments.connection, row, COLUMNS));
        }
    };
    if !is_list {
        profiles.save()?;
    }
    let rows: Vec<_> =
        names.iter().filter_map(|name| profiles.all.get(name).map(|profile| shown(name, profile))).collect();
    match (rows.as_slice(), is_list) {
        ([one], false) => print_one(&arguments.connection, one, COLUMNS),
        (rows, _) => print_list(&arguments.connection, rows, COLUMNS),
    }
}

/// A token, or a name and a password: the one takes the place of the other.
fn set_credentials(profile: &mut Profile, token: Option<&String>, pair: Option<&String>) -> Result<()> {
    match (token, pair) {
        (Some(_), Some(_)) => bail!("give --token or --username-password, not both"),
        (Some(token), None) => (profile.token, profile.cookie) = (token.clone(), String::new()),
        (None, Some(pair)) if !pair.contains(':') => bail!("--username-password wants NAME:PASSWORD"),
        (None, Some(pair)) => (profile.token, profile.cookie) = (String::new(), STANDARD.encode(pair)),
        (None, None) => {}
    }
    Ok(())
}

fn shown(name: &str, profile: &Profile) -> Value {
    let active = if profile.active { "*" } else { "" };
    json!({"active": active, "name": name, "url": profile.url, "org": profile.org})
}
