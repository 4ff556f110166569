//! The embeddable database: open a folder, write, query, delete, close.

pub mod engine;
