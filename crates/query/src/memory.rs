//! The memory of queries: fair among themselves, and drawn from the one budget of the folder.

use std::fmt;
use std::sync::Arc;

use datafusion::common::resources_datafusion_err;
use datafusion::error::Result as DfResult;
use datafusion::execution::memory_pool::{FairSpillPool, MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation};
use storage::budget::Budget;

/// A pool that gives what both a fair share and the budget allow.
#[derive(Debug)]
pub(crate) struct BudgetPool {
    fair: FairSpillPool,
    budget: Arc<Budget>,
}

impl BudgetPool {
    pub(crate) fn new(budget: Arc<Budget>) -> Self {
        Self { fair: FairSpillPool::new(budget.room_of_queries()), budget }
    }
}

impl fmt::Display for BudgetPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "budget of {} bytes", self.budget.limit())
    }
}

impl MemoryPool for BudgetPool {
    fn name(&self) -> &'static str {
        "budget"
    }

    fn register(&self, consumer: &MemoryConsumer) {
        self.fair.register(consumer);
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        self.fair.unregister(consumer);
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        self.budget.take_for_query(additional);
        self.fair.grow(reservation, additional);
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        self.fair.shrink(reservation, shrink);
        self.budget.give_back_of_query(shrink);
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> DfResult<()> {
        if !self.budget.try_take_for_query(additional) {
            return Err(resources_datafusion_err!(
                "{} needs {additional} more bytes than its {}: of the memory limit of {} bytes {} are held",
                reservation.consumer().name(),
                reservation.size(),
                self.budget.limit(),
                self.budget.total()
            ));
        }
        self.fair.try_grow(reservation, additional).inspect_err(|_| self.budget.give_back_of_query(additional))
    }

    fn reserved(&self) -> usize {
        self.fair.reserved()
    }

    fn memory_limit(&self) -> MemoryLimit {
        MemoryLimit::Finite(self.budget.limit())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use storage::budget::Holder;

    #[test]
    fn queries_get_what_the_others_leave_and_give_it_back() {
        let budget = Budget::new(600);
        let pool: Arc<dyn MemoryPool> = Arc::new(BudgetPool::new(Arc::clone(&budget)));
        let one = MemoryConsumer::new("one").register(&pool);
        one.try_grow(400).unwrap();
        let merge = budget.hold(Holder::Merges, 150);
        let refused = one.try_grow(100).unwrap_err().to_string();
        assert!(refused.contains("one needs 100 more bytes than its 400"), "{refused}");
        drop(merge);
        one.try_grow(100).unwrap();
        assert_eq!(budget.held(Holder::Queries), 500);
        drop(one);
        assert_eq!((budget.total(), pool.reserved()), (0, 0));
    }
}
