//! Reads the log back.

use std::path::{Path, PathBuf};

use model::Id;

use super::{
    FRAME_HEAD_BYTES, HEADER_BYTES, MAGIC, RECORD_HEAD_BYTES, Record, VERSION, decode, segment_name, segment_number,
};
use crate::file::Files;
use crate::store::StorageError;

/// What reading the log found besides records.
#[derive(Debug, Default)]
pub(crate) struct Replayed {
    /// Sequence of the last record; 0 if there was none.
    pub(crate) sequence: u64,
    /// Numbers of the segments, ascending.
    pub(crate) segments: Vec<u64>,
    /// Bytes of all segments.
    pub(crate) bytes: u64,
}

/// Reads all segments of a folder in order and hands out their records. What a crash left half-written at the end is cut
/// off (unless `read_only`) and said so in the log; damage anywhere else is an error.
pub(crate) fn replay(
    files: &Files,
    folder: &Path,
    read_only: bool,
    mut each: impl FnMut(u64, Id, Record) -> Result<(), StorageError>,
) -> Result<Replayed, StorageError> {
    let mut out = Replayed::default();
    out.segments.extend(files.list(folder)?.iter().filter_map(|name| segment_number(name)));
    out.segments.sort_unstable();
    let last = out.segments.last().copied();
    for number in out.segments.clone() {
        let path = folder.join(segment_name(number));
        let bytes = files.read(&path)?;
        out.bytes += bytes.len() as u64;
        let mut segment =
            Segment { path: &path, bytes: &bytes, is_last: Some(number) == last, sequence: &mut out.sequence };
        let whole = segment.read(&mut each)?;
        if whole < bytes.len() {
            tracing::warn!(
                segment = %path.display(), offset = whole, lost = bytes.len() - whole,
                "the log ends in a half-written group of records, as after a crash; it is cut at the last whole one"
            );
        }
        if read_only {
            continue;
        }
        if whole <= HEADER_BYTES {
            files.remove(&path)?;
        } else if whole < bytes.len() {
            files.truncate(&path, whole as u64)?;
        }
    }
    Ok(out)
}

struct Segment<'a> {
    path: &'a PathBuf,
    bytes: &'a [u8],
    is_last: bool,
    sequence: &'a mut u64,
}

impl Segment<'_> {
    /// Hands out the records; gives the length of what is whole.
    fn read(
        &mut self,
        each: &mut impl FnMut(u64, Id, Record) -> Result<(), StorageError>,
    ) -> Result<usize, StorageError> {
        if !self.header_is_whole()? {
            return Ok(0);
        }
        let mut at = HEADER_BYTES;
        while at < self.bytes.len() {
            let Some(body) = frame_at(self.bytes, at) else {
                if self.is_last && !self.whole_frame_behind(at) {
                    return Ok(at);
                }
                return Err(self.damaged(at, "a group of records whose checksum is wrong"));
            };
            self.records(at, body, each)?;
            at += FRAME_HEAD_BYTES + body.len();
        }
        Ok(at)
    }

    fn header_is_whole(&self) -> Result<bool, StorageError> {
        let Some(header) = self.bytes.get(..HEADER_BYTES) else {
            return if self.is_last { Ok(false) } else { Err(self.damaged(0, "a header that is too short")) };
        };
        let whole = header.starts_with(MAGIC) && u32_at(header, 12) == Some(crc32c::crc32c(&header[..12]));
        if !whole {
            // A crash may leave a new segment with nothing but zeros.
            if self.is_last && self.bytes.iter().all(|&b| b == 0) {
                return Ok(false);
            }
            return Err(self.damaged(0, "a header that is none of a log segment"));
        }
        match u32_at(header, 8) {
            Some(VERSION) => Ok(true),
            found => Err(StorageError::Version { path: self.path.clone(), found: found.unwrap_or(0), known: VERSION }),
        }
    }

    fn records(
        &mut self,
        at: usize,
        body: &[u8],
        each: &mut impl FnMut(u64, Id, Record) -> Result<(), StorageError>,
    ) -> Result<(), StorageError> {
        let mut sequence = u64_at(body, 0).ok_or_else(|| self.damaged(at, "a group without a sequence"))?;
        if sequence <= *self.sequence {
            return Err(self.damaged(at, "a group of records out of sequence"));
        }
        let mut rest = body.get(8..).unwrap_or_default();
        while !rest.is_empty() {
            let (bucket, record, behind) =
                split_record(rest).ok_or_else(|| self.damaged(at, "a record that cannot be read"))?;
            each(sequence, bucket, record)?;
            *self.sequence = sequence;
            sequence += 1;
            rest = behind;
        }
        Ok(())
    }

    /// Whether a good frame begins anywhere behind the bad one at `at`.
    fn whole_frame_behind(&self, at: usize) -> bool {
        // The checksum is computed only where what stands before it looks like the head of a frame.
        let plausible = |at: usize| {
            let sequence = u64_at(self.bytes, at + FRAME_HEAD_BYTES)?;
            let first = u32_at(self.bytes, at + FRAME_HEAD_BYTES + 8)?;
            let kind = self.bytes.get(at + FRAME_HEAD_BYTES + 8 + RECORD_HEAD_BYTES - 1)?;
            let length = u32_at(self.bytes, at)?;
            let next = sequence.checked_sub(*self.sequence)?;
            Some((1..1 << 32).contains(&next) && (1..=2).contains(kind) && first < length)
        };
        (at + 1..self.bytes.len()).any(|at| plausible(at) == Some(true) && frame_at(self.bytes, at).is_some())
    }

    fn damaged(&self, at: usize, what: &str) -> StorageError {
        StorageError::Damaged {
            path: self.path.clone(),
            offset: at as u64,
            what: format!("{what}; restore it from a backup"),
        }
    }
}

/// The body of the frame at an offset, if it is whole.
fn frame_at(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let length = u32_at(bytes, at)? as usize;
    let crc = u32_at(bytes, at + 4)?;
    let begin = at + FRAME_HEAD_BYTES;
    // The shortest frame has a sequence and one empty record.
    let body = bytes.get(begin..begin.checked_add(length)?).filter(|b| b.len() >= 8 + RECORD_HEAD_BYTES)?;
    (crc32c::crc32c(body) == crc).then_some(body)
}

fn split_record(bytes: &[u8]) -> Option<(Id, Record, &[u8])> {
    let length = u32_at(bytes, 0)? as usize;
    let bucket = Id::new(u64_at(bytes, 4)?)?;
    let kind = *bytes.get(12)?;
    let (payload, rest) = bytes.get(RECORD_HEAD_BYTES..)?.split_at_checked(length)?;
    Some((bucket, decode(kind, payload)?, rest))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}
