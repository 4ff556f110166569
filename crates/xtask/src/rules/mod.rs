//! One file a rule. A rule gives a message for each place that breaks it, with the way out.

pub mod allowed;
pub mod cases;
pub mod edges;
pub mod flags;
pub mod headers;
pub mod idle;
pub mod length;
pub mod links;
pub mod machine;
pub mod modules;
pub mod one_binary;
pub mod places;

use crate::repository::Repository;

/// A rule of the house.
#[derive(Debug)]
pub struct Rule {
    /// What it is called.
    pub name: &'static str,
    /// Its messages.
    pub check: fn(&Repository) -> Vec<String>,
}

/// All rules.
pub const ALL: &[Rule] = &[
    Rule { name: "crate edges", check: edges::check },
    Rule { name: "idle dependency", check: idle::check },
    Rule { name: "documented flag", check: flags::check },
    Rule { name: "file length", check: length::files },
    Rule { name: "function length", check: length::functions },
    Rule { name: "module header", check: headers::check },
    Rule { name: "one integration binary", check: one_binary::check },
    Rule { name: "orphan module", check: modules::check },
    Rule { name: "dead link", check: links::check },
    Rule { name: "named case", check: cases::check },
    Rule { name: "machine path", check: machine::check },
    Rule { name: "reason of an allow", check: allowed::check },
    Rule { name: "word in its place", check: places::check },
];
