//! The one account of memory: everything that grows with data draws from it.
//!
//! Rows on their way to disk have a part of their own that questions cannot take, and questions the rest; beyond that each may
//! have what the others leave. Who gets nothing waits, spills or is refused: writers wait and are then told to come
//! again, questions spill or name what did not fit.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// Who holds memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// Rows in memtables.
    Memtables,
    /// Bodies of requests, and the batches made of them.
    Bodies,
    /// Rows that a flush or merge is writing.
    Merges,
    /// Footers and indexes of open partitions.
    Caches,
    /// Running queries.
    Queries,
}

impl Holder {
    /// All holders.
    pub const ALL: [Self; 5] = [Self::Memtables, Self::Bodies, Self::Merges, Self::Caches, Self::Queries];

    /// Its name, as the metrics tell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Memtables => "memtables",
            Self::Bodies => "bodies",
            Self::Merges => "merges",
            Self::Caches => "caches",
            Self::Queries => "queries",
        }
    }
}

/// The account.
#[derive(Debug)]
pub struct Budget {
    limit: usize,
    held: [AtomicUsize; 5],
    /// Wakes those who wait for memory.
    freed: Notify,
}

/// Part of the limit that writing has for itself.
const WRITING_PART: usize = 6;
/// The least that memtables may hold, however little memory there is.
const MIN_MEMTABLES: usize = 4 << 20;

impl Budget {
    /// An account of so many bytes.
    pub fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, held: Default::default(), freed: Notify::new() })
    }

    /// All there is.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// What one holder has now.
    pub fn held(&self, holder: Holder) -> usize {
        self.of(holder).load(Ordering::Relaxed)
    }

    /// What all hold together.
    pub fn total(&self) -> usize {
        self.held.iter().map(|held| held.load(Ordering::Relaxed)).sum()
    }

    /// Takes bytes whether they are there or not, until the hold is dropped.
    pub fn hold(self: &Arc<Self>, holder: Holder, bytes: usize) -> Hold {
        self.add(holder, bytes);
        Hold { budget: Arc::clone(self), holder, bytes }
    }

    /// Makes the hold of a body larger, if there is room; the only body there is finds room always.
    pub fn try_grow_body(&self, hold: &mut Hold, bytes: usize) -> bool {
        let more = bytes.saturating_sub(hold.bytes);
        let bodies = self.held(Holder::Bodies) + more;
        let fits = bodies <= bytes || bodies <= self.limit / 4 && self.total() + more <= self.limit;
        if fits && more > 0 {
            hold.set(bytes);
        }
        fits
    }

    /// Takes bytes for a query, if there is room.
    pub fn try_take_for_query(&self, bytes: usize) -> bool {
        let taken = self.held(Holder::Queries);
        let fits = taken.saturating_add(bytes) <= self.room_of_queries();
        if fits {
            self.add(Holder::Queries, bytes);
        }
        fits
    }

    /// Takes bytes for a query that it has already.
    pub fn take_for_query(&self, bytes: usize) {
        self.add(Holder::Queries, bytes);
    }

    /// Takes bytes of a query back.
    pub fn give_back_of_query(&self, bytes: usize) {
        self.remove(Holder::Queries, bytes);
    }

    /// What all queries together may hold now.
    pub fn room_of_queries(&self) -> usize {
        let writing = self.held(Holder::Memtables) + self.held(Holder::Bodies) + self.held(Holder::Merges);
        let others = writing.max(self.limit / WRITING_PART) + self.held(Holder::Caches);
        self.limit.saturating_sub(others)
    }

    /// Whether memtables may grow: within their own part always, beyond it while little is held altogether.
    pub(crate) fn memtables_may_grow(&self) -> bool {
        let held = self.held(Holder::Memtables);
        held < (self.limit / WRITING_PART).max(MIN_MEMTABLES)
            || held < self.limit / 3 && self.total() < self.limit / 4 * 3
    }

    pub(crate) fn add(&self, holder: Holder, bytes: usize) {
        self.of(holder).fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn remove(&self, holder: Holder, bytes: usize) {
        let took = |held: usize| Some(held.saturating_sub(bytes));
        // The function always gives a value.
        let _ = self.of(holder).fetch_update(Ordering::Relaxed, Ordering::Relaxed, took);
        if holder != Holder::Queries {
            self.freed.notify_waiters();
        }
    }

    /// Waits until `attempt` gives something; it is made again whenever memory became free.
    pub async fn wait_for<T>(&self, mut attempt: impl FnMut() -> Option<T>) -> T {
        // Mostly there is room, and nobody needs to be woken.
        if let Some(value) = attempt() {
            return value;
        }
        loop {
            let freed = self.freed.notified();
            let mut freed = std::pin::pin!(freed);
            // From here on nothing that becomes free is missed.
            freed.as_mut().enable();
            if let Some(value) = attempt() {
                return value;
            }
            freed.await;
        }
    }

    /// Has those who wait look again.
    pub(crate) fn wake(&self) {
        self.freed.notify_waiters();
    }

    fn of(&self, holder: Holder) -> &AtomicUsize {
        let [memtables, bodies, merges, caches, queries] = &self.held;
        match holder {
            Holder::Memtables => memtables,
            Holder::Bodies => bodies,
            Holder::Merges => merges,
            Holder::Caches => caches,
            Holder::Queries => queries,
        }
    }
}

/// Bytes that are held until this is dropped.
#[derive(Debug)]
pub struct Hold {
    budget: Arc<Budget>,
    holder: Holder,
    bytes: usize,
}

impl Hold {
    /// How many.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Corrects an estimate.
    pub fn set(&mut self, bytes: usize) {
        match bytes.checked_sub(self.bytes) {
            Some(more) => self.budget.add(self.holder, more),
            None => self.budget.remove(self.holder, self.bytes - bytes),
        }
        self.bytes = bytes;
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.budget.remove(self.holder, self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_leave_writing_its_part_and_get_what_writing_leaves() {
        let budget = Budget::new(600);
        assert_eq!(budget.room_of_queries(), 500);
        assert!(budget.try_take_for_query(500) && !budget.try_take_for_query(1));
        let merge = budget.hold(Holder::Merges, 150);
        assert_eq!(budget.room_of_queries(), 450);
        budget.give_back_of_query(100);
        assert!(budget.try_take_for_query(50) && !budget.try_take_for_query(1));
        drop(merge);
        assert!(budget.try_take_for_query(50));
        assert_eq!((budget.total(), budget.held(Holder::Queries)), (500, 500));
    }

    #[test]
    fn bodies_have_room_one_by_one() {
        let budget = Budget::new(1_000);
        let (mut first, mut second) = (budget.hold(Holder::Bodies, 0), budget.hold(Holder::Bodies, 0));
        assert!(budget.try_grow_body(&mut first, 5_000), "the only one");
        assert!(!budget.try_grow_body(&mut second, 1));
        first.set(0);
        assert_eq!(budget.total(), 0);
        assert!(budget.try_grow_body(&mut first, 200));
        assert!(!budget.try_grow_body(&mut second, 51));
        first.set(100);
        assert!(budget.try_grow_body(&mut second, 51) && second.bytes() == 51);
        budget.take_for_query(850);
        assert!(!budget.try_grow_body(&mut second, 52), "nothing is left");
        drop((first, second));
        assert_eq!(budget.held(Holder::Bodies), 0);
    }

    #[test]
    fn memtables_borrow_while_little_is_held() {
        let budget = Budget::new(120 << 20);
        budget.add(Holder::Memtables, 30 << 20);
        assert!(budget.memtables_may_grow());
        budget.take_for_query(61 << 20);
        assert!(!budget.memtables_may_grow());
        budget.remove(Holder::Memtables, 11 << 20);
        assert!(budget.memtables_may_grow(), "their own part is theirs");
    }
}
