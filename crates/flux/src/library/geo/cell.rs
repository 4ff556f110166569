//! S2 cells by their tokens.

use s2::cellid::CellID;
use s2::latlng::LatLng;

use crate::library::LibraryError;

/// The level of the smallest cells.
pub(super) const MOST_LEVEL: i64 = 30;

/// The cell of a token: up to sixteen hexadecimal digits, trailing zeros left out.
pub(super) fn parse(token: &str) -> Result<CellID, LibraryError> {
    read(token).ok_or_else(|| LibraryError::new("invalid token specified"))
}

fn read(token: &str) -> Option<CellID> {
    if token.len() > 16 || !token.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let id = CellID::from_token(token);
    id.is_valid().then_some(id)
}

/// The token of a cell.
pub(super) fn token(id: CellID) -> String {
    id.to_token()
}

/// The level of a cell, 0 to 30.
pub(super) fn level(id: CellID) -> i64 {
    i64::try_from(id.level()).unwrap_or(MOST_LEVEL)
}

/// A level that a script asks for.
pub(super) fn checked_level(level: i64) -> Result<u64, LibraryError> {
    match u64::try_from(level) {
        Ok(checked) if (1..=MOST_LEVEL).contains(&level) => Ok(checked),
        _ => Err(LibraryError::new("level value must be [1, 30]")),
    }
}

/// The cell of a level that holds the cell of a token.
pub(super) fn ancestor(token: &str, level: u64) -> Result<CellID, LibraryError> {
    read(token)
        .filter(|id| level <= id.level())
        .map(|id| id.parent(level))
        .ok_or_else(|| LibraryError::new("invalid token specified or requested level greater then current level"))
}

/// The cell of a level that holds a point.
pub(super) fn of_point(lat: f64, lon: f64, level: u64) -> Result<CellID, LibraryError> {
    if !lat.is_finite() || !lon.is_finite() {
        return Err(LibraryError::new("invalid coordinates"));
    }
    let id = CellID::from(LatLng::from_degrees(lat, lon));
    if !id.is_valid() {
        return Err(LibraryError::new("invalid coordinates"));
    }
    Ok(id.parent(level))
}

/// The centre of a cell in degrees.
pub(super) fn centre(id: CellID) -> (f64, f64) {
    let centre = LatLng::from(id);
    (centre.lat.deg(), centre.lng.deg())
}
