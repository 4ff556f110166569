//! The packages `date` and `timezone`, and the durations of `experimental`.
//!
//! A time may be given as a duration; it is then relative to `now`, which the compiler gives as an argument.

use model::FluxDuration;

use super::function::{Body, Function, Parameter, Returns};
use super::registry::{function, implicit, optional, required};
use super::{Argument, Arguments, Kind, LibraryError};
use crate::calendar::{self, Part, Zone};
use crate::plan::{Location, Scalar};

type Answer = Result<Argument, LibraryError>;

const TIME: &[Parameter] = &[required("t"), optional("location"), implicit("now")];
const LOCATION: Returns = Returns::Record(&[("zone", Kind::String), ("offset", Kind::Duration)]);

const fn part(name: &'static str, body: fn(&Arguments<'_>) -> Answer) -> Function {
    function(name, TIME, Returns::Kind(Kind::Int), Body::Any(body))
}

const fn time(name: &'static str, parameters: &'static [Parameter], body: fn(&Arguments<'_>) -> Answer) -> Function {
    function(name, parameters, Returns::Kind(Kind::Time), Body::Any(body))
}

const ADD: &[Parameter] = &[required("d"), required("to"), optional("location"), implicit("now")];
const SUBTRACT: &[Parameter] = &[required("d"), required("from"), optional("location"), implicit("now")];

/// The functions of this file.
pub(super) const FUNCTIONS: &[Function] = &[
    part("date.year", |a| part_of(a, Part::Year)),
    part("date.quarter", |a| part_of(a, Part::Quarter)),
    part("date.month", |a| part_of(a, Part::Month)),
    part("date.week", |a| part_of(a, Part::Week)),
    part("date.yearDay", |a| part_of(a, Part::YearDay)),
    part("date.monthDay", |a| part_of(a, Part::MonthDay)),
    part("date.weekDay", |a| part_of(a, Part::WeekDay)),
    part("date.hour", |a| part_of(a, Part::Hour)),
    part("date.minute", |a| part_of(a, Part::Minute)),
    part("date.second", |a| part_of(a, Part::Second)),
    part("date.millisecond", |a| part_of(a, Part::Millisecond)),
    part("date.microsecond", |a| part_of(a, Part::Microsecond)),
    part("date.nanosecond", |a| part_of(a, Part::Nanosecond)),
    time("date.time", TIME, |a| Ok(Scalar::Time(a.zone()?.to_local(time_of(a, "t")?)).into())),
    time("date.truncate", &[required("t"), required("unit"), optional("location"), implicit("now")], |a| {
        Ok(Scalar::Time(calendar::truncate(time_of(a, "t")?, a.duration("unit")?, &a.zone()?)?).into())
    }),
    time("date.add", ADD, add),
    time("date.sub", SUBTRACT, subtract),
    time("experimental.addDuration", ADD, add),
    time("experimental.subDuration", SUBTRACT, subtract),
    function(
        "date.scale",
        &[required("d"), required("n")],
        Returns::Kind(Kind::Duration),
        Body::Any(|a| Ok(Scalar::Duration(calendar::scale(a.duration("d")?, a.int("n")?)).into())),
    ),
    function(
        "timezone.location",
        &[required("name")],
        LOCATION,
        Body::Any(|a| {
            let zone = a.text("name")?;
            Zone::new(&Location { zone: zone.to_owned(), offset: FluxDuration::default() })?;
            Ok(location(zone, FluxDuration::default()))
        }),
    ),
    function(
        "timezone.fixed",
        &[required("offset")],
        LOCATION,
        Body::Any(|a| Ok(location("UTC", a.duration("offset")?))),
    ),
];

/// A constant of the package by its full name.
pub(super) fn constant(name: &str) -> Option<Scalar> {
    const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let name = name.strip_prefix("date.")?;
    let day = DAYS.iter().position(|d| *d == name);
    let place = day.or_else(|| MONTHS.iter().position(|m| *m == name).map(|i| i + 1))?;
    i64::try_from(place).ok().map(Scalar::Int)
}

fn part_of(a: &Arguments<'_>, part: Part) -> Answer {
    Ok(Scalar::Int(part.of_local(a.zone()?.to_local(time_of(a, "t")?))).into())
}

fn add(a: &Arguments<'_>) -> Answer {
    Ok(Scalar::Time(calendar::add(time_of(a, "to")?, a.duration("d")?, &a.zone()?)).into())
}

fn subtract(a: &Arguments<'_>) -> Answer {
    Ok(Scalar::Time(calendar::subtract(time_of(a, "from")?, a.duration("d")?, &a.zone()?)).into())
}

/// A time, or a duration relative to now.
fn time_of(a: &Arguments<'_>, name: &str) -> Result<i64, LibraryError> {
    match (a.scalar(name)?, a.find("now")) {
        (Scalar::Time(time), _) => Ok(*time),
        (Scalar::Duration(duration), Some(Argument::Scalar(Scalar::Time(now)))) => {
            Ok(calendar::add(*now, *duration, &Zone::UTC))
        }
        _ => Err(a.mismatch(name, "time")),
    }
}

fn location(zone: &str, offset: FluxDuration) -> Argument {
    let properties = [("zone", Argument::text(zone)), ("offset", Scalar::Duration(offset).into())];
    Argument::Record(properties.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}
