//! The pure functions of the package `experimental/geo`: cells, grids, regions and distances on the sphere.
//!
//! Points and cells come from the `s2` crate; regions, polygons, coverings and distances between shapes are ours.

mod bounds;
mod cell;
mod distance;
mod geometry;
mod grid;
mod path;
mod polygon;
mod region;

#[cfg(test)]
mod tests;

pub use bounds::Bounds;
pub use region::Region;

use super::function::{Body, Function, Returns};
use super::registry::{nullable, optional, required};
use super::{Argument, Arguments, Kind, LibraryError};
use crate::plan::Scalar;

use geometry::{Geometry, Units};

type Answer = Result<Argument, LibraryError>;

/// The functions of this file.
pub(super) const FUNCTIONS: &[Function] = &[
    nullable(
        "experimental/geo.getGrid",
        &[
            required("region"),
            optional("minSize"),
            optional("maxSize"),
            optional("level"),
            optional("maxLevel"),
            required("units"),
        ],
        Returns::Record(&[("level", Kind::Int), ("set", Kind::Array)]),
        Body::Any(get_grid),
    ),
    nullable("experimental/geo.getLevel", &[required("token")], Returns::Kind(Kind::Int), Body::Any(get_level)),
    nullable(
        "experimental/geo.s2CellIDToken",
        &[optional("token"), optional("point"), required("level")],
        Returns::Kind(Kind::String),
        Body::Any(cell_token),
    ),
    nullable(
        "experimental/geo.s2CellLatLon",
        &[required("token")],
        Returns::Record(&[("lat", Kind::Float), ("lon", Kind::Float)]),
        Body::Any(cell_centre),
    ),
    nullable(
        "experimental/geo.stContains",
        &[required("region"), required("geometry"), required("units")],
        Returns::Kind(Kind::Bool),
        Body::Any(contains),
    ),
    nullable(
        "experimental/geo.stDistance",
        &[required("region"), required("geometry"), required("units")],
        Returns::Kind(Kind::Float),
        Body::Any(distance_between),
    ),
    nullable(
        "experimental/geo.stLength",
        &[required("geometry"), required("units")],
        Returns::Kind(Kind::Float),
        Body::Any(length),
    ),
];

/// The token of the cell of a level that holds a point.
pub(super) fn token_of(lat: f64, lon: f64, level: u64) -> Result<String, LibraryError> {
    cell::of_point(lat, lon, level).map(cell::token)
}

fn float(value: f64) -> Argument {
    Argument::Scalar(Scalar::Float(value))
}

fn units(a: &Arguments<'_>) -> Result<Units, LibraryError> {
    Units::of(a.get("units")?)
}

fn shape(a: &Arguments<'_>, name: &str, units: Units) -> Result<Geometry, LibraryError> {
    Geometry::of(name, a.get(name)?, units)
}

/// An optional count or level; -1 is the absent one.
fn number(a: &Arguments<'_>, name: &str) -> Result<i64, LibraryError> {
    if a.find(name).is_some() { a.int(name) } else { Ok(-1) }
}

fn get_grid(a: &Arguments<'_>) -> Answer {
    let units = units(a)?;
    let region = shape(a, "region", units)?;
    let wish = grid::Wish {
        level: number(a, "level")?,
        most_level: number(a, "maxLevel")?,
        least: number(a, "minSize")?,
        most: number(a, "maxSize")?,
    };
    wish.check()?;
    let found = grid::find(&region.into_region()?, &wish)?;
    let (level, cells) = found.unwrap_or((-1, Vec::new()));
    let tokens = cells.into_iter().map(|id| Argument::text(cell::token(id))).collect();
    Ok(Argument::Record(vec![
        ("level".to_owned(), Argument::Scalar(Scalar::Int(level))),
        ("set".to_owned(), Argument::Array(tokens)),
    ]))
}

fn get_level(a: &Arguments<'_>) -> Answer {
    Ok(Argument::Scalar(Scalar::Int(cell::level(cell::parse(a.text("token")?)?))))
}

fn cell_token(a: &Arguments<'_>) -> Answer {
    let token = a.find("token").map(|_| a.text("token")).transpose()?;
    let point = a.find("point");
    let size = |point: &Argument| if let Argument::Record(fields) = point { fields.len() } else { 0 };
    match (token, point) {
        (None, None) => return Err(LibraryError::new("either token or point parameter must be specified")),
        (Some(token), Some(point)) if token.is_empty() == (size(point) == 0) => {
            return Err(LibraryError::new("either token or point parameter must be specified and must not be empty"));
        }
        _ => {}
    }
    let level = cell::checked_level(a.int("level")?)?;
    let id = match (token.filter(|t| !t.is_empty()), point) {
        (Some(token), _) => cell::ancestor(token, level)?,
        (None, Some(point)) => {
            let (lat, lon) = geometry::coordinates(point, "point", geometry::POINT)?;
            cell::of_point(lat, lon, level)?
        }
        (None, None) => return Err(LibraryError::new("either token or point parameter must be specified")),
    };
    Ok(Argument::text(cell::token(id)))
}

fn cell_centre(a: &Arguments<'_>) -> Answer {
    let (lat, lon) = cell::centre(cell::parse(a.text("token")?)?);
    Ok(Argument::Record(vec![("lat".to_owned(), float(lat)), ("lon".to_owned(), float(lon))]))
}

fn contains(a: &Arguments<'_>) -> Answer {
    let units = units(a)?;
    let region = shape(a, "region", units)?;
    let inside = match shape(a, "geometry", units)? {
        Geometry::Point { lat, lon } => region.into_region()?.contains(lat, lon),
        Geometry::Path(path) => {
            let region = region.into_region()?;
            path.vertices().all(|(lat, lon)| region.contains(lat, lon))
        }
        other => return Err(LibraryError::new(format!("unsupported geometry type: {}", other.name()))),
    };
    Ok(Argument::Scalar(Scalar::Bool(inside)))
}

fn distance_between(a: &Arguments<'_>) -> Answer {
    let units = units(a)?;
    let region = shape(a, "region", units)?;
    let angle = distance::between(region, shape(a, "geometry", units)?)?;
    Ok(float(units.length(angle)))
}

fn length(a: &Arguments<'_>) -> Answer {
    let units = units(a)?;
    let angle = match shape(a, "geometry", units)? {
        Geometry::Point { .. } => 0.0,
        Geometry::Path(path) => path.length(),
        other => return Err(LibraryError::new(format!("unsupported geometry type: {}", other.name()))),
    };
    Ok(float(units.length(angle)))
}
