//! Writes rows of any sources as new partitions: what flush and compaction share.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_array::RecordBatch;
use model::{FieldType, SeriesFilter, TimeRange};

use crate::file::Files;
use crate::filter::SeriesMatcher;
use crate::info::Gathered;
use crate::merge::Order;
use crate::part_file::PartFile;
use crate::partition::{self, PartitionInput, ROW_GROUP_ROWS, WriteOptions, measurement_folder};
use crate::schema::FieldRuns;
use crate::slices::{Slice, cut_cluster};
use crate::snapshot::{read_merged, rows_schema};
use crate::source::{Source, Wanted};
use crate::store::StorageError;

/// Rows that a partition aims for.
pub(crate) const PARTITION_ROWS: usize = 16 * ROW_GROUP_ROWS;

/// Where new partitions go and what they are called.
#[derive(Debug)]
pub(crate) struct Target<'a> {
    pub(crate) files: &'a Arc<Files>,
    /// The bucket's folder.
    pub(crate) folder: &'a Path,
    pub(crate) generation: &'a AtomicU64,
    /// See [`PartFile`].
    pub(crate) sequence: u64,
    pub(crate) applied: u64,
}

/// Writes what is live in the sources, deduplicated and sorted, as partitions that are disjoint in time. `types` are the
/// runs of the measurement's fields, where a field changes its type: no file gets two types of a field.
pub(crate) fn rewrite(
    target: &Target<'_>,
    measurement: &Arc<str>,
    sources: &[Source],
    types: &BTreeMap<String, FieldRuns>,
) -> Result<Vec<Arc<PartFile>>, StorageError> {
    let folder = target.folder.join(measurement_folder(measurement));
    target.files.create_folder(&folder)?;
    let mut out = Vec::new();
    for range in type_ranges(types) {
        let slices = cut_cluster(sources.to_vec(), range, ROW_GROUP_ROWS, true);
        for group in file_groups(slices) {
            out.extend(write_one(target, &folder, measurement, &group, types)?);
        }
    }
    // A folder that stays empty is removed at the next start, when nobody can be about to write to it.
    if !out.is_empty() {
        target.files.sync_folder(&folder)?;
        target.files.sync_folder(target.folder)?;
    }
    Ok(out)
}

/// All of time, cut where a field changes its type.
fn type_ranges(types: &BTreeMap<String, FieldRuns>) -> Vec<TimeRange> {
    let mut cuts = vec![i64::MIN];
    for runs in types.values() {
        let mut last: Option<FieldType> = None;
        for (range, kind) in runs.runs() {
            if last.is_some_and(|last| last != kind) {
                cuts.push(range.start);
            }
            last = Some(kind);
        }
    }
    cuts.push(i64::MAX);
    cuts.sort_unstable();
    cuts.dedup();
    cuts.windows(2).map(|pair| TimeRange::new(pair[0], pair[1])).collect()
}

/// Distributes slices, in order, over files of about the wanted size.
fn file_groups(slices: Vec<Slice>) -> Vec<Vec<Slice>> {
    let per_file = PARTITION_ROWS / ROW_GROUP_ROWS;
    let files = slices.len().div_ceil(per_file).max(1);
    let per_file = slices.len().div_ceil(files).max(1);
    let mut out: Vec<Vec<Slice>> = Vec::new();
    for slice in slices {
        match out.last_mut().filter(|group| group.len() < per_file) {
            Some(group) => group.push(slice),
            None => out.push(vec![slice]),
        }
    }
    out
}

fn write_one(
    target: &Target<'_>,
    folder: &Path,
    measurement: &Arc<str>,
    slices: &[Slice],
    types: &BTreeMap<String, FieldRuns>,
) -> Result<Option<Arc<PartFile>>, StorageError> {
    let (Some(first), Some(last)) = (slices.first(), slices.last()) else { return Ok(None) };
    let range = TimeRange::new(first.range.start, last.range.stop);
    let mut known = Gathered::default();
    slices.iter().flat_map(|s| &s.sources).for_each(|source| known.add(&source.rows));
    let tag_keys = known.tag_keys();
    // Of two types that sources have, the one that holds in this range.
    let holds =
        |name: &str, kind: FieldType| types.get(name).and_then(|runs| runs.kind_in(range)).is_none_or(|k| k == kind);
    let fields: Vec<_> = known.fields.into_iter().filter(|(name, kind)| holds(name, *kind)).collect();
    let wanted = Wanted {
        measurement: Arc::clone(measurement),
        tags: tag_keys.clone(),
        fields: fields.clone(),
        filter: Arc::new(SeriesMatcher::new(&SeriesFilter::All)?),
        tag_set: None,
    };
    let schema = rows_schema(&wanted.tags, &wanted.fields);
    let mut batches = slices
        .iter()
        .map(|slice| read_merged(slice, &wanted, &schema, Order::SeriesTime))
        .filter(|batch| batch.as_ref().map_or(true, |batch| batch.num_rows() > 0))
        .peekable();
    if batches.peek().is_none() {
        return Ok(None);
    }
    // An empty batch ends a row group.
    let batches = batches.flat_map(|batch| [batch, Ok(RecordBatch::new_empty(Arc::clone(&schema)))]);
    let input =
        PartitionInput { measurement: measurement.to_string(), tag_keys, fields, options: WriteOptions::default() };
    // Flush and merge may write to one folder at the same time.
    let generation = target.generation.fetch_add(1, Ordering::Relaxed);
    let unfinished = folder.join(format!("{generation}.new"));
    let meta = partition::write(target.files, &unfinished, &input, batches)?;
    let path = folder.join(format!("{}_{}_{generation}.parquet", meta.first_time, meta.last_time));
    target.files.rename(&unfinished, &path)?;
    Ok(Some(Arc::new(PartFile::new(Arc::clone(target.files), path, meta, target.sequence, target.applied))))
}
