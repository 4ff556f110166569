//! Distances between shapes, as angles.

use s2::edge_crossings::{Crossing, crossing_sign};
use s2::edgeutil::distance_from_segment;
use s2::latlng::LatLng;
use s2::point::Point;

use super::geometry::{Geometry, on_sphere};
use super::path::Path;
use super::polygon::{Edge, Polygon};
use super::region::Region;
use crate::library::LibraryError;

/// The least distance of a region, or a point, and a point or path; zero where they meet.
pub(super) fn between(region: Geometry, geometry: Geometry) -> Result<f64, LibraryError> {
    match geometry {
        Geometry::Point { lat, lon } => {
            if !lat.is_finite() || !lon.is_finite() {
                return Ok(f64::NAN);
            }
            to_point(&region, &on_sphere(lat, lon))
        }
        Geometry::Path(path) => to_path(region, &path),
        other @ Geometry::Region(_) => Err(LibraryError::new(format!("unsupported geometry type: {}", other.name()))),
    }
}

fn to_point(region: &Geometry, point: &Point) -> Result<f64, LibraryError> {
    Ok(match region {
        Geometry::Point { lat, lon } => on_sphere(*lat, *lon).distance(point).rad(),
        Geometry::Region(Region::Box(region)) => region.rect.distance_to_latlng(&LatLng::from(point)).rad(),
        Geometry::Region(Region::Circle(circle)) => (circle.centre.distance(point).rad() - circle.angle).max(0.0),
        Geometry::Region(Region::Polygon(polygon)) => polygon_to_point(polygon, point),
        // From a path, as InfluxDB measures only towards one.
        Geometry::Path(_) => 0.0,
    })
}

fn to_path(region: Geometry, path: &Path) -> Result<f64, LibraryError> {
    let edges = path.edges();
    Ok(match region {
        Geometry::Point { lat, lon } => edges_to_point(edges.into_iter(), &on_sphere(lat, lon)),
        Geometry::Region(Region::Box(region)) => polygon_to_edges(&region.as_polygon()?, &edges),
        Geometry::Region(Region::Circle(circle)) => {
            (edges_to_point(edges.into_iter(), &circle.centre) - circle.angle).max(0.0)
        }
        Geometry::Region(Region::Polygon(polygon)) => polygon_to_edges(&polygon, &edges),
        Geometry::Path(_) => 0.0,
    })
}

fn edges_to_point(edges: impl Iterator<Item = Edge>, point: &Point) -> f64 {
    edges.map(|(a, b)| distance_from_segment(point, &a, &b).rad()).fold(f64::INFINITY, f64::min)
}

fn polygon_to_point(polygon: &Polygon, point: &Point) -> f64 {
    if polygon.contains(point) { 0.0 } else { edges_to_point(polygon.edges(), point) }
}

fn polygon_to_edges(polygon: &Polygon, edges: &[Edge]) -> f64 {
    if edges.iter().any(|(a, b)| polygon.contains(a) || polygon.contains(b)) {
        return 0.0;
    }
    let apart = polygon.edges().flat_map(|side| edges.iter().map(move |edge| edge_to_edge(side, *edge)));
    apart.fold(f64::INFINITY, f64::min)
}

fn edge_to_edge((a, b): Edge, (c, d): Edge) -> f64 {
    if crossing_sign(&a, &b, &c, &d) == Crossing::Cross {
        return 0.0;
    }
    let ends = [(c, a, b), (d, a, b), (a, c, d), (b, c, d)];
    ends.iter().map(|(end, from, to)| distance_from_segment(end, from, to).rad()).fold(f64::INFINITY, f64::min)
}
