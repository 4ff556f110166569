//! [`Proven`]: passwords of logins that were found right, so that a client that writes every second costs one slow hash, not one
//! a second.

use std::collections::HashMap;

use model::Id;
use parking_lot::Mutex;
use rand::RngCore;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// A fast hash of each login's password, under a salt of this process and bound to the slow hash that it was compared with: another
/// password is another slow hash, and what was proven before counts no more. At most one entry a login.
#[derive(Debug)]
pub(crate) struct Proven {
    salt: [u8; 32],
    known: Mutex<HashMap<Id, [u8; 32]>>,
}

impl Default for Proven {
    fn default() -> Self {
        let mut salt = [0; 32];
        rand::rng().fill_bytes(&mut salt);
        Self { salt, known: Mutex::default() }
    }
}

impl Proven {
    /// Whether this password was found right for this login, as its slow hash is now.
    pub(crate) fn knows(&self, login: Id, slow_hash: &str, password: &str) -> bool {
        let wanted = self.fast(slow_hash, password);
        self.known.lock().get(&login).is_some_and(|known| known.ct_eq(&wanted).into())
    }

    /// Remembers that this password is right.
    pub(crate) fn learn(&self, login: Id, slow_hash: &str, password: &str) {
        self.known.lock().insert(login, self.fast(slow_hash, password));
    }

    /// Forgets logins that are gone.
    pub(crate) fn forget(&self, login: Id) {
        self.known.lock().remove(&login);
    }

    fn fast(&self, slow_hash: &str, password: &str) -> [u8; 32] {
        let mut hasher = Sha256::new();
        hasher.update(self.salt);
        hasher.update(Sha256::digest(slow_hash.as_bytes()));
        hasher.update(password.as_bytes());
        hasher.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use model::Id;

    use super::Proven;

    #[test]
    fn only_this_password_of_this_hash_is_known() {
        let (proven, login) = (Proven::default(), Id::new(7).unwrap());
        assert!(!proven.knows(login, "$slow", "barnacle"));
        proven.learn(login, "$slow", "barnacle");
        assert!(proven.knows(login, "$slow", "barnacle"));
        assert!(!proven.knows(login, "$slow", "barnacles"));
        assert!(!proven.knows(login, "$other", "barnacle"));
        assert!(!proven.knows(Id::new(8).unwrap(), "$slow", "barnacle"));
        proven.forget(login);
        assert!(!proven.knows(login, "$slow", "barnacle"));
    }
}
