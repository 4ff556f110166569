//! Polygons on the sphere: a ring of corners joined by geodesics; of the two sides the smaller one is meant.

use std::f64::consts::PI;

use s2::cell::Cell;
use s2::edge_crossings::{Crossing, EdgeCrosser, angle_contains_vertex, crossing_sign};
use s2::point::Point;
use s2::predicates::{Direction, robust_sign};

use crate::library::LibraryError;

/// A geodesic between two points.
pub(super) type Edge = (Point, Point);

/// A polygon.
#[derive(Debug, Clone)]
pub struct Polygon {
    corners: Vec<Point>,
    /// Whether the reference point, from which crossings are counted, lies inside.
    origin_inside: bool,
}

impl Polygon {
    /// The polygon of these corners, the last joined to the first; corners repeated in a row count once.
    pub(super) fn new(mut corners: Vec<Point>) -> Result<Self, LibraryError> {
        corners.dedup();
        if corners.len() > 1 && corners.first() == corners.last() {
            corners.pop();
        }
        if corners.len() < 3 {
            return Err(LibraryError::new("polygon must have at least 3 points that differ"));
        }
        // Whether the sides beside one corner hold the corner is known; from it the origin's side follows.
        let mut polygon = Self { corners, origin_inside: false };
        if let [a, b, c, ..] = polygon.corners.as_slice() {
            let (a, b, c) = (*a, *b, *c);
            polygon.origin_inside = angle_contains_vertex(&a, &b, &c) != polygon.contains(&b);
        }
        if polygon.area() >= 2.0 * PI {
            polygon.corners.reverse();
            polygon.origin_inside = !polygon.origin_inside;
        }
        Ok(polygon)
    }

    /// The corners, in their order with the interior on the left.
    pub(super) fn corners(&self) -> &[Point] {
        &self.corners
    }

    /// The sides.
    pub(super) fn edges(&self) -> impl Iterator<Item = Edge> {
        self.corners.iter().copied().zip(self.corners.iter().copied().cycle().skip(1))
    }

    /// Whether a point lies inside. A point on a border that two polygons share lies in one of them.
    pub(super) fn contains(&self, point: &Point) -> bool {
        let origin = Point::origin();
        let Some(last) = self.corners.last() else { return false };
        let mut crosser = EdgeCrosser::new_with_c(&origin, point, last);
        self.corners
            .iter()
            .fold(self.origin_inside, |inside, corner| inside != crosser.chain_edge_or_vertex_crossing(corner))
    }

    /// The area left of the sides by the theorem of Gauss and Bonnet, in 0 to 4 pi.
    fn area(&self) -> f64 {
        let before = self.corners.iter().cycle().skip(self.corners.len().saturating_sub(1));
        let after = self.corners.iter().cycle().skip(1);
        let turns: f64 = before.zip(&self.corners).zip(after).map(|((a, b), c)| turn(a, b, c)).sum();
        (2.0 * PI - turns).clamp(0.0, 4.0 * PI)
    }

    /// Whether it has a point in common with a cell.
    pub(super) fn intersects_cell(&self, cell: &Cell, sides: &[Edge; 4]) -> bool {
        self.corners.iter().any(|corner| cell.contains_point(corner))
            || sides.iter().any(|(corner, _)| self.contains(corner))
            || self.contains(&cell.center())
            || self.crosses(sides)
    }

    /// Whether all of a cell lies inside.
    pub(super) fn contains_cell(&self, cell: &Cell, sides: &[Edge; 4]) -> bool {
        sides.iter().all(|(corner, _)| self.contains(corner))
            && !self.corners.iter().any(|corner| cell.contains_point(corner))
            && !self.crosses(sides)
    }

    fn crosses(&self, sides: &[Edge; 4]) -> bool {
        self.edges().any(|(a, b)| sides.iter().any(|(c, d)| crossing_sign(&a, &b, c, d) != Crossing::DoNotCross))
    }
}

/// The angle by which a way turns at `b`, left above zero.
fn turn(a: &Point, b: &Point, c: &Point) -> f64 {
    let angle = a.cross(b).0.angle(&b.cross(c).0).rad();
    if robust_sign(a, b, c) == Direction::CounterClockwise { angle } else { -angle }
}
