//! Options: `option now = ...`, `option location = ...`, options of packages, and options of the script's own.

use std::collections::HashSet;

use crate::FluxError;
use crate::ast::{Assignment, Identifier, Span};

use super::evaluate::Evaluator;
use super::packages;
use super::scope::{Found, Scope};
use super::value::Value;

/// Names that a script has given a value already.
#[derive(Debug, Default)]
pub(crate) struct Assigned(HashSet<String>);

impl Assigned {
    /// Refuses a name that has a value; `kind` is `variable` or `option`.
    pub(crate) fn refuse_again(&mut self, kind: &str, name: &str, span: Span) -> Result<(), FluxError> {
        if self.0.insert(name.to_owned()) {
            return Ok(());
        }
        Err(FluxError::semantic(span, format!("{kind} \"{name}\" reassigned")))
    }
}

impl Evaluator<'_> {
    pub(crate) fn set_option(
        &mut self,
        package: Option<&Identifier>,
        assignment: &Assignment,
        span: Span,
        scope: &Scope,
        assigned: &mut Assigned,
    ) -> Result<(), FluxError> {
        let name = &assignment.name.name;
        let full = package.map_or_else(|| name.clone(), |p| format!("{}.{name}", p.name));
        assigned.refuse_again("option", &full, span)?;
        let value = self.evaluate(&assignment.value, scope)?;
        match package {
            None => {
                if packages::has_option("universe", name) {
                    self.options.insert(format!("universe.{name}"), value.clone());
                    self.now_ns = None;
                }
                scope.define(name, value);
                Ok(())
            }
            Some(package) => {
                let path = match scope.find(&package.name) {
                    Found::Value(Value::Package(path)) => path,
                    _ => return Err(packages::undefined(&package.name, package.span)),
                };
                if !packages::has_option(path, name) {
                    return Err(FluxError::semantic(package.span, format!("record is missing label {name}")));
                }
                self.options.insert(format!("{path}.{name}"), value);
                Ok(())
            }
        }
    }
}
