//! A library function: its name, its parameters, what it gives, and how it is called.

use model::FluxDuration;

use super::{Argument, Kind, LibraryError};
use crate::calendar::Zone;
use crate::plan::{Location, Scalar};

/// A function of the library.
pub struct Function {
    /// Package and name, `strings.toUpper`; the prelude's functions have no package.
    pub name: &'static str,
    pub parameters: &'static [Parameter],
    pub returns: Returns,
    pub body: Body,
    /// Whether a null argument makes the answer null without a call.
    pub null_is_null: bool,
}

/// A parameter by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    pub name: &'static str,
    pub presence: Presence,
}

/// Whether a call must give an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    Required,
    Optional,
    /// Not for scripts: the compiler gives it where it applies (`now`, for times that are given as durations).
    Implicit,
}

/// What a function gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Returns {
    Kind(Kind),
    ListOf(Kind),
    Record(&'static [(&'static str, Kind)]),
    /// What the argument of this name is.
    SameAs(&'static str),
    /// What the data say: known only when it runs.
    Data,
}

/// How a function is computed; the simple shapes let callers run it over whole columns.
#[derive(Debug, Clone, Copy)]
pub enum Body {
    Float1(fn(f64) -> f64),
    Float2(fn(f64, f64) -> f64),
    FloatToBool(fn(f64) -> bool),
    Text1(fn(&str) -> String),
    Scalar1(fn(&Scalar) -> Result<Scalar, LibraryError>),
    Any(fn(&Arguments<'_>) -> Result<Argument, LibraryError>),
}

impl std::fmt::Debug for Function {
    /// Its name: where its code lies differs from run to run.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Function {
    /// The kind of the answer, given the kinds of the arguments; [`Kind::Null`] if it cannot be known.
    pub fn return_kind(&self, arguments: &[(&str, Kind)]) -> Kind {
        match self.returns {
            Returns::Kind(kind) => kind,
            Returns::ListOf(_) => Kind::Array,
            Returns::Record(_) => Kind::Record,
            Returns::Data => Kind::Null,
            Returns::SameAs(parameter) => {
                arguments.iter().find(|(name, _)| *name == parameter).map_or(Kind::Null, |(_, kind)| *kind)
            }
        }
    }

    /// Calls it with arguments by name.
    pub fn call(&self, arguments: &[(&str, Argument)]) -> Result<Argument, LibraryError> {
        for (name, _) in arguments {
            if !self.parameters.iter().any(|p| p.name == *name) {
                return Err(self.unexpected(name));
            }
        }
        let given = Arguments { values: arguments };
        for parameter in self.parameters.iter().filter(|p| p.presence == Presence::Required) {
            given.get(parameter.name)?;
        }
        if self.null_is_null && arguments.iter().any(|(_, value)| value.is_null()) {
            return Ok(Argument::NULL);
        }
        self.call_checked(&given)
    }

    fn call_checked(&self, given: &Arguments<'_>) -> Result<Argument, LibraryError> {
        let name = |i: usize| self.parameters.get(i).map_or("", |p| p.name);
        let scalar = match self.body {
            Body::Float1(f) => Scalar::Float(f(given.float(name(0))?)),
            Body::Float2(f) => Scalar::Float(f(given.float(name(0))?, given.float(name(1))?)),
            Body::FloatToBool(f) => Scalar::Bool(f(given.float(name(0))?)),
            Body::Text1(f) => Scalar::String(f(given.text(name(0))?).into()),
            Body::Scalar1(f) => match given.get(name(0))? {
                Argument::Scalar(scalar) => f(scalar)?,
                other => {
                    let kind = Kind::of_argument(other);
                    return Err(LibraryError::new(format!("cannot convert {kind} to {}", self.name)));
                }
            },
            Body::Any(f) => return f(given),
        };
        Ok(Argument::Scalar(scalar))
    }

    fn unexpected(&self, name: &str) -> LibraryError {
        let known: Vec<String> = self
            .parameters
            .iter()
            .filter(|p| p.presence != Presence::Implicit)
            .map(|p| format!("`{}`", p.name))
            .collect();
        LibraryError::new(format!("found unexpected argument {name} (Expected one of {})", known.join(" or ")))
    }
}

/// The arguments of one call.
#[derive(Debug, Clone, Copy)]
pub struct Arguments<'a> {
    values: &'a [(&'a str, Argument)],
}

impl<'a> Arguments<'a> {
    /// The argument, or that it is missing.
    pub fn get(&self, name: &str) -> Result<&'a Argument, LibraryError> {
        self.find(name).ok_or_else(|| LibraryError::new(format!("missing required argument {name}")))
    }

    /// The argument, if it was given.
    pub fn find(&self, name: &str) -> Option<&'a Argument> {
        self.values.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// A scalar argument.
    pub fn scalar(&self, name: &str) -> Result<&'a Scalar, LibraryError> {
        self.get(name)?.as_scalar().ok_or_else(|| self.mismatch(name, "a scalar"))
    }

    pub(super) fn text(&self, name: &str) -> Result<&'a str, LibraryError> {
        match self.get(name)? {
            Argument::Scalar(Scalar::String(text)) => Ok(text),
            _ => Err(self.mismatch(name, "string")),
        }
    }

    pub(super) fn int(&self, name: &str) -> Result<i64, LibraryError> {
        match self.get(name)? {
            Argument::Scalar(Scalar::Int(v)) => Ok(*v),
            _ => Err(self.mismatch(name, "int")),
        }
    }

    pub(super) fn uint(&self, name: &str) -> Result<u64, LibraryError> {
        match self.get(name)? {
            Argument::Scalar(Scalar::UInt(v)) => Ok(*v),
            _ => Err(self.mismatch(name, "uint")),
        }
    }

    pub(super) fn float(&self, name: &str) -> Result<f64, LibraryError> {
        match self.get(name)? {
            Argument::Scalar(Scalar::Float(v)) => Ok(*v),
            _ => Err(self.mismatch(name, "float")),
        }
    }

    pub(super) fn regex(&self, name: &str) -> Result<&'a str, LibraryError> {
        match self.get(name)? {
            Argument::Scalar(Scalar::Regex(v)) => Ok(v),
            _ => Err(self.mismatch(name, "regexp")),
        }
    }

    pub(super) fn duration(&self, name: &str) -> Result<FluxDuration, LibraryError> {
        match self.get(name)? {
            Argument::Scalar(Scalar::Duration(v)) => Ok(*v),
            _ => Err(self.mismatch(name, "duration")),
        }
    }

    pub(super) fn list(&self, name: &str) -> Result<&'a [Argument], LibraryError> {
        match self.get(name)? {
            Argument::Array(items) => Ok(items),
            _ => Err(self.mismatch(name, "array")),
        }
    }

    /// The zone of the argument `location`; UTC if there is none.
    pub(super) fn zone(&self) -> Result<Zone, LibraryError> {
        let Some(location) = self.find("location") else { return Ok(Zone::UTC) };
        let zone = match location.property("zone") {
            Some(Argument::Scalar(Scalar::String(zone))) => zone.to_string(),
            _ => return Err(self.mismatch("location", "a record {zone, offset}")),
        };
        let offset = match location.property("offset") {
            Some(Argument::Scalar(Scalar::Duration(offset))) => *offset,
            None => FluxDuration::default(),
            Some(_) => return Err(self.mismatch("location", "a record {zone, offset}")),
        };
        Ok(Zone::new(&Location { zone, offset })?)
    }

    pub(super) fn mismatch(&self, name: &str, expected: &str) -> LibraryError {
        let found = self.find(name).map_or("nothing", |value| Kind::of_argument(value).name());
        LibraryError::new(format!("expected {expected} but found {found} (argument {name})"))
    }
}
