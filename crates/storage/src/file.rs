//! The only place that touches the file system, so that tests can make any operation fail.

use std::fs;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::store::StorageError;

/// The file system.
#[derive(Debug)]
pub(crate) struct Files {
    /// Changing operations still allowed before one fails; `u64::MAX` never fails.
    until_fault: AtomicU64,
}

impl Default for Files {
    fn default() -> Self {
        Self { until_fault: AtomicU64::new(u64::MAX) }
    }
}

impl Files {
    /// Lets `operations` more changes pass and fails every one after them, as a full disk does.
    #[cfg(test)]
    pub(crate) fn fail_after(&self, operations: u64) {
        self.until_fault.store(operations, Ordering::SeqCst);
    }

    pub(crate) fn create_folder(&self, path: &Path) -> Result<(), StorageError> {
        self.change("creating", path, || fs::create_dir_all(path))
    }

    /// Names of the entries of a folder, ascending; none if the folder does not exist.
    pub(crate) fn list(&self, folder: &Path) -> Result<Vec<String>, StorageError> {
        let entries = match fs::read_dir(folder) {
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

    pub(crate) fn read(&self, path: &Path) -> Result<Vec<u8>, StorageError> {
        fs::read(path).map_err(|error| StorageError::io("reading", path, error))
    }

    /// Writes a file that is there completely or not at all: another name, sync, rename, sync of the folder.
    pub(crate) fn write_whole(&self, path: &Path, bytes: &[u8]) -> Result<(), StorageError> {
        let mut unfinished = path.as_os_str().to_owned();
        unfinished.push(".new");
        let unfinished = PathBuf::from(unfinished);
        self.change("writing", &unfinished, || {
            let mut file = fs::File::create(&unfinished)?;
            file.write_all(bytes)?;
            file.sync_data()
        })?;
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
            .map(|file| LogFile { file, path: path.to_owned(), files: Arc::clone(self) })
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
        Ok(FolderLock { _file: file })
    }

    fn change<T>(
        &self,
        action: &'static str,
        path: &Path,
        change: impl FnOnce() -> io::Result<T>,
    ) -> Result<T, StorageError> {
        self.step().and_then(|()| change()).map_err(|error| StorageError::io(action, path, error))
    }

    fn step(&self) -> io::Result<()> {
        let left = self.until_fault.load(Ordering::Relaxed);
        if left == u64::MAX {
            return Ok(());
        }
        if left == 0 {
            return Err(io::Error::new(io::ErrorKind::StorageFull, "a fault made by a test"));
        }
        self.until_fault.store(left - 1, Ordering::Relaxed);
        Ok(())
    }
}

/// A file that is appended to.
#[derive(Debug)]
pub(crate) struct LogFile {
    file: fs::File,
    path: PathBuf,
    files: Arc<Files>,
}

impl LogFile {
    pub(crate) fn append(&mut self, bytes: &[u8]) -> Result<(), StorageError> {
        let file = &mut self.file;
        self.files.change("appending to", &self.path, || file.write_all(bytes))
    }

    /// Brings what was appended to disk.
    pub(crate) fn sync(&self) -> Result<(), StorageError> {
        self.files.change("syncing", &self.path, || self.file.sync_data())
    }
}

/// An advisory lock; the kernel releases it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct FolderLock {
    _file: fs::File,
}
