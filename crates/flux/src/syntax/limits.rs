//! The bounds of the parser, each with its reason.

/// Expressions and statements inside each other. InfluxDB 2 allows as many; each level costs the parser and every later
/// stage stack, so that 10,000 opening brackets must not get through.
pub(crate) const NESTING: u32 = 80;

/// Levels of the finished tree, counted as InfluxDB 2 counts them. Chains such as `a or b or c` and `a |> f() |> g()`
/// nest to the left without nesting in the text; every later stage walks them recursively.
pub(crate) const TREE_HEIGHT: u32 = 180;

/// Errors listed for one script. Enough for a person; a megabyte of brackets would otherwise answer with tens of them.
pub(crate) const ERRORS: usize = 500;

/// Messages after which the rest of a script is not read: a megabyte of brackets would make as many.
pub(crate) const MESSAGES: usize = 10_000;

/// What a script beyond one of the first two bounds is told.
pub(crate) const TOO_DEEP: &str = "Program is nested too deep";
