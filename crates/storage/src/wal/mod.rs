//! The write-ahead log: what was acknowledged and is not yet in partitions.
//!
//! The folder `wal` holds segments `000001.wal`, `000002.wal`, ... in the order of their numbers. All numbers are
//! little-endian.
//!
//! ```text
//! segment = "TIDEWAL\n"  version: u32  crc: u32 (CRC32C of the 12 bytes before)  frame*
//! frame   = length: u32 (bytes of body)  crc: u32 (CRC32C of body)  body
//! body    = sequence: u64 (of the first record; the others follow without a gap)  record+
//! record  = length: u32 (bytes of payload)  bucket: u64  kind: u8  payload
//! payload = kind 1: count (LEB128), then that many of: name of the measurement, chunk (see chunk/encode.rs)
//!           kind 2: a delete as JSON (see tombstone.rs)
//! ```
//!
//! A frame is one group commit: it is written and synced before the next one begins. So what a crash leaves half-written
//! is always the last frame of the last segment, and a bad frame with a good one behind it is damage.

mod replay;
mod writer;

use std::sync::Arc;

use model::{Id, SeriesFilter, TimeRange};

use crate::chunk::{Chunk, decode_chunk, encode_chunk, put_number, put_text, take_number, take_text};
use crate::tombstone::DeleteRecord;

pub(crate) use replay::{Replayed, replay};
pub(crate) use writer::{Append, Log, Rotated};

#[cfg(test)]
mod tests;

/// The newest format version this build reads, and the one it writes.
pub(crate) const VERSION: u32 = 1;
const MAGIC: &[u8; 8] = b"TIDEWAL\n";
const HEADER_BYTES: usize = 16;
/// Length and CRC of a frame.
const FRAME_HEAD_BYTES: usize = 8;
/// Length, bucket and kind of a record.
const RECORD_HEAD_BYTES: usize = 13;

/// A record as it is replayed.
#[derive(Debug)]
pub(crate) enum Record {
    Batch(Vec<(Arc<str>, Chunk)>),
    Delete { range: TimeRange, filter: SeriesFilter },
}

/// The kind of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Batch,
    Delete,
}

impl Kind {
    fn code(self) -> u8 {
        match self {
            Self::Batch => 1,
            Self::Delete => 2,
        }
    }
}

/// The payload of a batch.
pub(crate) fn encode_batch(tables: &[(Arc<str>, Chunk)]) -> Vec<u8> {
    let mut out = Vec::new();
    put_number(&mut out, tables.len() as u64);
    for (measurement, chunk) in tables {
        put_text(&mut out, measurement);
        encode_chunk(&mut out, chunk);
    }
    out
}

/// Reads a payload; `None` if it is none.
fn decode(kind: u8, mut payload: &[u8]) -> Option<Record> {
    match kind {
        1 => {
            let count = take_number(&mut payload)?;
            let mut tables = Vec::new();
            for _ in 0..count {
                let measurement = take_text(&mut payload)?.into();
                tables.push((measurement, decode_chunk(&mut payload)?));
            }
            payload.is_empty().then_some(Record::Batch(tables))
        }
        2 => {
            let record: DeleteRecord = serde_json::from_slice(payload).ok()?;
            Some(Record::Delete { range: record.range(), filter: record.filter() })
        }
        _ => None,
    }
}

fn header() -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    out.extend_from_slice(&VERSION.to_le_bytes());
    out.extend_from_slice(&crc32c::crc32c(&out).to_le_bytes());
    out
}

/// Begins a frame whose first record has this sequence.
fn begin_frame(out: &mut Vec<u8>, sequence: u64) {
    out.clear();
    out.extend_from_slice(&[0; FRAME_HEAD_BYTES]);
    out.extend_from_slice(&sequence.to_le_bytes());
}

/// Adds a record to a frame. The payload fits 32 bits.
fn add_record(out: &mut Vec<u8>, bucket: Id, kind: Kind, payload: &[u8]) {
    out.extend_from_slice(&(payload.len() as u32).to_le_bytes());
    out.extend_from_slice(&bucket.get().to_le_bytes());
    out.push(kind.code());
    out.extend_from_slice(payload);
}

/// Fills in length and CRC.
fn end_frame(frame: &mut [u8]) {
    let Some((head, body)) = frame.split_at_mut_checked(FRAME_HEAD_BYTES) else { return };
    let (length, crc) = head.split_at_mut(4);
    length.copy_from_slice(&(body.len() as u32).to_le_bytes());
    crc.copy_from_slice(&crc32c::crc32c(body).to_le_bytes());
}

/// The name of a segment.
pub(crate) fn segment_name(number: u64) -> String {
    format!("{number:06}.wal")
}

/// The number of a segment's name.
pub(crate) fn segment_number(name: &str) -> Option<u64> {
    name.strip_suffix(".wal")?.parse().ok()
}
