//! The pure functions of the standard library, over values; what a script computes with, and what rows are computed with.
//!
//! [`find`] gives a [`Function`] by its full name (`strings.toUpper`, `float`, `date.hour`), [`constant`] a value that
//! has a name (`math.pi`). Functions of streams are no part of it.

mod argument;
mod bits;
mod cityhash;
mod conversion;
mod dates;
mod display;
mod error;
mod function;
pub mod geo;
mod hashes;
mod hex;
mod json;
mod kind;
mod lists;
mod maths;
mod number;
pub mod operators;
pub mod pattern;
mod patterns;
mod registry;
mod samples;
mod strings;
mod typed;
mod universe;

#[cfg(test)]
mod tests;

pub use argument::Argument;
pub use conversion::{to_bool, to_bytes, to_duration, to_float, to_int, to_string, to_time, to_uint, write_text};
pub use display::{Shown, display};
pub use error::LibraryError;
pub use function::{Arguments, Body, Function, Parameter, Presence, Returns};
pub use kind::Kind;
pub use number::{format_float, int_of_float, parse_float, parse_int, parse_uint, uint_of_float, write_float};
pub use registry::{constant, find, names};
pub use typed::{typed_null, typing};
