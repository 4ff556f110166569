//! Regions, grids and distances against known vectors and against each other.

use s2::cellid::CellID;
use s2::latlng::LatLng;

use super::cell;
use super::grid::{Wish, covering, find};
use super::region::Region;
use crate::library::{self, Argument};
use crate::plan::Scalar;

fn record(fields: &[(&str, f64)]) -> Argument {
    Argument::Record(fields.iter().map(|(name, v)| ((*name).to_owned(), Scalar::Float(*v).into())).collect())
}

fn unit(name: &str) -> Argument {
    Argument::Record(vec![("distance".to_owned(), Argument::text(name))])
}

fn points(corners: &[(f64, f64)]) -> Argument {
    let list = corners.iter().map(|(lat, lon)| record(&[("lat", *lat), ("lon", *lon)])).collect();
    Argument::Record(vec![("points".to_owned(), Argument::Array(list))])
}

fn circle(lat: f64, lon: f64, km: f64) -> Argument {
    record(&[("lat", lat), ("lon", lon), ("radius", km)])
}

fn area(min_lat: f64, max_lat: f64, min_lon: f64, max_lon: f64) -> Argument {
    record(&[("minLat", min_lat), ("maxLat", max_lat), ("minLon", min_lon), ("maxLon", max_lon)])
}

fn line(text: &str) -> Argument {
    Argument::Record(vec![("linestring".to_owned(), Argument::text(text))])
}

fn region(argument: &Argument) -> Region {
    Region::of(argument, &unit("km")).unwrap()
}

fn call(name: &str, arguments: &[(&str, Argument)]) -> Result<Argument, String> {
    let function = library::find(&format!("experimental/geo.{name}")).unwrap();
    function.call(arguments).map_err(|e| e.message)
}

fn kilometres(a: &Argument, b: &Argument) -> f64 {
    let answer = call("stDistance", &[("region", a.clone()), ("geometry", b.clone()), ("units", unit("km"))]);
    match answer.unwrap() {
        Argument::Scalar(Scalar::Float(value)) => value,
        other => panic!("{other:?}"),
    }
}

/// Regions of every kind, at the poles and across the 180th meridian among them.
fn regions() -> Vec<Argument> {
    vec![
        circle(40.7, -74.0, 6.0),
        circle(89.5, 10.0, 300.0),
        circle(-16.0, 179.5, 600.0),
        circle(0.0, 0.0, 9000.0),
        area(40.5, 40.9, -74.3, -73.4),
        area(-90.0, -70.0, -180.0, 180.0),
        area(10.0, 20.0, 20.0, 30.0),
        points(&[(40.85, -74.15), (40.55, -74.05), (40.72, -73.8)]),
        points(&[(45.0, 165.0), (45.0, -165.0), (75.0, -165.0), (75.0, 165.0)]),
        points(&[(0.0, 0.0), (0.0, 10.0), (5.0, 5.0), (10.0, 10.0), (10.0, 0.0)]),
    ]
}

/// A sequence of numbers in 0 to 1 that looks random.
fn spread(count: usize) -> impl Iterator<Item = (f64, f64)> {
    let part = |x: f64| x - x.floor();
    (0..count).map(move |i| {
        #[allow(clippy::cast_precision_loss, reason = "small counts")]
        let n = i as f64;
        (part(n * 0.754_877_666_246_69), part(n * 0.569_840_290_998_05))
    })
}

#[test]
fn grids_have_the_known_cells() {
    let want = ["89c264", "89c26c", "89c274", "89c27c", "89c284", "89c28c", "89e82c", "89e9d4"];
    let wish = Wish { level: -1, most_level: 11, least: 7, most: -1 };
    for shape in [area(40.588_077_5, 40.824_700_8, -73.80014, -73.463_033_6), circle(40.709_021_4, -73.61846, 15.0)] {
        let (level, cells) = find(&region(&shape), &wish).unwrap().unwrap();
        let mut tokens: Vec<String> = cells.into_iter().map(cell::token).collect();
        tokens.sort();
        assert_eq!((level, tokens), (9, want.map(str::to_owned).to_vec()));
    }
}

#[test]
fn a_covering_holds_every_cell_of_every_point_inside_and_only_cells_near() {
    for shape in regions() {
        let region = region(&shape);
        let bounds = region.bounds();
        let cells = covering(&region, 6, 100_000).unwrap();
        let mut inside = 0;
        for (x, y) in spread(20_000) {
            let (lat, lon) = (y * 180.0 - 90.0, x * 360.0 - 180.0);
            if region.contains(lat, lon) {
                inside += 1;
                let id = CellID::from(LatLng::from_degrees(lat, lon)).parent(6);
                assert!(cells.contains(&id), "{shape:?} {lat} {lon}");
                assert!(bounds.may_contain(lat, lon), "{shape:?} {bounds:?} {lat} {lon}");
            }
        }
        assert!(inside < 20_000, "{shape:?}");
        // A cell of the covering has a point of the region in itself or in a cell beside it.
        for id in &cells {
            let (meets, _) = region.meets(*id);
            assert!(meets);
        }
    }
}

#[test]
fn a_cell_held_whole_has_no_point_outside() {
    for shape in regions() {
        let region = region(&shape);
        for id in covering(&region, 4, 100_000).unwrap() {
            if !region.meets(id).1 {
                continue;
            }
            for child in id.child_iter_at_level(7) {
                let (lat, lon) = cell::centre(child);
                assert!(region.contains(lat, lon), "{shape:?} {lat} {lon}");
            }
        }
    }
}

#[test]
fn bounds_are_tight_enough_to_be_of_use() {
    let bounds = region(&circle(41.7, -72.7, 2.0)).bounds();
    assert!(bounds.lat.1 - bounds.lat.0 < 0.04, "{bounds:?}");
    assert!(bounds.lon.len() == 1 && bounds.lon.iter().all(|(w, e)| e - w < 0.05), "{bounds:?}");
    assert!(!bounds.may_meet((41.0, 41.5), (-73.0, -72.0)));
    assert!(bounds.may_meet((41.0, 42.0), (-73.0, -72.0)));
    assert!(bounds.may_meet((41.0, 41.5), (-73.0, 200.0)), "longitudes beyond 180 are left to the exact test");
}

#[test]
fn the_smaller_side_of_a_polygon_is_meant() {
    let corners = [(10.0, 20.0), (10.0, 30.0), (20.0, 30.0), (20.0, 20.0)];
    let mut back = corners;
    back.reverse();
    for ring in [corners, back] {
        let region = region(&points(&ring));
        assert!(region.contains(15.0, 25.0));
        assert!(!region.contains(-15.0, 205.0) && !region.contains(25.0, 25.0));
    }
    let closed = region(&points(&[(10.0, 20.0), (10.0, 30.0), (20.0, 30.0), (10.0, 20.0)]));
    assert!(closed.contains(12.0, 28.0) && !closed.contains(18.0, 21.0));
}

#[test]
fn distances_are_least_ones() {
    let degree = 6371.01_f64.to_radians();
    let near = |a: f64, b: f64| (a - b).abs() < 1e-6;
    let point = |lat, lon| record(&[("lat", lat), ("lon", lon)]);
    assert!(near(kilometres(&point(0.0, 0.0), &point(0.0, 3.0)), 3.0 * degree));
    assert!(near(kilometres(&area(0.0, 10.0, 0.0, 10.0), &point(-2.0, 5.0)), 2.0 * degree));
    assert!(near(kilometres(&area(0.0, 10.0, 0.0, 10.0), &point(5.0, 5.0)), 0.0));
    assert!(near(kilometres(&circle(0.0, 0.0, degree), &point(0.0, 3.0)), 2.0 * degree));
    let square = points(&[(-1.0, -1.0), (-1.0, 1.0), (1.0, 1.0), (1.0, -1.0)]);
    assert!(near(kilometres(&square, &point(0.0, 3.0)), 2.0 * degree));
    assert!(near(kilometres(&square, &line("3 0, 4 0")), 2.0 * degree));
    assert!(near(kilometres(&square, &line("-5 0, 5 0.5")), 0.0), "through it");
    assert!(near(kilometres(&square, &line("0 0, 0.1 0.1")), 0.0), "within it");
    assert!(near(kilometres(&point(2.0, 0.0), &line("-5 0, 5 0")), 2.0 * degree));
    assert!(near(kilometres(&circle(2.0, 0.0, degree), &line("-5 0, 5 0")), degree));
}

#[test]
fn wrong_geometries_are_named() {
    let contains = |region: &Argument, geometry: &Argument| {
        call("stContains", &[("region", region.clone()), ("geometry", geometry.clone()), ("units", unit("km"))])
    };
    let here = record(&[("lat", 1.0), ("lon", 2.0)]);
    let nowhere =
        Argument::Record(vec![("lat".to_owned(), Scalar::Float(1.0).into()), ("lon".to_owned(), Scalar::Null.into())]);
    let around = circle(0.0, 0.0, 1.0);
    for (region, geometry, want) in [
        (&here, &here, "unsupported region type: geo.point"),
        (&around, &around, "unsupported geometry type: geo.circle"),
        (&around, &nowhere, "lat, lon must not be null"),
        (&around, &line("1 2, ,3 4"), "invalid linestring - empty part"),
        (&around, &line("1 2, x 4"), "parsing \"x\": invalid syntax, <nil>"),
        (&record(&[("lat", 1.0)]), &here, "unsupported geometry specified for 'region'"),
        (&points(&[(0.0, 0.0), (1.0, 1.0)]), &here, "at least 3 points"),
    ] {
        let message = contains(region, geometry).unwrap_err();
        assert!(message.contains(want), "{message}");
    }
    let yards = call("stLength", &[("geometry", line("1 2, 3 4")), ("units", unit("yard"))]).unwrap_err();
    assert!(yards.contains("unsupported distance unit 'yard'"), "{yards}");
}
