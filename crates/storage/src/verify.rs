//! Reads every byte of a folder and compares every checksum.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::bucket::Bucket;
use crate::catalog::Catalog;
use crate::file::Files;
use crate::manifest;
use crate::store::StorageError;
use crate::wal;

/// What a verification found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verification {
    /// Files that were read.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// What is wrong; nothing if all is well.
    pub damages: Vec<Damage>,
}

/// A file that is not what was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it, with file and place.
    pub text: String,
}

impl Verification {
    fn take(&mut self, path: &Path, outcome: Result<u64, impl std::fmt::Display>) {
        self.files += 1;
        match outcome {
            Ok(bytes) => self.bytes += bytes,
            Err(error) => self.damages.push(Damage { path: path.to_owned(), text: error.to_string() }),
        }
    }
}

/// Checks the catalogue, the log, and manifest and partitions of all buckets. Partitions that a merge replaces meanwhile stay
/// readable until the end.
pub(crate) fn verify(files: &Files, dir: &Path, buckets: &[Arc<Bucket>]) -> Verification {
    let mut out = Verification::default();
    let catalog = dir.join(crate::catalog::FILE_NAME);
    if files.is_file(&catalog) {
        out.take(&catalog, Catalog::check(dir));
    }
    let log = dir.join("wal");
    let (mut segments, mut bytes) = (0, 0);
    // A flush may remove a segment while it is read: then what it held is in partitions.
    let replayed = again_if_gone(|| wal::replay(files, &log, true, |_, _, _| Ok(())));
    match replayed {
        Ok(replayed) => (segments, bytes) = (replayed.segments.len() as u64, replayed.bytes),
        Err(error) => out.take(&place(&error, &log), Err(error)),
    }
    out.files += segments;
    out.bytes += bytes;
    for bucket in buckets {
        let outcome = again_if_gone(|| manifest::check(files, &bucket.folder));
        if !bucket.installed().dropped {
            let path =
                outcome.as_ref().err().map_or_else(|| bucket.folder.clone(), |error| place(error, &bucket.folder));
            out.take(&path, outcome);
        }
        let snapshot = bucket.snapshot();
        for file in snapshot.partitions() {
            let read = || {
                let reader = file.reader()?;
                if *reader.meta() != file.meta {
                    let what = "it is not what the manifest says: restore it from a backup".to_owned();
                    return Err(StorageError::Damaged { path: file.path.clone(), offset: 0, what });
                }
                reader.verify()
            };
            out.take(&file.path, read());
        }
    }
    out
}

/// Reads again what was replaced while it was read.
fn again_if_gone<T>(mut read: impl FnMut() -> Result<T, StorageError>) -> Result<T, StorageError> {
    const ATTEMPTS: usize = 20;
    let mut outcome = read();
    for _ in 1..ATTEMPTS {
        match &outcome {
            Err(StorageError::Io { cause, .. }) if cause.kind() == std::io::ErrorKind::NotFound => outcome = read(),
            _ => break,
        }
    }
    outcome
}

fn place(error: &StorageError, otherwise: &Path) -> PathBuf {
    match error {
        StorageError::Io { path, .. } | StorageError::Damaged { path, .. } | StorageError::Version { path, .. } => {
            path.clone()
        }
        _ => otherwise.to_owned(),
    }
}
