//! Ranges of latitude and longitude around a region: a quick test before the exact one, and what indexes are asked for.

use super::region::Region;

/// Degrees added on every side, for what rounding moves.
const MARGIN: f64 = 1e-7;

/// Degrees outside which nothing of a region lies.
#[derive(Debug, Clone, PartialEq)]
pub struct Bounds {
    pub lat: (f64, f64),
    /// One range, or two where the region lies across the 180th meridian.
    pub lon: Vec<(f64, f64)>,
}

impl Bounds {
    /// The whole sphere.
    fn all() -> Self {
        Self { lat: (-90.0, 90.0), lon: vec![(-180.0, 180.0)] }
    }

    pub(super) fn of(region: &Region) -> Self {
        match region {
            Region::Box(region) => Self {
                lat: (region.lat.0 - MARGIN, region.lat.1 + MARGIN),
                lon: within(region.lon.0 - MARGIN, region.lon.1 + MARGIN),
            },
            Region::Circle(region) => Self::around(region.lat, region.lon, region.angle.to_degrees()),
            Region::Polygon(region) => {
                let sum = region.corners().iter().fold(s2::r3::vector::Vector::default(), |sum, c| sum + c.0);
                if sum.norm() < 1e-9 {
                    return Self::all();
                }
                let centre = s2::point::Point(sum.normalize());
                // A circle below a hemisphere holds the geodesics between its points, and with them the smaller side.
                let reach = region.corners().iter().map(|c| centre.distance(c).deg()).fold(0.0, f64::max);
                Self::around(centre.latitude().deg(), centre.longitude().deg(), reach)
            }
        }
    }

    /// Around a circle, all in degrees.
    fn around(lat: f64, lon: f64, radius: f64) -> Self {
        let known = lat.is_finite() && lon.is_finite() && radius.is_finite();
        if !known || lat.abs() > 90.0 || lon.abs() > 180.0 || radius >= 89.0 {
            return Self::all();
        }
        let radius = radius.max(0.0);
        let (south, north) = (lat - radius - MARGIN, lat + radius + MARGIN);
        if south <= -90.0 || north >= 90.0 {
            return Self { lat: (south.max(-90.0), north.min(90.0)), lon: vec![(-180.0, 180.0)] };
        }
        let half = (radius.to_radians().sin() / lat.to_radians().cos()).clamp(-1.0, 1.0).asin().to_degrees();
        // Near a pole a small angle is many degrees of longitude.
        let half = half + MARGIN / lat.abs().to_radians().cos().max(1e-6);
        Self { lat: (south, north), lon: within(lon - half, lon + half) }
    }

    /// Whether a point may lie in the region. Degrees outside the usual ranges are left to the exact test.
    pub fn may_contain(&self, lat: f64, lon: f64) -> bool {
        if lat.abs() > 90.0 || lon.abs() > 180.0 {
            return true;
        }
        (self.lat.0 <= lat && lat <= self.lat.1) && self.lon.iter().any(|(west, east)| *west <= lon && lon <= *east)
    }

    /// Whether a box of points, from the least to the greatest of each, may hold a point of the region.
    pub fn may_meet(&self, lat: (f64, f64), lon: (f64, f64)) -> bool {
        if lat.0 < -90.0 || lat.1 > 90.0 || lon.0 < -180.0 || lon.1 > 180.0 {
            return true;
        }
        let meet = |a: (f64, f64), b: (f64, f64)| a.0 <= b.1 && b.0 <= a.1;
        meet(self.lat, lat) && self.lon.iter().any(|range| meet(*range, lon))
    }
}

/// A range of longitudes within -180 to 180; cut in two if it passes an end.
fn within(west: f64, east: f64) -> Vec<(f64, f64)> {
    let width = east - west;
    if width >= 360.0 || width.is_nan() {
        return vec![(-180.0, 180.0)];
    }
    // The 180th meridian has two names.
    let touches = west <= -180.0 || east >= 180.0;
    match (west < -180.0, east > 180.0) {
        (true, _) => vec![(-180.0, east.max(-180.0)), (west + 360.0, 180.0)],
        (_, true) => vec![(west.min(180.0), 180.0), (-180.0, east - 360.0)],
        _ if touches => vec![(west, east), (-180.0, -180.0), (180.0, 180.0)],
        _ => vec![(west, east)],
    }
}
