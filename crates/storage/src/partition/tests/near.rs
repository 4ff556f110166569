//! Ranges of fields pass over row groups and pages, and never over a row that may matter.

use model::{FieldType, FieldValue};

use super::{Row, SECOND, Table, open_at, write_at};
use crate::partition::{PartitionReader, PartitionScan};
use crate::snapshot::{FieldRanges, Near, PointRanges};

/// Rows on a line from south to north, one a second; every row group has its own part of it.
fn along(rows: usize, slice_rows: usize, without_lon: Option<usize>) -> (tempfile::TempDir, PartitionReader) {
    #[allow(clippy::cast_precision_loss, reason = "small counts")]
    let lat = |i: usize| 40.0 + i as f64 * 0.0001;
    table(rows, slice_rows, without_lon, lat)
}

fn points(rows: usize, slice_rows: usize, lat: impl Fn(usize) -> f64) -> (tempfile::TempDir, PartitionReader) {
    table(rows, slice_rows, None, lat)
}

fn table(
    rows: usize,
    slice_rows: usize,
    without_lon: Option<usize>,
    lat: impl Fn(usize) -> f64,
) -> (tempfile::TempDir, PartitionReader) {
    let row = |i: usize| {
        let lat = lat(i);
        let lon = (without_lon != Some(i)).then_some(FieldValue::Float(-72.0));
        Row {
            time: i64::try_from(i).unwrap_or(0) * SECOND,
            tags: vec![Some("x".to_owned())],
            fields: vec![Some(FieldValue::Float(lat)), lon],
        }
    };
    let rows = (0..rows).map(row).collect();
    let fields = [("lat", FieldType::Float), ("lon", FieldType::Float)];
    let table = Table::new(&["id"], &fields, rows, slice_rows);
    let mut input = table.input();
    input.options.row_group_rows = slice_rows;
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("near.parquet");
    write_at(&path, &input, table.batches(1_000).into_iter().map(Ok)).expect("is written");
    let reader = open_at(&path).expect("opens");
    (dir, reader)
}

fn near(lat: (f64, f64)) -> PartitionScan {
    let field = |name: &str, range, most: f64| {
        Near::Field(FieldRanges { field: name.to_owned(), ranges: vec![range], domain: (-most, most) })
    };
    PartitionScan {
        fields: vec![("lat".to_owned(), FieldType::Float), ("lon".to_owned(), FieldType::Float)],
        near: vec![field("lat", lat, 90.0), field("lon", (-73.0, -71.0), 180.0)],
        ..PartitionScan::default()
    }
}

fn count(reader: &PartitionReader, scan: &PartitionScan) -> usize {
    reader.scan(scan).expect("scans").map(|batch| batch.expect("reads").num_rows()).sum()
}

#[test]
fn row_groups_elsewhere_are_passed_over() {
    let (_dir, reader) = along(4_000, 1_000, None);
    let rows = count(&reader, &near((40.15, 40.16)));
    let counters = reader.counters();
    assert_eq!((counters.row_groups_read, counters.row_groups_skipped), (1, 3));
    assert!((101..=1_000).contains(&rows), "{rows}");
}

#[test]
fn pages_elsewhere_are_passed_over() {
    let (_dir, reader) = along(40_000, 40_000, None);
    let rows = count(&reader, &near((41.0, 41.01)));
    assert!((101..=8_192).contains(&rows), "{rows} of a row group of several pages");
    assert_eq!(count(&reader, &near((30.0, 31.0))), 0);
}

#[test]
fn a_row_that_lacks_a_field_keeps_its_row_group() {
    let (_dir, reader) = along(4_000, 1_000, Some(2_500));
    assert_eq!(count(&reader, &near((10.0, 11.0))), 1_000, "only the row group with the hole is read, all of it");
    assert_eq!(reader.counters().row_groups_skipped, 3);
}

#[test]
fn values_beyond_the_domain_keep_their_row_group() {
    let (_dir, reader) = along(4_000, 1_000, None);
    let mut scan = near((10.0, 11.0));
    for near in &mut scan.near {
        if let Near::Field(ranges) = near {
            ranges.domain = (-40.05, 40.05);
        }
    }
    assert_eq!(count(&reader, &scan), 4_000);
}

#[test]
fn cells_pass_over_row_groups_that_ranges_cannot() {
    // Each row group has points in the south and in the north, none in between.
    let apart = |i: usize| if i.is_multiple_of(2) { 10.0 } else { 60.0 };
    let (_dir, reader) = points(4_000, 1_000, apart);
    let lats = (30.0, 31.0);
    assert_eq!(count(&reader, &near(lats)), 4_000);
    let cell = |lat: f64| {
        let id = s2::cellid::CellID::from(s2::latlng::LatLng::from_degrees(lat, -72.0)).parent(8);
        (id.range_min().0, id.range_max().0)
    };
    let with_cells = |cells: Vec<(u64, u64)>| {
        let mut scan = near(lats);
        scan.near.push(Near::Points(PointRanges { lat: "lat".into(), lon: "lon".into(), cells: cells.into() }));
        scan
    };
    assert_eq!(count(&reader, &with_cells(vec![cell(30.5)])), 0);
    assert_eq!(count(&reader, &with_cells(vec![cell(60.0)])), 4_000);
    assert_eq!(reader.counters().row_groups_skipped, 4);
}
