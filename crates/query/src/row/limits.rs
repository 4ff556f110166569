//! Bounds of row functions.

use flux::plan::RowExpr;

use super::children::children;
use super::error::RowError;

/// Levels of one expression. The parser lets 180 through; variables and closures that build on each other add to that,
/// and every level costs each walk over the expression stack: DataFusion copies expressions by recursion, on 2 MiB.
pub(super) const DEPTH: usize = 200;

/// Stack that one level may need before it looks again, in bytes.
const RED_ZONE: usize = 128 << 10;
/// Stack added at once, in bytes.
const GROWTH: usize = 1 << 20;

/// Runs a level of a walk, on more stack if little is left.
pub(super) fn on_enough_stack<T>(level: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(RED_ZONE, GROWTH, level)
}

/// Refuses an expression that is too deep to walk; does not walk by calls itself.
pub(super) fn check_depth(expr: &RowExpr) -> Result<(), RowError> {
    let mut open = vec![(expr, 1)];
    while let Some((expr, depth)) = open.pop() {
        if depth > DEPTH {
            return Err(RowError::message(format!(
                "a row function nests deeper than {DEPTH} operations; compute parts of it in a map before this one"
            )));
        }
        open.extend(children(expr).into_iter().map(|inner| (inner, depth + 1)));
    }
    Ok(())
}
