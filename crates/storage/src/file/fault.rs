//! Failures that tests order; without an order every operation passes.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Reading,
    Changing,
}

/// Which operation is to fail.
#[derive(Debug)]
pub(super) struct Faults {
    /// Changing operations that still pass; `u64::MAX` is all.
    until_full: AtomicU64,
    /// Operations that still pass before one fails; `u64::MAX` is all.
    until_once: AtomicU64,
    failed: AtomicBool,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            until_full: AtomicU64::new(u64::MAX),
            until_once: AtomicU64::new(u64::MAX),
            failed: AtomicBool::new(false),
        }
    }
}

impl Faults {
    #[cfg(test)]
    pub(super) fn fail_after(&self, operations: u64) {
        self.until_full.store(operations, Ordering::SeqCst);
    }

    #[cfg(test)]
    pub(super) fn fail_once(&self, operations: u64) {
        self.until_once.store(operations, Ordering::SeqCst);
    }

    #[cfg(test)]
    pub(super) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::SeqCst)
    }

    /// Fails if a test ordered that.
    pub(super) fn pass(&self, operation: Operation) -> io::Result<()> {
        if count_down(&self.until_once) == Some(0) {
            self.until_once.store(u64::MAX, Ordering::SeqCst);
            self.failed.store(true, Ordering::SeqCst);
            return Err(io::Error::other("a fault made by a test"));
        }
        if operation == Operation::Changing && count_down(&self.until_full) == Some(0) {
            return Err(io::Error::new(io::ErrorKind::StorageFull, "a fault made by a test"));
        }
        Ok(())
    }
}

/// Takes one off; gives what was left before, `None` if nothing is counted.
fn count_down(left: &AtomicU64) -> Option<u64> {
    if left.load(Ordering::Relaxed) == u64::MAX {
        return None;
    }
    let taken = left
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| (left != u64::MAX).then_some(left.saturating_sub(1)));
    taken.ok()
}
