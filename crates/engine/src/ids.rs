//! New identifiers: milliseconds since 2020 above 22 random bits, always higher than every one in use, so that their
//! order is the order of creation.

use model::{Id, NANOS_PER_SECOND};
use rand::Rng;
use storage::catalog::State;

const RANDOM_BITS: u32 = 22;

/// 2020-01-01T00:00:00Z in milliseconds since 1970.
const EPOCH_MS: i64 = 1_577_836_800_000;

/// The identifier that stands for the installation itself among memberships: its owner is the first user, whose sessions
/// may do everything.
pub(crate) fn instance() -> Id {
    first()
}

/// The lowest identifier.
fn first() -> Id {
    Id::new(1).unwrap_or_else(|| unreachable!("one is not zero"))
}

/// An identifier that nothing in `state` has.
pub(crate) fn next(state: &State, now_ns: i64) -> Id {
    let ms = u64::try_from(now_ns / (NANOS_PER_SECOND / 1000) - EPOCH_MS).unwrap_or(0);
    let random = rand::rng().random_range(0..1_u64 << RANDOM_BITS);
    let wanted = (ms << RANDOM_BITS) | random;
    let floor = state.last_id().unwrap_or_else(first).get().saturating_add(1);
    Id::new(wanted.max(floor)).unwrap_or_else(first)
}
