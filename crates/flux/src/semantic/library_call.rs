//! Calls of the pure functions in [`crate::library`]: values go in as arguments and come back.

use std::rc::Rc;
use std::sync::Arc;

use crate::FluxError;
use crate::library::{self, Argument as Given, Presence};
use crate::plan::{Location, Scalar};

use super::arguments::{Argument, Arguments};
use super::evaluate::Evaluator;
use super::signature::Native;
use super::value::{Record, Value};

/// A known value as an argument of the library.
pub(crate) fn to_argument(value: &Value) -> Result<Given, FluxError> {
    Ok(match value {
        Value::Scalar(scalar) => Given::Scalar(scalar.clone()),
        Value::TypedNull(_) => Given::NULL,
        Value::Array(values) => Given::Array(values.iter().map(to_argument).collect::<Result<_, _>>()?),
        Value::Record(record) => Given::Record(
            record
                .fields
                .iter()
                .map(|(name, value)| Ok((name.to_string(), to_argument(value)?)))
                .collect::<Result<_, FluxError>>()?,
        ),
        Value::Dictionary(pairs) => Given::Dictionary(
            pairs.iter().map(|(k, v)| Ok((to_argument(k)?, to_argument(v)?))).collect::<Result<_, FluxError>>()?,
        ),
        Value::Dynamic(inner) => to_argument(inner)?,
        other => return Err(FluxError::invalid(format!("a {} cannot be an argument here", other.type_name()))),
    })
}

/// What the library gave, as a value.
pub(crate) fn from_argument(argument: Given) -> Value {
    match argument {
        Given::Scalar(scalar) => Value::Scalar(scalar),
        Given::Array(items) => Value::array(items.into_iter().map(from_argument).collect()),
        Given::Record(fields) => Value::Record(Rc::new(Record {
            fields: fields.into_iter().map(|(k, v)| (Arc::from(k), from_argument(v))).collect(),
            lenient: false,
        })),
        Given::Dictionary(pairs) => {
            Value::Dictionary(Rc::new(pairs.into_iter().map(|(k, v)| (from_argument(k), from_argument(v))).collect()))
        }
    }
}

/// A scalar as string interpolation writes it.
pub(crate) fn display(scalar: &Scalar) -> String {
    library::display(&Given::Scalar(scalar.clone()))
}

impl Evaluator<'_> {
    /// Adds what the script does not write: the location in force, and `now` for times given as durations.
    pub(crate) fn complete_library_arguments(
        &mut self,
        native: &Native,
        arguments: &mut Arguments,
    ) -> Result<(), FluxError> {
        let Some(function) = library::find(&native.full_name()) else { return Ok(()) };
        for parameter in function.parameters {
            if arguments.get(parameter.name).is_some() {
                continue;
            }
            let value = match (parameter.name, parameter.presence) {
                ("now", Presence::Implicit) => Some(Value::time(self.now()?)),
                ("location", _) => self.options.get("universe.location").cloned(),
                _ => None,
            };
            if let Some(value) = value {
                arguments.0.push(Argument { name: parameter.name.to_owned(), value, span: Default::default() });
            }
        }
        Ok(())
    }

    /// The location in force: the argument, else the option, else UTC.
    pub(crate) fn location(&mut self, arguments: &Arguments) -> Result<Location, FluxError> {
        let record = match arguments.record("location")? {
            Some(record) => record,
            None => match self.options.get("universe.location") {
                Some(Value::Record(record)) => record.clone(),
                Some(other) => {
                    return Err(FluxError::invalid(format!(
                        "option location must be a record {{zone, offset}}, got {}",
                        other.type_name()
                    )));
                }
                None => return Ok(Location::default()),
            },
        };
        let zone = match record.get("zone") {
            Some(Value::Scalar(Scalar::String(zone))) => zone.to_string(),
            None => "UTC".to_owned(),
            Some(_) => return Err(FluxError::invalid("the zone of a location must be a string")),
        };
        let offset = match record.get("offset") {
            Some(Value::Scalar(Scalar::Duration(offset))) => *offset,
            None => model::FluxDuration::default(),
            Some(_) => return Err(FluxError::invalid("the offset of a location must be a duration")),
        };
        let location = Location { zone, offset };
        crate::calendar::Zone::new(&location).map_err(|e| FluxError::invalid(e.to_string()))?;
        Ok(location)
    }
}

/// Calls a pure function with known arguments.
pub(crate) fn call(native: &Native, arguments: &Arguments) -> Result<Value, FluxError> {
    let name = native.full_name();
    let function = library::find(&name)
        .ok_or_else(|| FluxError::invalid(format!("function \"{name}\" is not supported by Tidegauge")))?;
    let mut given: Vec<(&str, Given)> = Vec::new();
    for argument in arguments.iter() {
        given.push((argument.name.as_str(), to_argument(&argument.value)?));
    }
    function.call(&given).map(from_argument).map_err(|error| FluxError::invalid(error.to_string()))
}
