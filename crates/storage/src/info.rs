//! What is known of a measurement: from metadata, and exactly from rows where deletes leave only part of a source.

use std::collections::BTreeSet;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampNanosecondType;
use arrow_array::{Array, StringViewArray};
use model::{FieldType, SeriesFilter, TimeRange};

use crate::chunk::{Chunk, SeriesTable};
use crate::partition::PartitionScan;
use crate::snapshot::MeasurementInfo;
use crate::source::{Rows, Source, number_series, rows_left};
use crate::store::StorageError;

/// What several sources say of a measurement.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) tag_sets: BTreeSet<Vec<String>>,
    pub(crate) fields: BTreeSet<(String, FieldType)>,
    bounds: Option<(i64, i64)>,
}

impl Gathered {
    /// Adds what a source's metadata say.
    pub(crate) fn add(&mut self, rows: &Rows) {
        self.widen(rows.time_bounds());
        match rows {
            Rows::Chunk(sealed) => {
                self.add_sets(&sealed.chunk.series);
                self.fields.extend(sealed.chunk.columns.iter().map(|c| (c.name.to_string(), c.values.kind())));
            }
            Rows::Partition(file) => {
                self.tag_sets.extend(file.meta.tag_sets.iter().map(|set| {
                    let mut set = set.clone();
                    set.sort_unstable();
                    set
                }));
                self.fields.extend(file.meta.fields.iter().cloned());
            }
        }
    }

    /// Adds what the rows say that deletes leave of a source.
    pub(crate) fn add_left(&mut self, measurement: &str, source: &Source) -> Result<(), StorageError> {
        match &source.rows {
            Rows::Chunk(sealed) => {
                let left = rows_left(&sealed.chunk, measurement, &source.tombstones);
                let mut keep = vec![false; sealed.chunk.len()];
                left.iter().for_each(|&row| keep[row as usize] = true);
                self.add_chunk(&sealed.chunk.filtered(&keep));
                Ok(())
            }
            Rows::Partition(file) => {
                let scan = PartitionScan {
                    tags: file.meta.tag_keys.clone(),
                    fields: file.meta.fields.clone(),
                    range: TimeRange::ALL,
                    filter: SeriesFilter::All,
                    without: source.tombstones.iter().map(|t| (t.range, t.matcher.filter().clone())).collect(),
                    ..PartitionScan::default()
                };
                let mut series = SeriesTable::default();
                for batch in file.reader()?.scan(&scan)? {
                    let batch = batch?;
                    let times = batch.column(0).as_primitive::<TimestampNanosecondType>();
                    times.values().iter().for_each(|&time| self.widen((time, time)));
                    let keys = &file.meta.tag_keys;
                    let tags: Vec<&StringViewArray> =
                        (1..=keys.len()).map(|i| batch.column(i).as_string_view()).collect();
                    number_series(keys, &tags, batch.num_rows(), &mut series, &mut Vec::new());
                    let columns = batch.columns().iter().skip(1 + keys.len());
                    let has_values = file.meta.fields.iter().zip(columns).filter(|(_, c)| c.null_count() < c.len());
                    self.fields.extend(has_values.map(|(field, _)| field.clone()));
                }
                self.add_sets(&series);
                Ok(())
            }
        }
    }

    /// All tag keys, ascending.
    pub(crate) fn tag_keys(&self) -> Vec<String> {
        let keys: BTreeSet<&String> = self.tag_sets.iter().flatten().collect();
        keys.into_iter().cloned().collect()
    }

    /// What is known; `None` if there are no rows.
    pub(crate) fn finish(self, horizon: Option<i64>) -> Option<MeasurementInfo> {
        let (first, last) = self.bounds?;
        Some(MeasurementInfo {
            tag_keys: self.tag_keys(),
            tag_sets: self.tag_sets.into_iter().collect(),
            fields: self.fields.into_iter().collect(),
            time_bounds: Some((first.max(horizon.unwrap_or(i64::MIN)), last)),
        })
    }

    fn add_chunk(&mut self, chunk: &Chunk) {
        if let Some(bounds) = chunk.time_bounds() {
            self.widen(bounds);
            self.add_sets(&chunk.series);
            self.fields.extend(chunk.columns.iter().map(|c| (c.name.to_string(), c.values.kind())));
        }
    }

    fn add_sets(&mut self, series: &SeriesTable) {
        let keys = series.keys();
        let names = |set: &[u32]| set.iter().map(|&k| keys[k as usize].to_string()).collect();
        self.tag_sets.extend(series.sets().iter().map(|set| names(set)));
    }

    fn widen(&mut self, (first, last): (i64, i64)) {
        let (a, b) = self.bounds.unwrap_or((first, last));
        self.bounds = Some((a.min(first), b.max(last)));
    }
}
