//! Connection profiles: the file that `influx` keeps at `~/.influxdbv2/configs`, read and written in its form.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

use crate::arguments::Connection;

/// One profile.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Profile {
    pub(crate) url: String,
    pub(crate) token: String,
    pub(crate) org: String,
    /// Name and password in base64, as `influx` keeps them: who has no token signs in with them for each command.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) cookie: String,
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) active: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) previous: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

/// All profiles of a file.
#[derive(Debug, Default)]
pub(crate) struct Profiles {
    path: Option<PathBuf>,
    pub(crate) all: BTreeMap<String, Profile>,
}

impl Profiles {
    /// The profiles of the file; none if there is no file.
    pub(crate) fn load(connection: &Connection) -> Result<Self> {
        let home = std::env::var_os("HOME").map(|h| PathBuf::from(h).join(".influxdbv2/configs"));
        let Some(path) = connection.configs_path.clone().or(home) else { return Ok(Self::default()) };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(e) => return Err(e).with_context(|| format!("cannot read {}", path.display())),
        };
        let all = toml::from_str(&text).with_context(|| format!("{} is no file of profiles", path.display()))?;
        Ok(Self { path: Some(path), all })
    }

    /// The profile named by the flag, else the active one.
    pub(crate) fn chosen(&self, connection: &Connection) -> Result<Option<&Profile>> {
        match &connection.active_config {
            Some(name) => match self.all.get(name) {
                Some(profile) => Ok(Some(profile)),
                None => bail!("there is no profile {name:?}; `tide config list` shows those there are"),
            },
            None => Ok(self.all.values().find(|p| p.active)),
        }
    }

    /// Makes one profile the active one.
    pub(crate) fn activate(&mut self, name: &str) -> Result<()> {
        if !self.all.contains_key(name) {
            bail!("there is no profile {name:?}; `tide config list` shows those there are");
        }
        for (other, profile) in &mut self.all {
            profile.previous = profile.active && other != name;
            profile.active = other == name;
        }
        Ok(())
    }

    pub(crate) fn save(&self) -> Result<()> {
        let Some(path) = &self.path else { bail!("no file for profiles: set HOME or give --configs-path") };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        let text = toml::to_string(&self.all)?;
        write_private(path, &text).with_context(|| format!("cannot write {}", path.display()))
    }
}

/// Writes a file that only its owner may read: it holds tokens.
fn write_private(path: &std::path::Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}
