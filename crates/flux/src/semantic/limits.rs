//! Bounds of the evaluation, so that no script can take the process with it.

use crate::{ErrorCode, FluxError};

/// Nested expressions and calls; the parser's own bound is lower, so this stops deep recursion by calls.
pub(crate) const DEPTH: usize = 160;

/// Expressions evaluated for one script. A dashboard needs hundreds.
pub(crate) const STEPS: usize = 2_000_000;

/// Procedures of one plan.
pub(crate) const PLAN_NODES: usize = 5_000;

/// Nodes of one row function after everything is inlined.
pub(crate) const ROW_EXPRESSION: usize = 200_000;

/// The error for a bound that was reached.
pub(crate) fn exhausted(what: &str, bound: usize) -> FluxError {
    FluxError::invalid(format!("the script needs more than {bound} {what}; make it smaller or split it"))
        .with_code(ErrorCode::ResourceExhausted)
}
