//! The integration binary: the engine in process, and the real `tide` binary, against recorded answers.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test reports and may fail anywhere"
)]

mod badinput;
mod beside;
mod cli;
mod clients;
mod crash;
mod csv_write;
mod files;
mod golden;
mod guide;
mod http;
mod lp_store;
mod permissions;
mod python;
mod sealed;
mod served;
mod tide;
mod tour;
