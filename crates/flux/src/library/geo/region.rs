//! Regions: boxes of latitude and longitude, circles, polygons.

use s2::cell::Cell;
use s2::cellid::CellID;
use s2::edgeutil::distance_from_segment;
use s2::latlng::LatLng;
use s2::point::Point;
use s2::rect::Rect;
use s2::{r1, s1};

use super::bounds::Bounds;
use super::geometry::{Geometry, Units, on_sphere};
use super::grid;
use super::polygon::{Edge, Polygon};
use crate::library::{Argument, LibraryError};

/// What contains points.
#[derive(Debug, Clone)]
pub enum Region {
    Box(LatLonBox),
    Circle(Circle),
    Polygon(Polygon),
}

/// A box between parallels and meridians, its borders included.
#[derive(Debug, Clone)]
pub struct LatLonBox {
    pub(super) rect: Rect,
    pub(super) lat: (f64, f64),
    pub(super) lon: (f64, f64),
}

impl LatLonBox {
    /// The box of these degrees, each the lower one first.
    pub(super) fn new(lat: (f64, f64), lon: (f64, f64)) -> Self {
        let low = LatLng::from_degrees(lat.0, lon.0);
        let high = LatLng::from_degrees(lat.1, lon.1);
        let rect = Rect {
            lat: r1::interval::Interval { lo: low.lat.rad(), hi: high.lat.rad() },
            lng: s1::Interval { lo: low.lng.rad(), hi: high.lng.rad() },
        };
        Self { rect, lat, lon }
    }

    fn corners(&self) -> [Point; 4] {
        let ((south, north), (west, east)) = (self.lat, self.lon);
        [on_sphere(south, west), on_sphere(south, east), on_sphere(north, east), on_sphere(north, west)]
    }

    /// Its corners joined by geodesics.
    pub(super) fn as_polygon(&self) -> Result<Polygon, LibraryError> {
        Polygon::new(self.corners().to_vec())
    }

    fn intersects_cell(&self, cell: &Cell, sides: &[Edge; 4]) -> bool {
        self.rect.contains_point(&cell.center())
            || sides.iter().any(|(corner, _)| self.rect.contains_point(corner))
            || cell.contains_point(&Point::from(self.rect.center()))
            || self.corners().iter().any(|corner| cell.contains_point(corner))
            || sides.iter().any(|(a, b)| self.rect.boundary_intersects(a, b))
    }
}

/// All points within an angle of a centre, the rim included.
#[derive(Debug, Clone)]
pub struct Circle {
    pub(super) centre: Point,
    pub(super) lat: f64,
    pub(super) lon: f64,
    /// The radius as an angle.
    pub(super) angle: f64,
    /// The square of the radius as a chord of the unit sphere; below zero nothing is inside.
    chord2: f64,
}

impl Circle {
    pub(super) fn new(lat: f64, lon: f64, angle: f64) -> Self {
        let half = (0.5 * angle.min(std::f64::consts::PI)).sin();
        let chord2 = if angle < 0.0 { -1.0 } else { 4.0 * half * half };
        let centre = if lat.is_finite() && lon.is_finite() { on_sphere(lat, lon) } else { Point::origin() };
        let chord2 = if lat.is_finite() && lon.is_finite() { chord2 } else { -1.0 };
        Self { centre, lat, lon, angle, chord2 }
    }

    fn contains(&self, point: &Point) -> bool {
        (point.0 - self.centre.0).norm2().min(4.0) <= self.chord2
    }

    fn intersects_cell(&self, cell: &Cell, sides: &[Edge; 4]) -> bool {
        if self.chord2 < 0.0 {
            return false;
        }
        cell.contains_point(&self.centre)
            || sides.iter().any(|(a, b)| distance_from_segment(&self.centre, a, b).rad() <= self.angle)
    }

    fn contains_cell(&self, cell: &Cell, sides: &[Edge; 4]) -> bool {
        // The part outside is a circle around the opposite point.
        let opposite = Point(self.centre.0 * -1.0);
        let outside = std::f64::consts::PI - self.angle;
        sides.iter().all(|(corner, _)| self.contains(corner))
            && !cell.contains_point(&opposite)
            && !sides.iter().any(|(a, b)| distance_from_segment(&opposite, a, b).rad() <= outside)
    }
}

impl Region {
    /// The region of an argument, lengths in these units (`{distance: "km"}`).
    pub fn of(region: &Argument, units: &Argument) -> Result<Self, LibraryError> {
        Geometry::of("region", region, Units::of(units)?)?.into_region()
    }

    /// Whether a point in degrees lies inside; one that is not finite does not.
    pub fn contains(&self, lat: f64, lon: f64) -> bool {
        if !lat.is_finite() || !lon.is_finite() {
            return false;
        }
        self.contains_point(&on_sphere(lat, lon))
    }

    fn contains_point(&self, point: &Point) -> bool {
        match self {
            Self::Box(region) => region.rect.contains_point(point),
            Self::Circle(region) => region.contains(point),
            Self::Polygon(region) => region.contains(point),
        }
    }

    /// Degrees outside which nothing of it lies.
    pub fn bounds(&self) -> Bounds {
        Bounds::of(self)
    }

    /// Ranges of the numbers of smallest cells, ascending, that hold all of its points and not many others.
    pub fn leaf_ranges(&self) -> Vec<(u64, u64)> {
        grid::around(self).iter().map(|id| (id.range_min().0, id.range_max().0)).collect()
    }

    /// Whether it has a point in common with a cell, and whether it holds all of it.
    pub(super) fn meets(&self, id: CellID) -> (bool, bool) {
        let cell = Cell::from(id);
        let [a, b, c, d] = cell.vertices();
        let sides = [(a, b), (b, c), (c, d), (d, a)];
        let meets = match self {
            Self::Box(region) => region.intersects_cell(&cell, &sides),
            Self::Circle(region) => region.intersects_cell(&cell, &sides),
            Self::Polygon(region) => region.intersects_cell(&cell, &sides),
        };
        let holds = meets
            && match self {
                // Borders along parallels bend: cells at a border are taken apart down to the level that is asked for.
                Self::Box(_) => false,
                Self::Circle(region) => region.contains_cell(&cell, &sides),
                Self::Polygon(region) => region.contains_cell(&cell, &sides),
            };
        (meets, holds)
    }
}
