//! [`Sessions`]: who is signed in. They live in memory; a restart ends them.

use std::time::Duration;

use ahash::AHashMap;
use model::Id;
use parking_lot::Mutex;

use super::principal::SessionGrant;
use super::token;
use crate::limits;

/// The sessions of one engine.
#[derive(Debug)]
pub(crate) struct Sessions {
    length_ns: i64,
    /// By the hash of the key, so that nothing in memory opens a session.
    by_key_hash: Mutex<AHashMap<String, Session>>,
}

#[derive(Debug, Clone, Copy)]
struct Session {
    user: Id,
    expires_at_ns: i64,
}

impl Sessions {
    pub(crate) fn new(length: Duration) -> Self {
        Self { length_ns: nanos(length), by_key_hash: Mutex::default() }
    }

    /// Begins a session.
    pub(crate) fn begin(&self, user: Id, now_ns: i64) -> SessionGrant {
        let grant =
            SessionGrant { key: token::random_session_key(), expires_at_ns: now_ns.saturating_add(self.length_ns) };
        let mut sessions = self.by_key_hash.lock();
        sessions.retain(|_, session| session.expires_at_ns > now_ns);
        if sessions.len() >= limits::SESSIONS_MAX {
            let first_to_end = sessions.iter().min_by_key(|(_, s)| s.expires_at_ns).map(|(key, _)| key.clone());
            first_to_end.and_then(|key| sessions.remove(&key));
        }
        sessions.insert(token::sha256_hex(&grant.key), Session { user, expires_at_ns: grant.expires_at_ns });
        grant
    }

    /// The user of a session that has not ended, and its end, pushed ahead.
    pub(crate) fn touch(&self, key: &str, now_ns: i64) -> Option<(Id, i64)> {
        let mut sessions = self.by_key_hash.lock();
        let hash = token::sha256_hex(key);
        let session = sessions.get_mut(&hash)?;
        if session.expires_at_ns <= now_ns {
            sessions.remove(&hash);
            return None;
        }
        session.expires_at_ns = session.expires_at_ns.max(now_ns.saturating_add(nanos(limits::SESSION_RENEWAL)));
        Some((session.user, session.expires_at_ns))
    }

    /// Ends a session; `false` if there was none.
    pub(crate) fn end(&self, key: &str) -> bool {
        self.by_key_hash.lock().remove(&token::sha256_hex(key)).is_some()
    }

    /// Ends the sessions of a user.
    pub(crate) fn end_all_of(&self, user: Id) {
        self.by_key_hash.lock().retain(|_, session| session.user != user);
    }
}

fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}
