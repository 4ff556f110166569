//! `by-name/ORG/BUCKET -> ../../data/<bucket id>`: links that follow renames, for people and for other tools.
//!
//! They are made anew from the catalogue whenever it changes; nothing in Tidegauge reads them. In a name, bytes that a
//! file system or a shell takes for something else stand as `%XX`.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use storage::catalog::State;

/// The folder of links in the data folder.
const FOLDER: &str = "by-name";

/// Makes the links what the catalogue says.
pub(crate) fn refresh(data_dir: &Path, state: &State) -> io::Result<()> {
    let folder = data_dir.join(FOLDER);
    let wanted = links(state);
    for organization in entries(&folder)? {
        for link in entries(&folder.join(&organization))? {
            let path = Path::new(&organization).join(link);
            if !wanted.contains_key(&path) {
                std::fs::remove_file(folder.join(path))?;
            }
        }
        if !wanted.keys().any(|path| path.starts_with(&organization)) {
            std::fs::remove_dir(folder.join(&organization))?;
        }
    }
    for (path, target) in wanted {
        put(&folder.join(path), &target)?;
    }
    Ok(())
}

/// Links below [`FOLDER`] and where they lead.
fn links(state: &State) -> BTreeMap<PathBuf, PathBuf> {
    let link = |bucket: &storage::catalog::Bucket| {
        let organization = state.organization(bucket.org_id)?;
        let path = Path::new(&file_name(&organization.name)).join(file_name(&bucket.name));
        Some((path, PathBuf::from(format!("../../data/{}", bucket.id))))
    };
    state.buckets().filter_map(|bucket| link(bucket)).collect()
}

/// A name as one element of a path; an empty one is `%`.
fn file_name(name: &str) -> String {
    if name.is_empty() {
        return "%".to_owned();
    }
    let mut text = String::with_capacity(name.len());
    for (at, character) in name.char_indices() {
        let hidden = character == '.' && at == 0;
        if hidden || character <= ' ' || character == '\u{7f}' || r#"/\%:*?"<>|"#.contains(character) {
            text.push_str(&format!("%{:02X}", u32::from(character)));
        } else {
            text.push(character);
        }
    }
    text
}

/// Names in a folder; none if there is no folder.
fn entries(folder: &Path) -> io::Result<Vec<std::ffi::OsString>> {
    match std::fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.file_name())).collect(),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
fn put(path: &Path, target: &Path) -> io::Result<()> {
    match std::fs::read_link(path) {
        Ok(found) if found == target => return Ok(()),
        Ok(_) => std::fs::remove_file(path)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::os::unix::fs::symlink(target, path)
}

/// Where links take a privilege there are none.
#[cfg(not(unix))]
fn put(_path: &Path, _target: &Path) -> io::Result<()> {
    Ok(())
}
