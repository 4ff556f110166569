//! Tokens: how a new one is made, and the hash under which it is kept.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use rand::RngCore;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::limits;

/// A new token: URL-safe base64 of random bytes, as InfluxDB 2 makes them.
pub(crate) fn random_token() -> String {
    random_text::<{ limits::TOKEN_RANDOM_BYTES }>()
}

/// A new session key.
pub(crate) fn random_session_key() -> String {
    random_text::<{ limits::SESSION_KEY_RANDOM_BYTES }>()
}

fn random_text<const N: usize>() -> String {
    let mut bytes = [0; N];
    rand::rng().fill_bytes(&mut bytes);
    URL_SAFE.encode(bytes)
}

/// SHA-256 of a secret in lower-case hexadecimal digits: what is kept instead of it.
pub(crate) fn sha256_hex(secret: &str) -> String {
    Sha256::digest(secret.as_bytes()).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Compares two hashes in a time that does not depend on where they differ.
pub(crate) fn same_hash(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}
