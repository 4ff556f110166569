//! Bounds of what a refused write may keep in memory.

/// How much of the bad lines an error keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Lines told at most; the others are counted. A client with a wrong serializer gets every line wrong, and a
    /// hundred of them show it.
    pub max_errors: usize,
    /// Bytes kept of one bad line. More than the longest series key, so that a line refused for its key is told whole.
    pub max_line_bytes: usize,
    /// Bytes kept of all bad lines together: the answer to a refused request stays small, however large its body was.
    pub max_total_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_errors: 1_000, max_line_bytes: 128 << 10, max_total_bytes: 1 << 20 }
    }
}
