//! Writes rows of any sources as new partitions: what flush and compaction share.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_array::RecordBatch;
use model::{FieldType, SeriesFilter, TimeRange};

use crate::budget::Holder;
use crate::compaction::PARTITION_BYTES;
use crate::filter::SeriesMatcher;
use crate::info::Gathered;
use crate::merge::Order;
use crate::part_file::PartFile;
use crate::partition::{self, PartitionInput, ROW_GROUP_ROWS, WriteOptions, measurement_folder};
use crate::readers::Readers;
use crate::schema::FieldRuns;
use crate::slices::{Slice, cut_cluster};
use crate::snapshot::{read_merged, rows_schema};
use crate::source::{Rows, Source, Wanted};
use crate::store::StorageError;

/// Rows that a partition aims for.
pub(crate) const PARTITION_ROWS: usize = 16 * ROW_GROUP_ROWS;

/// Where new partitions go and what they are called.
#[derive(Debug)]
pub(crate) struct Target<'a> {
    pub(crate) readers: &'a Arc<Readers>,
    /// The bucket's folder.
    pub(crate) folder: &'a Path,
    pub(crate) generation: &'a AtomicU64,
    /// See [`PartFile`].
    pub(crate) sequence: u64,
    pub(crate) applied: u64,
}

/// Writes what is live in the sources, deduplicated and sorted, as partitions that are disjoint in time. `types` are the
/// runs of the measurement's fields, where a field changes its type: no file gets two types of a field. No file has rows
/// from both sides of an instant of `cuts`.
pub(crate) fn rewrite(
    target: &Target<'_>,
    measurement: &Arc<str>,
    sources: &[Source],
    types: &BTreeMap<String, FieldRuns>,
    cuts: &[i64],
) -> Result<Vec<Arc<PartFile>>, StorageError> {
    let types = &disputed(types, sources);
    let folder = target.folder.join(measurement_folder(measurement));
    let files = &target.readers.files;
    files.create_folder(&folder)?;
    let mut out = Vec::new();
    let per_file = slices_per_file(sources);
    for range in ranges(types, cuts) {
        let slices = cut_cluster(sources.to_vec(), range, ROW_GROUP_ROWS, true);
        for group in file_groups(slices, per_file) {
            match write_one(target, &folder, measurement, &group, types) {
                Ok(written) => out.extend(written),
                Err(error) => {
                    out.iter().for_each(|file: &Arc<PartFile>| file.doom());
                    return Err(error);
                }
            }
        }
    }
    // A folder that stays empty is removed at the next start, when nobody can be about to write to it.
    if !out.is_empty() {
        files.sync_folder(&folder)?;
        files.sync_folder(target.folder)?;
    }
    Ok(out)
}

/// The fields of which the sources have several types.
fn disputed(types: &BTreeMap<String, FieldRuns>, sources: &[Source]) -> BTreeMap<String, FieldRuns> {
    let mut known = Gathered::default();
    sources.iter().for_each(|source| known.add(&source.rows));
    let names: Vec<&String> = known.fields.iter().map(|(name, _)| name).collect();
    let twice = names.windows(2).filter_map(|pair| (pair.first() == pair.last()).then(|| pair.first()).flatten());
    twice.filter_map(|name| Some(((*name).clone(), types.get(*name)?.clone()))).collect()
}

/// Slices that make a partition of the wanted size.
fn slices_per_file(sources: &[Source]) -> usize {
    let files = sources.iter().filter_map(|source| match &source.rows {
        Rows::Partition(file) => Some((file.meta.bytes, file.meta.rows)),
        Rows::Chunk(_) => None,
    });
    let (bytes, rows) = files.fold((0, 0), |sum, file| (sum.0 + file.0, sum.1 + file.1));
    let slice_bytes = (bytes * ROW_GROUP_ROWS as u64).checked_div(rows).unwrap_or(0);
    let by_bytes = PARTITION_BYTES.checked_div(slice_bytes).unwrap_or(u64::MAX);
    usize::try_from(by_bytes).unwrap_or(usize::MAX).clamp(1, PARTITION_ROWS / ROW_GROUP_ROWS)
}

/// All of time, cut at these instants and where a field changes its type.
fn ranges(types: &BTreeMap<String, FieldRuns>, cuts: &[i64]) -> Vec<TimeRange> {
    let mut cuts = cuts.to_vec();
    cuts.push(i64::MIN);
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
fn file_groups(slices: Vec<Slice>, per_file: usize) -> Vec<Vec<Slice>> {
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
        tag_sets: None,
        near: Vec::new(),
    };
    let schema = rows_schema(&wanted.tags, &wanted.fields);
    let mut batches = slices
        .iter()
        .map(|slice| {
            // Sources unpacked, and the rows put together.
            let budget = target.readers.budget();
            let _held = budget.hold(Holder::Merges, slice.bytes());
            let batch = read_merged(slice, &wanted, &schema, Order::SeriesTime)?;
            Ok((budget.hold(Holder::Merges, batch.get_array_memory_size()), batch))
        })
        .filter(|batch| batch.as_ref().map_or(true, |(_, batch)| batch.num_rows() > 0))
        .peekable();
    if batches.peek().is_none() {
        return Ok(None);
    }
    // An empty batch ends a row group.
    let mut written = None;
    let batches = batches.flat_map(|batch| {
        let batch = batch.map(|(held, batch)| {
            // The one before is written when this one is asked for.
            written = Some(held);
            batch
        });
        [batch, Ok(RecordBatch::new_empty(Arc::clone(&schema)))]
    });
    let input =
        PartitionInput { measurement: measurement.to_string(), tag_keys, fields, options: WriteOptions::default() };
    // Flush and merge may write to one folder at the same time.
    let generation = target.generation.fetch_add(1, Ordering::Relaxed);
    let unfinished = folder.join(format!("{generation}.new"));
    let meta = partition::write(&target.readers.files, &unfinished, &input, batches)?;
    let path = folder.join(format!("{}_{}_{generation}.parquet", meta.first_time, meta.last_time));
    target.readers.files.rename(&unfinished, &path)?;
    Ok(Some(Arc::new(PartFile::new(target.readers, path, meta, target.sequence, target.applied))))
}
