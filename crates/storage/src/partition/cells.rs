//! Where the points of each row group are: S2 cells that hold all of them, in the footer of files that have fields for
//! latitude and longitude.
//!
//! `v1 LAT LON GROUP;GROUP...`: the names of the fields, then for each row group the tokens of its cells joined by commas,
//! in ascending order; nothing if its points are not known. Files without it are read without this help.

use std::collections::BTreeSet;

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, RecordBatch};
use model::FieldType;
use s2::cellid::CellID;
use s2::latlng::LatLng;

use super::names::{Column, Role};

/// Key in the footer.
pub(super) const CELLS_KEY: &str = "tidegauge.cells";

/// Names under which points are looked for.
const NAMES: [(&str, &str); 2] = [("lat", "lon"), ("latitude", "longitude")];
/// The level that cells begin with: about two kilometres.
const FINEST: u64 = 12;
/// Cells of one row group; where there are more, coarser ones are taken.
const MOST: usize = 1_024;

/// The cells of a file while it is written.
#[derive(Debug)]
pub(super) struct CellCollector {
    /// Names and columns of latitude and longitude.
    points: Option<(&'static str, &'static str, usize, usize)>,
    groups: Vec<BTreeSet<u64>>,
}

impl CellCollector {
    pub(super) fn new(columns: &[Column]) -> Self {
        let place =
            |name: &str| columns.iter().position(|c| c.role == Role::Field(FieldType::Float) && c.true_name == name);
        let points = NAMES.iter().find_map(|(lat, lon)| Some((*lat, *lon, place(lat)?, place(lon)?)));
        Self { points, groups: Vec::new() }
    }

    /// Takes the rows of a row group.
    pub(super) fn add(&mut self, batches: &[RecordBatch]) {
        let Some((_, _, lat, lon)) = self.points else { return };
        let mut cells = BTreeSet::new();
        let mut level = FINEST;
        let known = batches.iter().all(|batch| add_batch(batch, lat, lon, &mut level, &mut cells));
        self.groups.push(if known { cells } else { BTreeSet::new() });
    }

    /// The text for the footer.
    pub(super) fn text(&self) -> Option<String> {
        let (lat, lon, ..) = self.points?;
        let tokens = |group: &BTreeSet<u64>| {
            let tokens: Vec<String> = group.iter().map(|id| CellID(*id).to_token()).collect();
            tokens.join(",")
        };
        let groups: Vec<String> = self.groups.iter().map(tokens).collect();
        Some(format!("v1 {lat} {lon} {}", groups.join(";")))
    }
}

/// Adds the cells of a batch's points; false if one has no place.
fn add_batch(batch: &RecordBatch, lat: usize, lon: usize, level: &mut u64, cells: &mut BTreeSet<u64>) -> bool {
    let floats = |at: usize| batch.columns().get(at).and_then(|c| c.as_primitive_opt::<Float64Type>());
    let (Some(lats), Some(lons)) = (floats(lat), floats(lon)) else { return false };
    let mut last = None;
    for row in 0..batch.num_rows() {
        if lats.is_null(row) || lons.is_null(row) {
            continue;
        }
        let (lat, lon) = (lats.value(row), lons.value(row));
        if !(-90.0..=90.0).contains(&lat) || !(-180.0..=180.0).contains(&lon) {
            return false;
        }
        let cell = CellID::from(LatLng::from_degrees(lat, lon)).parent(*level);
        if last == Some(cell) || !cells.insert(cell.0) {
            continue;
        }
        last = Some(cell);
        while cells.len() > MOST && *level > 0 {
            *level -= 1;
            *cells = cells.iter().map(|id| CellID(*id).parent(*level).0).collect();
            last = None;
        }
    }
    true
}

/// The cells of a file.
#[derive(Debug)]
pub(super) struct Cells {
    pub(super) lat: String,
    pub(super) lon: String,
    /// Per row group ranges of the numbers of smallest cells, ascending; none if its points are not known.
    groups: Vec<Option<Vec<(u64, u64)>>>,
}

impl Cells {
    /// Reads the text of a footer; `None` if it says something that this build does not know.
    pub(super) fn read(text: &str, row_groups: usize) -> Option<Self> {
        let mut words = text.splitn(4, ' ');
        if words.next()? != "v1" {
            return None;
        }
        let (lat, lon) = (words.next()?.to_owned(), words.next()?.to_owned());
        let groups: Vec<_> = words.next()?.split(';').map(ranges).collect::<Option<_>>()?;
        (groups.len() == row_groups).then_some(Self { lat, lon, groups })
    }

    /// Whether a point of the row group may lie in one of these ranges, which are ascending.
    pub(super) fn may_meet(&self, row_group: usize, wanted: &[(u64, u64)]) -> bool {
        let Some(Some(here)) = self.groups.get(row_group) else { return true };
        here.iter().any(|(low, high)| {
            let next = wanted.partition_point(|(_, last)| last < low);
            wanted.get(next).is_some_and(|(first, _)| first <= high)
        })
    }
}

/// The ranges of a row group's tokens; the inner `None`: not known.
fn ranges(tokens: &str) -> Option<Option<Vec<(u64, u64)>>> {
    if tokens.is_empty() {
        return Some(None);
    }
    let range = |token: &str| {
        let id = CellID::from_token(token);
        id.is_valid().then(|| (id.range_min().0, id.range_max().0))
    };
    tokens.split(',').map(range).collect::<Option<Vec<_>>>().map(Some)
}
