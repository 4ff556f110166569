//! What the language asks of its surroundings while it compiles a script: the one narrow trait.

use crate::plan::{NodeId, Plan, Scalar, ScalarType};

/// A table that a script looks into (`tableFind`, `findColumn`, `findRecord`), column by column.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FoundTable {
    pub columns: Vec<FoundColumn>,
    pub row_count: usize,
}

/// One column of a [`FoundTable`].
#[derive(Debug, Clone, PartialEq)]
pub struct FoundColumn {
    pub name: String,
    pub data_type: ScalarType,
    pub in_key: bool,
    pub values: Vec<Scalar>,
}

/// Says of a table's key (the columns that are in it, each with its one value) whether that table is the one looked for.
pub type Accept<'a> = &'a mut dyn FnMut(&[(String, Scalar)]) -> Result<bool, crate::FluxError>;

/// Implemented by the engine. Calls block until the data are there.
pub trait Host {
    /// Runs the stream below `node` and gives its tables in order. `accept` sees each table's key (columns that are in the
    /// key, each with its one value) and says whether that table is the one looked for; the run stops at the first.
    /// `Ok(None)`: no table was accepted.
    fn find_table(
        &mut self,
        plan: &Plan,
        node: NodeId,
        accept: Accept<'_>,
    ) -> Result<Option<FoundTable>, crate::FluxError>;

    /// `now` of the request in nanoseconds since the epoch; `option now` of the script overrides it.
    fn now_ns(&self) -> i64;

    /// The clock (`system.time()`).
    fn system_time_ns(&self) -> i64;
}
