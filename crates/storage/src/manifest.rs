//! The manifest of a bucket: everything that is live in its folder.
//!
//! `data/<bucket id>/manifest-<number>`; the highest number counts. A manifest is written under another name, synced and
//! renamed, so it is whole or not there. All numbers are little-endian.
//!
//! ```text
//! manifest = "TIDEMANI"  version: u32  crc: u32 (CRC32C of body)  body (JSON, see [`Manifest`])
//! ```

use std::path::Path;

use model::{FieldType, Id, TimeRange};
use serde::{Deserialize, Serialize};

use crate::file::Files;
use crate::partition::PartitionMeta;
use crate::schema::Schema;
use crate::store::StorageError;
use crate::tombstone::DeleteRecord;

/// The newest format version this build reads, and the one it writes.
pub(crate) const VERSION: u32 = 1;
const MAGIC: &[u8; 8] = b"TIDEMANI";
const HEADER_BYTES: usize = 16;

/// What a manifest says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) bucket: Id,
    /// 0 is for ever.
    pub(crate) retention_ns: i64,
    pub(crate) shard_group_ns: i64,
    /// Log records of the bucket up to this sequence are in the partitions and tombstones.
    pub(crate) sequence: u64,
    /// No file has this generation or a higher one.
    pub(crate) generation: u64,
    /// The clock when retention last removed something.
    pub(crate) retention_run_ns: Option<i64>,
    pub(crate) partitions: Vec<PartitionRecord>,
    pub(crate) tombstones: Vec<TombstoneRecord>,
    pub(crate) types: Vec<TypeRecord>,
}

/// A live partition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PartitionRecord {
    /// Path inside the bucket's folder.
    pub(crate) file: String,
    /// Rows of a file with a higher sequence are newer.
    pub(crate) sequence: u64,
    /// Tombstones up to this sequence are applied.
    pub(crate) applied: u64,
    pub(crate) meta: PartitionMeta,
}

/// A delete that some partition still has to mind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct TombstoneRecord {
    pub(crate) sequence: u64,
    pub(crate) delete: DeleteRecord,
}

/// The types of a field: runs of shard groups from the first instant to the first instant behind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct TypeRecord {
    pub(crate) measurement: String,
    pub(crate) field: String,
    pub(crate) runs: Vec<(i64, i64, String)>,
}

impl TypeRecord {
    /// All types of a schema, in a stable order.
    pub(crate) fn of(schema: &Schema) -> Vec<Self> {
        let mut out: Vec<Self> = schema
            .all()
            .map(|(measurement, field, runs)| Self {
                measurement: measurement.to_string(),
                field: field.to_string(),
                runs: runs.runs().map(|(range, kind)| (range.start, range.stop, kind.name().to_owned())).collect(),
            })
            .collect();
        out.sort_unstable_by(|a, b| (&a.measurement, &a.field).cmp(&(&b.measurement, &b.field)));
        out
    }

    /// The schema that these types make; `None` if a type has no known name.
    pub(crate) fn schema(types: &[Self]) -> Option<Schema> {
        let mut schema = Schema::default();
        for record in types {
            let (measurement, field) = (record.measurement.as_str().into(), record.field.as_str().into());
            for (start, stop, kind) in &record.runs {
                schema.fix(&measurement, &field, TimeRange::new(*start, *stop), FieldType::from_name(kind)?);
            }
        }
        Some(schema)
    }
}

/// Reads the newest manifest of a folder with its number; `None` if there is none.
pub(crate) fn load(files: &Files, folder: &Path) -> Result<Option<(u64, Manifest)>, StorageError> {
    Ok(read(files, folder)?.map(|(number, manifest, _)| (number, manifest)))
}

/// Compares the checksum of the newest manifest of a folder; gives its size.
pub(crate) fn check(files: &Files, folder: &Path) -> Result<u64, StorageError> {
    Ok(read(files, folder)?.map_or(0, |(.., bytes)| bytes))
}

fn read(files: &Files, folder: &Path) -> Result<Option<(u64, Manifest, u64)>, StorageError> {
    let Some(number) = numbers(files, folder)?.last().copied() else { return Ok(None) };
    let path = folder.join(name(number));
    let bytes = files.read(&path)?;
    let damaged = |offset, what: String| StorageError::Damaged { path: path.clone(), offset, what };
    let field = |at: usize| bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes);
    let (Some(version), Some(crc), true) = (field(8), field(12), bytes.starts_with(MAGIC)) else {
        return Err(damaged(0, "a header that is none of a manifest; restore it from a backup".into()));
    };
    if version != VERSION {
        return Err(StorageError::Version { path, found: version, known: VERSION });
    }
    let body = bytes.get(HEADER_BYTES..).unwrap_or_default();
    if crc32c::crc32c(body) != crc {
        return Err(damaged(HEADER_BYTES as u64, "the checksum is wrong; restore it from a backup".into()));
    }
    let manifest = serde_json::from_slice(body).map_err(|cause| damaged(HEADER_BYTES as u64, cause.to_string()))?;
    Ok(Some((number, manifest, bytes.len() as u64)))
}

/// Writes a manifest durably and removes older ones.
pub(crate) fn store(files: &Files, folder: &Path, number: u64, manifest: &Manifest) -> Result<(), StorageError> {
    let body = serde_json::to_vec(manifest)
        .map_err(|cause| StorageError::Other(format!("a manifest cannot be written as JSON: {cause}")))?;
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&crc32c::crc32c(&body).to_le_bytes());
    bytes.extend_from_slice(&body);
    files.write_whole(&folder.join(name(number)), &bytes)?;
    for older in numbers(files, folder)?.into_iter().filter(|&n| n < number) {
        if let Err(error) = files.remove(&folder.join(name(older))) {
            // The highest number counts, so an old one does no harm.
            tracing::warn!(%error, "could not remove an old manifest");
        }
    }
    Ok(())
}

/// Numbers of the manifests in a folder, ascending.
pub(crate) fn numbers(files: &Files, folder: &Path) -> Result<Vec<u64>, StorageError> {
    let mut numbers: Vec<u64> = files.list(folder)?.iter().filter_map(|name| number(name)).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

pub(crate) fn number(name: &str) -> Option<u64> {
    name.strip_prefix("manifest-")?.parse().ok()
}

fn name(number: u64) -> String {
    format!("manifest-{number}")
}
