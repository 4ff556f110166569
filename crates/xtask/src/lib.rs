//! The house rules, as tests: `cargo test -p tidegauge-xtask`.
//!
//! A rule reads the repository's files and gives one message for every place that breaks it. It knows nothing of the crates it
//! reads: it works on manifests, source text and Markdown. Long files and long functions are held by a ratchet: lists of
//! offenders (`ratchet/*.txt`) that may only shrink; `cargo xtask ratchet` lowers them to what is there.

mod markdown;
mod ratchet;
mod repository;
pub mod rules;
mod source;

pub use ratchet::lower;
pub use repository::Repository;

#[cfg(test)]
mod tests;
