//! Geometries as scripts write them: records told apart by their fields, and the units of their lengths.

use s2::latlng::LatLng;
use s2::point::Point;

use super::path::Path;
use super::polygon::Polygon;
use super::region::{Circle, LatLonBox, Region};
use crate::library::{Argument, Kind, LibraryError};
use crate::plan::Scalar;

/// The mean radius of the Earth in kilometres.
const EARTH_KM: f64 = 6371.01;

/// How a point is called in messages.
pub(super) const POINT: &str = "point";

/// The unit in which a script gives radii and takes distances.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Units {
    earth_radius: f64,
}

impl Units {
    /// `{distance: "km"}`.
    pub(super) fn of(record: &Argument) -> Result<Self, LibraryError> {
        let missing = || LibraryError::new("invalid units parameter: missing field: distance");
        let Argument::Record(fields) = record else { return Err(missing()) };
        let [(name, value)] = fields.as_slice() else { return Err(missing()) };
        let earth_radius = match (name.as_str(), value) {
            ("distance", Argument::Scalar(Scalar::Null)) => {
                return Err(LibraryError::new("invalid units parameter: distance field is null"));
            }
            ("distance", Argument::Scalar(Scalar::String(unit))) => match unit.as_ref() {
                "m" => EARTH_KM * 1000.0,
                "km" => EARTH_KM,
                "mile" => EARTH_KM / 1.609_344,
                other => {
                    return Err(LibraryError::new(format!(
                        "invalid units parameter: unsupported distance unit '{other}'"
                    )));
                }
            },
            _ => return Err(missing()),
        };
        Ok(Self { earth_radius })
    }

    fn angle(self, length: f64) -> f64 {
        length / self.earth_radius
    }

    /// The length on the Earth of an angle.
    pub(super) fn length(self, angle: f64) -> f64 {
        angle * self.earth_radius
    }
}

/// A geometry.
#[derive(Debug, Clone)]
pub(super) enum Geometry {
    Point { lat: f64, lon: f64 },
    Region(Region),
    Path(Path),
}

impl Geometry {
    /// The geometry of an argument of this name.
    pub(super) fn of(name: &str, argument: &Argument, units: Units) -> Result<Self, LibraryError> {
        let unsupported = || LibraryError::new(format!("unsupported geometry specified for '{name}'"));
        let Argument::Record(fields) = argument else { return Err(unsupported()) };
        let has = |field: &str| fields.iter().any(|(name, _)| name == field);
        if has("lat") && fields.len() == 2 {
            let (lat, lon) = coordinates(argument, name, POINT)?;
            return Ok(Self::Point { lat, lon });
        }
        if has("minLat") && fields.len() == 4 {
            let [a, b, c, d] = numbers(argument, name, "box", ["minLat", "maxLat", "minLon", "maxLon"])?;
            return Ok(Self::Region(Region::Box(LatLonBox::new((a.min(b), a.max(b)), (c.min(d), c.max(d))))));
        }
        if has("radius") && fields.len() == 3 {
            let [lat, lon, radius] = numbers(argument, name, "circle", ["lat", "lon", "radius"])?;
            return Ok(Self::Region(Region::Circle(Circle::new(lat, lon, units.angle(radius)))));
        }
        match fields.as_slice() {
            [(field, points)] if field == "points" => Ok(Self::Region(Region::Polygon(polygon(name, points)?))),
            [(field, text)] if field == "linestring" => match text {
                Argument::Scalar(Scalar::String(text)) => Ok(Self::Path(Path::parse(text)?)),
                Argument::Scalar(Scalar::Null) => Err(LibraryError::new("empty linestring")),
                other => Err(not_a(name, "string", other)),
            },
            _ => Err(unsupported()),
        }
    }

    /// What contains points; a point and a path do not.
    pub(super) fn into_region(self) -> Result<Region, LibraryError> {
        match self {
            Self::Region(region) => Ok(region),
            other => Err(LibraryError::new(format!("unsupported region type: {}", other.name()))),
        }
    }

    /// Its name in messages.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Point { .. } => "geo.point",
            Self::Region(Region::Box(_)) => "geo.box",
            Self::Region(Region::Circle(_)) => "geo.circle",
            Self::Region(Region::Polygon(_)) => "geo.polygon",
            Self::Path(_) => "geo.polyline",
        }
    }
}

/// The latitude and longitude of `{lat, lon}` in degrees.
pub(super) fn coordinates(point: &Argument, name: &str, what: &str) -> Result<(f64, f64), LibraryError> {
    let [lat, lon] = numbers(point, name, what, ["lat", "lon"])?;
    Ok((lat, lon))
}

/// The point on the unit sphere.
pub(super) fn on_sphere(lat: f64, lon: f64) -> Point {
    Point::from(LatLng::from_degrees(lat, lon))
}

fn numbers<const N: usize>(
    record: &Argument,
    name: &str,
    what: &str,
    fields: [&str; N],
) -> Result<[f64; N], LibraryError> {
    let mut values = [0.0; N];
    for (field, value) in fields.iter().zip(&mut values) {
        *value = match record.property(field) {
            None => {
                let list = fields.join(", ");
                return Err(LibraryError::new(format!("invalid {what} specification - must have {list} fields")));
            }
            Some(Argument::Scalar(Scalar::Float(value))) => *value,
            Some(Argument::Scalar(Scalar::Null)) => {
                let list = fields.join(", ");
                return Err(LibraryError::new(format!("invalid {what} specification - {list} must not be null")));
            }
            Some(other) => return Err(not_a(name, "float", other)),
        };
    }
    Ok(values)
}

fn not_a(name: &str, expected: &str, found: &Argument) -> LibraryError {
    LibraryError::new(format!("expected {expected} but found {} (argument {name})", Kind::of_argument(found)))
}

fn polygon(name: &str, points: &Argument) -> Result<Polygon, LibraryError> {
    let Argument::Array(points) = points else { return Err(not_a(name, "array", points)) };
    if points.len() < 3 {
        return Err(LibraryError::new("polygon must have at least 3 points"));
    }
    let corners = points.iter().map(|point| {
        let (lat, lon) = coordinates(point, name, "polygon point")?;
        if lat.is_finite() && lon.is_finite() {
            return Ok(on_sphere(lat, lon));
        }
        Err(LibraryError::new("invalid polygon point specification - lat, lon must be finite"))
    });
    Polygon::new(corners.collect::<Result<Vec<_>, LibraryError>>()?)
}
