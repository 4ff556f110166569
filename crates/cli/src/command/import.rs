//! `tide import`: files of points, each read as its name says.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::write;
use crate::arguments::{Import, Write, WriteInput};
use crate::print::say;

/// Ends of names that are read.
const ENDS: [&str; 8] = [".lp", ".lp.gz", ".txt", ".txt.gz", ".csv", ".csv.gz", ".parquet", ".arrow"];

pub(super) fn run(arguments: &Import) -> Result<()> {
    let mut files = Vec::new();
    for path in &arguments.paths {
        gather(path, &mut files)?;
    }
    for file in files {
        let input = WriteInput { bucket: Some(arguments.bucket.clone()), ..WriteInput::of_file(file.clone()) };
        let write = Write {
            action: None,
            connection: arguments.connection.clone(),
            org: arguments.org.clone(),
            input,
            data_dir: arguments.data_dir.clone(),
        };
        write::run(&write).with_context(|| file.display().to_string())?;
        say(format_args!("{}: imported", file.display()))?;
    }
    Ok(())
}

/// A file, or those of a folder in the order of their names.
fn gather(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if !path.is_dir() {
        if !is_read(path) {
            bail!(
                "{}: what the file holds is not known; its name must end in one of {}",
                path.display(),
                ENDS.join(" ")
            );
        }
        files.push(path.to_owned());
        return Ok(());
    }
    let entries = std::fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut inside = entries.map(|e| Ok(e?.path())).collect::<Result<Vec<_>>>()?;
    inside.retain(|p| p.is_file() && is_read(p));
    if inside.is_empty() {
        bail!("{}: no file in it ends in one of {}", path.display(), ENDS.join(" "));
    }
    inside.sort();
    files.append(&mut inside);
    Ok(())
}

fn is_read(path: &Path) -> bool {
    let name = path.to_string_lossy();
    ENDS.iter().any(|end| name.ends_with(end))
}
