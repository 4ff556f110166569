//! What people read: tables of an answer, lists of things.

mod answer;
mod list;

pub(crate) use answer::AnswerPrinter;
pub(crate) use list::print_list;
