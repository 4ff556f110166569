//! [`EngineHost`]: what the language asks while it compiles a script (`tableFind` and its kin run sub-queries).
//!
//! Compiling runs on a thread that may block; sub-queries run on the runtime and this thread waits for them.

use std::sync::Arc;

use flux::host::{FoundTable, Host};
use flux::plan::{NodeId, Plan, Scalar};
use flux::{ErrorCode, FluxError};
use query::QueryEngine;
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::context::QueryContext;

/// The surroundings of one compilation.
pub(crate) struct EngineHost {
    pub(crate) queries: QueryEngine,
    pub(crate) context: QueryContext,
    pub(crate) runtime: Handle,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) now_ns: i64,
    /// Its sender goes when nobody waits for the query any more.
    pub(crate) wanted: watch::Receiver<()>,
}

impl Host for EngineHost {
    fn find_table(
        &mut self,
        plan: &Plan,
        node: NodeId,
        accept: &mut dyn FnMut(&[(String, Scalar)]) -> Result<bool, FluxError>,
    ) -> Result<Option<FoundTable>, FluxError> {
        self.context.check_writes(plan)?;
        let context: Arc<dyn query::context::Context> = Arc::new(self.context.clone());
        let (queries, wanted) = (&self.queries, &mut self.wanted);
        self.runtime.block_on(async {
            tokio::select! {
                found = Box::pin(queries.find_table(plan, node, context, accept)) => found,
                _ = wanted.changed() => Err(FluxError::invalid("query was canceled").with_code(ErrorCode::Internal)),
            }
        })
    }

    fn now_ns(&self) -> i64 {
        self.now_ns
    }

    fn system_time_ns(&self) -> i64 {
        self.clock.now_ns()
    }
}
