//! Every bound of the HTTP side, with its reason. What the storage and query sides bound stands with them.

use std::time::Duration;

/// Unpacked bytes of one write body. Enough for half a million dense lines; a batch is held in memory until it is durable, so a
/// few dozen clients at this size still fit the default memory budget of a small machine.
pub const WRITE_BODY_BYTES: usize = 64 << 20;

/// Memory for a body is asked for in steps of this size.
pub const BODY_STEP_BYTES: usize = 64 << 10;

/// Bytes of a query body. Scripts with embedded CSV (`csv.from(csv: "...")`) are the largest seen; a megabyte is common, 16 is not.
pub const QUERY_BODY_BYTES: usize = 16 << 20;

/// Bytes of every other body: settings, names, permissions. A token with a thousand permissions is below 200 kB.
pub const MANAGEMENT_BODY_BYTES: usize = 1 << 20;

/// Bytes of a request's line and headers together; a head more than twice as long gets 431 (the buffer grows by doubling).
/// Real clients stay below 2 kB, session cookies and proxies add little.
pub const REQUEST_HEAD_BYTES: usize = 64 << 10;

/// Number of headers of one request.
pub const REQUEST_HEADERS: usize = 100;

/// How long a client may take to send its head (also the longest idle time between two requests of one connection).
pub const REQUEST_HEAD_TIMEOUT: Duration = Duration::from_secs(180);

/// How long a client may let a body stall between two pieces: a slow upload is fine, a dead peer must not hold memory for ever.
pub const BODY_STALL_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a body may take altogether: the largest takes as long at 110 kB/s, slower than any real line that imports.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(600);

/// Connections served at the same time; more wait in the kernel's queue. Each costs a task and about 10 kB.
pub const CONNECTIONS: usize = 4096;

/// Queries that run at the same time; a query holds memory for sorting and decoding.
pub const RUNNING_QUERIES: usize = 64;

/// Queries that wait for their turn; the next one is told `queue length exceeded`.
pub const QUEUED_QUERIES: usize = 1024;

/// What a waiting client is told to wait, in seconds, when the queue is full. Clients read whole seconds.
pub const RETRY_AFTER_SECONDS: u32 = 1;

/// Bytes of an answer that are held back before the status line goes out, so that an early failure can still become a status.
/// InfluxDB's CSV writer has a buffer of this size.
pub const ANSWER_HOLD_BYTES: usize = 4096;

/// Bytes that are gathered into one piece of a streamed answer.
pub const ANSWER_PIECE_BYTES: usize = 64 << 10;

/// Shorter answers are not packed: they fit one network packet as they are. The limit of InfluxDB's packer.
pub const GZIP_FROM_BYTES: usize = 1400;

/// What is read and thrown away of a refused request's body so that the client can read the answer instead of a reset connection.
pub const DRAINED_BODY_BYTES: usize = 256 << 10;

/// Items of a list when `limit` is not given, and at most.
pub const PAGE_DEFAULT: usize = 20;
/// The largest `limit` of a list.
pub const PAGE_MOST: usize = 100;

/// Sessions kept in memory (a session is about 200 bytes); the oldest ends when more sign in.
pub const SESSIONS: usize = 10_000;

/// How long a session lasts without use.
pub const SESSION_LENGTH: Duration = Duration::from_secs(3600);

/// Each request with a session moves its end to at least this far from now.
pub const SESSION_RENEWAL: Duration = Duration::from_secs(300);

/// How long requests that run may go on after the order to stop.
pub const DRAIN: Duration = Duration::from_secs(5);

/// Nested arrays and objects in a JSON body; the decoder recurses.
pub const JSON_DEPTH: usize = 128;

/// How long accepting pauses after it failed for want of file handles or memory.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(200);
