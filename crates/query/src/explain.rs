//! What becomes of a table plan: DataFusion's plans, and what reading cost, as text for `--explain`.

use std::fmt::{self, Write};
use std::sync::Arc;

use datafusion::arrow::record_batch::RecordBatch;
use flux::FluxError;
use flux::plan::{BucketRef, Output, Plan, ToSpec};
use futures::future::BoxFuture;
use parking_lot::Mutex;
use storage::partition::ReadCounters;

use crate::context::{BucketRow, Context, OpenBucket};
use crate::engine::QueryEngine;
use crate::error::from_datafusion;
use crate::lower::Lowering;

/// How far a program is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// DataFusion's logical plans.
    Logical,
    /// Its physical plans, and what was read when they ran.
    Physical,
    /// The same with the time and the rows of each node.
    Profile,
}

/// Remembers the buckets that were opened, and writes nothing.
#[derive(Debug)]
struct Watching {
    inner: Arc<dyn Context>,
    opened: Mutex<Vec<OpenBucket>>,
}

impl Context for Watching {
    fn open(&self, bucket: &BucketRef) -> Result<OpenBucket, FluxError> {
        let opened = self.inner.open(bucket)?;
        self.opened.lock().push(opened.clone());
        Ok(opened)
    }

    fn buckets(&self) -> Result<Vec<BucketRow>, FluxError> {
        self.inner.buckets()
    }

    fn write(&self, _spec: ToSpec, _rows: Vec<RecordBatch>) -> BoxFuture<'static, Result<(), FluxError>> {
        Box::pin(async { Ok(()) })
    }
}

impl Watching {
    /// What reading has cost so far, each partition once.
    fn cost(&self) -> ReadCounters {
        let mut seen: Vec<&OpenBucket> = Vec::new();
        let opened = self.opened.lock();
        let mut sum = ReadCounters::default();
        for bucket in opened.iter() {
            if !seen.iter().any(|other| other.snapshot.is_same(&bucket.snapshot)) {
                seen.push(bucket);
                sum = sum.plus(bucket.snapshot.counters());
            }
        }
        sum
    }
}

impl QueryEngine {
    /// The plans of a program's results as text. To say what was read it runs them; `to()` writes nothing.
    pub async fn explain(
        &self,
        plan: &Plan,
        outputs: &[Output],
        context: Arc<dyn Context>,
        stage: Stage,
    ) -> Result<String, FluxError> {
        let watching = Arc::new(Watching { inner: context, opened: Mutex::new(Vec::new()) });
        let mut lowering = Lowering::new(plan, watching.clone(), self.session.clone());
        let mut text = String::new();
        for output in outputs {
            let lanes = lowering.lower(output.node).await?.lanes;
            section(&mut text, format_args!("result {:?}: {} lanes", output.name, lanes.len()));
            for lane in lanes {
                if let Some(poison) = &lane.poison {
                    section(&mut text, format_args!("fails: {}", poison.error.message));
                    continue;
                }
                let before = watching.cost();
                let (logical, physical) = self.session.explain(&lane.plan).await.map_err(from_datafusion)?;
                match stage {
                    Stage::Logical => text.push_str(&logical),
                    Stage::Physical => {
                        self.session.collect(&lane.plan).await.map_err(from_datafusion)?;
                        text.push_str(&physical);
                    }
                    Stage::Profile => {
                        text.push_str(&self.session.profile(&lane.plan).await.map_err(from_datafusion)?);
                    }
                }
                if !text.ends_with('\n') {
                    text.push('\n');
                }
                if stage != Stage::Logical {
                    let cost = Cost(watching.cost().minus(before));
                    section(&mut text, format_args!("{cost}"));
                }
            }
        }
        Ok(text.replace(crate::lane::HIDDEN, "#"))
    }
}

fn section(text: &mut String, line: fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "-- {line}");
}

/// What was read, in words.
struct Cost(ReadCounters);

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ReadCounters { row_groups_read, row_groups_skipped, rows_read, rows_out, bytes_read } = self.0;
        write!(
            f,
            "partitions: {row_groups_read} row groups read, {row_groups_skipped} skipped; {rows_read} rows decoded, \
             {rows_out} delivered; {bytes_read} bytes read"
        )
    }
}
