//! Writing: line protocol and Arrow batches into a bucket, and what InfluxDB 2 says of points that were refused.

use arrow::array::RecordBatch;
use codec::line_protocol::{self, Limits};
use model::{Id, Precision};
use storage::batch::WriteBatch;
use storage::store::{StorageError, WriteReport};
use tokio::runtime::{Handle, RuntimeFlavor};

use crate::engine::{Engine, busy};
use crate::{arrow_points, limits};

pub use crate::arrow_points::BatchError;

/// What a write did. `Partial` is InfluxDB's 422: the rest is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteOutcome {
    /// Everything is stored and durable.
    Stored {
        /// How many points.
        points: usize,
    },
    /// Some points were refused, the others are stored.
    Partial {
        /// The whole text after `failure writing points to database: `.
        message: String,
    },
}

/// Why a write stored nothing.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Lines that do not parse: one `unable to parse '...': ...` each, joined by newlines.
    #[error("{0}")]
    Parse(String),
    /// The store failed, or has no such bucket.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Why an Arrow batch was not stored.
#[derive(Debug, thiserror::Error)]
pub enum WriteBatchError {
    /// It cannot be read as points.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// The store failed, or has no such bucket.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Writing.
impl Engine {
    /// Writes line protocol, any number of lines. Lines without a time get the clock's, cut to the precision. If one line
    /// does not parse, nothing is stored. Durable when it returns.
    pub async fn write_line_protocol(
        &self,
        bucket: Id,
        body: &[u8],
        precision: Precision,
    ) -> Result<WriteOutcome, WriteError> {
        let now_ns = self.now_ns();
        let batch = out_of_the_way(body.len(), || {
            let mut batch = WriteBatch::default();
            let limits = Limits::default();
            line_protocol::for_each_point(body, precision, now_ns, &limits, |point, time_ns| batch.push(point, time_ns))
                .map(|_| batch)
                .map_err(|errors| WriteError::Parse(errors.to_string()))
        })?;
        Ok(self.store_batch(bucket, batch, now_ns).await?)
    }

    /// Writes an Arrow batch as points of one measurement. A column's role stands in its metadata under `tidegauge.role`
    /// (`time`, `tag`, `field`), its name, if it differs, under
    /// `tidegauge.name`; where the role is missing, dictionary columns are tags, the first timestamp is the time and
    /// the rest are fields. Nulls are absent. Rows without a time get the clock's. Durable when it returns.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use tidegauge_engine as engine;
    /// use engine::arrow::array::{ArrayRef, DictionaryArray, Float64Array, RecordBatch, TimestampSecondArray};
    /// use engine::arrow::datatypes::Int32Type;
    /// # async fn example(engine: engine::Engine, bucket: engine::Id) -> Result<(), Box<dyn std::error::Error>> {
    /// let place: DictionaryArray<Int32Type> = ["attic", "cellar"].into_iter().collect();
    /// let columns: [(&str, ArrayRef); 3] = [
    ///     ("place", Arc::new(place)),
    ///     ("time", Arc::new(TimestampSecondArray::from(vec![1_709_510_400; 2]))),
    ///     ("celsius", Arc::new(Float64Array::from(vec![28.5, 12.25]))),
    /// ];
    /// engine.write_batch(bucket, "room", &RecordBatch::try_from_iter(columns)?).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn write_batch(
        &self,
        bucket: Id,
        measurement: &str,
        batch: &RecordBatch,
    ) -> Result<WriteOutcome, WriteBatchError> {
        let now_ns = self.now_ns();
        let points =
            out_of_the_way(batch.get_array_memory_size(), || arrow_points::to_write_batch(measurement, batch, now_ns))?;
        Ok(self.store_batch(bucket, points, now_ns).await?)
    }

    /// Stores points that were checked for form.
    pub(crate) async fn store_batch(
        &self,
        bucket: Id,
        batch: WriteBatch,
        now_ns: i64,
    ) -> Result<WriteOutcome, StorageError> {
        if self.catalog().state().bucket(bucket).is_none() {
            return Err(StorageError::NoBucket(bucket));
        }
        if batch.is_empty() {
            return Ok(WriteOutcome::Stored { points: 0 });
        }
        let store = self.store();
        tokio::time::timeout(limits::ROOM_TIMEOUT, store.room_to_write()).await.map_err(|_| busy(store.budget()))??;
        let report = store.write(bucket, batch, now_ns).await?;
        Ok(outcome(bucket, &report))
    }
}

/// Runs work on the size of a request: in place if it is small, else so that other requests of this thread move on.
fn out_of_the_way<T>(bytes: usize, work: impl FnOnce() -> T) -> T {
    let can_move = Handle::try_current().is_ok_and(|handle| handle.runtime_flavor() == RuntimeFlavor::MultiThread);
    if bytes > limits::WRITE_INLINE_MAX_BYTES && can_move { tokio::task::block_in_place(work) } else { work() }
}

/// InfluxDB's words. One reason is told: points refused for themselves hide points outside the retention period, and a
/// stripped `time` field is told only when no point was lost.
fn outcome(bucket: Id, report: &WriteReport) -> WriteOutcome {
    let of_bucket = format!(" for database: {bucket} for retention policy: autogen");
    let message = match (&report.reason, &report.expired_text) {
        (Some(reason), _) if report.refused > 0 => format!("{reason} dropped={}", report.refused),
        (_, Some(text)) if report.expired > 0 => format!("{text} dropped={}{of_bucket}", report.expired),
        (Some(reason), _) => format!("{reason} dropped=0{of_bucket}"),
        (None, _) => return WriteOutcome::Stored { points: report.stored },
    };
    WriteOutcome::Partial { message: format!("partial write: {message}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(report: WriteReport) -> String {
        match outcome(Id::new(0xab).unwrap(), &report) {
            WriteOutcome::Partial { message } => message,
            WriteOutcome::Stored { points } => format!("stored {points}"),
        }
    }

    #[test]
    fn refused_points_are_told_in_influxdb_s_words() {
        let conflict =
            r#"field type conflict: input field "v" on measurement "g" is type float, already exists as type integer"#;
        let report = WriteReport { refused: 3, reason: Some(conflict.into()), expired: 2, ..WriteReport::default() };
        assert_eq!(message(report), format!("partial write: {conflict} dropped=3"));
        let stripped = r#"invalid field name: input field "time" on measurement "g" is invalid. Field "time" has been stripped from point."#;
        let of = "for database: 00000000000000ab for retention policy: autogen";
        let report = WriteReport { stored: 1, reason: Some(stripped.into()), ..WriteReport::default() };
        assert_eq!(message(report), format!("partial write: {stripped} dropped=0 {of}"));
        let expired =
            WriteReport { expired: 2, expired_text: Some("dropped 2 points".into()), ..WriteReport::default() };
        assert_eq!(message(expired), format!("partial write: dropped 2 points dropped=2 {of}"));
        assert_eq!(message(WriteReport { stored: 7, ..WriteReport::default() }), "stored 7");
    }
}
