//! `tide config`.

use anyhow::{Result, bail};
use serde_json::json;

use crate::arguments::{Config, ConfigAction};
use crate::print::print_list;
use crate::profile::{Profile, Profiles};

const COLUMNS: &[(&str, &str)] = &[("Active", "active"), ("Name", "name"), ("URL", "url"), ("Org", "org")];

pub(super) fn run(arguments: &Config) -> Result<()> {
    let mut profiles = Profiles::load(&arguments.connection)?;
    let shown = match (&arguments.action, &arguments.name) {
        (None, None) | (Some(ConfigAction::List), _) => profiles.all.keys().cloned().collect(),
        (None, Some(name)) => {
            profiles.activate(name)?;
            vec![name.clone()]
        }
        (Some(ConfigAction::Create { config_name, host_url, org, active }), _) => {
            if profiles.all.contains_key(config_name) {
                bail!("there is a profile {config_name:?} already; `tide config set` changes it");
            }
            let token = arguments.connection.token.clone().unwrap_or_default();
            let profile =
                Profile { url: host_url.clone(), token, org: org.clone().unwrap_or_default(), ..Profile::default() };
            profiles.all.insert(config_name.clone(), profile);
            if *active {
                profiles.activate(config_name)?;
            }
            vec![config_name.clone()]
        }
        (Some(ConfigAction::Set { config_name, host_url, org, active }), _) => {
            let Some(profile) = profiles.all.get_mut(config_name) else {
                bail!("there is no profile {config_name:?}; `tide config create` makes one");
            };
            profile.url = host_url.clone().unwrap_or_else(|| profile.url.clone());
            profile.org = org.clone().unwrap_or_else(|| profile.org.clone());
            profile.token = arguments.connection.token.clone().unwrap_or_else(|| profile.token.clone());
            if *active {
                profiles.activate(config_name)?;
            }
            vec![config_name.clone()]
        }
        (Some(ConfigAction::Delete { config_name }), _) => {
            if profiles.all.remove(config_name).is_none() {
                bail!("there is no profile {config_name:?}");
            }
            Vec::new()
        }
    };
    if !matches!(arguments.action, Some(ConfigAction::List)) && (arguments.action.is_some() || arguments.name.is_some())
    {
        profiles.save()?;
    }
    let rows: Vec<_> = shown
        .iter()
        .filter_map(|name| profiles.all.get(name).map(|p| (name, p)))
        .map(|(name, p)| json!({"active": if p.active { "*" } else { "" }, "name": name, "url": p.url, "org": p.org}))
        .collect();
    print_list(&arguments.connection, &rows, COLUMNS)
}
