//! Line strings: `"lon lat, lon lat"`.

use s2::latlng::LatLng;

use super::geometry::on_sphere;
use super::polygon::Edge;
use crate::library::LibraryError;

/// The vertices of a line string, as latitude and longitude in degrees.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Path(Vec<(f64, f64)>);

impl Path {
    /// Reads the text; longitude comes first.
    pub(super) fn parse(text: &str) -> Result<Self, LibraryError> {
        text.split(',').map(vertex).collect::<Result<_, _>>().map(Self)
    }

    /// Latitude and longitude of each vertex.
    pub(super) fn vertices(&self) -> impl Iterator<Item = (f64, f64)> {
        self.0.iter().copied()
    }

    /// The sum of the lengths of its legs, as an angle.
    pub(super) fn length(&self) -> f64 {
        let places: Vec<LatLng> = self.0.iter().map(|(lat, lon)| LatLng::from_degrees(*lat, *lon)).collect();
        places.iter().zip(places.iter().skip(1)).map(|(a, b)| a.distance(b).rad()).sum()
    }

    /// Its legs; a path of one vertex is one leg without length.
    pub(super) fn edges(&self) -> Vec<Edge> {
        let points: Vec<_> = self.0.iter().map(|(lat, lon)| on_sphere(*lat, *lon)).collect();
        match points.as_slice() {
            [one] => vec![(*one, *one)],
            _ => points.iter().copied().zip(points.iter().copied().skip(1)).collect(),
        }
    }
}

fn vertex(part: &str) -> Result<(f64, f64), LibraryError> {
    let mut numbers = part.split_whitespace();
    let Some(first) = numbers.next() else { return Err(LibraryError::new("invalid linestring - empty part")) };
    let Some(second) = numbers.next() else {
        return Err(LibraryError::new(format!("invalid linestring - {first:?} has a longitude and no latitude")));
    };
    let (lon, lat) = (coordinate(first), coordinate(second));
    match (lon, lat) {
        (Ok(lon), Ok(lat)) => Ok((lat, lon)),
        (lon, lat) => {
            let word = |outcome: Result<f64, String>| outcome.err().unwrap_or_else(|| "<nil>".to_owned());
            Err(LibraryError::new(format!("invalid linestring - {}, {}", word(lon), word(lat))))
        }
    }
}

fn coordinate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err(format!("strconv.ParseFloat: parsing {text:?}: invalid syntax")),
    }
}
