//! What people read: tables of an answer, lists of things, lines.

mod answer;
mod list;

use std::fmt;
use std::io::{self, Write as _};

pub(crate) use answer::{AnswerPrinter, copy_answer, failure, is_error_header};
pub(crate) use list::{print_list, print_one, print_removed};

/// Prints a line. Unlike `println!` it does not panic when whoever read the output went away.
pub(crate) fn say(line: impl fmt::Display) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{line}")
}
