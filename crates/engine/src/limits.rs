//! Every bound of the engine, each with its reason.

use std::time::Duration;

/// Shortest password, in bytes: what InfluxDB 2 asks for.
pub const PASSWORD_MIN_BYTES: usize = 8;

/// Longest password, in bytes: what InfluxDB 2 accepts (bcrypt, which it uses, ignores the rest).
pub const PASSWORD_MAX_BYTES: usize = 72;

/// Shortest retention of a bucket: InfluxDB 2 refuses less, and no shard group is shorter.
pub const RETENTION_MIN_NS: i64 = HOUR_NS;

/// Shortest shard group of a bucket, as in InfluxDB 2.
pub const SHARD_GROUP_MIN_NS: i64 = HOUR_NS;

/// How long `_tasks` keeps points, as in InfluxDB 2: three days.
pub const TASKS_RETENTION_NS: i64 = 72 * HOUR_NS;

/// How long `_monitoring` keeps points, as in InfluxDB 2: a week.
pub const MONITORING_RETENTION_NS: i64 = 168 * HOUR_NS;

const HOUR_NS: i64 = 3_600 * model::NANOS_PER_SECOND;

/// Random bytes of a new token, as in InfluxDB 2: 88 characters of base64.
pub const TOKEN_RANDOM_BYTES: usize = 64;

/// Random bytes of a session key: nobody guesses 256 bits.
pub const SESSION_KEY_RANDOM_BYTES: usize = 32;

/// How long a session lives, InfluxDB's `--session-length`.
pub const SESSION_LENGTH: Duration = Duration::from_secs(3_600);

/// A request pushes the end of its session to at least this far ahead, as InfluxDB 2 does.
pub const SESSION_RENEWAL: Duration = Duration::from_secs(300);

/// Sessions kept at once, so that a loop of sign-ins cannot fill the memory; the one that ends first goes first.
pub const SESSIONS_MAX: usize = 10_000;

/// Memory that a password hash takes, in KiB: the smallest of the sets that OWASP recommends for Argon2id, because several
/// may run at once on a machine of 512 MB.
pub const PASSWORD_HASH_MEMORY_KIB: u32 = 7_168;

/// Passes over that memory, which OWASP pairs with 7 MiB.
pub const PASSWORD_HASH_PASSES: u32 = 5;

/// How often retention looks for expired partitions: InfluxDB's `--storage-retention-check-interval`.
pub const RETENTION_CHECK_INTERVAL: Duration = Duration::from_secs(1_800);

/// How long a write waits for memory before it is told to come again: shorter than any client's own patience.
pub const ROOM_TIMEOUT: Duration = Duration::from_secs(5);

/// A write of at least this many bytes is parsed where it keeps no other request waiting: about a millisecond of work.
pub const WRITE_INLINE_MAX_BYTES: usize = 512 << 10;

/// Memory for an engine when nothing else is said.
pub const MEMORY_LIMIT_BYTES: usize = 512 << 20;
