//! Ranges of fields pass over row groups and pages, and never over a row that may matter.

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
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
    write((0..rows).map(row).collect(), slice_rows)
}

fn write(rows: Vec<Row>, slice_rows: usize) -> (tempfile::TempDir, PartitionReader) {
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
    assert!((101..=10_000).contains(&rows), "{rows} of a row group of several pages");
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

/// Latitude, longitude and seconds of the incidents of the tour.
fn incidents() -> Vec<(f64, f64, i64)> {
    let packed = include_bytes!("../../../../../data/incidents.lp.zst");
    let text = String::from_utf8(zstd::decode_all(&packed[..]).expect("unpacks")).expect("is text");
    let number = |line: &str, name: &str| {
        let from = line.find(name).expect("has the field") + name.len();
        line[from..].split([',', ' ']).next().and_then(|n| n.parse().ok()).expect("a number")
    };
    let time = |line: &str| line.rsplit(' ').next().and_then(|n| n.parse().ok()).expect("a time");
    text.lines().map(|line| (number(line, ",lat="), number(line, ",lon="), time(line))).collect()
}

#[test]
fn a_circle_of_two_kilometres_over_the_incidents_skips_row_groups() {
    let incidents = incidents();
    let row = |(i, (lat, lon, time)): (usize, &(f64, f64, i64))| Row {
        time: time * SECOND,
        tags: vec![Some(i.to_string())],
        fields: vec![Some(FieldValue::Float(*lat)), Some(FieldValue::Float(*lon))],
    };
    let rows: Vec<Row> = incidents.iter().enumerate().map(row).collect();
    let (_dir, reader) = write(rows, 1_000);
    let groups = reader.meta().row_groups.len();
    assert!(groups > 20);
    // Around a case that was entered far from the town.
    let place = |lat: f64, lon: f64| s2::point::Point::from(s2::latlng::LatLng::from_degrees(lat, lon));
    let town = place(41.7637, -72.6851);
    let far = |(lat, lon, _): &&(f64, f64, i64)| place(*lat, *lon).distance(&town).rad() * 6371.01 > 100.0;
    let (lat, lon, _) = incidents.iter().find(far).expect("a case far away");
    let centre = place(*lat, *lon);
    let angle = s2::s1::Angle::from(s2::s1::Rad(2.0 / 6371.01));
    let inside = |lat: f64, lon: f64| place(lat, lon).distance(&centre) <= angle;
    let coverer = s2::region::RegionCoverer { min_level: 0, max_level: 30, level_mod: 1, max_cells: 32 };
    let cells = coverer.covering(&s2::cap::Cap::from_center_angle(&centre, &angle)).0;
    let mut cells: Vec<(u64, u64)> = cells.iter().map(|id| (id.range_min().0, id.range_max().0)).collect();
    cells.sort_unstable();
    let field = |name: &str, middle: f64, most: f64| {
        let ranges = vec![(middle - 0.1, middle + 0.1)];
        Near::Field(FieldRanges { field: name.to_owned(), ranges, domain: (-most, most) })
    };
    let points = Near::Points(PointRanges { lat: "lat".into(), lon: "lon".into(), cells: cells.into() });
    let scan = PartitionScan {
        fields: vec![("lat".to_owned(), FieldType::Float), ("lon".to_owned(), FieldType::Float)],
        near: vec![field("lat", *lat, 90.0), field("lon", *lon, 180.0), points],
        ..PartitionScan::default()
    };
    let mut found = 0;
    for batch in reader.scan(&scan).expect("scans") {
        let batch = batch.expect("reads");
        let floats = |at: usize| batch.column(at).as_primitive::<Float64Type>().values().to_vec();
        found += floats(1).into_iter().zip(floats(2)).filter(|(lat, lon)| inside(*lat, *lon)).count();
    }
    let wanted = incidents.iter().filter(|(lat, lon, _)| inside(*lat, *lon)).count();
    assert!(wanted > 0 && found == wanted, "{found} of {wanted}");
    let counters = reader.counters();
    let skipped = usize::try_from(counters.row_groups_skipped).expect("fits");
    assert!(skipped > groups / 2, "{skipped} of {groups} row groups were skipped");
}
