//! Native functions by topic: each is a line of signature and a body that makes plan nodes or values.

mod aggregates;
mod columns;
pub(super) mod dynamic;
mod joins;
mod lookup;
mod oscillators;
mod rows;
mod scans;
mod sources;
mod values;
mod windows;

use super::signature::{Body, Native, Run, parse_parameters};

/// A line of a topic's table: package, name, parameters, body.
type Line = (&'static str, &'static str, &'static str, Body);

/// All native functions.
pub(crate) fn all() -> Vec<Native> {
    let topics: [&[Line]; 11] = [
        sources::FUNCTIONS,
        rows::FUNCTIONS,
        columns::FUNCTIONS,
        aggregates::FUNCTIONS,
        windows::FUNCTIONS,
        scans::FUNCTIONS,
        joins::FUNCTIONS,
        lookup::FUNCTIONS,
        oscillators::FUNCTIONS,
        values::FUNCTIONS,
        dynamic::FUNCTIONS,
    ];
    let mut natives: Vec<Native> = topics
        .into_iter()
        .flatten()
        .map(|(package, name, parameters, body)| Native {
            package,
            name,
            parameters: parse_parameters(parameters),
            run: Run::Direct(*body),
        })
        .collect();
    natives.extend(values::library());
    natives
}
