//! The only place that touches the file system (the catalogue's library has its own), so that tests can make any operation fail.

mod fault;
mod handles;

use std::fs;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::store::StorageError;
use fault::{Faults, Operation};
pub(crate) use handles::{FolderLock, LogFile, NewFile, ReadFile};

/// The file system.
#[derive(Debug, Default)]
pub(crate) struct Files {
    faults: Faults,
}

impl Files {
    /// Lets `operations` more changes pass and fails every one after them, as a full disk does.
    #[cfg(test)]
    pub(crate) fn fail_after(&self, operations: u64) {
        self.faults.fail_after(operations);
    }

    /// Lets `operations` more operations of any kind pass and fails the one after them; later ones pass again.
    #[cfg(test)]
    pub(crate) fn fail_once(&self, operations: u64) {
        self.faults.fail_once(operations);
    }

    /// Whether the one failure that was ordered has come to pass.
    #[cfg(test)]
    pub(crate) fn has_failed(&self) -> bool {
        self.faults.has_failed()
    }

    pub(crate) fn create_folder(&self, path: &Path) -> Result<(), StorageError> {
        self.change("creating", path, || fs::create_dir_all(path))
    }

    /// Names of the entries of a folder, ascending; none if the folder does not exist.
    pub(crate) fn list(&self, folder: &Path) -> Result<Vec<String>, StorageError> {
        let entries = match self.faults.pass(Operation::Reading).and_then(|()| fs::read_dir(folder)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(StorageError::io("listing", folder, error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| StorageError::io("listing", folder, error))?;
            names.extend(entry.file_name().into_string());
        }
        names.sort_unstable();
        Ok(names)
    }

    pub(crate) fn is_folder(&self, path: &Path) -> bool {
        path.is_dir()
    }

    pub(crate) fn is_file(&self, path: &Path) -> bool {
        path.is_file()
    }

    pub(crate) fn read(&self, path: &Path) -> Result<Vec<u8>, StorageError> {
        let bytes = self.faults.pass(Operation::Reading).and_then(|()| fs::read(path));
        bytes.map_err(|error| StorageError::io("reading", path, error))
    }

    /// Writes a file that is there completely or not at all: another name, sync, rename, sync of the folder.
    pub(crate) fn write_whole(&self, path: &Path, bytes: &[u8]) -> Result<(), StorageError> {
        let mut unfinished = path.as_os_str().to_owned();
        unfinished.push(".new");
        let unfinished = PathBuf::from(unfinished);
        let mut file = self.change("creating", &unfinished, || fs::File::create(&unfinished))?;
        self.change("writing", &unfinished, || file.write_all(bytes))?;
        self.change("syncing", &unfinished, || file.sync_data())?;
        self.change("renaming", &unfinished, || fs::rename(&unfinished, path))?;
        path.parent().map_or(Ok(()), |folder| self.sync_folder(folder))
    }

    pub(crate) fn rename(&self, from: &Path, to: &Path) -> Result<(), StorageError> {
        self.change("renaming", from, || fs::rename(from, to))
    }

    pub(crate) fn sync_folder(&self, folder: &Path) -> Result<(), StorageError> {
        self.change("syncing", folder, || fs::File::open(folder)?.sync_all())
    }

    /// Removes a file; one that is gone already is fine.
    pub(crate) fn remove(&self, path: &Path) -> Result<(), StorageError> {
        self.change("removing", path, || match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        })
    }

    /// Removes a folder with all in it; one that is gone already is fine.
    pub(crate) fn remove_folder(&self, path: &Path) -> Result<(), StorageError> {
        self.change("removing", path, || match fs::remove_dir_all(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        })
    }

    /// Removes a folder if it is empty.
    pub(crate) fn remove_empty_folder(&self, path: &Path) {
        // A folder with files in it stays, which is what is wanted.
        let _ = fs::remove_dir(path);
    }

    /// Makes a new file to append to.
    pub(crate) fn create_log(self: &Arc<Self>, path: &Path) -> Result<LogFile, StorageError> {
        self.change("creating", path, || fs::OpenOptions::new().append(true).create_new(true).open(path))
            .map(|file| LogFile::new(file, path, self))
    }

    /// Makes a new file to write from its front.
    pub(crate) fn create(self: &Arc<Self>, path: &Path) -> Result<NewFile, StorageError> {
        self.change("creating", path, || fs::File::options().write(true).create_new(true).open(path))
            .map(|file| NewFile::new(file, path, self))
    }

    /// Opens a file to read at given places.
    pub(crate) fn open(self: &Arc<Self>, path: &Path) -> Result<ReadFile, StorageError> {
        let opened = self.faults.pass(Operation::Reading).and_then(|()| {
            let file = fs::File::open(path)?;
            let len = file.metadata()?.len();
            Ok((file, len))
        });
        let (file, len) = opened.map_err(|error| StorageError::io("opening", path, error))?;
        Ok(ReadFile::new(file, len, path, self))
    }

    /// Cuts a file off.
    pub(crate) fn truncate(&self, path: &Path, len: u64) -> Result<(), StorageError> {
        self.change("cutting", path, || {
            let file = fs::OpenOptions::new().write(true).open(path)?;
            file.set_len(len)?;
            file.sync_all()
        })
    }

    /// Takes the folder for this process alone, until the lock is dropped.
    pub(crate) fn lock(&self, path: &Path) -> Result<FolderLock, StorageError> {
        let failed = |error| StorageError::io("locking", path, error);
        self.faults.pass(Operation::Changing).map_err(failed)?;
        let mut file =
            fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                let mut text = String::new();
                // The number is for the message only.
                let _ = file.read_to_string(&mut text);
                let folder = path.parent().unwrap_or(path).to_owned();
                return Err(StorageError::InUse { path: folder, pid: text.trim().parse().unwrap_or(0) });
            }
            Err(fs::TryLockError::Error(error)) => return Err(failed(error)),
        }
        file.set_len(0).map_err(failed)?;
        file.seek(SeekFrom::Start(0)).map_err(failed)?;
        writeln!(file, "{}", std::process::id()).map_err(failed)?;
        Ok(FolderLock::new(file))
    }

    fn change<T>(
        &self,
        action: &'static str,
        path: &Path,
        change: impl FnOnce() -> io::Result<T>,
    ) -> Result<T, StorageError> {
        let outcome = self.faults.pass(Operation::Changing).and_then(|()| change());
        outcome.map_err(|error| StorageError::io(action, path, error))
    }
}
