//! Bytes <-> points and tables: line protocol, annotated CSV in, annotated CSV out.

#![warn(missing_docs)]

pub mod annotated_csv;
pub mod csv_points;
pub mod delete_predicate;
pub mod line_protocol;
pub mod rfc3339;
pub mod table;
