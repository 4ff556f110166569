//! Parts of dates and truncation of a time column in a fixed zone: the zone is looked up once, not on every row.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Int64Array, TimestampNanosecondArray};
use datafusion::arrow::datatypes::TimestampNanosecondType;
use flux::calendar::{Part, Windows, Zone};
use flux::library::Argument;
use flux::plan::{Location, Scalar, ScalarType};
use model::FluxDuration;

use super::compile::Typed;
use super::error::{Fault, RowError};
use super::kernel::{Guard, Kernel};
use super::values::wrong_arguments;
use crate::scalar::UTC;

/// The kernel for a call over one time column whose other arguments are constants, if there is one.
pub(super) fn kernel<'a>(
    function: &str,
    columns: &[Typed],
    constant: impl Fn(&str) -> Option<&'a Argument>,
) -> Result<Option<DateKernel>, RowError> {
    let [Typed { data_type: Some(ScalarType::Time), .. }] = columns else { return Ok(None) };
    let Some(zone) = zone(constant("location")) else { return Ok(None) };
    if function == "date.truncate" {
        let Some(Argument::Scalar(Scalar::Duration(unit))) = constant("unit") else { return Ok(None) };
        // A bad unit fails on a row, as it does in Flux.
        return Ok(Windows::new(*unit, *unit, FluxDuration::default(), zone).ok().map(DateKernel::Truncate));
    }
    Ok(part(function).map(|part| DateKernel::Part(part, zone)))
}

fn zone(location: Option<&Argument>) -> Option<Zone> {
    let Some(location) = location else { return Some(Zone::UTC) };
    let zone = match location.property("zone")? {
        Argument::Scalar(Scalar::String(zone)) => zone.to_string(),
        _ => return None,
    };
    let offset = match location.property("offset") {
        Some(Argument::Scalar(Scalar::Duration(offset))) => *offset,
        None => FluxDuration::default(),
        Some(_) => return None,
    };
    Zone::new(&Location { zone, offset }).ok()
}

fn part(function: &str) -> Option<Part> {
    Some(match function.strip_prefix("date.")? {
        "year" => Part::Year,
        "quarter" => Part::Quarter,
        "month" => Part::Month,
        "week" => Part::Week,
        "yearDay" => Part::YearDay,
        "monthDay" => Part::MonthDay,
        "weekDay" => Part::WeekDay,
        "hour" => Part::Hour,
        "minute" => Part::Minute,
        "second" => Part::Second,
        "millisecond" => Part::Millisecond,
        "microsecond" => Part::Microsecond,
        "nanosecond" => Part::Nanosecond,
        _ => return None,
    })
}

/// What is done with each time.
#[derive(Debug)]
pub(super) enum DateKernel {
    Part(Part, Zone),
    Truncate(Windows),
}

impl Kernel for DateKernel {
    fn name(&self) -> String {
        format!("flux_date {self:?}")
    }

    fn evaluate(&self, arguments: &[ArrayRef], _rows: usize, _guard: &Guard<'_>) -> Result<ArrayRef, Fault> {
        let times = arguments.first().and_then(|a| a.as_primitive_opt::<TimestampNanosecondType>());
        let times = times.ok_or_else(|| wrong_arguments("date"))?;
        Ok(match self {
            Self::Part(part, zone) => {
                let mut cursor = zone.cursor();
                let parts = times.iter().map(|t| t.map(|t| part.of_local(cursor.to_local(t))));
                Arc::new(parts.collect::<Int64Array>())
            }
            Self::Truncate(windows) => {
                let mut cursor = windows.cursor();
                let starts = times.iter().map(|t| t.map(|t| cursor.latest(t).start));
                Arc::new(starts.collect::<TimestampNanosecondArray>().with_timezone(UTC))
            }
        })
    }
}
