//! A batch of points on its way into the store.

use model::Point;

/// Points of one request, with the time of receipt already filled in; columnar inside.
#[derive(Debug, Default)]
pub struct WriteBatch {}

impl WriteBatch {
    /// Adds a point; `time_ns` is its time after the precision and the default time were applied.
    pub fn push(&mut self, _point: &Point<'_>, _time_ns: i64) {
        unimplemented!("storage is being written")
    }
}
