//! Passing over row groups and pages of which no row has float fields within given ranges, by Parquet's statistics and by
//! the cells of points.

use std::ops::Range;
use std::sync::Arc;

use model::FieldType;
use parquet::arrow::arrow_reader::RowSelection;
use parquet::file::page_index::column_index::{ColumnIndexMetaData, PrimitiveColumnIndex};
use parquet::file::statistics::Statistics;

use super::names::Role;
use super::read::Inner;
use crate::snapshot::{FieldRanges, Near};

/// Ranges that a row must lie in, by columns of a file. No fields: nothing is asked, or the file lacks one.
#[derive(Debug, Default)]
pub(super) struct Nearness {
    fields: Vec<(usize, FieldRanges)>,
    cells: Option<Arc<[(u64, u64)]>>,
}

impl Nearness {
    pub(super) fn new(wanted: &[Near], file: &Inner) -> Self {
        let place = |field: &str| {
            file.columns.iter().position(|c| c.role == Role::Field(FieldType::Float) && c.true_name == *field)
        };
        let fields = wanted.iter().filter_map(|near| match near {
            Near::Field(field) => Some(place(&field.field).map(|at| (at, field.clone()))),
            Near::Points(_) => None,
        });
        let cells = wanted.iter().find_map(|near| match near {
            Near::Points(points) => {
                let same = file.cells.as_ref().is_some_and(|c| c.lat == points.lat && c.lon == points.lon);
                same.then(|| Arc::clone(&points.cells))
            }
            Near::Field(_) => None,
        });
        Self { fields: fields.collect::<Option<Vec<_>>>().unwrap_or_default(), cells }
    }

    /// Whether the ranges speak for all rows of a row group: each has all of the fields, within their domains.
    fn applies(&self, file: &Inner, row_group: usize) -> bool {
        let speaks = |(at, wanted): &(usize, FieldRanges)| match statistics(file, row_group, *at) {
            Some(Statistics::Double(bounds)) => {
                let within =
                    |value: Option<&f64>| value.is_some_and(|v| wanted.domain.0 <= *v && *v <= wanted.domain.1);
                bounds.null_count_opt() == Some(0) && within(bounds.min_opt()) && within(bounds.max_opt())
            }
            _ => false,
        };
        !self.fields.is_empty() && self.fields.iter().all(speaks)
    }

    /// Whether a row of the row group may lie in all ranges.
    pub(super) fn may_meet(&self, file: &Inner, row_group: usize) -> bool {
        if !self.applies(file, row_group) {
            return true;
        }
        let cells = match (&self.cells, &file.cells) {
            (Some(wanted), Some(here)) => here.may_meet(row_group, wanted),
            _ => true,
        };
        cells
            && self.fields.iter().all(|(at, wanted)| match statistics(file, row_group, *at) {
                Some(Statistics::Double(bounds)) => meets(&wanted.ranges, bounds.min_opt(), bounds.max_opt()),
                _ => true,
            })
    }

    /// The rows of those pages that may have a row in all ranges; `None` if that is all of them.
    pub(super) fn pages(&self, file: &Inner, row_group: usize) -> Option<RowSelection> {
        if !self.applies(file, row_group) {
            return None;
        }
        let metadata = file.coded.metadata();
        let rows = usize::try_from(metadata.row_groups().get(row_group)?.num_rows()).ok()?;
        let mut chosen: Option<RowSelection> = None;
        for (at, wanted) in &self.fields {
            let Some(ColumnIndexMetaData::DOUBLE(index)) = metadata.column_index()?.get(row_group)?.get(*at) else {
                continue;
            };
            let pages = metadata.offset_index()?.get(row_group)?.get(*at)?.page_locations();
            let starts = pages.iter().map(|page| usize::try_from(page.first_row_index)).collect::<Result<Vec<_>, _>>();
            let kept = kept_rows(index, &starts.ok()?, rows, &wanted.ranges);
            let one = RowSelection::from_consecutive_ranges(kept.into_iter(), rows);
            chosen = Some(match chosen {
                Some(chosen) => chosen.intersection(&one),
                None => one,
            });
        }
        chosen.filter(|chosen| chosen.row_count() < rows)
    }
}

fn statistics(file: &Inner, row_group: usize, at: usize) -> Option<&Statistics> {
    file.coded.metadata().row_groups().get(row_group)?.columns().get(at)?.statistics()
}

fn kept_rows(
    index: &PrimitiveColumnIndex<f64>,
    starts: &[usize],
    rows: usize,
    ranges: &[(f64, f64)],
) -> Vec<Range<usize>> {
    let ends = starts.iter().skip(1).copied().chain([rows]);
    let pages = starts.iter().copied().zip(ends).enumerate();
    let may = |page: usize| meets(ranges, index.min_value(page), index.max_value(page));
    pages.filter(|(page, (start, end))| start < end && may(*page)).map(|(_, (start, end))| start..end).collect()
}

/// Whether values from the least to the greatest may lie in one of the ranges; unknown ones may.
fn meets(ranges: &[(f64, f64)], least: Option<&f64>, greatest: Option<&f64>) -> bool {
    match (least, greatest) {
        (Some(least), Some(greatest)) if !least.is_nan() && !greatest.is_nan() => {
            ranges.iter().any(|(low, high)| low <= greatest && least <= high)
        }
        _ => true,
    }
}
