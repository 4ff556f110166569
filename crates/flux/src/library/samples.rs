//! The texts behind the package `influxdata/influxdb/sample`: annotated CSV made up from a seed, without a network and
//! without data in the binary. Each set has the shape of the public one of its name and other content.

use std::fmt::Write as _;

use super::function::{Body, Function, Returns};
use super::registry::{function, implicit, required};
use super::{Argument, Arguments, Kind, LibraryError, geo};
use crate::plan::Scalar;

/// The functions of this file.
pub(super) const FUNCTIONS: &[Function] = &[function(
    "influxdata/influxdb/sample._text",
    &[required("set"), implicit("now")],
    Returns::Kind(Kind::String),
    Body::Any(text),
)];

const MINUTE: i64 = 60_000_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// 2019-03-01, 2019-08-17 and 2021-08-01.
const SPRING: i64 = 17_956 * DAY;
const WATER: i64 = 18_125 * DAY;
const SHIFT: i64 = 18_840 * DAY;

fn text(a: &Arguments<'_>) -> Result<Argument, LibraryError> {
    let now = match a.find("now") {
        Some(Argument::Scalar(Scalar::Time(now))) => *now,
        _ => 0,
    };
    let name = a.text("set")?;
    let mut set = Set::default();
    match name {
        "airSensor" => air(&mut set, now),
        "birdMigration" => birds(&mut set)?,
        "bitcoin" => prices(&mut set, now),
        "machineProduction" => machines(&mut set),
        "noaa" => buoys(&mut set, now),
        "noaaWater" => water(&mut set),
        "usgs" => earthquakes(&mut set, now),
        _ => return Err(LibraryError::new("Invalid sample data set. Use sample.list to view available datasets.")),
    }
    Ok(Argument::text(set.finish()))
}

/// Annotated CSV under way. Series whose rows have equal columns stand under one header.
#[derive(Default)]
struct Set {
    text: String,
    header: String,
    table: usize,
    seed: u64,
}

impl Set {
    /// A number in 0 to 1 that looks random (splitmix64).
    fn random(&mut self) -> f64 {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.seed;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        f64::from(u32::try_from((mixed ^ (mixed >> 31)) >> 32).unwrap_or(0)) / f64::from(u32::MAX)
    }

    /// A number around another.
    fn about(&mut self, middle: f64, width: f64) -> f64 {
        middle + (self.random() - 0.5) * width
    }

    /// One series: `key` are measurement, field and tags in the order of their names; values are of one CSV type.
    fn series(&mut self, kind: &str, key: &[(&str, &str)], rows: impl IntoIterator<Item = (i64, String)>) {
        let names: Vec<&str> = key.iter().map(|(name, _)| *name).collect();
        let header = format!("{kind} {}", names.join(","));
        if header != self.header {
            let repeat = |what: &str| names.iter().fold(String::new(), |all, _| all + what);
            // Writing to a string cannot fail.
            let _ = writeln!(self.text, "\n#datatype,string,long,dateTime:RFC3339,{kind}{}", repeat(",string"));
            let _ = writeln!(self.text, "#group,false,false,false,false{}", repeat(",true"));
            let _ = writeln!(self.text, "#default,_result,,,{}", repeat(","));
            let _ = writeln!(self.text, ",result,table,_time,_value,{}", names.join(","));
            self.header = header;
        }
        let values: Vec<&str> = key.iter().map(|(_, value)| *value).collect();
        for (time, value) in rows {
            let time = crate::calendar::format_trimmed(time);
            let _ = writeln!(self.text, ",,{},{time},{value},{}", self.table, values.join(","));
        }
        self.table += 1;
    }

    fn finish(self) -> String {
        self.text.trim_start().to_owned()
    }
}

/// Times a step apart, the last one at `end`.
fn until(end: i64, step: i64, count: i64) -> impl Iterator<Item = i64> {
    (0..count).map(move |i| end.saturating_sub(step.saturating_mul(count - 1 - i)))
}

fn air(set: &mut Set, now: i64) {
    for (field, middle, width) in [("co", 0.5, 0.2), ("humidity", 35.0, 2.0), ("temperature", 72.0, 3.0)] {
        for room in 0..8 {
            let sensor = format!("TLM{:04}", 100 + room);
            let start = set.about(middle, width);
            let times: Vec<i64> = until(now, 5 * MINUTE, 12).collect();
            let rows: Vec<_> =
                times.into_iter().map(|t| (t, format!("{:.4}", set.about(start, width / 8.0)))).collect();
            set.series("double", &[("_field", field), ("_measurement", "airSensors"), ("sensor_id", &sensor)], rows);
        }
    }
}

fn birds(set: &mut Set) -> Result<(), LibraryError> {
    for bird in ["91732A", "91752A", "91797A", "91823A", "91877A"] {
        let (mut lat, mut lon) = (set.about(21.0, 8.0), set.about(32.0, 4.0));
        for day in 0..30 {
            lat += set.about(1.0, 1.0);
            lon += set.about(-0.2, 0.8);
            let cell = geo::token_of(lat, lon, 10)?;
            for (field, value) in [("lat", lat), ("lon", lon)] {
                let key = [("_field", field), ("_measurement", "migration"), ("id", bird), ("s2_cell_id", &cell)];
                set.series("double", &key, [(SPRING + day * 2 * DAY, format!("{value:.6}"))]);
            }
        }
    }
    Ok(())
}

fn prices(set: &mut Set, now: i64) {
    for (code, name, symbol, rate) in [
        ("EUR", "Euro", "&euro;", 0.9),
        ("GBP", "British Pound Sterling", "&pound;", 0.78),
        ("USD", "United States Dollar", "&#36;", 1.0),
    ] {
        set.seed = 7;
        let mut price = 40_000.0;
        let times: Vec<i64> = until(now, 12 * HOUR, 60).collect();
        let mut rows = Vec::new();
        for time in times {
            price = set.about(price, 900.0);
            rows.push((time, format!("{:.4}", price * rate)));
        }
        let key = [("_field", "price"), ("_measurement", "coindesk"), ("code", code), ("crypto", "bitcoin")];
        let key: Vec<_> = key.into_iter().chain([("description", name), ("symbol", symbol)]).collect();
        set.series("double", &key, rows);
    }
}

fn machines(set: &mut Set) {
    let fields = [("grinding_time", 20.0, 2.0), ("oil_temp", 40.0, 4.0), ("pressure", 110.0, 6.0)];
    let fields = fields.into_iter().chain([("pressure_target", 110.0, 0.0), ("rework_time", 1.0, 2.0)]);
    for (field, middle, width) in fields {
        for station in ["g1", "g2", "g3", "g4"] {
            let rows: Vec<_> =
                (0..20).map(|i| (SHIFT + i * MINUTE, format!("{:.2}", set.about(middle, width)))).collect();
            set.series("double", &[("_field", field), ("_measurement", "machinery"), ("stationID", station)], rows);
        }
    }
    for station in ["g1", "g2", "g3", "g4"] {
        let state = |random: f64| if random < 0.2 { "idle" } else { "running" };
        let rows: Vec<_> = (0..20).map(|i| (SHIFT + i * MINUTE, state(set.random()).to_owned())).collect();
        set.series("string", &[("_field", "state"), ("_measurement", "machinery"), ("stationID", station)], rows);
    }
}

fn buoys(set: &mut Set, now: i64) {
    let fields =
        [("air_temp_degc", 15.0, 12.0), ("lat", 35.0, 40.0), ("lon", -70.0, 80.0), ("wave_height_m", 1.6, 2.0)];
    for (field, middle, width) in fields {
        // Each buoy stays where it is.
        for buoy in 0..12 {
            let station = format!("{}", 41_001 + buoy * 37);
            let rows = [(now - 10 * MINUTE, format!("{:.3}", set.about(middle, width)))];
            set.series("double", &[("_field", field), ("_measurement", "ndbc"), ("station_id", &station)], rows);
        }
    }
}

fn water(set: &mut Set) {
    let kinds =
        [("h2o_feet", "water_level", 4.0, 5.0), ("h2o_pH", "pH", 7.0, 2.0), ("h2o_temperature", "degrees", 65.0, 10.0)];
    for (measurement, field, middle, width) in kinds {
        for place in ["coyote_creek", "santa_monica"] {
            let rows: Vec<_> =
                (0..96).map(|i| (WATER + i * HOUR / 2, format!("{:.3}", set.about(middle, width)))).collect();
            set.series("double", &[("_field", field), ("_measurement", measurement), ("location", place)], rows);
        }
    }
}

fn earthquakes(set: &mut Set, now: i64) {
    for event in 0..40 {
        let time = now - (event * 4 + 1) * HOUR;
        let id = format!("tg{}", 60_000 + event);
        let values = [("depth", 30.0, 50.0), ("lat", 10.0, 110.0), ("lon", 0.0, 340.0), ("mag", 3.4, 4.0)];
        for (field, middle, width) in values {
            let rows = [(time, format!("{:.3}", set.about(middle, width)))];
            set.series("double", &[("_field", field), ("_measurement", "earthquakes"), ("id", &id)], rows);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_is_annotated_csv_and_the_same_each_time() {
        let now = ("now", Argument::Scalar(Scalar::Time(SHIFT)));
        for name in ["airSensor", "birdMigration", "bitcoin", "machineProduction", "noaa", "noaaWater", "usgs"] {
            let make = || FUNCTIONS[0].call(&[("set", Argument::text(name)), now.clone()]).unwrap();
            let Argument::Scalar(Scalar::String(text)) = make() else { panic!("no text") };
            assert_eq!(make(), Argument::text(&*text));
            assert!(text.starts_with("#datatype,string,long,dateTime:RFC3339,double"), "{name}");
            assert!(text.len() > 2_000 && text.len() < 64_000, "{name} has {} bytes", text.len());
        }
        let unknown = FUNCTIONS[0].call(&[("set", Argument::text("tides"))]).unwrap_err();
        assert!(unknown.message.contains("sample.list"));
    }
}
