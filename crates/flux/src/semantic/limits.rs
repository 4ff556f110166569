//! Bounds of the evaluation, so that no script can take the process with it.

use crate::{ErrorCode, FluxError};

/// Nested expressions and calls; the parser's own bound is lower, so this stops deep recursion by calls.
pub(crate) const DEPTH: usize = 160;

/// Expressions evaluated and members of values made for one script: values may share parts, so that a few lines can make
/// a value that no walk over it would ever finish. A dashboard needs hundreds.
pub(crate) const STEPS: usize = 2_000_000;

/// Bytes of one text that a script puts together.
pub(crate) const TEXT_BYTES: usize = 64 << 20;

/// Members of a type in the static check; larger ones are left to the evaluation.
pub(crate) const TYPE_MEMBERS: usize = 10_000;

/// Procedures of one plan.
pub(crate) const PLAN_NODES: usize = 5_000;

/// Nodes of one row function after everything is inlined.
pub(crate) const ROW_EXPRESSION: usize = 200_000;

/// The error for a bound that was reached.
pub(crate) fn exhausted(what: &str, bound: usize) -> FluxError {
    FluxError::invalid(format!("the script needs more than {bound} {what}; make it smaller or split it"))
        .with_code(ErrorCode::ResourceExhausted)
}
