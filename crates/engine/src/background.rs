//! Background work: retention, on the engine's clock, until the engine is closed.

use std::time::Duration;

use parking_lot::Mutex;
use storage::store::Store;
use tokio::task::JoinHandle;

use crate::clock::Clock;
use std::sync::Arc;

/// The tasks of an engine; they end when it is closed or dropped.
#[derive(Debug, Default)]
pub(crate) struct Background(Mutex<Vec<JoinHandle<()>>>);

impl Background {
    /// Drops expired partitions now and then every `interval`.
    pub(crate) fn start_retention(&self, store: Store, clock: Arc<dyn Clock>, interval: Duration) {
        let task = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(interval.max(Duration::from_secs(1)));
            ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                if let Err(error) = store.enforce_retention(clock.now_ns()).await {
                    tracing::warn!(%error, "retention could not be enforced; it is tried again");
                }
            }
        });
        self.0.lock().push(task);
    }

    /// Ends all tasks and waits until they have ended.
    pub(crate) async fn stop(&self) {
        let tasks = std::mem::take(&mut *self.0.lock());
        for task in tasks {
            task.abort();
            // Its end is an abort, which is what was asked for.
            let _ = task.await;
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.0.lock().iter().for_each(JoinHandle::abort);
    }
}
