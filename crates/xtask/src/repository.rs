//! The files of the repository, read once.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// Folders that hold what is built or downloaded, not what is written. Git's own folder is among them.
const NOT_OURS: &[&str] = &["target", ".git", "__pycache__", "node_modules"];

/// Ends of names of files whose text is read; of others only the name is known.
const TEXT: &[&str] =
    &["rs", "toml", "md", "txt", "flux", "json", "py", "sh", "run", "csv", "lp", "yml", "yaml", "service"];

/// Every file of the work tree, by its path from the root with `/` between the parts.
#[derive(Debug)]
pub struct Repository {
    root: PathBuf,
    files: BTreeMap<String, String>,
}

impl Repository {
    /// The repository that this crate was built in.
    pub fn here() -> io::Result<Self> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = manifest.ancestors().nth(2).unwrap_or(manifest);
        let mut files = BTreeMap::new();
        collect(root, root, &mut files)?;
        Ok(Self { root: root.to_owned(), files })
    }

    /// A repository that is made of these files, to test rules with.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        Self { root: PathBuf::new(), files }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The text of a file; empty for one that is no text.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Whether a file or a folder stands there.
    pub(crate) fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let inside = format!("{path}/");
        self.files.contains_key(path)
            || self.files.range(inside.clone()..).next().is_some_and(|(p, _)| p.starts_with(&inside))
    }

    /// Files with one of these endings, in the order of their paths.
    pub(crate) fn ending<'a>(&'a self, end: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.files
            .iter()
            .filter(move |(path, _)| path.ends_with(end))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Every file.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.ending("")
    }

    /// The manifests of the workspace's packages: the folder (empty for the root) and the text.
    pub(crate) fn manifests(&self) -> impl Iterator<Item = (&str, &str)> {
        self.ending("Cargo.toml").map(|(path, text)| (path.trim_end_matches("Cargo.toml").trim_end_matches('/'), text))
    }
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, String>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        let kind = entry.file_type()?;
        if kind.is_dir() {
            if !NOT_OURS.contains(&name.as_ref()) {
                collect(root, &path, files)?;
            }
        } else if kind.is_file() {
            let relative = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            let end = name.rsplit('.').next().unwrap_or_default();
            let text = if TEXT.contains(&end) || name == "run" { read(&path)? } else { String::new() };
            files.insert(relative, text);
        }
    }
    Ok(())
}

/// The text of a file; one that is not UTF-8 counts as no text, one that went away meanwhile as empty.
fn read(path: &Path) -> io::Result<String> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(String::from_utf8(bytes).unwrap_or_default()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error),
    }
}
