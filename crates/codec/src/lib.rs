//! Bytes <-> points and tables: line protocol, annotated CSV in, annotated CSV out.

pub mod line_protocol;
pub mod table;
