//! Queries: from a Flux script to a stream of tables.

use std::fmt;
use std::sync::Arc;

use codec::table::Event;
use flux::semantic::{self, CompileRequest, Compiled};
use flux::syntax::json::read_extern;
use flux::{ErrorCode, FluxError};
use futures::stream::BoxStream;
use model::Id;
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::context::QueryContext;
use crate::engine::Engine;
use crate::host::EngineHost;

/// Which buckets a query may touch: see [`Engine::query_scope`] and [`Engine::full_scope`].
#[derive(Clone)]
pub struct QueryScope {
    /// The organisation whose buckets are looked up by name.
    pub org: Id,
    /// Decides about one bucket; what may not be read looks as if it did not exist.
    pub may_read: Arc<dyn Fn(Id) -> bool + Send + Sync>,
    /// Decides about `to()`.
    pub may_write: Arc<dyn Fn(Id) -> bool + Send + Sync>,
    /// Whether `buckets()` tells of the buckets of the system: only to who may read the organisation.
    pub lists_system_buckets: bool,
}

impl fmt::Debug for QueryScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueryScope").field("org", &self.org).finish_non_exhaustive()
    }
}

/// A Flux query.
#[derive(Debug, Clone)]
pub struct QueryRequest {
    /// The script.
    pub text: String,
    /// `extern`: a Flux AST file as JSON, with options that stand before the script.
    pub extern_ast: Option<serde_json::Value>,
    /// `now` of the request, nanoseconds since the epoch; the clock if `None`.
    pub now_ns: Option<i64>,
    /// What it may touch.
    pub scope: QueryScope,
}

impl QueryRequest {
    /// A script without `extern`, at the clock's `now`.
    pub fn new(text: impl Into<String>, scope: QueryScope) -> Self {
        Self { text: text.into(), extern_ast: None, now_ns: None, scope }
    }
}

/// An answer: pull it to make it happen, drop it to cancel it.
pub type Answer = BoxStream<'static, Event>;

/// Queries.
impl Engine {
    /// Compiles and starts a query. An error before the first table is the `Err`; a later one is [`Event::Error`].
    pub async fn query(&self, request: QueryRequest) -> Result<Answer, FluxError> {
        let context = QueryContext::new(self.clone(), request.scope.clone());
        let compiled = self.compile(request, context.clone()).await?;
        context.check_writes(&compiled.plan)?;
        let running = self.queries().execute(&compiled.plan, &compiled.outputs, Arc::new(context));
        Box::pin(running).await
    }

    /// Compiles on a thread of its own, because a script may look into tables on the way. When nobody waits for the result
    /// any more, its sub-queries end.
    pub(crate) async fn compile(&self, request: QueryRequest, context: QueryContext) -> Result<Compiled, FluxError> {
        let (waiting, wanted) = watch::channel(());
        let mut host = EngineHost {
            queries: self.queries().clone(),
            context,
            runtime: Handle::current(),
            clock: Arc::clone(self.clock()),
            now_ns: request.now_ns.unwrap_or_else(|| self.now_ns()),
            wanted,
        };
        let compiling = tokio::task::spawn_blocking(move || {
            let extern_file = request.extern_ast.map(|ast| read_extern(&ast.to_string())).transpose()?;
            semantic::compile(&CompileRequest { text: &request.text, extern_file }, &mut host)
        });
        let compiled = compiling.await;
        drop(waiting);
        compiled.unwrap_or_else(|failed| {
            tracing::error!(%failed, "compiling a query failed");
            let text = "compiling the query failed unexpectedly: the server's log tells more";
            Err(FluxError::invalid(text).with_code(ErrorCode::Internal))
        })
    }
}
